r"""Access-log formats: recognising one from its first lines, and parsing a line of it.

All members of the family share one core, so one regular expression a file is enough:

    [VHOST ]ADDRESS IDENT USER [STAMP] "REQUEST" STATUS BYTES[ "REFERRER" "AGENT"[ ... "FORWARDED-FOR"]] ...

What a file has of the optional parts is decided once, from its first lines, so that a line cut in the middle of the
agent is not mistaken for one of a format without agents. Trailing fields (response time, upstream, host) are ignored.
Quantifiers are possessive where a hostile line could otherwise make the match quadratic.
"""

import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from trafficflou.evidence.log_record import LogRecord

__all__ = ["MAX_LINE_CHARS", "LineParser", "describe_foreign", "recognise"]

MAX_LINE_CHARS: Final = 64 * 1024
"""Longer lines are not parsed; web servers refuse requests of 8 to 16 KiB, so no honest line is longer."""

_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_STAMP = r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
_CORE = rf'(\S++) [^"]*?{_STAMP} {_QUOTED} (\d{{3}}) (\d{{1,15}}+|-)(?!\S)'
_AGENT = rf" {_QUOTED} {_QUOTED}"
_FORWARDED = rf'[^"]*+{_QUOTED}'
_VHOST = r"\S++ "

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_METHODS = re.compile(
    r"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|PROPFIND|REPORT|MKCOL|SEARCH|PURGE"
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "b": "\b", "f": "\f"}
_MINUTES_KEPT = 4096


class LineParser:
    """Parses the lines of one file; not shared between files because it remembers the last stamps."""

    def __init__(self, *, vhost: bool, agent: bool, forwarded: bool) -> None:
        """Compile the expression of one format.

        Args:
            vhost: Lines begin with the virtual host (Apache's `vhost_combined`).
            agent: Lines have referrer and agent (combined); lines without them are refused.
            forwarded: The first quoted field after the agent is `X-Forwarded-For`; its first address, where there
                is one, is the client.
        """
        self.name = " ".join(
            ["vhost"] * vhost + ["combined" if agent else "common"] + ["with forwarded addresses"] * forwarded
        )
        self._has_agent = agent
        self._has_forwarded = forwarded
        pattern = (_VHOST if vhost else "") + _CORE + (_AGENT if agent else "")
        self._match = re.compile(pattern + (_FORWARDED if forwarded else ""), re.ASCII).match
        self._last_stamp = ""
        self._last_instant = (0, 0)
        self._minutes: dict[str, tuple[int, int]] = {}

    def parse(self, line: str) -> LogRecord | None:
        """Parse one line (Latin-1 text without its line feed); `None` where it is not of this format."""
        match = self._match(line)
        if match is None or len(line) > MAX_LINE_CHARS:
            return None
        fields = match.groups()
        stamp = fields[1]
        if stamp != self._last_stamp:
            instant = self._instant(stamp)
            if instant is None:
                return None
            self._last_stamp, self._last_instant = stamp, instant
        at_s, utc_offset_s = self._last_instant
        if "\\" in line:
            fields = tuple(map(_unescape, fields))
        method, target = _split_request(fields[2])
        agent: str | None = None
        referrer = ""
        if self._has_agent:
            referrer = "" if fields[5] == "-" else fields[5]
            agent = "" if fields[6] == "-" else fields[6]
        address = fields[0]
        if self._has_forwarded:
            address = _first_address(fields[7]) or address
        body_bytes = -1 if fields[4] == "-" else int(fields[4])
        return LogRecord(
            address, agent, at_s, utc_offset_s, method, target, int(fields[3]), body_bytes, referrer
        )

    def _instant(self, stamp: str) -> tuple[int, int] | None:
        """Turn `20/Feb/2016:00:00:45 -0500` into (epoch seconds, UTC offset in seconds)."""
        key = stamp[:17] + stamp[20:]
        minute = self._minutes.get(key)
        if minute is None:
            minute = _parse_minute(stamp)
            if minute is None:
                return None
            if len(self._minutes) >= _MINUTES_KEPT:
                self._minutes.clear()
            self._minutes[key] = minute
        return minute[0] + int(stamp[18:20]), minute[1]


def _parse_minute(stamp: str) -> tuple[int, int] | None:
    offset_s = int(stamp[22:24]) * 3600 + int(stamp[24:26]) * 60
    if offset_s > 18 * 3600:
        return None
    month = _MONTHS.find(stamp[3:6])
    if month < 0 or month % 3:
        return None
    if stamp[21] == "-":
        offset_s = -offset_s
    try:
        minute = datetime(
            int(stamp[7:11]),
            month // 3 + 1,
            int(stamp[:2]),
            int(stamp[12:14]),
            int(stamp[15:17]),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return int(minute.timestamp()) - offset_s, offset_s


def _split_request(request: str) -> tuple[str, str]:
    """Split `GET /a HTTP/1.1`; (`""`, `""`) where it is not an HTTP request. A target may hold raw spaces."""
    method, _, rest = request.partition(" ")
    if method != "GET" and not _METHODS.fullmatch(method):
        return "", ""
    target, _, protocol = rest.rpartition(" ")
    if not protocol.startswith("HTTP/"):
        target = rest
    return method, target.strip()


def _unescape(field: str) -> str:
    r"""Undo the servers' `\"`, `\\`, `\n` and `\xNN`."""
    if "\\" not in field:
        return field
    return _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN_ESCAPES.get(found[2], found[2]), field
    )


def _first_address(forwarded: str) -> str:
    first = forwarded.partition(",")[0].strip()
    return "" if first == "-" else first


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[],"))
    except ValueError:
        return False
    return True


def recognise(lines: Sequence[str]) -> LineParser | None:
    """Choose the format of a file from its first lines, by majority.

    Args:
        lines: A few hundred lines, Latin-1 text without line feeds.

    Returns:
        A parser, or `None` where no line looks like an access log.
    """
    core = re.compile(_CORE, re.ASCII)
    matched = [(line, found) for line in lines if (found := core.match(line[:MAX_LINE_CHARS]))]
    if not matched:
        return None
    tails = [line[found.end() :] for line, found in matched]
    agents = [found for tail in tails if (found := re.match(_AGENT, tail))]
    forwarded = sum(
        1
        for found in agents
        if (extra := re.match(_FORWARDED, found.string[found.end() :]))
        and _is_address(_first_address(extra[1]))
    )
    vhosts = sum(1 for line, _ in matched if _begins_with_vhost(line))
    half = len(matched) / 2
    has_agent = len(agents) > half
    return LineParser(vhost=vhosts > half, agent=has_agent, forwarded=has_agent and forwarded > half)


def _begins_with_vhost(line: str) -> bool:
    """Tell `shop.example:443 192.0.2.7 - - [` from `192.0.2.7 - - [`: an address comes second."""
    words = line.partition(" [")[0].split(" ")
    return len(words) >= 4 and not _is_address(words[0]) and _is_address(words[1])


_MAGICS = (
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"%PDF", "a PDF file"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a PNG image"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_TEXT_LOOKS = (
    (re.compile(r"\s*[{\[]\s*[\"{\[\]}\d]"), "JSON"),
    (re.compile(r"\s*<(?:!doctype\s+html|html)", re.IGNORECASE), "an HTML page"),
    (re.compile(r"\s*<[?!A-Za-z]"), "XML"),
    (re.compile(r"#(?:Version|Fields|Software):"), "a W3C extended log (IIS, CloudFront)"),
    (re.compile(r"\[\w{3} \w{3} \d\d |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \["), "an error log of a web server"),
    (re.compile(r"[^\n\t]*\t[^\n\t]*\t"), "tab-separated columns"),
    (re.compile(r"[^\n,]*,[^\n,]*,"), "CSV"),
    (re.compile(r"[^\n;]*;[^\n;]*;[^\n;]*;"), "CSV with semicolons"),
)


def describe_foreign(head: str) -> str:
    """Say what a file that is not an access log looks like, from its first characters (Latin-1)."""
    data = head[:4096].encode("latin-1", "replace")
    for magic, name in _MAGICS:
        if data.startswith(magic):
            return name
    if data[257:262] == b"ustar":
        return "a tar archive"
    controls = sum(1 for byte in data if byte < 32 and byte not in b"\t\n\r\f\x1b")
    if controls > len(data) / 50:
        return "binary data"
    for look, name in _TEXT_LOOKS:
        if look.match(head[:4096].removeprefix("\xef\xbb\xbf")):
            return name
    return "text of another kind"
