"""The error tree: codes, hints, and the way from process to process."""

import pickle
from typing import Any, Final

import pytest

from trafficflou.core import ExitCode, ProviderError, ProviderFault, Severity, TrafficFlouError, errors

CLASSES = [
    getattr(errors, name)
    for name in errors.__all__
    if isinstance(getattr(errors, name), type) and issubclass(getattr(errors, name), TrafficFlouError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_survive_pickling(kind: type[TrafficFlouError]) -> None:
    """An error crosses from a worker to the coordinator whole."""
    error = pickle.loads(pickle.dumps(kind("it broke", hint="mend it")))  # noqa: S301 - our own
    assert type(error) is kind
    assert (str(error), error.message, error.hint) == ("it broke", "it broke", "mend it")


def test_errors_of_providers_take_all_that_is_known_along() -> None:
    """What went wrong, how long to wait, and what it took all the same; a subclass stays one."""
    error = pickle.loads(pickle.dumps(_RefusedError("no", **_KNOWN)))  # noqa: S301 - our own
    assert type(error) is _RefusedError
    assert {name: getattr(error, name) for name in _KNOWN} == _KNOWN


class _RefusedError(ProviderError):
    """Somebody's own."""


_KNOWN: Final[dict[str, Any]] = {
    "fault": ProviderFault.BAD_ANSWER,
    "retry_after_s": 3.0,
    "hint": "try again",
    "input_tokens": 100,
    "output_tokens": 20,
    "cost_usd": 0.5,
    "untold_calls": 1,
}


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_have_a_documented_code(kind: type[TrafficFlouError]) -> None:
    """Each class answers with one of the documented exit codes; only our own faults are critical."""
    assert isinstance(kind.exit_code, ExitCode)
    if kind is not TrafficFlouError:
        assert (kind.severity is Severity.CRITICAL) == (kind.exit_code is ExitCode.BUG)


def test_tree_is_three_levels_deep_at_most() -> None:
    """Branches by who must act, no deeper."""
    assert all(len(kind.__mro__) - len(Exception.__mro__) <= 3 for kind in CLASSES)
