"""Level 1: evidence of real traffic: readers and writers of access logs, readers of browsers' recordings."""

from trafficflou.evidence.access_log import AccessLogReader, LogStatistics, UnparsedLine
from trafficflou.evidence.har import HarRecording, HarRequest, read_har
from trafficflou.evidence.log_record import LogRecord

__all__ = [
    "AccessLogReader",
    "HarRecording",
    "HarRequest",
    "LogRecord",
    "LogStatistics",
    "UnparsedLine",
    "read_har",
]
