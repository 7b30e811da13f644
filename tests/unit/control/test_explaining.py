"""What an AI model makes of a finished run."""

from typing import Any

import pytest

from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaSettings
from trafficflou.ai_models.tasks import Citation, Explanation, ToldFinding
from trafficflou.control.explaining import explain
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.metrics import RunInfo, RunTotals, Summary, build_summary
from trafficflou.testing.ai_model import FakeAiModel


@pytest.fixture
def summary() -> Summary:
    """A run in which a tenth of the requests failed."""
    info = RunInfo(
        id="r1",
        target="http://127.0.0.1:8080",
        seed=7,
        strategy="organic-mimicry",
        started_at="2026-01-02T03:04:05Z",
        planned_duration_s=10,
        workers=1,
    )
    built = build_summary(RunTotals(workers=1), info)
    requests = built.requests.model_copy(update={"count": 1000, "errors": 100, "error_share": 0.1})
    return built.model_copy(
        update={"requests": requests, "response_ms": built.response_ms.model_copy(update={"p95": 1234.567})}
    )


def _told(message: str = "Many failed.", *cites: tuple[str, Any], **more: Any) -> ToldFinding:
    given = cites or (("requests.error_share", 0.1),)
    return ToldFinding(
        message=message, cites=tuple(Citation(place=place, value=value) for place, value in given), **more
    )


async def _explained(summary: Summary, *told: ToldFinding) -> list[str]:
    model = FakeAiModel("openai", script=[Explanation(findings=told)])
    return [finding.message for finding in await explain(model, summary)]


async def test_explanation_says_who_wrote_it_and_what_it_rests_on(summary: Summary) -> None:
    """A finding of a model is marked as one, and cites figures of the summary as they are there."""
    told = _told(
        "Many failed.",
        ("requests.error_share", 0.1),
        ("response_ms.p95", 1235),
        likely_cause="The pool is too small.",
        next_experiment="Half the visitors.",
    )
    model = FakeAiModel("openai", script=[Explanation(findings=(told,))])
    (finding,) = await explain(model, summary)
    assert (finding.kind, finding.source, finding.provider) == ("ai", "ai", "openai")
    assert finding.message == "Many failed. Likely cause: The pool is too small. Next: Half the visitors."
    assert [(cite.place, cite.value) for cite in finding.cites] == [
        ("requests.error_share", 0.1),
        ("response_ms.p95", 1234.567),
    ]


@pytest.mark.parametrize(
    "cite",
    [
        ("requests.error_share", 0.2),
        ("requests.nothing", 1),
        ("response_ms.p95", "1234.567 ms"),
        ("run.target", "http://127.0.0.1:8080"),
        ("response_ms.p95", None),
    ],
)
async def test_explanation_with_a_citation_that_does_not_hold_is_dropped(
    summary: Summary, cite: tuple[str, Any]
) -> None:
    """A place that was not told, or another value than stands there, takes the whole finding with it."""
    assert await _explained(summary, _told("Wrong.", ("requests.errors", 100), cite), _told("Right.")) == [
        "Right."
    ]


async def test_explanation_is_harmless_where_it_is_shown(summary: Summary) -> None:
    """No terminal sequences, markup or addresses; what is nothing without them is nothing."""
    hostile = "\x1b[2J<script>alert(1)</script> See http://evil.example/ now"
    (message,) = await _explained(summary, _told(hostile, likely_cause=hostile), _told("<b></b>"))
    assert "\x1b" not in message
    assert "<" not in message
    assert "evil.example" not in message


async def test_explanation_that_nobody_can_give_is_none(summary: Summary) -> None:
    """A run is what it is without one."""
    failure = ProviderError("closed", fault=ProviderFault.UNAVAILABLE)
    assert await explain(FakeAiModel(script=[failure]), summary) == ()


async def test_explanation_of_athena_holds(summary: Summary) -> None:
    """What Athena cites stands where she says."""
    athena = AthenaFactory(AthenaSettings(relevance="lexical")).model()
    found = await explain(athena, summary)
    assert found
    assert all(finding.provider == "athena" and finding.cites for finding in found)
