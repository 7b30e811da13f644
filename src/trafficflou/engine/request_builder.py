"""The bytes of a request: everything that does not change is built once per run or once per visitor."""

import hashlib
from typing import Final

from trafficflou._version import __version__
from trafficflou.http import ACCEPT_ENCODING, Origin

__all__ = ["INFO_URL", "RequestBuilder", "VisitorHeaders"]

INFO_URL: Final = "https://github.com/trafficflou/trafficflou"
"""Where the owner of a site finds out who sent a request; stands in every User-Agent."""

_DEVICE_HINTS: Final = {"desktop": "", "mobile": "; Mobile", "tablet": "; Tablet"}


class VisitorHeaders:
    """The header lines of one visitor, and the counters behind its `traceparent`.

    A trace is a page view: its document and subresources share the trace id (W3C Trace Context, 3.2).
    """

    __slots__ = ("_lines", "_page", "_span")

    def __init__(self, lines: bytes) -> None:
        """Take the constant lines; they end in the first half of the trace id."""
        self._lines = lines
        self._page = 0
        self._span = 0

    def begin_page(self) -> None:
        """Start the next trace."""
        self._page += 1

    def build(self, path: str, accept: bytes, extra: bytes) -> bytes:
        """Return the bytes of a GET request.

        Args:
            path: Path and query, already checked to be printable ASCII without spaces.
            accept: The `Accept` line with its CRLF.
            extra: Further complete lines (Referer, Cookie, validators), each with its CRLF.
        """
        self._span = span = self._span + 1
        return b"GET %b%b%016x-%016x-01\r\n%b%b\r\n" % (
            path.encode("ascii"),
            self._lines,
            self._page,
            span,
            accept,
            extra,
        )


class RequestBuilder:
    """Makes the headers of every visitor of a run.

    Each request says who it is: `User-Agent: TrafficFlou/<version> (+<info url>; run=<id>)` with a hint of the device class,
    `X-TrafficFlou-Visitor`, and `traceparent`.
    """

    __slots__ = ("_before_visitor", "_run_trace")

    def __init__(self, origin: Origin, run_id: str) -> None:
        self._before_visitor = {
            device: (
                b" HTTP/1.1\r\nHost: %b\r\nUser-Agent: TrafficFlou/%b (+%b; run=%b%b)\r\nAccept-Encoding: %b\r\n"
                % (
                    origin.host_header,
                    __version__.encode(),
                    INFO_URL.encode(),
                    run_id.encode(),
                    hint.encode(),
                    ACCEPT_ENCODING,
                )
            )
            for device, hint in _DEVICE_HINTS.items()
        }
        self._run_trace = hashlib.blake2b(run_id.encode(), digest_size=4).hexdigest().encode()

    def for_visitor(self, index: int, device: str) -> VisitorHeaders:
        """Make the headers of visitor `index` on a `desktop`, `mobile` or `tablet`."""
        lines = self._before_visitor.get(device, self._before_visitor["desktop"])
        return VisitorHeaders(
            lines
            + b"X-TrafficFlou-Visitor: %d\r\ntraceparent: 00-%b%08x"
            % (index, self._run_trace, index & 0xFFFFFFFF)
        )
