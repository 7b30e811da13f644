"""What visitors who read pages found out about a site: weak spots, told as findings out of their journals.

Theory of operation: a page or form is judged by all of its views together. One that never worked is broken, one that failed now and then is
flaky, one that is far slower than the site's usual page is slow. Where a form failed, the steps that came before are compared: a step
after which it always failed, and without which it never did, is the likely reason ("each time after adding product 17"). What many pages of one
template share is one finding, not many. Each has the figures that it rests on and a path that leads there again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Final

from trafficflou.core.units import format_count, format_duration, format_share
from trafficflou.metrics.finding import Finding, PathStep
from trafficflou.metrics.journal import FormOutcome, GoalOutcome, Journal, PageOutcome, Trail

__all__ = ["likely_reason", "site_findings"]

MAX_FINDINGS: Final = 60
_MAX_OF_A_TEMPLATE: Final = 3
"""So many pages of a template are told one by one; more of them together."""

_SLOW_S: Final = 1.0
_SLOW_FACTOR: Final = 4.0
"""A page is slow where it takes a second and four times (eight times where it was seen once) the site's usual page: below a second few people wait (Nielsen, Response Times, 1993)."""

_SLOW_JOURNEY_S: Final = 8.0
_MISSING: Final = frozenset({"http_404", "http_410"})
_LEAST_PURSUED: Final = 5
_LEAST_COMPARED: Final = 4
"""So many pairs of a failure and a success are compared before a step counts as the reason: one failure beside four successes, or two beside two."""
_RARELY: Final = 0.2
_MAX_LISTED: Final = 10
_LARGE_KIND: Final = 30
"""Of more pages of a kind some are always on list pages that nobody turned to: that they were not met says nothing."""

_LOST_SHARE: Final = 0.1
"""Of the listed pages of one kind: more that no link led to were not looked for."""

_ORDER: Final = (
    "script_error",
    "check_failed",
    "form_fails",
    "server_error",
    "broken_link",
    "redirect_loop",
    "dead_end",
    "flaky_form",
    "flaky_page",
    "slow_page",
    "slow_journey",
    "form_refused",
    "goal_rarely_reached",
    "unreachable_pages",
)
_NS: Final = 1e9


def site_findings(strategy: str, journal: Journal, listed: Mapping[str, str] = {}) -> list[Finding]:
    """Tell what the visitors of one strategy found.

    Args:
        strategy: Its name.
        journal: What they noticed, all seconds and workers together.
        listed: Paths that the site should have, its sitemap's or the traffic model's, and the template of each.

    Returns:
        The findings, worst first; at most `MAX_FINDINGS`.
    """
    found = [
        *_scripts(journal),
        *_merged(_pages(journal)),
        *_forms(journal),
        *_goals(journal),
        *_journeys(journal),
        *_unreachable(journal, listed),
    ]
    found.sort(key=lambda finding: (_ORDER.index(finding.kind), -_weight(finding)))
    return [finding.model_copy(update={"strategy": strategy}) for finding in found[:MAX_FINDINGS]]


def _weight(finding: Finding) -> float:
    for name in ("failures", "mean_ms", "views", "pursued", "pages"):
        value = finding.figures.get(name)
        if isinstance(value, int | float):
            return float(value)
    return 0.0


# -- scripts -----------------------------------------------------------------------------------------------------------


def _scripts(journal: Journal) -> Iterator[Finding]:
    errors = sorted(journal.script_errors.items(), key=lambda item: (-item[1], item[0]))
    for text, count in errors[:_MAX_LISTED]:
        yield Finding(
            kind="script_error",
            message=f"The script ended {_times(count, 'session')} early: {text}",
            figures={"failures": count},
        )
    failing = [(name, check) for name, check in journal.checks.items() if check.failed]
    for name, check in sorted(failing, key=lambda item: (-item[1].failed, item[0]))[:_MAX_LISTED]:
        total = check.passed + check.failed
        yield Finding(
            kind="check_failed",
            message=f"The check “{name}” failed {format_count(check.failed)} of {_times(total, 'time')}, "
            f"{format_share(check.failed / total)}.",
            figures={"checked": total, "failures": check.failed},
        )


# -- pages -------------------------------------------------------------------------------------------------------------


def _pages(journal: Journal) -> Iterator[Finding]:
    usual_s = _usual_load_s(journal.pages.values())
    for path, page in journal.pages.items():
        failed = sum(page.failures.values())
        if failed:
            yield _failing(path, page, failed)
        elif page.dead_ends == page.views and page.views:
            yield _finding(
                "dead_end",
                f"{path} offers nothing to go on with: {_times(page.views, 'visitor')} ended there.",
                path,
                page,
                {"views": page.views},
            )
        mean_s = _mean_load_s(page)
        factor = _SLOW_FACTOR * (2 if page.views - failed == 1 else 1)
        if mean_s is not None and mean_s >= max(_SLOW_S, factor * usual_s):
            yield _finding(
                "slow_page",
                f"{path} takes {format_duration(mean_s)}; the site's usual page takes {format_duration(usual_s)}.",
                path,
                page,
                {
                    "views": page.views - failed,
                    "mean_ms": _ms(mean_s),
                    "max_ms": _ms(page.load_max_ns / _NS),
                    "usual_ms": _ms(usual_s),
                },
            )


def _failing(path: str, page: PageOutcome, failed: int) -> Finding:
    kind = max(page.failures, key=lambda name: page.failures[name])
    figures: dict[str, float | int | str] = {"views": page.views, "failures": failed, "error": kind}
    if failed < page.views:
        share = format_share(failed / page.views)
        message = f"{path} fails now and then ({_words(kind)}): {format_count(failed)} of {_times(page.views, 'view')}, {share}."
        return _finding("flaky_page", message, path, page, figures)
    if kind == "redirect_loop":
        return _finding("redirect_loop", f"{path} redirects without end.", path, page, figures)
    if kind in _MISSING:
        where = f" that {page.linked_from} links to" if page.linked_from else ""
        return _finding("broken_link", f"{path}{where} is not there ({_words(kind)}).", path, page, figures)
    message = f"{path} never worked ({_words(kind)}): all of {_times(page.views, 'view')} failed."
    return _finding("server_error", message, path, page, figures)


def _usual_load_s(pages: Iterable[PageOutcome]) -> float:
    return median([mean_s for page in pages if (mean_s := _mean_load_s(page)) is not None] or [0.0])


def _mean_load_s(page: PageOutcome) -> float | None:
    fine = page.views - sum(page.failures.values())
    return page.load_ns / fine / _NS if fine > 0 else None


def _merged(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Tell many pages of one template as one finding."""
    alike: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        alike[finding.kind, finding.template].append(finding)
    for (kind, template), group in alike.items():
        if len(group) <= _MAX_OF_A_TEMPLATE:
            yield from group
            continue
        worst = max(group, key=_weight)
        yield worst.model_copy(
            update={
                "message": f"{_times(len(group), 'page')} like {template}: {worst.message}",
                "figures": worst.figures | {"pages": len(group), "kind_of_page": template, "worst": kind},
            }
        )


# -- forms -------------------------------------------------------------------------------------------------------------


def _forms(journal: Journal) -> Iterator[Finding]:
    for path, form in journal.forms.items():
        failed = sum(form.failures.values())
        if failed:
            yield _failing_form(path, form, failed)
        elif form.sent > 1 and form.refused > form.sent / 2:
            yield _finding(
                "form_refused",
                f"The {form.purpose or 'form'} at {path} took what visitors filled in only "
                f"{form.sent - form.refused} of {_times(form.sent, 'time')}.",
                path,
                form,
                {"sent": form.sent, "refused": form.refused},
            )


def _failing_form(path: str, form: FormOutcome, failed: int) -> Finding:
    kind = max(form.failures, key=lambda name: form.failures[name])
    figures: dict[str, float | int | str] = {"sent": form.sent, "failures": failed, "error": kind}
    name = f"The {form.purpose} form" if form.purpose not in {"", "other"} else "The form"
    if failed == form.sent:
        message = f"{name} at {path} never worked ({_words(kind)}): it was sent {_times(failed, 'time')}."
        return _finding("form_fails", message, path, form, figures)
    message = f"{name} at {path} fails now and then ({_words(kind)}): {failed} of {_times(form.sent, 'time')}"
    reason = likely_reason(form)
    if reason:
        figures["after"] = reason
        return _finding("form_fails", f"{message}, each time after: {reason}.", path, form, figures)
    return _finding("flaky_form", f"{message}.", path, form, figures)


def likely_reason(form: FormOutcome) -> str:
    """Return the step after which a form always failed, and without which it never did; empty where there is none.

    One failure among few proves nothing.
    """
    failed = sum(form.failures.values())
    if failed * (form.sent - failed) < _LEAST_COMPARED:
        return ""
    telling = [step for step, (bad, fine) in form.before.items() if bad == failed and not fine]
    # What was filled in tells more than where somebody passed by.
    return max(telling, key=lambda step: (step.startswith("submit"), len(step)), default="")


# -- goals and ways ----------------------------------------------------------------------------------------------------


def _goals(journal: Journal) -> Iterator[Finding]:
    for (persona, goal), outcome in journal.goals.items():
        given_up = sum(outcome.given_up.values())
        ended = outcome.reached + given_up
        if ended < _LEAST_PURSUED or outcome.reached > _RARELY * ended:
            continue
        why = max(outcome.given_up, key=lambda name: outcome.given_up[name], default="")
        yield Finding(
            kind="goal_rarely_reached",
            message=f"{persona} wanted to {goal}: {outcome.reached} of {_times(ended, 'session')} did; "
            f"most gave up for {why.replace('_', ' ') or 'no reason that was seen'}.",
            figures={
                "pursued": outcome.pursued,
                "reached": outcome.reached,
                "given_up": given_up,
                "mostly": why,
            },
            path=_steps(outcome.trail),
        )


def _journeys(journal: Journal) -> Iterator[Finding]:
    for (persona, goal), outcome in journal.goals.items():
        times = _times_on_the_way(journal, outcome)
        total_s = sum(times)
        if total_s < _SLOW_JOURNEY_S:
            continue
        slowest = max(range(len(times)), key=lambda number: times[number])
        yield Finding(
            kind="slow_journey",
            message=f"The shortest way on which {persona} could {goal} waits {format_duration(total_s)} for the site, "
            f"{format_duration(times[slowest])} of them for {outcome.trail[slowest].path}.",
            url=outcome.trail[slowest].path,
            figures={"wait_ms": _ms(total_s), "pages": len(times), "slowest_ms": _ms(times[slowest])},
            path=_steps(outcome.trail),
        )


def _times_on_the_way(journal: Journal, outcome: GoalOutcome) -> list[float]:
    pages = (journal.pages.get(step.path) for step in outcome.trail)
    return [(_mean_load_s(page) or 0.0) if page is not None else 0.0 for page in pages]


def _unreachable(journal: Journal, listed: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of listed pages to which nothing leads.

    Visitors see a part of a large site, so that they met no link to one product of a hundred says nothing. Where they met links to nearly all
    pages of a kind that can be seen whole, or where a page is alone of its kind, it does.
    """
    if not journal.offered:
        return
    by_template: dict[str, list[str]] = defaultdict(list)
    for path, template in listed.items():
        by_template[template].append(path)
    lost: list[str] = []
    for paths in by_template.values():
        if len(paths) > _LARGE_KIND:
            continue
        missed = [path for path in paths if path not in journal.offered and path not in journal.pages]
        if len(missed) <= max(1, _LOST_SHARE * len(paths)):
            lost += missed
    lost.sort()
    if not lost:
        return
    shown = ", ".join(lost[:_MAX_LISTED]) + (", ..." if len(lost) > _MAX_LISTED else "")
    yield Finding(
        kind="unreachable_pages",
        message=f"{_times(len(lost), 'page')} of the site's own list {'is' if len(lost) == 1 else 'are'} linked from no page "
        f"that visitors saw: {shown}.",
        url=lost[0],
        figures={"pages": len(lost), "listed": len(listed), "pages_seen": len(journal.pages)},
        path=(PathStep(action="open", path=lost[0]),),
    )


# -- words -------------------------------------------------------------------------------------------------------------


def _finding(
    kind: str,
    message: str,
    path: str,
    outcome: PageOutcome | FormOutcome,
    figures: dict[str, float | int | str],
) -> Finding:
    return Finding(
        kind=kind,
        message=message,
        url=path,
        template=outcome.template,
        figures=figures,
        path=_steps(outcome.trail),
    )


def _steps(trail: Trail) -> tuple[PathStep, ...]:
    return tuple(
        PathStep(action=step.action, path=step.path, text=step.text, values=dict(step.values))
        for step in trail
    )


def _words(kind: str) -> str:
    return f"status {kind.removeprefix('http_')}" if kind.startswith("http_") else kind.replace("_", " ")


def _times(count: int, noun: str) -> str:
    return f"{format_count(count)} {noun}" + ("" if count == 1 else "s")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
