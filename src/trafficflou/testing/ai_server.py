"""A server that speaks the wire formats of AI providers: a public test double for everything that asks one.

It serves OpenAI's chat completions at `/v1/chat/completions` (which is also what vLLM, Ollama, llama.cpp and LM Studio serve) and
Anthropic's messages at `/v1/messages`, on a free loopback port. What it answers is scripted: a list of reactions, one for each
request, of which the last is repeated. A reaction looks at the request and returns bytes and pauses (`trafficflou.testing.fault`), so
every misbehaviour of a real provider can be played: wrong status, wrong shape, cut, slow, silent, huge, hostile.

    async with AiServer([http_error(429, retry_after="2"), good_answer()]) as server:
        ...  # openai: base_url = server.openai_url; anthropic: base_url = server.url
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from trafficflou.testing.ai_exchange import AiRequest, message_of_call, message_of_text, plausible_answer
from trafficflou.testing.fault import Close, Drip, Hang, Reset, Script, response
from trafficflou.testing.fault_server import FaultServer

__all__ = [
    "HOSTILE_WORDS",
    "AiRequest",
    "AiServer",
    "Reaction",
    "cut_body",
    "empty_message",
    "good_answer",
    "hang",
    "html_page",
    "http_error",
    "huge_answer",
    "json_body",
    "only_for_keys",
    "plausible_answer",
    "raw_body",
    "redirect",
    "refusal",
    "reset",
    "slow_drip",
    "text_answer",
    "without_functions",
]

HOSTILE_WORDS: Final = (
    "\x1b]8;;http://evil.example/\x07Click\x1b]8;;\x07 <script>alert(1)</script> http://evil.example/steal "
    "mail me@evil.example \u202eevil\u2066 \x1b[2J\x00 javascript:alert(1)"
)
"""What a model may invent: terminal escapes, markup, addresses, characters that change direction."""

_JSON: Final = b"Content-Type: application/json"


Reaction = Callable[[AiRequest], Script]


class AiServer(FaultServer):
    """Answers by its reactions for as long as its `async with` block lasts.

    Attributes:
        asked: The requests in the order of their arrival.
    """

    def __init__(
        self, reactions: Sequence[Reaction] = (), *, beat_s: float = 1.0, lifetime_s: float = 30.0
    ) -> None:
        """Prepare a server; entering it starts it.

        Args:
            reactions: One for each request, the last is repeated; `good_answer()` where there are none.
            beat_s: How long one beat of a slow answer lasts, seconds.
            lifetime_s: When the server stops by itself, seconds after its start.
        """
        super().__init__(beat_s=beat_s, lifetime_s=lifetime_s)
        self._reactions = list(reactions) or [good_answer()]
        self.asked: list[AiRequest] = []

    @property
    def openai_url(self) -> str:
        """The base address for clients of OpenAI's format."""
        return f"{self.url}/v1"

    def react_with(self, *reactions: Reaction) -> None:
        """Take these reactions for the next requests, the last one for all that follow."""
        self._reactions = list(reactions)

    def script_for(self, head: bytes, body: bytes) -> Script:
        """Return the reaction's script."""
        request = AiRequest.parse(head, body)
        self.asked.append(request)
        reaction = self._reactions.pop(0) if len(self._reactions) > 1 else self._reactions[0]
        return reaction(request)


def good_answer(arguments: Mapping[str, Any] | None = None) -> Reaction:
    """Call the function with these arguments, or with plausible ones for the prompt."""

    def react(request: AiRequest) -> Script:
        chosen = plausible_answer(request) if arguments is None else dict(arguments)
        if request.function is None:
            return _ok(message_of_text(request, json.dumps(chosen)))
        return _ok(message_of_call(request, chosen))

    return react


def text_answer(text: str) -> Reaction:
    """Answer with text, whether or not a function was to be called."""
    return lambda request: _ok(message_of_text(request, text))


def empty_message() -> Reaction:
    """Answer with a message that has nothing in it."""

    def react(request: AiRequest) -> Script:
        document = message_of_text(request, "")
        if request.is_anthropic:
            document["content"] = []
        else:
            document["choices"][0]["message"]["content"] = None
        return _ok(document)

    return react


def refusal(*, reason: str = "content_filter", anthropic_reason: str = "refusal") -> Reaction:
    """End without an answer, for a reason such as `content_filter` or `length` (`refusal`, `max_tokens`)."""

    def react(request: AiRequest) -> Script:
        document = message_of_text(request, "I")
        if request.is_anthropic:
            document["stop_reason"] = anthropic_reason
        else:
            document["choices"][0]["finish_reason"] = reason
        return _ok(document)

    return react


def without_functions() -> Reaction:
    """Complain about function calls as Ollama does, and answer in text where none is asked for."""

    def react(request: AiRequest) -> Script:
        if request.function is not None:
            return http_error(400, message="registry.ollama.ai/library/tiny does not support tools")(request)
        return text_answer(f"Here you are:\n```json\n{json.dumps(plausible_answer(request))}\n```")(request)

    return react


def http_error(
    status: int,
    *,
    code: str | None = None,
    kind: str | None = None,
    message: str = "this went wrong",
    retry_after: str | None = None,
) -> Reaction:
    """Answer with an error in the provider's format.

    Args:
        status: Such as 401, 404, 429, 500, 529.
        code: OpenAI's `error.code`, such as `insufficient_quota`.
        kind: `error.type`; by the status where it is not given.
        message: What the provider says.
        retry_after: The header `Retry-After`: seconds or a date.
    """

    def react(request: AiRequest) -> Script:
        error: dict[str, Any] = {"message": message, "type": kind or _kind_of(status, request)}
        if not request.is_anthropic:
            error |= {"code": code, "param": None}
        document = {"type": "error", "error": error} if request.is_anthropic else {"error": error}
        headers = [_JSON]
        if retry_after is not None:
            headers.append(b"Retry-After: " + retry_after.encode())
        return (response(json.dumps(document).encode(), *headers, status=_status_line(status)),)

    return react


def raw_body(body: bytes, *, content_type: str = "application/json", status: int = 200) -> Reaction:
    """Answer with these bytes."""
    return lambda _request: (
        response(body, b"Content-Type: " + content_type.encode(), status=_status_line(status)),
    )


def json_body(document: object) -> Reaction:
    """Answer 200 with this document, whatever its shape."""
    return raw_body(json.dumps(document).encode())


def html_page() -> Reaction:
    """Answer 200 with the page of a captive portal."""
    return raw_body(b"<!doctype html><title>Log in</title>", content_type="text/html; charset=utf-8")


def redirect(location: str, status: int = 307) -> Reaction:
    """Send the client elsewhere."""
    return lambda _request: (response(b"", b"Location: " + location.encode(), status=_status_line(status)),)


def huge_answer(size_bytes: int = 20_000_000, *, says_so: bool = False) -> Reaction:
    """Answer with that many bytes; chunked, or with their number at the front."""

    def react(request: AiRequest) -> Script:
        document = json.dumps(message_of_text(request, "x" * size_bytes)).encode()
        if says_so:
            return (response(document, _JSON), Close())
        head = b"HTTP/1.1 200 OK\r\n" + _JSON + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        return (head, b"%x\r\n%b\r\n0\r\n\r\n" % (len(document), document), Close())

    return react


def cut_body(part: float = 0.5) -> Reaction:
    """Send that part of a good answer, then close the connection."""

    def react(request: AiRequest) -> Script:
        whole = _good_bytes(request)
        head, _, body = whole.partition(b"\r\n\r\n")
        return (head + b"\r\n\r\n" + body[: int(len(body) * part)], Close(after_requests=0))

    return react


def slow_drip() -> Reaction:
    """Send a good answer one byte a beat: no read timeout ever fires."""
    return lambda request: (Drip(_good_bytes(request)),)


def hang() -> Reaction:
    """Never answer."""
    return lambda _request: (Hang(),)


def reset() -> Reaction:
    """Tear the connection down."""
    return lambda _request: (Reset(),)


def only_for_keys(*keys: str, otherwise: Reaction | None = None, then: Reaction | None = None) -> Reaction:
    """React with `then` (a good answer) to these keys only, to others with `otherwise` (401)."""
    denied = otherwise or http_error(401, code="invalid_api_key", message="Incorrect API key provided")
    allowed = then or good_answer()
    return lambda request: (allowed if request.key in keys else denied)(request)


_KINDS: Final = {
    400: ("invalid_request_error", "invalid_request_error"),
    401: ("invalid_request_error", "authentication_error"),
    403: ("invalid_request_error", "permission_error"),
    404: ("invalid_request_error", "not_found_error"),
    413: ("invalid_request_error", "request_too_large"),
    429: ("requests", "rate_limit_error"),
    500: ("server_error", "api_error"),
    529: ("server_error", "overloaded_error"),
}
"""`error.type` of OpenAI and of Anthropic by status."""


def _kind_of(status: int, request: AiRequest) -> str:
    return _KINDS.get(status, _KINDS[500])[request.is_anthropic]


def _ok(document: Mapping[str, Any]) -> Script:
    return (response(json.dumps(document).encode(), _JSON),)


def _good_bytes(request: AiRequest) -> bytes:
    step = good_answer()(request)[0]
    assert isinstance(step, bytes)  # noqa: S101 - `_ok` writes bytes; narrows the type
    return step


def _status_line(status: int) -> bytes:
    known = {each.value: each.phrase for each in HTTPStatus}
    return f"{status} {known.get(status, 'Unknown')}".encode()
