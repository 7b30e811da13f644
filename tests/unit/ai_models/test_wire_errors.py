"""Every exception of the libraries below is known to the border."""

import inspect
import pickle
from types import ModuleType

import pytest

pytest.importorskip("pydantic_ai")

import anthropic
import httpcore2
import httpx2
import openai
import pydantic_ai.exceptions
from anthropic.lib import credentials
from pydantic import TypeAdapter, ValidationError

from trafficflou.ai_models._wire_errors import fault_of, provider_error
from trafficflou.core import ProviderError, ProviderFault

LIBRARIES = (
    pydantic_ai.exceptions,
    openai,
    openai._exceptions,
    anthropic,
    anthropic._exceptions,
    credentials,
    httpx2,
    httpcore2,
)


def exceptions_of(module: ModuleType) -> set[type[Exception]]:
    """Return the exceptions that a module shows; warnings are not raised as failures."""
    found = {kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)}
    return {kind for kind in found if not issubclass(kind, Warning)}


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
def test_border_knows_every_exception_of_the_libraries(module: ModuleType) -> None:
    """A library that learns a new exception makes this fail, not a run."""
    found = exceptions_of(module)
    unknown = {kind.__name__ for kind in found if fault_of(kind) is None}
    assert found
    assert not unknown


def test_border_knows_not_everything() -> None:
    """The test above can fail: an exception of nobody's has no fault, and is told as unavailable."""

    class StrangeError(Exception):
        """Of nobody's."""

    assert fault_of(StrangeError) is None
    assert provider_error(StrangeError("x"), "openai").fault is ProviderFault.UNAVAILABLE


@pytest.mark.parametrize(
    "error",
    [
        IndexError("list index out of range"),
        AttributeError("x"),
        TypeError("x"),
        KeyError("x"),
        UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
    ],
)
def test_border_takes_stumbles_of_the_library_for_bad_answers(error: Exception) -> None:
    """What a library trips over in an answer of another shape is the provider's fault."""
    assert provider_error(error, "openai").fault is ProviderFault.BAD_ANSWER


def test_border_takes_validation_errors_for_bad_answers() -> None:
    """Pydantic's complaint is about the answer, and its text stays out of ours."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python("sk-secret-in-the-answer")
    error = provider_error(caught.value, "openai")
    assert error.fault is ProviderFault.BAD_ANSWER
    assert "sk-secret" not in str(error)


def test_border_finds_our_own_error_below_the_libraries() -> None:
    """What the transport found out is told, however often the libraries wrapped it."""
    inner = ProviderError("too much", fault=ProviderFault.TOO_LARGE, retry_after_s=3.0, hint="less")
    middle = openai.APIConnectionError(request=httpx2.Request("POST", "http://127.0.0.1/"))
    middle.__cause__ = inner
    outer = pydantic_ai.exceptions.ModelConnectionError("m", "Connection error.")
    outer.__cause__ = middle
    found = provider_error(outer, "openai")
    assert (found.fault, found.message, found.retry_after_s, found.hint) == (
        ProviderFault.TOO_LARGE,
        "too much",
        3.0,
        "less",
    )


def test_border_ends_in_a_circle_of_causes() -> None:
    """Causes that lead back to themselves do not hang it."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert provider_error(first, "openai").fault is ProviderFault.BAD_ANSWER


@pytest.mark.parametrize("wait", [float("nan"), -1.0, "7", None])
def test_border_believes_no_odd_waits(wait: object) -> None:
    """A wait that is no number of seconds is none."""
    error = pydantic_ai.exceptions.ModelHTTPError(429, "m")
    error.retry_after = wait  # type: ignore[assignment]
    assert provider_error(error, "openai").retry_after_s is None


def test_border_makes_errors_that_travel() -> None:
    """Errors cross from workers to the coordinator with their fault."""
    error = provider_error(pydantic_ai.exceptions.ModelHTTPError(503, "m", {"message": "busy"}), "openai")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.message, again.fault) == (error.message, ProviderFault.SERVER_ERROR)
    assert "busy" in again.message


def _wrapped(cause: Exception) -> Exception:
    """Return a failure of the network as the libraries wrap it."""
    middle = openai.APIConnectionError(request=httpx2.Request("POST", "http://127.0.0.1/"))
    middle.__cause__ = cause
    outer = pydantic_ai.exceptions.ModelConnectionError("m", "Connection error.")
    outer.__cause__ = middle
    return outer


@pytest.mark.parametrize(
    ("error", "untold_calls"),
    [
        (_wrapped(httpx2.ConnectError("refused")), 0),
        (_wrapped(httpx2.ConnectTimeout("no SYN ACK")), 0),
        (_wrapped(httpx2.ReadError("reset")), 1),
        (_wrapped(httpx2.ReadTimeout("silence")), 1),
        (_wrapped(httpx2.RemoteProtocolError("cut")), 1),
        (pydantic_ai.exceptions.ModelHTTPError(401, "m"), 0),
        (pydantic_ai.exceptions.ModelHTTPError(429, "m"), 0),
        (pydantic_ai.exceptions.ModelHTTPError(500, "m"), 1),
        (IndexError("no choices"), 1),
    ],
)
def test_border_tells_whether_the_provider_may_have_worked(error: Exception, untold_calls: int) -> None:
    """What was never sent and what was refused costs nothing; after anything else nobody knows."""
    assert provider_error(error, "openai").untold_calls == untold_calls
