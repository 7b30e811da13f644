"""The document summary.json, and how it is made."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from trafficflou.core import StoreError
from trafficflou.metrics import (
    Journal,
    RunInfo,
    RunTotals,
    Summary,
    build_summary,
    load_summary,
    parse_slo,
    parse_summary,
    summary_json_schema,
    summary_schema,
)
from trafficflou.metrics import summary as summary_module

ROOT = Path(__file__).parents[3]

DESIGNED_KEYS = {
    "": [
        "verdict",
        "reasons",
        "exit_code",
        "run",
        "sessions",
        "page_views",
        "requests",
        "response_ms",
        "service_ms",
        "phases_ms",
        "templates",
        "strategies",
        "slos",
        "generator",
        "series",
        "ai",
        "findings",
    ],
    "run": ["id", "target", "seed", "strategy", "model", "started_at", "duration_s", "workers", "protocols"],
    "sessions": ["started", "finished", "abandoned", "not_started"],
    "requests": ["count", "rate_rps", "errors", "error_share", "bytes_received", "by_status", "by_error"],
    "response_ms": ["p50", "p90", "p95", "p99", "p999", "max", "mean"],
    "service_ms": ["p50", "p90", "p95", "p99", "p999", "max", "mean"],
    "phases_ms": ["blocked", "connect", "tls", "first_byte", "download"],
    "generator": ["cpu_share", "loop_delay_ms", "schedule_lag_ms", "peak_rss_bytes", "saturated"],
    "ai": ["requests", "cache_hits", "tokens", "cost_usd", "degraded", "latency_ms"],
}


@pytest.fixture
def totals(make_snapshot: Any, make_series: Any) -> RunTotals:
    """Three seconds of two templates and images."""
    measured = RunTotals(workers=1)
    for second in range(3):
        measured.add(
            make_snapshot(
                second,
                make_series("/rare", by_status={200: 5, 404: 2}, missing={404: 1}, page_views=5),
                make_series("/often", by_status={200: 30}, response_ms=40, page_views=10),
                make_series("(image)", by_status={200: 90}, by_failure={"timeout": 1}, is_subresource=True),
                started=4,
                finished=3,
                lag_ms=1.5,
                loop_delay_ms=0.5,
                cpu_share=0.25,
                rss_bytes=30_000_000,
                missing_paths={("/gone", "/rare", 404): 1, ("/also", "/rare", 404): 2},
                foreign_origins={("https://cdn.example", "subresource"): 3},
                final=second == 2,
            )
        )
    measured.finish()
    return measured


@pytest.fixture
def summary(totals: RunTotals, run_info: RunInfo) -> Summary:
    """A summary with every part filled."""
    return build_summary(totals, run_info, [parse_slo("p95<300ms"), parse_slo("errors<0.1%")])


def test_document_has_the_designed_keys_in_order(summary: Summary) -> None:
    """The keys of the design are all there and keep their order; further keys may stand between them."""
    document = json.loads(summary.to_json())
    assert document["schema"] == "trafficflou/summary@1"
    assert next(iter(document)) == "schema"
    for section, expected in DESIGNED_KEYS.items():
        keys = list(document[section] if section else document)
        assert [key for key in keys if key in expected] == expected


def test_document_reads_back_unchanged(summary: Summary) -> None:
    """Written and read again it is the same, byte for byte."""
    text = summary.to_json()
    again = parse_summary(text, "summary.json")
    assert again == summary
    assert again.to_json() == text


def test_document_counts_what_was_measured(summary: Summary) -> None:
    """Totals, rates and shares are those of the snapshots."""
    requests = summary.requests
    assert (requests.count, requests.rate_rps, requests.errors) == (384, 128.0, 6)
    assert requests.error_share == pytest.approx(6 / 384, abs=1e-6)
    assert (requests.missing, requests.bytes_received) == (3, 38_400)
    assert requests.by_status == {"200": 375, "404": 6}
    assert requests.by_error == {"http_404": 3, "timeout": 3}
    assert (summary.page_views, summary.sessions.started, summary.sessions.finished) == (45, 12, 9)
    assert (summary.response_ms.max, summary.service_ms.max, summary.page_load_ms.max) == (40.0, 20.0, 80.0)
    assert (summary.run.duration_s, summary.run.protocols) == (3.0, {"http/1.1": 381})
    assert len(summary.series) == 3


def test_document_judges_objectives(summary: Summary) -> None:
    """Verdict, reasons and exit code agree with the objectives."""
    assert (summary.verdict, summary.exit_code) == ("fail", 1)
    assert [(slo.expression, slo.passed) for slo in summary.slos] == [
        ("p95<300ms", True),
        ("errors<0.1%", False),
    ]
    assert summary.reasons == ("SLO missed: errors<0.1%, measured 1.56 %.",)


def test_templates_come_pages_first_most_requests_first(summary: Summary) -> None:
    """Pages lead, since files always outnumber them."""
    assert [(one.template, one.kind) for one in summary.templates] == [
        ("/often", "page"),
        ("/rare", "page"),
        ("(image)", "subresource"),
    ]
    assert [one.requests.count for one in summary.templates] == [90, 21, 273]


def test_strategy_and_generator_have_their_figures(summary: Summary) -> None:
    """The strategy that was played is listed; the generator says how it held up."""
    (strategy,) = summary.strategies
    assert (strategy.name, strategy.page_views, strategy.requests) == (
        "organic-mimicry",
        45,
        summary.requests,
    )
    generator = summary.generator
    assert (generator.cpu_share, generator.peak_rss_bytes, generator.saturated) == (0.25, 30_000_000, False)
    assert (generator.schedule_lag_ms.max, generator.loop_delay_ms.max) == (1.5, 0.5)
    assert summary.ai.requests == 0
    assert not summary.ai.degraded


def test_missing_paths_and_foreign_origins_are_listed(summary: Summary) -> None:
    """What was not there or not followed is named, most frequent first, and found worth telling."""
    assert [(one.path, one.count) for one in summary.missing_paths] == [("/also", 6), ("/gone", 3)]
    assert [(one.origin, one.how, one.count) for one in summary.foreign_origins] == [
        ("https://cdn.example", "subresource", 9)
    ]
    assert [finding.kind for finding in summary.findings] == ["missing_paths", "foreign_origins"]
    assert summary.findings[1].message.startswith("Pages or redirects named 1 other origin; nothing was sent")


def test_missing_paths_say_what_replaced_them(totals: RunTotals, run_info: RunInfo) -> None:
    """What strategies put in their place stands beside them, and the finding counts it."""
    measured = next(iter(totals.strategies.values()))
    measured.journal = Journal(replaced={"/gone": "/new", "/elsewhere": "/x"})
    summary = build_summary(totals, run_info, [])
    assert [(one.path, one.replaced_by) for one in summary.missing_paths] == [
        ("/also", None),
        ("/gone", "/new"),
    ]
    assert "took the place of 1." in summary.findings[0].message


def test_errors_without_an_objective_are_found(totals: RunTotals, run_info: RunInfo) -> None:
    """A pass with errors says so: nobody asked to judge them."""
    summary = build_summary(totals, run_info)
    assert summary.verdict == "pass"
    (finding,) = [finding for finding in summary.findings if finding.kind == "errors_without_slo"]
    assert "1.56 % of the requests were errors" in finding.message


def test_capped_templates_are_found(make_snapshot: Any, make_series: Any, run_info: RunInfo) -> None:
    """The series (other) explains itself."""
    totals = RunTotals(workers=1)
    totals.add(make_snapshot(0, make_series("(other)")))
    assert [finding.kind for finding in build_summary(totals, run_info).findings] == ["template_cap"]


def test_empty_run_has_nulls_and_no_nan(run_info: RunInfo) -> None:
    """Nothing measured is null: NaN is not JSON and zero would be a lie."""
    summary = build_summary(RunTotals(workers=1), run_info)
    document = json.loads(summary.to_json(), parse_constant=pytest.fail)
    assert set(document["response_ms"].values()) == {None}
    assert (document["requests"]["rate_rps"], document["requests"]["error_share"]) == (0.0, 0.0)
    assert (document["verdict"], document["exit_code"]) == ("invalid", 4)


def test_stopped_and_broken_runs_say_so(totals: RunTotals, run_info: RunInfo) -> None:
    """What the run manager knows reaches the document."""
    stopped = build_summary(totals, run_info, stopped_early=True)
    assert (stopped.run.stopped_early, stopped.exit_code) == (True, 130)
    broken = build_summary(totals, run_info, problems=["Worker 0 died."])
    assert (broken.verdict, broken.reasons[0]) == ("invalid", "Worker 0 died.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "it is not JSON"),
        ("[]", "its schema is None"),
        ('{"schema": "trafficflou/summary@9"}', "its schema is 'trafficflou/summary@9'"),
        ('{"schema": "trafficflou/summary@1"}', "is damaged: verdict: Field required"),
        (b"\xff\xfe\x00", "it is not JSON"),
    ],
)
def test_foreign_document_is_refused(text: str | bytes, sentence: str) -> None:
    """What is not a summary is told apart from a damaged one, with what to do."""
    with pytest.raises(StoreError, match=re.escape(sentence)) as caught:
        parse_summary(text, "x.json")
    assert str(caught.value).startswith("x.json")
    assert caught.value.hint


def test_keys_of_a_newer_minor_version_are_ignored(summary: Summary) -> None:
    """Keys may be added under the same schema name; older readers go on."""
    document = json.loads(summary.to_json()) | {"brand_new": 1}
    assert parse_summary(json.dumps(document), "x.json") == summary


def test_load_reads_a_file(summary: Summary, tmp_path: Path) -> None:
    """A written file reads back."""
    path = tmp_path / "summary.json"
    path.write_text(summary.to_json())
    assert load_summary(path) == summary


def test_load_refuses_missing_and_huge_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there or too large gets one clear error."""
    with pytest.raises(StoreError, match="cannot be read"):
        load_summary(tmp_path / "none.json")
    monkeypatch.setattr(summary_module, "MAX_SUMMARY_BYTES", 3)
    (tmp_path / "big.json").write_text("{   }")
    with pytest.raises(StoreError, match="larger than any summary"):
        load_summary(tmp_path / "big.json")


def test_published_schema_is_current() -> None:
    """docs/schemas/summary-1.json is generated; run `python -m trafficflou.metrics.summary_schema` after a change."""
    published = json.loads((ROOT / "docs/schemas/summary-1.json").read_text())
    assert published == summary_json_schema()


def test_schema_module_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """What is published is what the module prints."""
    summary_schema.main()
    assert json.loads(capsys.readouterr().out) == summary_json_schema()
