"""Short names explained."""

from collections.abc import Callable

import pytest

from trafficflou.http import FailureKind
from trafficflou.metrics import Summary
from trafficflou.report._words import explain_error, status_phrase, verdict_sentence


@pytest.mark.parametrize("kind", [*FailureKind, "http_503", "http_799"])
def test_every_error_kind_is_explained(kind: str) -> None:
    """No failure kind that the HTTP client knows is left without words."""
    assert explain_error(str(kind))


def test_unknown_error_kind_has_no_explanation() -> None:
    """A kind that we do not know is not explained wrongly."""
    assert explain_error("cosmic_rays") == ""


@pytest.mark.parametrize(
    ("status", "phrase"),
    [("503", "503 Service Unavailable"), (200, "200 OK"), ("799", "799"), ("\x1b", "\\x1b")],
)
def test_status_is_written_with_its_phrase(status: str | int, phrase: str) -> None:
    """A status has its standard phrase; one without a phrase, or no status at all, stands as it is."""
    assert status_phrase(status) == phrase


@pytest.mark.parametrize(
    ("verdict", "objectives", "sentence"),
    [
        ("pass", (), "No objectives were set"),
        ("pass", (True,), "The site met the objective."),
        ("pass", (True, True), "The site met all 2 objectives."),
        ("fail", (True, False, False), "The site missed 2 of 3 objectives."),
        ("fail", (False,), "The site missed 1 of 1 objective."),
        ("fail", (True,), "The site did not hold up."),
        ("invalid", (True,), "gives no verdict on the site."),
    ],
)
def test_verdict_is_said_in_a_sentence(
    make_empty: Callable[..., Summary], verdict: str, objectives: tuple[bool, ...], sentence: str
) -> None:
    """The sentence says what the verdict is about, with right numbers."""
    slos = [
        {
            "expression": "p95<1s",
            "measured": 1.0,
            "unit": "ms",
            "limit": 1.0,
            "measured_text": "1 ms",
            "passed": passed,
        }
        for passed in objectives
    ]
    assert sentence in verdict_sentence(make_empty(verdict=verdict, slos=slos))


def test_verdict_of_a_stopped_run_says_so(make_shop: Callable[..., Summary]) -> None:
    """Figures of a run that the user stopped are marked as such."""
    summary = make_shop(20)
    stopped = summary.model_copy(update={"run": summary.run.model_copy(update={"stopped_early": True})})
    assert "stopped by the user after 21.4 s" in verdict_sentence(stopped)
