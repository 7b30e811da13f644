"""The outcome of a run: `pass`, `fail` or `invalid`, why, and the exit code.

- `invalid`: the figures cannot be trusted or say nothing about the question: the generator was the bottleneck, a worker was
  lost, nothing was measured, no request was ever answered, or the model does not fit the target.
- `fail`: they can be trusted, and an SLO was missed.
- `pass`: neither. Without SLOs there is nothing to miss: errors are then shown, not judged.

A run that the user stopped has the verdict of what was measured until then, and exit code 130.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trafficflou.core import ExitCode
from trafficflou.core.units import format_share
from trafficflou.metrics.load_figures import SloResult
from trafficflou.metrics.snapshot import SeriesMeasurements
from trafficflou.metrics.totals import RunTotals

__all__ = ["Verdict", "decide_verdict", "missing_page_share"]

MISSING_PAGE_SHARE_LIMIT: Final = 0.5
"""Share of page requests for paths that the target lacks from which the model does not fit the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a run.

    Attributes:
        verdict: `pass`, `fail` or `invalid`.
        reasons: Why it is not a pass, most important first.
        exit_code: What the process answers.
    """

    verdict: Literal["pass", "fail", "invalid"]
    reasons: tuple[str, ...]
    exit_code: ExitCode


def decide_verdict(
    totals: RunTotals,
    slo_results: Sequence[SloResult],
    *,
    saturation: Sequence[str] = (),
    problems: Sequence[str] = (),
    stopped_early: bool = False,
) -> Verdict:
    """Judge a run.

    Args:
        totals: What was measured.
        slo_results: What became of each objective.
        saturation: Why the generator was the bottleneck; empty where it was not.
        problems: What else makes the figures worthless, as sentences: a worker that died.
        stopped_early: Whether the user stopped the run.
    """
    unsent = _never_sent(totals.overall)
    unreachable = [] if unsent else _never_answered(totals.overall)
    shortage = _out_of_sockets(totals.overall)
    invalid = [
        *problems,
        *shortage,
        *unsent,
        *unreachable,
        *_nothing_measured(totals),
        *saturation,
        *_misfit(totals),
        *_broken_scripts(totals),
    ]
    missed = [_slo_reason(result) for result in slo_results if not result.passed]
    if invalid:
        code = ExitCode.UNREACHABLE if unreachable and not (problems or shortage) else ExitCode.INVALID
        verdict = Verdict(verdict="invalid", reasons=(*invalid, *missed), exit_code=code)
    elif missed:
        verdict = Verdict(verdict="fail", reasons=tuple(missed), exit_code=ExitCode.SLO_FAILED)
    else:
        verdict = Verdict(verdict="pass", reasons=(), exit_code=ExitCode.PASS)
    if not stopped_early:
        return verdict
    stopped = "The run was stopped by the user; the figures are those until then."
    return Verdict(
        verdict=verdict.verdict, reasons=(*verdict.reasons, stopped), exit_code=ExitCode.INTERRUPTED
    )


def missing_page_share(totals: RunTotals) -> float:
    """Return the share of page requests that asked for a learned path which the target does not have, 0..1."""
    pages = [series for series in totals.templates.values() if not series.is_subresource]
    requests = sum(series.requests for series in pages)
    return sum(series.missing_count for series in pages) / requests if requests else 0.0


def _never_sent(overall: SeriesMeasurements) -> list[str]:
    count = overall.by_failure.get("unusable_path", 0)
    if not count or overall.answered or count < overall.failed:
        return []
    return [f"None of {count} requests was sent: the strategy asked for what is no path on the target."]


def _never_answered(overall: SeriesMeasurements) -> list[str]:
    if overall.answered or not overall.failed:
        return []
    kinds = ", ".join(overall.by_failure)
    return [
        f"The target answered none of {overall.failed} requests ({kinds}): check that it is up and reachable."
    ]


def _out_of_sockets(overall: SeriesMeasurements) -> list[str]:
    count = overall.by_failure.get("out_of_sockets", 0)
    if not count:
        return []
    reason = (
        f"This machine had no socket or local port left for {count} requests: raise the limit of open files, "
        "play fewer visitors, or spread them over more machines."
    )
    return [reason]


def _nothing_measured(totals: RunTotals) -> list[str]:
    if totals.overall.requests:
        return []
    return ["No request ended while it was measured: play longer, or with a shorter warm-up."]


def _misfit(totals: RunTotals) -> list[str]:
    share = missing_page_share(totals)
    if share <= MISSING_PAGE_SHARE_LIMIT:
        return []
    reason = (
        f"The model does not fit this target: {format_share(share)} of the page requests asked for paths that it does not have. "
        "Learn the model from this site's own log, or check the target's address."
    )
    return [reason]


def _broken_scripts(totals: RunTotals) -> list[str]:
    """Name the strategies none of whose sessions came to the end that its script means: such figures are of no traffic that anybody wanted."""
    reasons = []
    for name, measured in totals.strategies.items():
        errors = {} if measured.journal is None else measured.journal.script_errors
        if errors and sum(errors.values()) >= measured.sessions_finished:
            worst = max(errors, key=lambda text: errors[text])
            reasons.append(f"Every session of {name} ended in an error of its script, mostly: {worst}.")
    return reasons


def _slo_reason(result: SloResult) -> str:
    measured = "" if result.measured is None else f", measured {result.measured_text}"
    because = f": {result.explanation}" if result.explanation else ""
    return f"SLO missed: {result.expression}{measured}{because}."
