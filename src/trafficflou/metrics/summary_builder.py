"""Turns the totals of a finished run into its summary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from trafficflou.core.units import format_share
from trafficflou.metrics.document import Percentiles
from trafficflou.metrics.finding import Finding
from trafficflou.metrics.findings import site_findings
from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.journal import Journal
from trafficflou.metrics.load_figures import (
    ForeignOrigin,
    GeneratorFigures,
    MissingPath,
    Phases,
    RequestFigures,
    SessionFigures,
    TemplateFigures,
)
from trafficflou.metrics.run_event import RunEvent
from trafficflou.metrics.run_facts import RunFacts
from trafficflou.metrics.run_info import RunInfo
from trafficflou.metrics.saturation import saturation_reasons
from trafficflou.metrics.slo import Slo, evaluate_slo
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, SeriesMeasurements
from trafficflou.metrics.strategy_figures import DecisionTimes, GoalFigures, StrategyFigures
from trafficflou.metrics.summary import Summary
from trafficflou.metrics.totals import RunTotals
from trafficflou.metrics.verdict import decide_verdict, missing_page_share

__all__ = ["build_summary", "percentiles_of"]

Key = TypeVar("Key")


def build_summary(
    totals: RunTotals,
    run_info: RunInfo,
    slos: Sequence[Slo] = (),
    *,
    listed_paths: Mapping[str, str] = {},
    problems: Sequence[str] = (),
    stopped_early: bool = False,
    events: Sequence[RunEvent] = (),
) -> Summary:
    """Make the summary of a run that is over; call `totals.finish()` before.

    Args:
        totals: What was measured.
        run_info: What was planned.
        slos: The objectives.
        listed_paths: What the site should have, for findings: its sitemap's paths, or the traffic model's, and the template of each.
        problems: What makes the figures worthless besides what they show themselves, as sentences.
        stopped_early: Whether the user stopped the run.
        events: What happened besides visitors coming and going, in the order of time.
    """
    sessions = totals.sessions()
    saturation = saturation_reasons(totals.health, sessions)
    results = tuple(evaluate_slo(slo, totals) for slo in slos)
    verdict = decide_verdict(
        totals, results, saturation=saturation, problems=problems, stopped_early=stopped_early
    )
    overall, measured_s = totals.overall, totals.measured_s
    requests = _requests(overall, measured_s)
    return Summary(
        verdict=verdict.verdict,
        reasons=verdict.reasons,
        exit_code=int(verdict.exit_code),
        run=_facts(totals, run_info, stopped_early=stopped_early),
        sessions=sessions,
        page_views=overall.page_views,
        requests=requests,
        response_ms=percentiles_of(overall.response),
        service_ms=percentiles_of(overall.service),
        phases_ms=_phases(overall),
        page_load_ms=percentiles_of(overall.page_load),
        templates=_templates(totals),
        strategies=tuple(_strategies(totals)),
        slos=results,
        generator=_generator(totals, saturated=bool(saturation)),
        series=totals.series.entries(),
        events=tuple(events),
        findings=(*_site_findings(totals, listed_paths), *_findings(totals, slos)),
        missing_paths=tuple(_missing_paths(totals)),
        foreign_origins=tuple(
            ForeignOrigin(origin=origin, how=how, count=count)
            for (origin, how), count in _most_frequent(totals.foreign_origins)
        ),
    )


def _missing_paths(totals: RunTotals) -> Iterator[MissingPath]:
    replaced: dict[str, str] = {}
    for measured in totals.strategies.values():
        if measured.journal is not None:
            replaced |= measured.journal.replaced
    for (path, template, status), count in _most_frequent(totals.missing_paths):
        yield MissingPath(
            path=path, template=template, status=status, count=count, replaced_by=replaced.get(path)
        )


def _facts(totals: RunTotals, info: RunInfo, *, stopped_early: bool) -> RunFacts:
    answered = totals.overall.answered
    return RunFacts(
        id=info.id,
        name=info.name,
        target=info.target,
        seed=info.seed,
        strategy=info.strategy,
        model=info.model,
        started_at=info.started_at,
        duration_s=round(totals.elapsed_s, 3),
        planned_duration_s=info.planned_duration_s,
        warmup_s=info.warmup_s,
        workers=info.workers,
        workload=info.workload,
        brief=info.brief,
        plan=info.plan,
        people=info.people,
        notes=info.notes,
        protocols={info.protocol: answered} if answered else {},
        stopped_early=stopped_early,
    )


def percentiles_of(times: Histogram) -> Percentiles:
    """Return what a summary tells of a distribution, in milliseconds to the microsecond."""

    def rounded(value_ms: float | None) -> float | None:
        return None if value_ms is None else round(value_ms, 3)

    return Percentiles(
        p50=rounded(times.percentile_ms(50)),
        p90=rounded(times.percentile_ms(90)),
        p95=rounded(times.percentile_ms(95)),
        p99=rounded(times.percentile_ms(99)),
        p999=rounded(times.percentile_ms(99.9)),
        max=rounded(times.max_ms),
        mean=rounded(times.mean_ms),
    )


def _phases(series: SeriesMeasurements) -> Phases:
    return Phases(
        blocked=percentiles_of(series.blocked),
        connect=percentiles_of(series.connect),
        tls=percentiles_of(series.tls),
        first_byte=percentiles_of(series.first_byte),
        download=percentiles_of(series.download),
    )


def _requests(series: SeriesMeasurements, measured_s: float) -> RequestFigures:
    by_error = series.by_error()
    errors, count = sum(by_error.values()), series.requests
    return RequestFigures(
        count=count,
        rate_rps=round(count / measured_s, 3) if measured_s else 0.0,
        errors=errors,
        error_share=round(min(1.0, errors / count), 6) if count else 0.0,
        missing=series.missing_count,
        cache_hits=series.cache_hits,
        bytes_received=series.received_bytes,
        by_status={str(status): count for status, count in sorted(series.by_status.items())},
        by_error=by_error,
    )


def _templates(totals: RunTotals) -> tuple[TemplateFigures, ...]:
    ordered = sorted(
        totals.templates.values(),
        key=lambda series: (series.is_subresource, -series.requests, series.template),
    )
    return tuple(
        TemplateFigures(
            template=series.template,
            kind="subresource" if series.is_subresource else "page",
            page_views=series.page_views,
            requests=_requests(series, totals.measured_s),
            response_ms=percentiles_of(series.response),
            service_ms=percentiles_of(series.service),
            phases_ms=_phases(series),
            page_load_ms=percentiles_of(series.page_load),
        )
        for series in ordered
    )


def _strategies(totals: RunTotals) -> Iterator[StrategyFigures]:
    for name, measured in totals.strategies.items():
        series = totals.requests_of.get(name, SeriesMeasurements(template="(all)"))
        yield StrategyFigures(
            name=name,
            sessions=SessionFigures(
                started=measured.sessions_started,
                finished=measured.sessions_finished,
                abandoned=measured.sessions_abandoned,
            ),
            page_views=series.page_views,
            requests=_requests(series, totals.measured_s),
            response_ms=percentiles_of(series.response),
            page_load_ms=percentiles_of(series.page_load),
            steps=measured.decision.count,
            decision_us=_microseconds(measured.decision),
            **_noticed(measured.journal or Journal()),
        )


def _noticed(journal: Journal) -> dict[str, Any]:
    """Return what a strategy's figures take from its journal."""
    goals = sorted(journal.goals.items(), key=lambda item: (-item[1].pursued, item[0]))
    return {
        "decided_by": dict(_most_frequent(journal.decided_by)),
        "goals": tuple(
            GoalFigures(
                persona=persona,
                goal=goal,
                pursued=outcome.pursued,
                reached=outcome.reached,
                given_up=dict(_most_frequent(outcome.given_up)),
                pages_mean=round(outcome.pages / outcome.reached, 2) if outcome.reached else None,
            )
            for (persona, goal), outcome in goals
        ),
        "pages_visited": len(journal.pages),
        "pages_offered": len(journal.offered),
        "forms_sent": sum(form.sent for form in journal.forms.values()),
        "checks": {name: (check.passed, check.failed) for name, check in sorted(journal.checks.items())},
        "script_errors": dict(_most_frequent(journal.script_errors)),
    }


def _microseconds(times: Histogram) -> DecisionTimes:
    def in_us(value_ms: float | None) -> float | None:
        return None if value_ms is None else round(value_ms * 1000, 3)

    return DecisionTimes(
        p50=in_us(times.percentile_ms(50)), p99=in_us(times.percentile_ms(99)), max=in_us(times.max_ms)
    )


def _generator(totals: RunTotals, *, saturated: bool) -> GeneratorFigures:
    health = totals.health
    return GeneratorFigures(
        cpu_share=round(health.cpu_share, 4),
        cpu_share_mean=round(health.cpu_share_mean, 4),
        loop_delay_ms=percentiles_of(health.loop_delay),
        schedule_lag_ms=percentiles_of(health.schedule_lag),
        peak_rss_bytes=health.peak_rss_bytes,
        saturated=saturated,
    )


def _findings(totals: RunTotals, slos: Sequence[Slo]) -> list[Finding]:
    overall, findings = totals.overall, []
    if totals.missing_paths:
        message = (
            f"{format_share(missing_page_share(totals))} of the page requests asked for learned paths that the target does not "
            "have; missing_paths lists them. They count as requests, not as errors."
        )
        replaced = sum(path.replaced_by is not None for path in _missing_paths(totals))
        if replaced:
            message += f" Like paths that the site's pages offer took the place of {replaced}."
        findings.append(Finding(kind="missing_paths", message=message))
    if totals.foreign_origins:
        origins = len({origin for origin, _ in totals.foreign_origins})
        named = "1 other origin" if origins == 1 else f"{origins} other origins"
        message = f"Pages or redirects named {named}; nothing was sent there. foreign_origins lists them."
        findings.append(Finding(kind="foreign_origins", message=message))
    if overall.errors and not slos:
        message = (
            f"{format_share(min(1.0, overall.errors / overall.requests))} of the requests were errors, and no SLO judges them; "
            "add one, such as errors<1%."
        )
        findings.append(Finding(kind="errors_without_slo", message=message))
    if OTHER_TEMPLATE in totals.templates:
        message = f"The model has more templates than are measured apart; the rest is in {OTHER_TEMPLATE}."
        findings.append(Finding(kind="template_cap", message=message))
    return findings


def _site_findings(totals: RunTotals, listed: Mapping[str, str]) -> Iterator[Finding]:
    for name, measured in totals.strategies.items():
        if measured.journal is not None:
            yield from site_findings(name, measured.journal, listed)


def _most_frequent(counts: dict[Key, int]) -> list[tuple[Key, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
