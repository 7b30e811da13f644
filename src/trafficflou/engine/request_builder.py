"""The bytes of a request: everything that does not change is built once per run or once per visitor."""

import hashlib
import re
from typing import Final

from trafficflou._version import __version__
from trafficflou.http import ACCEPT_ENCODING, Origin
from trafficflou.traffic import Step

__all__ = ["INFO_URL", "RequestBuilder", "VisitorHeaders"]

INFO_URL: Final = "https://github.com/trafficflou/trafficflou"
"""Where the owner of a site finds out who sent a request; stands in every User-Agent."""

_OURS: Final = frozenset(
    (
        *("host", "user-agent", "x-trafficflou-visitor", "traceparent", "cookie", "referer", "connection"),
        *(
            "content-length",
            "transfer-encoding",
            "content-type",
            "accept-encoding",
            "te",
            "trailer",
            "upgrade",
            "expect",
        ),
        *(
            "signature",
            "signature-input",
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-real-ip",
            "proxy-authorization",
        ),
    )
)
"""Fields that say who asks, or how the message ends: no strategy sets them."""

_FIELD_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
_FIELD_VALUE: Final = re.compile(r"[\t\x20-\x7e]{0,4096}")

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

    def build_step(self, step: Step, path: str, accept: bytes, extra: bytes) -> bytes:
        """Return the bytes of a request with another method than GET, a body or fields of the strategy's own.

        Args:
            step: Says method, body and fields; what it must not set is left out.
            path: As for `build`.
            accept: As for `build`; a field of the step's own takes its place.
            extra: As for `build`.
        """
        self._span = span = self._span + 1
        fields = b""
        for name, value in step.headers:
            if name.lower() in _OURS or not (_FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value)):
                continue
            fields += f"{name}: {value.strip()}\r\n".encode("ascii")
            if name.lower() == "accept":
                accept = b""
        if step.method != "GET" or step.body:
            if _FIELD_VALUE.fullmatch(step.content_type) and step.content_type:
                fields += f"Content-Type: {step.content_type}\r\n".encode("ascii")
            fields += b"Content-Length: %d\r\n" % len(step.body)
        return b"%b %b%b%016x-%016x-01\r\n%b%b%b\r\n%b" % (
            step.method.encode("ascii"),
            path.encode("ascii"),
            self._lines,
            self._page,
            span,
            accept,
            extra,
            fields,
            step.body,
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
