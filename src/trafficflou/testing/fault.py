"""The misbehaviours of the fault server: each path of it answers with one script of steps.

A script says exactly which bytes go out, when, and what becomes of the connection. Where a script ends without a closing
step, the connection stays open for the next request.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

__all__ = [
    "FAULTS",
    "GZIP_BOMB_BYTES",
    "Close",
    "Drip",
    "Endless",
    "Hang",
    "Pause",
    "Reset",
    "Script",
    "Step",
    "response",
]


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for so many beats (the server says how long a beat is)."""

    beats: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Send data piece by piece, with one beat after each piece."""

    data: bytes
    piece_bytes: int = 1


@dataclass(frozen=True, slots=True)
class Endless:
    """Send the same data again and again until the peer or the server ends it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection in order (FIN, and the end of TLS), once it has served so many requests."""

    after_requests: int = 1


@dataclass(frozen=True, slots=True)
class Reset:
    """Tear the connection down (RST)."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Say nothing more, and keep the connection open until the server stops."""


Step = bytes | Callable[[], bytes] | Pause | Drip | Endless | Close | Reset | Hang
Script = Sequence[Step]

GZIP_BOMB_BYTES: Final = 64 * 1024 * 1024
_BODY: Final = b"<!doctype html><title>A page</title><p>All is well.</p>"
_OK: Final = b"HTTP/1.1 200 OK\r\n"
_CLOSE: Final = Close()


def response(
    body: bytes = _BODY,
    *headers: bytes,
    status: bytes = b"200 OK",
    version: bytes = b"HTTP/1.1",
) -> bytes:
    r"""Write a well-formed response with its length.

    Args:
        body: The body.
        headers: Further fields, such as `b"ETag: \"1\""`, without line ends.
        status: Code and reason.
        version: The version of the status line.
    """
    lines = [version + b" " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%b\r\n%b\r\n" % (len(data), extension, data)


def _chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    return _OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


def _redirect(location: bytes) -> Script:
    return (response(b"", b"Location: " + location, status=b"302 Found"),)


@lru_cache(maxsize=1)
def _gzip_bomb() -> bytes:
    """Make the bomb when it is first asked for: it takes a fifth of a second."""
    return response(
        gzip.compress(bytes(GZIP_BOMB_BYTES), compresslevel=1, mtime=0), b"Content-Encoding: gzip"
    )


_WELL_FORMED: Final[dict[str, Script]] = {
    "/normal": (response(),),
    "/empty": (response(b""),),
    "/close": (response(_BODY, b"Connection: close"), _CLOSE),
    "/close-delimited": (_OK + b"Connection: close\r\n\r\n" + _BODY, _CLOSE),
    "/keep-alive-then-close": (response(), Close(after_requests=2)),
    "/gzip": (response(gzip.compress(_BODY, mtime=0), b"Content-Encoding: gzip"),),
    "/http-1.0": (response(version=b"HTTP/1.0"), _CLOSE),
    "/http-1.0-keep-alive": (response(_BODY, b"Connection: keep-alive", version=b"HTTP/1.0"),),
    "/http-1.0-close-delimited": (b"HTTP/1.0 200 OK\r\n\r\n" + _BODY, _CLOSE),
    "/no-reason": (response(status=b"200"),),
    "/not-found": (response(b"nothing here", status=b"404 Not Found"),),
    "/server-error": (response(b"broken", status=b"500 Internal Server Error"),),
    "/informational": (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 2 + response(),),
    "/no-content": (b"HTTP/1.1 204 No Content\r\n\r\n",),
    "/not-modified": (b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',),
}

_CHUNKED: Final[dict[str, Script]] = {
    "/chunked": (_chunked(_chunk(_BODY)),),
    "/chunked-odd-sizes": (_chunked(*(_chunk(_BODY[at : at + 7]) for at in range(0, len(_BODY), 7))),),
    "/chunked-byte-by-byte": (Drip(_chunked(_chunk(b"slow"), _chunk(b"ly"))),),
    "/chunked-upper-case": (_chunked(b"00000A\r\n0123456789\r\n"),),
    "/chunked-extensions": (_chunked(_chunk(_BODY, b';name="a;b"'), _chunk(b"!", b" ;x=1;y")),),
    "/chunked-trailers": (_chunked(_chunk(_BODY), trailers=b"Server-Timing: a;dur=1\r\nX-Sum: 1\r\n"),),
    "/chunked-bad-size": (_chunked(b"zz\r\nhello\r\n"),),
    "/chunked-huge-size": (_chunked(b"f" * 40 + b"\r\nhello\r\n"),),
    "/chunked-bad-end": (_chunked(b"5\r\nhelloXX"),),
    "/chunked-cut": (_OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"20\r\nhello", _CLOSE),
    "/chunked-no-end": (_OK + b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(_BODY), _CLOSE),
    "/chunked-endless-trailers": (
        _OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        Endless(b"X-More: and more\r\n" * 500),
    ),
}

_SLOW: Final[dict[str, Script]] = {
    "/slow-head": (Pause(2), response()),
    "/slow-body": (_OK + b"Content-Length: 4\r\n\r\n", Pause(2), b"slow"),
    "/drip": (Drip(response()),),
    "/drip-endless-head": (_OK, Drip(b"X-Slow: 1\r\n" * 10_000)),
    "/never": (Hang(),),
    "/never-body": (_OK + b"Content-Length: 4\r\n\r\n", Hang()),
    "/never-end": (_OK + b"Content-Length: 4\r\n\r\nsl", Hang()),
    "/endless": (_OK + b"\r\n", Endless(bytes(65_536))),
    "/endless-chunked": (_OK + b"Transfer-Encoding: chunked\r\n\r\n", Endless(_chunk(bytes(65_536)))),
    "/endless-head": (_OK, Endless(b"X-More: and more\r\n" * 500)),
    "/endless-informational": (Endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),),
}

_CUT: Final[dict[str, Script]] = {
    "/cut-body": (_OK + b"Content-Length: 1000\r\n\r\n" + _BODY, _CLOSE),
    "/cut-head": (_OK + b"Content-Len", _CLOSE),
    "/cut-status": (b"HTTP/1.", _CLOSE),
    "/close-at-once": (_CLOSE,),
    "/reset": (Reset(),),
    "/reset-in-head": (_OK, Pause(0.1), Reset()),
    "/reset-in-body": (_OK + b"Content-Length: 1000\r\n\r\n" + _BODY, Pause(0.1), Reset()),
}

_MALFORMED: Final[dict[str, Script]] = {
    "/garbage": (b"\x16\x03\x01 this is not HTTP\r\n\r\n", _CLOSE),
    "/garbage-binary": (bytes(range(256)) * 16, _CLOSE),
    "/bad-status": (b"HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n", _CLOSE),
    "/http-2": (b"HTTP/2 200\r\nContent-Length: 0\r\n\r\n", _CLOSE),
    "/bad-header": (_OK + b"no colon here\r\nContent-Length: 0\r\n\r\n", _CLOSE),
    "/bad-header-name": (_OK + b"Bad Name: 1\r\nContent-Length: 0\r\n\r\n", _CLOSE),
    "/nul-in-header": (response(_BODY, b"X-Nul: a\x00b"), _CLOSE),
    "/bare-line-feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",),
    "/obs-fold": (response(_BODY, b"X-Folded: one\r\n  two"),),
    "/huge-header": (response(_BODY, b"X-Huge: " + b"x" * 1_000_000),),
    "/many-headers": (response(_BODY, *(b"X-%d: %d" % (number, number) for number in range(5000))),),
    "/set-cookie-flood": (
        response(_BODY, *(b"Set-Cookie: c%d=%b; Path=/" % (number, b"v" * 100) for number in range(300))),
    ),
    "/set-cookie-large": (response(_BODY, b"Set-Cookie: large=" + b"v" * 5000),),
    "/duplicate-length": (response(_BODY, b"Content-Length: %d" % len(_BODY)),),
    "/conflicting-length": (response(_BODY, b"Content-Length: 3"), _CLOSE),
    "/negative-length": (_OK + b"Content-Length: -1\r\n\r\n" + _BODY, _CLOSE),
    "/length-not-a-number": (_OK + b"Content-Length: 5, oh\r\n\r\n" + _BODY, _CLOSE),
    "/length-too-long": (_OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + _BODY, _CLOSE),
    "/length-too-small": (_OK + b"Content-Length: 4\r\n\r\n" + _BODY,),
    "/chunked-and-length": (
        _OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunk(_BODY) + b"0\r\n\r\n",
    ),
    "/unknown-transfer-coding": (_OK + b"Transfer-Encoding: rot13\r\n\r\n" + _BODY, _CLOSE),
    "/no-content-with-body": (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\noops",),
    "/not-modified-with-body": (b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 4\r\n\r\noops',),
    "/unasked": (response() + response(b"nobody asked for this"),),
    "/gzip-bomb": (_gzip_bomb,),
    "/gzip-cut": (response(gzip.compress(_BODY * 20, mtime=0)[:-12], b"Content-Encoding: gzip"),),
    "/gzip-not": (response(_BODY, b"Content-Encoding: gzip"),),
    "/unknown-coding": (response(_BODY, b"Content-Encoding: rot13"),),
}

_REDIRECTS: Final[dict[str, Script]] = {
    "/redirect": _redirect(b"/normal"),
    "/redirect-relative": _redirect(b"normal?from=here"),
    "/redirect-loop": _redirect(b"/redirect-loop"),
    "/redirect-ping": _redirect(b"/redirect-pong"),
    "/redirect-pong": _redirect(b"/redirect-ping"),
    "/redirect-foreign": _redirect(b"http://other.example/landing"),
    "/redirect-other-scheme": _redirect(b"javascript:alert(1)"),
    "/redirect-other-host": _redirect(b"//169.254.169.254/latest/meta-data"),
    "/redirect-no-location": (response(b"", status=b"302 Found"),),
    "/redirect-splitting": _redirect(b"/normal\tX: y HTTP/1.1%0d%0aX-Split: 1"),
}

FAULTS: Final[Mapping[str, Script]] = MappingProxyType(
    _WELL_FORMED | _CHUNKED | _SLOW | _CUT | _MALFORMED | _REDIRECTS
)
"""The scripts by path; a query behind the path is ignored."""
