"""What happened in a run, by rules over its figures: what broke first, why that may be, what to try next.

Each rule looks at figures that were given and returns a finding that cites them, or nothing. Rules stand in the order in which
a performance engineer asks: can the measurement be trusted, what failed, where did the time go, when did it begin.
Causes are worded as likely ones: a summary shows where time went, not why.
"""

from collections.abc import Callable
from typing import Final

from trafficflou.ai_models.athena.given_figures import GivenFigures
from trafficflou.ai_models.athena.likely_causes import ERROR_CAUSES, PHASE_CAUSES
from trafficflou.ai_models.tasks import Citation, Explanation, RunFigures, ToldFinding

__all__ = ["explain_run"]

_MAX_FINDINGS: Final = 12
_ERRORS_WORTH: Final = 0.001
_SLOW_RATIO: Final = 2.0
_BREAK_RATIO: Final = 3.0
_BREAK_ERROR_SHARE: Final = 0.05
_BREAK_MS: Final = 50.0
_BEGIN: Final = 3
"""So many told seconds are the beginning that the others are held against."""

_LEAST_ERRORS: Final = 5
"""A second in which fewer requests failed is one with broken links, not a site that breaks."""
_NEVER_ARRIVED: Final = ("connect_", "out_of_sockets", "tls", "unusable_path")
"""Errors of requests that the site's own log cannot hold."""

_LEAST_REQUESTS: Final = 20
"""A 95th percentile of fewer is the time of one unlucky request."""


def explain_run(request: RunFigures) -> Explanation:
    """Explain a run; without figures there are no findings, and nothing is made of those of a saturated generator."""
    figures = GivenFigures(request)
    saturated = _generator(figures)
    if saturated is not None:
        return Explanation(findings=(saturated,))
    found = [finding for rule in _RULES if (finding := rule(figures)) is not None]
    if not found:
        fallback = _all_well(figures)
        found = [fallback] if fallback is not None else []
    return Explanation(findings=tuple(found[:_MAX_FINDINGS]))


def _finding(message: str, cause: str, experiment: str, cites: tuple[Citation, ...]) -> ToldFinding | None:
    if not cites:
        return None
    return ToldFinding(
        message=message[:400],
        likely_cause=cause[:400] or None,
        next_experiment=experiment[:400] or None,
        cites=cites,
    )


def _generator(figures: GivenFigures) -> ToldFinding | None:
    if not figures.number("generator.saturated"):
        return None
    return _finding(
        "The generator was at its own limit, so the latencies say more about it than about the site.",
        "Too many visitors for the workers of this machine, or other work on it.",
        "Run again with more workers or fewer visitors until the generator is no longer saturated; judge the site only then.",
        figures.cite(
            "generator.saturated",
            "generator.cpu_share",
            "generator.loop_delay_ms.p99",
            "generator.schedule_lag_ms.p95",
        ),
    )


def _first_break(figures: GivenFigures) -> ToldFinding | None:
    """Find the first told second after the beginning whose p95 is thrice the beginning's, or any in which one request of twenty failed."""
    seconds = [
        index
        for index in figures.indexes("series")
        if (figures.number(f"series[{index}].requests") or 0) >= _LEAST_REQUESTS
    ]
    begin = [
        value
        for index in seconds[:_BEGIN]
        if (value := figures.number(f"series[{index}].p95_ms")) is not None
    ]
    usual = sorted(begin)[len(begin) // 2] if begin else None
    for number, index in enumerate(seconds):
        at = f"series[{index}]"
        errors = figures.number(f"{at}.errors") or 0
        failed = errors / (figures.number(f"{at}.requests") or 1) if errors >= _LEAST_ERRORS else 0.0
        p95 = figures.number(f"{at}.p95_ms")
        slow = (
            number >= _BEGIN
            and usual is not None
            and p95 is not None
            and p95 > max(_BREAK_RATIO * usual, usual + _BREAK_MS)
            and _is_slow_for_most(figures, seconds[0], index)
        )
        if failed >= _BREAK_ERROR_SHARE or slow:
            return _told_break(figures, index, failed, usual, is_slow=slow)
    return None


def _is_slow_for_most(figures: GivenFigures, usual_index: int, index: int) -> bool:
    """Whether the median rose too: a site that breaks is slow for most, while one slow page moves the 95th percentile alone."""
    usual, now = (figures.number(f"series[{number}].p50_ms") for number in (usual_index, index))
    return usual is None or now is None or now >= _SLOW_RATIO * usual


def _told_break(
    figures: GivenFigures, index: int, failed: float, usual: float | None, *, is_slow: bool
) -> ToldFinding | None:
    at = f"series[{index}]"
    second = figures.text(f"{at}.second") or str(index)
    visitors = figures.number(f"{at}.active_visitors")
    what = f"{failed:.0%} of the requests failed" if failed >= _BREAK_ERROR_SHARE else "response times rose"
    if is_slow and usual is not None:
        what += f" (p95 {figures.number(f'{at}.p95_ms') or 0:.0f} ms, {usual:.0f} ms at the beginning)"
    crowd = f" with {visitors:.0f} visitors on the site" if visitors is not None else ""
    first = figures.indexes("series")[0]
    return _finding(
        f"It broke first at second {second}{crowd}: {what}.",
        "A limit was reached at that load, or something outside the load happened at that moment.",
        "Hold the load just below that of this second for some minutes; if it stays well, step up until it breaks again.",
        figures.cite(
            f"{at}.second",
            f"{at}.active_visitors",
            f"{at}.errors",
            f"{at}.requests",
            f"{at}.p95_ms",
            f"series[{first}].p95_ms",
        ),
    )


def _errors(figures: GivenFigures) -> ToldFinding | None:
    share = figures.number("requests.error_share")
    if share is None or share < _ERRORS_WORTH:
        return None
    kinds = sorted(figures.below("requests.by_error."), key=lambda place: -(figures.number(place) or 0))
    name = kinds[0].removeprefix("requests.by_error.") if kinds else ""
    cause = next((text for start, text in ERROR_CAUSES if name.startswith(start)), "")
    errors = figures.number("requests.errors") or 0
    how_many = "most of them" if kinds and 2 * (figures.number(kinds[0]) or 0) > errors else "above all"
    return _finding(
        f"{share:.1%} of the requests failed{f', {how_many} {name[:60]}' if name else ''}.",
        cause or "The kinds of error do not point to one cause.",
        "Look at what the server and its machine did then: these requests never reached its log."
        if name.startswith(_NEVER_ARRIVED)
        else "Find one of these requests in the site's own log by its trace id and follow it to the part that failed.",
        figures.cite("requests.error_share", "requests.errors", *kinds[:4]),
    )


def _failed_slos(figures: GivenFigures) -> ToldFinding | None:
    failed = [index for index in figures.indexes("slos") if figures.number(f"slos[{index}].passed") == 0]
    if not failed:
        return None
    names = ", ".join(figures.text(f"slos[{index}].expression") for index in failed[:3])
    places = [
        f"slos[{index}].{name}"
        for index in failed[:2]
        for name in ("expression", "measured", "limit", "passed")
    ]
    return _finding(
        f"{len(failed)} of the objectives missed: {names}.",
        "",
        "Find the highest load at which every objective still holds, and judge that against what is expected.",
        figures.cite(*places),
    )


def _slowest_template(figures: GivenFigures) -> ToldFinding | None:
    pages = [
        (p95, index)
        for index in figures.indexes("templates")
        if figures.text(f"templates[{index}].kind") != "subresource"
        and (figures.number(f"templates[{index}].requests.count") or 0) >= _LEAST_REQUESTS
        and (p95 := figures.number(f"templates[{index}].response_ms.p95")) is not None
    ]
    if len(pages) < 2:
        return None
    pages.sort()
    slowest, index = pages[-1]
    usual, other = pages[(len(pages) - 1) // 2]
    if slowest < max(_SLOW_RATIO * usual, _BREAK_MS):
        return None
    at = f"templates[{index}]"
    first_byte = figures.number(f"{at}.phases_ms.first_byte.p95")
    is_server = first_byte is not None and first_byte > 0.6 * slowest
    return _finding(
        f"{figures.text(f'{at}.template')} is the slowest kind of page: p95 {slowest:.0f} ms, {slowest / max(usual, 1.0):.1f} times the middle one.",
        "Its own work on the server: queries or calls that other pages do not make."
        if is_server
        else "Its size or its number of parts, more than the server's work."
        if first_byte is not None
        else "",
        "Profile this page alone, then play the same visitors with this template's factor at half to see whether the others recover.",
        figures.cite(
            f"{at}.template",
            f"{at}.response_ms.p95",
            f"{at}.phases_ms.first_byte.p95",
            f"templates[{other}].response_ms.p95",
        ),
    )


def _phase(figures: GivenFigures) -> ToldFinding | None:
    total = figures.number("service_ms.p95") or figures.number("response_ms.p95")
    if not total or total < _BREAK_MS or (figures.number("requests.count") or 0) < _LEAST_REQUESTS:
        return None
    phases = {name: figures.number(f"phases_ms.{name}.p95") or 0.0 for name in PHASE_CAUSES}
    name = max(phases, key=lambda phase: phases[phase])
    if phases[name] < 0.5 * total:
        return None
    what, cause, experiment = PHASE_CAUSES[name]
    return _finding(
        f"Most of the slow requests' time went where {what}: p95 of that phase is {phases[name]:.0f} ms.",
        cause,
        experiment,
        figures.cite(f"phases_ms.{name}.p95", "service_ms.p95", "response_ms.p95", f"phases_ms.{name}.p50"),
    )


def _late_starts(figures: GivenFigures) -> ToldFinding | None:
    response, service = figures.number("response_ms.p95"), figures.number("service_ms.p95")
    if response is None or service is None or response < max(1.5 * service, service + _BREAK_MS):
        return None
    return _finding(
        f"Visitors waited longer than the site took: p95 {response:.0f} ms from the intended start, {service:.0f} ms from the send.",
        "Requests queued before they were sent: for a free connection, or because the generator was late.",
        "Compare the blocked phase and the schedule lag: the first means more connections, the second more workers.",
        figures.cite(
            "response_ms.p95", "service_ms.p95", "phases_ms.blocked.p95", "generator.schedule_lag_ms.p95"
        ),
    )


def _growth(figures: GivenFigures) -> ToldFinding | None:
    """Tell growth with the load from growth at a steady load, comparing the middle's figures with the end's."""
    seconds = [
        i
        for i in figures.indexes("series")
        if figures.number(f"series[{i}].p95_ms") is not None
        and figures.number(f"series[{i}].active_visitors")
    ]
    if len(seconds) < 6:
        return None
    early, late = seconds[len(seconds) // 3], seconds[-2]
    p95 = [figures.number(f"series[{i}].p95_ms") or 0.0 for i in (early, late)]
    crowd = [figures.number(f"series[{i}].active_visitors") or 1.0 for i in (early, late)]
    if p95[1] < max(1.8 * p95[0], p95[0] + _BREAK_MS / 2) or not _is_slow_for_most(figures, early, late):
        return None
    steady = crowd[1] < 1.2 * crowd[0]
    places = [
        f"series[{i}].{name}" for i in (early, late) for name in ("second", "active_visitors", "p95_ms")
    ]
    return _finding(
        f"p95 grew from {p95[0]:.0f} to {p95[1]:.0f} ms while the visitors went from {crowd[0]:.0f} to {crowd[1]:.0f}.",
        "It grew at a steady load: something fills up (a queue, a cache, a pool, memory)."
        if steady
        else "Response times grow with the load: a shared resource is near its limit.",
        "Run twice as long at this load and watch memory, connections and queues."
        if steady
        else "Step the visitors up in tenths to find where the curve bends.",
        figures.cite(*places),
    )


def _lost_sessions(figures: GivenFigures) -> ToldFinding | None:
    lost = figures.number("sessions.not_started")
    if not lost:
        return None
    return _finding(
        f"{lost:.0f} sessions that were due could not begin.",
        "The generator's limit of visitors at once: sessions last longer when the site is slow, so more are there at a time.",
        "Raise the limit of visitors at once, or lower the arrivals.",
        figures.cite("sessions.not_started", "sessions.started", "response_ms.p95"),
    )


def _all_well(figures: GivenFigures) -> ToldFinding | None:
    cites = figures.cite("requests.error_share", "response_ms.p95", "requests.rate_rps", "requests.count")
    if not figures.number("requests.count"):
        message = "There are no answered requests to judge."
        return _finding(message, "", "Check that the target answers, then run again.", cites)
    return _finding(
        "Nothing broke at this load: no kind of error, page or phase stands out.",
        "",
        "Double the visitors until something gives, to know how much room there is.",
        cites,
    )


_RULES: Final[tuple[Callable[[GivenFigures], ToldFinding | None], ...]] = (
    _first_break,
    _errors,
    _failed_slos,
    _slowest_template,
    _phase,
    _late_starts,
    _growth,
    _lost_sessions,
)
