"""Level 1: evidence of real traffic: readers and writers of access logs."""

from trafficflou.evidence.access_log import AccessLogReader, LogStatistics, UnparsedLine
from trafficflou.evidence.log_record import LogRecord

__all__ = ["AccessLogReader", "LogRecord", "LogStatistics", "UnparsedLine"]
