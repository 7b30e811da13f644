"""Explanations: rules over figures; every finding cites figures as they were given."""

from typing import Any

import pytest

from trafficflou.ai_models.athena import AthenaFactory, AthenaSettings
from trafficflou.ai_models.athena.run_explaining import explain_run
from trafficflou.ai_models.figures import MAX_FIGURES, figures_of
from trafficflou.ai_models.tasks import FigureOf, RunFigures, ToldFinding


def summary(**more: Any) -> dict[str, Any]:
    """Return a summary of a run in which all was well."""
    document: dict[str, Any] = {
        "schema": "trafficflou/summary@1", "verdict": "pass", "reasons": [],
        "requests": {"count": 1000, "rate_rps": 50.0, "errors": 0, "error_share": 0.0, "by_error": {}, "by_status": {"200": 1000}},
        "response_ms": {"p50": 10.0, "p95": 30.0}, "service_ms": {"p50": 10.0, "p95": 29.0},
        "generator": {"saturated": False, "cpu_share": 0.2},
    }  # fmt: skip
    return document | more


def page(
    template: str, p95_ms: float, first_byte_ms: float | None = None, kind: str = "page", count: int = 90
) -> dict[str, Any]:
    """Return a template's figures."""
    phases = {} if first_byte_ms is None else {"first_byte": {"p95": first_byte_ms}}
    return {
        "template": template,
        "kind": kind,
        "page_views": 90,
        "requests": {"count": count},
        "response_ms": {"p95": p95_ms},
        "phases_ms": phases,
    }


def second(number: int, visitors: int, p95_ms: float, errors: int = 0) -> dict[str, Any]:
    """Return a second's figures."""
    return {
        "second": number,
        "active_visitors": visitors,
        "requests": 100,
        "errors": errors,
        "rate_rps": 100.0,
        "p95_ms": p95_ms,
    }


def findings_of(document: dict[str, Any]) -> list[ToldFinding]:
    """Explain a summary, and check that every citation is a figure of it, unchanged."""
    figures = figures_of(document)
    given = {figure.place: figure.value for figure in figures.figures}
    findings = explain_run(figures).findings
    for finding in findings:
        assert all(given[cite.place] == cite.value for cite in finding.cites)
    return list(findings)


def finding(document: dict[str, Any], begin: str) -> ToldFinding:
    """Return the finding that begins so."""
    found = [one for one in findings_of(document) if begin in one.message]
    assert found, [one.message for one in findings_of(document)]
    return found[0]


def test_good_run_has_one_finding() -> None:
    """Where nothing stands out, that is said, with a bolder experiment."""
    (only,) = findings_of(summary())
    assert "Nothing broke" in only.message
    assert "Double the visitors" in (only.next_experiment or "")


def test_run_without_requests_is_not_called_good() -> None:
    """No answered request, no praise."""
    (only,) = findings_of(summary(requests={"count": 0, "error_share": 0.0}))
    assert "no answered requests" in only.message


def test_nothing_known_explains_nothing() -> None:
    """A finding needs a figure to cite."""
    assert explain_run(RunFigures(verdict="fail", figures=())).findings == ()


def test_saturated_generator_is_all_that_is_told() -> None:
    """Before anything is said about the site, the measurement must be trusted; where it cannot be, nothing else is said."""
    document = summary(
        generator={"saturated": True, "cpu_share": 0.99},
        requests={"count": 9, "error_share": 0.5, "errors": 4},
    )
    (only,) = findings_of(document)
    assert "generator was at its own limit" in only.message


def test_first_break_is_the_first_second_that_fails() -> None:
    """The second, its load and what happened are told and cited by their places in the document."""
    series = [second(n, 10 * n, 20.0) for n in range(6)] + [
        second(6, 60, 25.0, errors=20),
        second(7, 70, 900.0),
    ]
    found = finding(summary(series=series), "It broke first")
    assert "second 6 with 60 visitors" in found.message
    assert "20% of the requests failed" in found.message
    assert {"series[6].errors", "series[6].second", "series[0].p95_ms"} <= {
        cite.place for cite in found.cites
    }


def test_first_break_may_be_slowness() -> None:
    """Thrice the beginning's p95 counts as a break, an unsteady millisecond does not."""
    quiet = [second(n, 10, 2.0 + 5 * (n % 2)) for n in range(8)]
    assert not any("broke first" in one.message for one in findings_of(summary(series=quiet)))
    slow = [*quiet, second(8, 90, 400.0)]
    assert "p95 400 ms, 2 ms at the beginning" in finding(summary(series=slow), "It broke first").message


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("timeout", "longer than the request's limit"), ("connect_refused", "did not accept"), ("reset", "broke connections off"),
     ("http_503", "overloaded"), ("http_500", "application failed"), ("http_404", "refused"), ("http_429", "rate limit"),
     ("xyz", "do not point to one cause")],
)  # fmt: skip
def test_errors_are_explained_by_their_kind(kind: str, cause: str) -> None:
    """The most frequent kind decides the likely cause."""
    requests = {"count": 100, "errors": 10, "error_share": 0.1, "by_error": {"http_418": 1, kind: 9}}
    found = finding(summary(requests=requests), "10.0% of the requests failed")
    assert cause in (found.likely_cause or "")
    assert f"requests.by_error.{kind}" in {cite.place for cite in found.cites}


def test_kind_of_error_is_said_to_be_most_only_where_it_is() -> None:
    """Half of the errors are not most of them."""
    for count, says in ((3, "above all http_404"), (4, "most of them http_404")):
        requests = {
            "count": 100,
            "errors": 6,
            "error_share": 0.06,
            "by_error": {"http_404": count, "redirect_loop": 6 - count},
        }
        assert says in finding(summary(requests=requests), "6.0% of the requests failed").message


def test_refused_connections_are_not_looked_for_in_the_log_of_the_site() -> None:
    """What never arrived is in no log."""
    requests = {"count": 100, "errors": 10, "error_share": 0.1, "by_error": {"connect_refused": 10}}
    found = finding(summary(requests=requests), "10.0% of the requests failed")
    assert "never reached its log" in (found.next_experiment or "")


def test_failed_objectives_are_told_with_what_was_measured() -> None:
    """The figures of the objective are cited; those that held are not told."""
    slos = [{"expression": "p95 < 1s", "measured": 20.0, "limit": 1000.0, "passed": True},
            {"expression": "errors < 1%", "measured": 0.5, "limit": 0.01, "passed": False}]  # fmt: skip
    found = finding(summary(slos=slos), "1 of the objectives missed")
    assert "errors < 1%" in found.message
    assert {cite.place for cite in found.cites} >= {"slos[1].measured", "slos[1].limit"}


@pytest.mark.parametrize(("first_byte", "cause"), [(480.0, "Its own work"), (50.0, "Its size"), (None, None)])
def test_slowest_page_stands_out(first_byte: float | None, cause: str | None) -> None:
    """A page twice as slow as the middle one is named, with whether the server or its size is to blame; files are no pages."""
    templates = [
        page("/", 20.0),
        page("/search", 500.0, first_byte),
        page("/a", 30.0),
        page("*.jpg", 9000.0, kind="subresource"),
    ]
    found = finding(summary(templates=templates), "/search is the slowest kind of page")
    assert (found.likely_cause or "").startswith(cause or "")
    assert bool(found.likely_cause) == (cause is not None)
    assert "templates[1].response_ms.p95" in {cite.place for cite in found.cites}


def test_pages_alike_do_not_stand_out() -> None:
    """No page is blamed for being last among equals, or for being alone."""
    for templates in ([page("/", 20.0), page("/a", 25.0)], [page("/", 900.0)]):
        assert not any("slowest" in one.message for one in findings_of(summary(templates=templates)))


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        ("first_byte", "server was thinking"),
        ("connect", "slow to open"),
        ("download", "slow to arrive"),
        ("tls", "TLS"),
        ("blocked", "waited"),
    ],
)
def test_phase_with_most_of_the_time_is_named(phase: str, says: str) -> None:
    """Server time, connecting and downloading have different cures."""
    document = summary(
        phases_ms={phase: {"p95": 800.0}}, service_ms={"p95": 900.0}, response_ms={"p95": 910.0}
    )
    found = finding(document, "Most of the slow requests' time")
    assert says in found.message
    assert found.cites[0].place == f"phases_ms.{phase}.p95"


def test_phases_without_a_leader_are_not_blamed() -> None:
    """Time that is spread over phases has no one cause."""
    document = summary(
        phases_ms={"connect": {"p95": 100.0}}, service_ms={"p95": 900.0}, response_ms={"p95": 910.0}
    )
    assert not any("Most of the slow" in one.message for one in findings_of(document))


def test_waiting_before_the_send_is_told_apart() -> None:
    """The gap between intended start and send is not the site's service time."""
    found = finding(summary(response_ms={"p95": 900.0}, service_ms={"p95": 100.0}), "Visitors waited longer")
    assert "queued before they were sent" in (found.likely_cause or "")


@pytest.mark.parametrize(("visitors", "cause"), [(50, "steady load"), (500, "grow with the load")])
def test_growth_is_explained_by_the_load(visitors: int, cause: str) -> None:
    """The same growth at a steady load means that something fills up."""
    series = [second(n, 50 if n < 8 else visitors, 20.0 + 6 * n) for n in range(16)]
    assert cause in (finding(summary(series=series), "p95 grew").likely_cause or "")


def test_sessions_that_could_not_begin_are_told() -> None:
    """Arrivals that were left out distort the load."""
    assert (
        "7 sessions"
        in finding(summary(sessions={"not_started": 7, "started": 90}), "could not begin").message
    )


def test_one_slow_page_is_no_break() -> None:
    """Where the median stays, the 95th percentile of a second says that somebody met a slow page."""
    series = [second(n, 20, 1200.0 if n == 7 else 12.0) | {"p50_ms": 3.0} for n in range(10)]
    assert not [one for one in findings_of(summary(series=series)) if "broke first" in one.message]
    series[7]["p50_ms"] = 400.0
    assert "second 7" in finding(summary(series=series), "broke first").message


def test_few_requests_prove_nothing() -> None:
    """A page that was asked for twice is not the slowest kind, and a second with two requests is not where it broke."""
    quiet = [second(number, 1, 500.0 if number == 7 else 10.0) | {"requests": 2} for number in range(10)]
    document = summary(templates=[page("/", 20.0), page("/rare", 900.0, count=2)], series=quiet)
    (only,) = findings_of(document)
    assert only.message.startswith("Nothing broke")


def test_text_of_the_site_is_cleaned() -> None:
    """Terminal escapes in a template's name do not reach the message."""
    templates = [page("/", 20.0), page("/\x1b[2Jevil", 500.0)]
    found = finding(summary(templates=templates), "is the slowest")
    assert "\x1b" not in found.message


def test_figures_are_bounded_and_keep_their_places() -> None:
    """A run of hours over hundreds of templates becomes at most 400 figures; indexes are those of the document."""
    document = summary(
        series=[second(n, n, float(n)) for n in range(5000)], templates=[page(f"/{n}", float(n)) for n in range(300)],
        reasons=["because", "", 7], run={"workload": "x" * 999, "workers": 2},
    )  # fmt: skip
    figures = figures_of(document)
    given = {figure.place: figure.value for figure in figures.figures}
    assert len(figures.figures) <= MAX_FIGURES
    assert given["series[4999].p95_ms"] == 4999.0
    assert given["templates[3].response_ms.p95"] == 3.0
    assert given["generator.saturated"] == 0
    assert "run.workload" not in given
    assert figures.reasons == ("because",)


@pytest.mark.parametrize(
    "document",
    [{}, {"verdict": "?", "series": 7, "templates": [3], "requests": "x", "slos": {}, "reasons": "x"}],
)
def test_damaged_summary_gives_few_figures(document: dict[str, Any]) -> None:
    """What is missing or of another kind is left out; an unknown verdict is not taken for a pass."""
    figures = figures_of(document)
    assert figures.figures == ()
    assert figures.verdict == "invalid"


def test_figures_of_another_kind_are_not_reckoned_with() -> None:
    """Texts and infinities in places of numbers are no numbers."""
    odd = tuple(FigureOf(place=place, value=value) for place, value in
                (("response_ms.p95", "fast"), ("service_ms.p95", float("inf")), ("requests.error_share", None)))  # fmt: skip
    (only,) = explain_run(RunFigures(verdict="pass", figures=odd)).findings
    assert "no answered requests" in only.message


async def test_explainer_explains() -> None:
    """The factory's explainer gives the same findings; statistics count them; closing twice is fine."""
    factory = AthenaFactory(AthenaSettings(relevance="lexical"))
    answer = await factory.explainer().explain(figures_of(summary()))
    assert len(answer.value.findings) == 1
    assert factory.model().statistics()["by_task"] == {"explain": 1}
    await factory.aclose()
    await factory.aclose()


def test_growth_and_breaks_are_those_of_most_requests() -> None:
    """A few broken links in a second, or a 95th percentile that rises alone, are neither."""
    series = [second(n, 10, 20.0 + 8 * n, errors=4 if n == 5 else 0) | {"p50_ms": 9.0} for n in range(12)]
    messages = [one.message for one in findings_of(summary(series=series))]
    assert not [text for text in messages if "broke first" in text or "grew" in text]


def test_slow_page_is_told_however_seldom_it_is_asked_for() -> None:
    """Of many templates the busiest are told, and the slowest of the others with them."""
    templates = [page(f"/{number}", 20.0) for number in range(40)]
    templates[33] = page("/slow", 1200.0, 1190.0)
    templates[34] = {"response_ms": {"p95": None}}
    found = finding(summary(templates=templates), "/slow is the slowest")
    assert "templates[33].response_ms.p95" in {cite.place for cite in found.cites}
