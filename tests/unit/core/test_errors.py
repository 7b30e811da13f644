"""The error tree: codes, hints, and the way from process to process."""

import pickle

import pytest

from trafficflou.core import ExitCode, Severity, TrafficFlouError, errors

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


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_have_a_documented_code(kind: type[TrafficFlouError]) -> None:
    """Each class answers with one of the documented exit codes; only our own faults are critical."""
    assert isinstance(kind.exit_code, ExitCode)
    if kind is not TrafficFlouError:
        assert (kind.severity is Severity.CRITICAL) == (kind.exit_code is ExitCode.BUG)


def test_tree_is_three_levels_deep_at_most() -> None:
    """Branches by who must act, no deeper."""
    assert all(len(kind.__mro__) - len(Exception.__mro__) <= 3 for kind in CLASSES)
