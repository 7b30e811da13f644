"""The outcome of a run."""

from typing import Any

import pytest

from trafficflou.core import ExitCode
from trafficflou.metrics import Journal, RunTotals, SloResult, decide_verdict


def slo(*, passed: bool, explanation: str = "", measured: float | None = 412.0) -> SloResult:
    """Make the result of an objective."""
    text = "412 ms" if measured is not None else "no data"
    return SloResult(
        expression="p95<300ms",
        measured=measured,
        unit="ms",
        limit=300,
        measured_text=text,
        passed=passed,
        explanation=explanation,
    )


@pytest.fixture
def sound(make_snapshot: Any, make_series: Any) -> RunTotals:
    """A run with nothing wrong."""
    totals = RunTotals(workers=1)
    totals.add(make_snapshot(0, make_series(by_status={200: 10}), final=True))
    return totals


def test_run_with_met_objectives_passes(sound: RunTotals) -> None:
    """Nothing missed and nothing invalid is a pass without reasons."""
    verdict = decide_verdict(sound, [slo(passed=True)])
    assert (verdict.verdict, verdict.reasons, verdict.exit_code) == ("pass", (), ExitCode.PASS)


def test_run_without_objectives_passes_despite_errors(make_snapshot: Any, make_series: Any) -> None:
    """Without SLOs there is nothing to miss: errors are shown, not judged."""
    totals = RunTotals(workers=1)
    totals.add(make_snapshot(0, make_series(by_status={500: 10})))
    assert decide_verdict(totals, []).verdict == "pass"


def test_missed_objective_fails_and_says_by_how_much(sound: RunTotals) -> None:
    """The reason names objective and figure, and why where the figure does not say it."""
    verdict = decide_verdict(
        sound,
        [slo(passed=True), slo(passed=False), slo(passed=False, measured=None, explanation="no such thing")],
    )
    assert (verdict.verdict, verdict.exit_code) == ("fail", ExitCode.SLO_FAILED)
    assert verdict.reasons == (
        "SLO missed: p95<300ms, measured 412 ms.",
        "SLO missed: p95<300ms: no such thing.",
    )


def test_generator_without_sockets_makes_the_run_invalid(make_snapshot: Any, make_series: Any) -> None:
    """A shortage of this machine says nothing about the site, not even that it is unreachable."""
    for answered in ({}, {200: 10}):
        totals = RunTotals(workers=1)
        totals.add(make_snapshot(0, make_series(by_status=answered, by_failure={"out_of_sockets": 3})))
        verdict = decide_verdict(totals, [])
        assert (verdict.verdict, verdict.exit_code) == ("invalid", ExitCode.INVALID)
        assert verdict.reasons[0].startswith("This machine had no socket or local port left for 3 requests")


def test_saturated_generator_makes_the_run_invalid(sound: RunTotals) -> None:
    """Figures of a saturated generator are not judged, though the missed objective is still told."""
    verdict = decide_verdict(sound, [slo(passed=False)], saturation=["The generator was late."])
    assert (verdict.verdict, verdict.exit_code) == ("invalid", ExitCode.INVALID)
    assert verdict.reasons == ("The generator was late.", "SLO missed: p95<300ms, measured 412 ms.")


def test_strategy_that_asks_for_no_path_does_not_make_the_target_unreachable(
    make_snapshot: Any, make_series: Any
) -> None:
    """Where nothing was sent, nothing is known of the target."""
    totals = RunTotals(workers=1)
    totals.add(make_snapshot(0, make_series(by_status={}, by_failure={"unusable_path": 7})))
    verdict = decide_verdict(totals, [])
    assert (verdict.verdict, verdict.exit_code) == ("invalid", ExitCode.INVALID)
    assert verdict.reasons == (
        "None of 7 requests was sent: the strategy asked for what is no path on the target.",
    )


def test_target_that_never_answered_is_unreachable(make_snapshot: Any, make_series: Any) -> None:
    """Only failures: the target is down, which is neither a pass nor a fail of its speed."""
    totals = RunTotals(workers=1)
    totals.add(make_snapshot(0, make_series(by_status={}, by_failure={"connect_refused": 7})))
    verdict = decide_verdict(totals, [])
    assert (verdict.verdict, verdict.exit_code) == ("invalid", ExitCode.UNREACHABLE)
    assert "answered none of 7 requests (connect_refused)" in verdict.reasons[0]


def test_run_without_requests_is_invalid() -> None:
    """Nothing measured proves nothing."""
    verdict = decide_verdict(RunTotals(workers=1), [])
    assert (verdict.verdict, verdict.exit_code) == ("invalid", ExitCode.INVALID)
    assert "No request ended while it was measured" in verdict.reasons[0]


def test_lost_worker_makes_the_run_invalid(make_snapshot: Any, make_series: Any) -> None:
    """What the run manager knows comes first, also before an unreachable target."""
    totals = RunTotals(workers=2)
    totals.add(make_snapshot(0, make_series(by_status={}, by_failure={"reset": 1})))
    verdict = decide_verdict(totals, [], problems=["Worker 1 died."])
    assert (verdict.reasons[0], verdict.exit_code) == ("Worker 1 died.", ExitCode.INVALID)


@pytest.mark.parametrize(("missing", "fits"), [(5, True), (6, False)])
def test_model_of_another_site_makes_the_run_invalid(
    make_snapshot: Any, make_series: Any, missing: int, fits: bool
) -> None:
    """More than half of the page requests missing: the model is not of this site; subresources do not hide it."""
    totals = RunTotals(workers=1)
    pages = make_series("/a", by_status={200: 10 - missing, 404: missing}, missing={404: missing})
    totals.add(make_snapshot(0, pages, make_series("(image)", by_status={200: 500}, is_subresource=True)))
    verdict = decide_verdict(totals, [])
    assert (verdict.verdict == "pass") is fits
    assert fits or "does not fit this target: 60 % of the page requests" in verdict.reasons[0]


@pytest.mark.parametrize(("passed", "name"), [(True, "pass"), (False, "fail")])
def test_stopped_run_keeps_its_verdict_and_exits_130(sound: RunTotals, passed: bool, name: str) -> None:
    """A run stopped by the user is judged by what was measured; the process says that it was interrupted."""
    verdict = decide_verdict(sound, [slo(passed=passed)], stopped_early=True)
    assert (verdict.verdict, verdict.exit_code) == (name, ExitCode.INTERRUPTED)
    assert "stopped by the user" in verdict.reasons[-1]


def test_script_that_never_came_to_its_end_gives_no_verdict(make_snapshot: Any, make_series: Any) -> None:
    """Where every session ended in an error of the script nothing was played that anybody wanted; where some did, it is a finding."""
    for errors, verdict in ((3, "invalid"), (2, "pass")):
        totals = RunTotals(workers=1)
        totals.add(make_snapshot(0, make_series("/", page_views=3), started=3, finished=3, final=True))
        (measured,) = totals.strategies.values()
        measured.journal = Journal(script_errors={"KeyError: 'price' at shop.py:12": errors})
        decided = decide_verdict(totals, ())
        assert decided.verdict == verdict
        if errors == 3:
            assert decided.exit_code is ExitCode.INVALID
            assert "KeyError: 'price' at shop.py:12" in decided.reasons[0]
