"""The HTTP client below the vendors' SDKs: what leaves, where to, and how much may come back is decided here, not there.

The SDKs follow redirects, send telemetry headers, read keys and addresses from the environment, believe any 200 and read answers of any
length. So the client that they get has a transport of ours: it lets only the configured origin be spoken to, passes only known
headers, puts the key in at the last moment (no SDK ever holds one, so none can print it), takes redirects for failures, reads a bounded
body, and hands on a 2xx only where it is one JSON object. Answers are asked for uncompressed, so a small one cannot become a large one.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Final, Never
from urllib.parse import urlsplit

import httpx2

from trafficflou.ai_models._provider import WireSpec
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.core.secret import Secret, redact

__all__ = ["KEY", "GuardedTransport", "guarded_client", "timeouts"]

KEY: Final[ContextVar[Secret | None]] = ContextVar("trafficflou_ai_key", default=None)
"""The key of the call that is under way in this task."""

_PASSED_HEADERS: Final = frozenset(
    {"host", "accept", "content-type", "content-length", "anthropic-version", "anthropic-beta"}
)
_MOST_ERROR_BYTES: Final = 64 * 1024
_MOST_REQUEST_BYTES: Final = 1_000_000
_USER_AGENT: Final = "TrafficFlou (AI client)"

HeaderOfKey = Callable[[Secret], tuple[str, str]]


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Wraps a transport; see the module.

    Args:
        inner: Makes the connections.
        spec: Whose origin, name and limits hold.
        header_of_key: The header that carries a key.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, spec: WireSpec, header_of_key: HeaderOfKey) -> None:
        self._inner = inner
        self._provider = spec.provider
        self._origin = _origin(spec.settings.base_url)
        self._max_answer_bytes = spec.settings.max_answer_bytes
        self._header_of_key = header_of_key

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its whole response.

        Raises:
            ProviderError: It may not leave, or what came back is not an answer.
            httpx2.TransportError: The connection failed.
        """
        response = await self._inner.handle_async_request(self._outgoing(request))
        try:
            body = await self._body(response)
        finally:
            await response.aclose()
        status = response.status_code
        if status < 400:
            status = self._judged(response, body)
        else:
            # A refusal may repeat the key; so not even a chained exception of the library can show it.
            body = redact(body.decode("utf-8", errors="replace")).encode()
        # The stream was taken off and the length may be another one; the rest of the head tells nothing that the SDKs need.
        headers = [(name, response.headers[name]) for name in _KEPT_OF_RESPONSES if name in response.headers]
        return httpx2.Response(status, headers=headers, content=body, request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    def _outgoing(self, request: httpx2.Request) -> httpx2.Request:
        if _origin(str(request.url)) != self._origin:
            self._fail(
                "was about to be asked at another address than the configured one", ProviderFault.REDIRECTED
            )
        if int(request.headers.get("content-length", 0)) > _MOST_REQUEST_BYTES:
            self._fail("would have been sent too long a question", ProviderFault.BAD_REQUEST)
        headers = [(name, value) for name, value in request.headers.multi_items() if name in _PASSED_HEADERS]
        headers += [("user-agent", _USER_AGENT), ("accept-encoding", "identity")]
        key = KEY.get()
        if key is not None:
            headers.append(self._header_of_key(key))
        return httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    async def _body(self, response: httpx2.Response) -> bytes:
        """Read the body; of an error, as much as tells what it is."""
        is_error = response.status_code >= 400
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            self._fail("sent a compressed answer that was not asked for", ProviderFault.BAD_ANSWER)
        limit = _MOST_ERROR_BYTES if is_error else self._max_answer_bytes
        parts: list[bytes] = []
        size = 0
        with suppress(*((httpx2.TransportError,) if is_error else ())):
            async for part in _stream_of(response):
                parts.append(part)
                size += len(part)
                if size > limit:
                    break
        if size > limit and not is_error:
            self._fail(f"sent more than {limit} bytes", ProviderFault.TOO_LARGE)
        return b"".join(parts)[:limit]

    def _judged(self, response: httpx2.Response, body: bytes) -> int:
        """Return the status that an answer without an error status deserves."""
        status = response.status_code
        if 300 <= status < 400:
            self._fail(
                "redirects to another address", ProviderFault.REDIRECTED, "Set base_url to the final address."
            )
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            self._fail(
                f"answered with {kind[:40]!r} instead of JSON",
                ProviderFault.BAD_ANSWER,
                "Is base_url the address of the API?",
            )
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            self._fail("sent something that is not JSON", ProviderFault.BAD_ANSWER)
        if not isinstance(document, dict):
            self._fail("sent JSON of another shape", ProviderFault.BAD_ANSWER)
        return _status_within(document) or status

    def _fail(self, what: str, fault: ProviderFault, hint: str = "") -> Never:
        raise ProviderError(f"{self._provider} {what}", fault=fault, hint=hint)


_KEPT_OF_RESPONSES: Final = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")


def guarded_client(spec: WireSpec, header_of_key: HeaderOfKey) -> httpx2.AsyncClient:
    """Make the one pooled client of a factory. Nothing is connected yet; the environment is not read."""
    settings = spec.settings
    inner = httpx2.AsyncHTTPTransport(
        limits=httpx2.Limits(
            max_connections=settings.max_connections, max_keepalive_connections=settings.max_connections
        ),
        trust_env=False,
        proxy=settings.proxy,
        retries=0,
    )
    return httpx2.AsyncClient(
        transport=GuardedTransport(inner, spec, header_of_key),
        timeout=timeouts(spec),
        follow_redirects=False,
        trust_env=False,
    )


def timeouts(spec: WireSpec) -> httpx2.Timeout:
    """Return the timeouts of single steps; waiting for a free connection is bounded by the task's deadline alone."""
    return httpx2.Timeout(spec.settings.silence_timeout_s, connect=spec.settings.connect_timeout_s, pool=None)


def _stream_of(response: httpx2.Response) -> httpx2.AsyncByteStream:
    stream = response.stream
    if not isinstance(stream, httpx2.AsyncByteStream):
        raise TypeError("an asynchronous transport gives asynchronous streams")
    return stream


def _status_within(document: dict[str, object]) -> int | None:
    """Return the status of an error that came with a 200, as gateways send it: `{"error": {"code": 429, ...}}`."""
    error = document.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else None


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").lower(), port
