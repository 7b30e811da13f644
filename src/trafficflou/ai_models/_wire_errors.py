"""The one border where the libraries' exceptions become ours.

Which fault an exception stands for is a table of classes, searched along the exception's class hierarchy and then along its causes. A test
lists every exception of the libraries and fails on one that the table does not know.
"""

import copy
import re
import ssl
from collections.abc import Iterator
from typing import Final

import httpcore2
import httpx2
from pydantic_ai import exceptions as library

from trafficflou.ai_models._asking import FREE_FAULTS
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.core.secret import redact
from trafficflou.security.sanitising import clean_text

__all__ = ["fault_of", "provider_error"]

_Fault = ProviderFault
_MAX_RETRY_AFTER_S: Final = 86_400.0
_MOST_CAUSES: Final = 12
_SAID_CHARS: Final = 160

_FAULTS: Final[dict[type[BaseException], ProviderFault]] = {
    # pydantic-ai: the categories into which it sorts what the SDKs raise
    library.ModelQuotaExceededError: _Fault.NO_QUOTA,
    library.ModelRateLimitError: _Fault.RATE_LIMITED,
    library.ModelAuthenticationError: _Fault.WRONG_KEY,
    library.ModelNotFoundError: _Fault.NO_MODEL,
    library.ModelRequestRejectedError: _Fault.BAD_REQUEST,
    library.ModelUnavailableError: _Fault.SERVER_ERROR,
    library.ModelServerError: _Fault.SERVER_ERROR,
    library.ModelTimeoutError: _Fault.TIMEOUT,
    library.ModelConnectionError: _Fault.NO_ROUTE,
    library.ModelRequestTimeout: _Fault.TIMEOUT,
    library.ModelAPIError: _Fault.BAD_ANSWER,  # a body that could not be decoded; with a status, that decides
    library.UnexpectedModelBehavior: _Fault.BAD_ANSWER,
    library.UsageLimitExceeded: _Fault.OVER_BUDGET,
    library.ConcurrencyLimitExceeded: _Fault.RATE_LIMITED,
    library.RunTimedOut: _Fault.TIMEOUT,
    library.AgentRunError: _Fault.UNAVAILABLE,
    library.UserError: _Fault.BAD_REQUEST,
    library.FallbackExceptionGroup: _Fault.UNAVAILABLE,
    # pydantic-ai: signals between an agent and its tools; we have no agent, so one of them means a confused library
    library.ModelRetry: _Fault.BAD_ANSWER,
    library.ToolFailed: _Fault.BAD_ANSWER,
    library.CallDeferred: _Fault.BAD_ANSWER,
    library.ApprovalRequired: _Fault.BAD_ANSWER,
    library.SkipModelRequest: _Fault.BAD_ANSWER,
    library.RetryModelRequest: _Fault.BAD_ANSWER,
    library.SkipToolValidation: _Fault.BAD_ANSWER,
    library.SkipToolExecution: _Fault.BAD_ANSWER,
    library.ToolRetryError: _Fault.BAD_ANSWER,
    library.ToolFailedError: _Fault.BAD_ANSWER,
    # HTTP
    httpx2.TimeoutException: _Fault.TIMEOUT,
    httpx2.RemoteProtocolError: _Fault.BAD_ANSWER,  # cut short, or not HTTP
    httpx2.DecodingError: _Fault.BAD_ANSWER,
    httpx2.TooManyRedirects: _Fault.REDIRECTED,
    httpx2.HTTPError: _Fault.NO_ROUTE,
    httpx2.InvalidURL: _Fault.BAD_REQUEST,
    httpx2.CookieConflict: _Fault.BAD_ANSWER,
    httpx2.StreamError: _Fault.UNAVAILABLE,
    httpx2.SSEError: _Fault.BAD_ANSWER,
    httpcore2.TimeoutException: _Fault.TIMEOUT,
    httpcore2.RemoteProtocolError: _Fault.BAD_ANSWER,
    httpcore2.NetworkError: _Fault.NO_ROUTE,
    httpcore2.ProxyError: _Fault.NO_ROUTE,
    httpcore2.ProtocolError: _Fault.BAD_ANSWER,
    httpcore2.UnsupportedProtocol: _Fault.BAD_REQUEST,
    httpcore2.ConnectionNotAvailable: _Fault.UNAVAILABLE,
    # what the libraries stumble into over answers of another shape
    LookupError: _Fault.BAD_ANSWER,
    AttributeError: _Fault.BAD_ANSWER,
    TypeError: _Fault.BAD_ANSWER,
    ValueError: _Fault.BAD_ANSWER,  # pydantic's ValidationError and JSON's decoder too
    AssertionError: _Fault.BAD_ANSWER,
    RecursionError: _Fault.BAD_ANSWER,
    ArithmeticError: _Fault.BAD_ANSWER,
    TimeoutError: _Fault.TIMEOUT,
    ssl.SSLError: _Fault.NO_ROUTE,
    OSError: _Fault.NO_ROUTE,
    RuntimeError: _Fault.UNAVAILABLE,  # a client that is closed
}

_NEVER_LEFT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
"""No request was sent; after any other failure of the network the provider may be at work."""

_FAULTS_OF_SDKS: Final = {
    "APITimeoutError": _Fault.TIMEOUT,
    "APIConnectionError": _Fault.NO_ROUTE,
    "APIResponseValidationError": _Fault.BAD_ANSWER,
    "AuthenticationError": _Fault.WRONG_KEY,
    "PermissionDeniedError": _Fault.WRONG_KEY,
    "NotFoundError": _Fault.NO_MODEL,
    "RateLimitError": _Fault.RATE_LIMITED,
    "InternalServerError": _Fault.SERVER_ERROR,
    "BadRequestError": _Fault.BAD_REQUEST,
    "OpenAIError": _Fault.UNAVAILABLE,
    "AnthropicError": _Fault.UNAVAILABLE,
}
"""Both SDKs come from one generator and name their exceptions alike. By name, because importing both takes a second."""
_SDKS: Final = frozenset({"openai", "anthropic"})

_SENTENCES: Final = {
    _Fault.WRONG_KEY: (
        "does not accept the key",
        "Make a new key, or check that it belongs to this provider.",
    ),
    _Fault.NO_MODEL: (
        "has no such model, or none that this key may use",
        "Set model to one that the provider lists for you.",
    ),
    _Fault.NO_QUOTA: (
        "says that the quota or the credit is used up",
        "Add credit, raise the limit, or use another key.",
    ),
    _Fault.RATE_LIMITED: ("was asked too often", ""),
    _Fault.BAD_REQUEST: ("does not accept the request", ""),
    _Fault.SERVER_ERROR: ("has a problem of its own", ""),
    _Fault.TIMEOUT: ("did not answer in time", ""),
    _Fault.NO_ROUTE: ("cannot be reached", "Check base_url, the network, and whether a proxy must be set."),
    _Fault.BAD_ANSWER: ("sent something that is not an answer", ""),
    _Fault.REDIRECTED: ("redirects to another address", "Set base_url to the final address."),
    _Fault.OVER_BUDGET: ("was stopped by a limit", ""),
    _Fault.UNAVAILABLE: ("gave no usable answer", ""),
}
_WORTH_REPEATING: Final = frozenset(
    {_Fault.NO_MODEL, _Fault.NO_QUOTA, _Fault.BAD_REQUEST, _Fault.SERVER_ERROR}
)
"""Where the provider's own words say what to do. For keys they may hold a part of the key."""

_QUOTA_WORDS: Final = re.compile(
    r"insufficient_quota|billing|credit balance|exceeded your current quota|payment", re.IGNORECASE
)


def fault_of(kind: type[BaseException]) -> ProviderFault | None:
    """Return the fault that a class of exceptions stands for; `None` for a class that nobody thought of."""
    return next((fault for base in kind.__mro__ if (fault := _fault_of_one(base)) is not None), None)


def _fault_of_one(kind: type) -> ProviderFault | None:
    if kind.__module__.partition(".")[0] in _SDKS:
        return _FAULTS_OF_SDKS.get(kind.__name__)
    return _FAULTS.get(kind)


def provider_error(error: Exception, provider: str) -> ProviderError:
    """Make our error of one that came out of a library.

    Args:
        error: Anything that the library raised.
        provider: Our name of the provider.

    Returns:
        An error to be raised `from error`. What the provider said is cleaned, cut, and free of keys.
    """
    chain = list(_chain(error))
    ours = next((link for link in chain if isinstance(link, ProviderError)), None)
    if ours is not None:
        return copy.copy(ours)
    said = _said(error)
    fault = _fault(error, chain, said)
    what, hint = _SENTENCES[fault]
    status = getattr(error, "status_code", None)
    code = f" (HTTP {status})" if isinstance(status, int) else ""
    words = f"; it says: {said}" if said and fault in _WORTH_REPEATING else ""
    return ProviderError(
        f"{provider} {what}{code}{words}",
        fault=fault,
        retry_after_s=_retry_after_s(error),
        hint=hint,
        untold_calls=_untold_calls(fault, chain),
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if link is None:
            return
        yield link
        link = link.__cause__ or link.__context__


def _fault(error: Exception, chain: list[BaseException], said: str) -> ProviderFault:
    fault = fault_of(type(error)) or _Fault.UNAVAILABLE
    status = getattr(error, "status_code", None)
    if fault is _Fault.NO_ROUTE and any(isinstance(link, httpx2.RemoteProtocolError) for link in chain):
        return _Fault.BAD_ANSWER
    if status in {402, 429, 403, 400} and _QUOTA_WORDS.search(f"{said} {_code_of(error)}"):
        return _Fault.NO_QUOTA
    # Classes without a category of their own; a category comes behind ModelHTTPError in their order.
    if fault in {_Fault.UNAVAILABLE, _Fault.BAD_ANSWER} and isinstance(status, int) and status >= 400:
        return _by_status(status)
    return fault


def _by_status(status: int) -> ProviderFault:
    if status == 408:
        return _Fault.TIMEOUT
    return _Fault.SERVER_ERROR if status >= 500 else _Fault.BAD_REQUEST


def _untold_calls(fault: ProviderFault, chain: list[BaseException]) -> int:
    """Return 1 where the provider may have worked and we will not learn for how much, 0 where it cannot have."""
    if any(isinstance(link, _NEVER_LEFT) for link in chain):
        return 0
    return 0 if fault in FREE_FAULTS and fault is not _Fault.NO_ROUTE else 1


def _code_of(error: Exception) -> str:
    codes = (getattr(error, "provider_error_code", None), getattr(error, "provider_error_type", None))
    return " ".join(code for code in codes if isinstance(code, str))


def _said(error: Exception) -> str:
    """Return the provider's own words, or nothing."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        return ""
    return clean_text(redact(message[:2000]), _SAID_CHARS)


def _retry_after_s(error: Exception) -> float | None:
    wait_s = getattr(error, "retry_after", None)
    if not isinstance(wait_s, int | float) or not wait_s >= 0:
        return None
    return min(float(wait_s), _MAX_RETRY_AFTER_S)
