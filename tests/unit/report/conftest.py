"""Summaries of runs as they come: a good one with an error burst, an empty one, a hostile one."""

import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from trafficflou.metrics import Summary

MakeSummary = Callable[..., Summary]


def percentiles(p50: float, spread: float = 1.0) -> dict[str, float]:
    """Return plausible percentiles around a median."""
    factors = {"p50": 1.0, "p90": 2.1, "p95": 3.2, "p99": 7.5, "p999": 14.0, "max": 21.0, "mean": 1.4}
    return {name: round(p50 * (1 + (factor - 1) * spread), 3) for name, factor in factors.items()}


def requests(
    count: int, duration_s: float, errors: int = 0, missing: int = 0, size: int = 9000
) -> dict[str, Any]:
    """Return the request figures of a template."""
    return {
        "count": count,
        "rate_rps": count / duration_s,
        "errors": errors,
        "error_share": min(1.0, errors / count) if count else 0.0,
        "missing": missing,
        "cache_hits": count // 5,
        "bytes_received": count * size,
        "by_status": {"200": max(0, count - errors - missing), "404": missing, "503": errors},
        "by_error": {"http_503": errors} if errors else {},
    }


def _second(second: int, rng: Random, duration_s: int) -> dict[str, Any]:
    ramp = min(1.0, (second + 1) / 30)
    burst = math.exp(-(((second - 0.62 * duration_s) / 7) ** 2))
    rate = 640 * ramp * (1 + 0.06 * math.sin(second / 17)) * rng.uniform(0.93, 1.07) * (1 - 0.25 * burst)
    p50 = 14 * (1 + 0.3 * ramp) * rng.uniform(0.9, 1.15) * (1 + 5 * burst)
    return {
        "second": second,
        "warmup": second < 10,
        "requests": round(rate),
        "rate_rps": round(rate),
        "errors": round(rate * (0.11 * burst + (0.001 if rng.random() < 0.1 else 0))),
        "missing": rng.choice((0, 0, 0, 1)),
        "bytes_received": round(rate * 11_000),
        "page_views": round(rate / 6.1),
        "active_visitors": round(200 * ramp + rng.uniform(-4, 4)),
        "sessions_started": round(rng.uniform(4, 11)),
        "sessions_ended": round(rng.uniform(3, 10) * ramp),
        "p50_ms": p50,
        "p95_ms": p50 * rng.uniform(3.3, 4.6),
        "p99_ms": p50 * rng.uniform(6.5, 11),
        "service_p95_ms": p50 * rng.uniform(3.0, 3.3),
        "page_load_p95_ms": p50 * rng.uniform(7, 9),
        "cpu_share": min(1.0, 0.12 + 0.36 * ramp * rng.uniform(0.9, 1.1)),
        "loop_delay_p99_ms": rng.uniform(0.6, 2.2) + 3 * burst,
        "schedule_lag_p95_ms": rng.uniform(0.3, 1.1) + burst,
    }


def _template(
    name: str, count: int, p50: float, duration_s: int, kind: str = "page", **figures: Any
) -> dict[str, Any]:
    return {
        "template": name,
        "kind": kind,
        "page_views": count if kind == "page" else 0,
        "requests": requests(count, duration_s, **figures),
        "response_ms": percentiles(p50),
        "service_ms": percentiles(p50 * 0.93, 0.9),
        "phases_ms": {},
        "page_load_ms": percentiles(p50 * 2.4) if kind == "page" else {},
    }


def shop_document(duration_s: int = 300) -> dict[str, Any]:
    """Return a plausible summary of a demo shop that failed one of its objectives."""
    rng = Random(7)
    series = [_second(second, rng, duration_s) for second in range(duration_s)]
    total = sum(second["requests"] for second in series)
    errors = sum(second["errors"] for second in series)
    shares = {
        "(image)": (0.42, 6.1, "subresource"), "(style)": (0.11, 4.2, "subresource"), "(script)": (0.1, 4.6, "subresource"),
        "/product/{id}": (0.13, 24.0, "page"), "/category/{slug}": (0.08, 31.0, "page"), "/": (0.06, 18.0, "page"),
        "/search": (0.045, 64.0, "page"), "/cart": (0.025, 22.0, "page"), "/checkout": (0.012, 88.0, "page"),
        "/login": (0.008, 141.0, "page"), "/orders": (0.006, 57.0, "page"), "/report/sales": (0.004, 820.0, "page"),
    }  # fmt: skip
    templates = [
        _template(
            name, round(total * share), p50, duration_s, kind,
            errors=round(errors * {"/checkout": 0.5, "/search": 0.4, "/product/{id}": 0.1}.get(name, 0)),
            missing=19 if name == "/product/{id}" else 0,
        )
        for name, (share, p50, kind) in shares.items()
    ]  # fmt: skip
    return {
        "schema": "trafficflou/summary@1",
        "verdict": "fail",
        "reasons": [f"errors<0.2%: {100 * errors / total:.2f} % of requests failed, mostly /checkout (http_503)"],
        "exit_code": 1,
        "run": {
            "id": "20261123T211800Z-shop", "name": "shop", "target": "http://127.0.0.1:8080", "seed": 7, "strategy": "organic-mimicry",
            "model": "shop-model.json", "started_at": "2026-11-23T21:18:00Z", "duration_s": duration_s + 1.4,
            "planned_duration_s": duration_s, "warmup_s": 10.0, "workers": 2, "workload": "200 visitors at once",
            "protocols": {"http/1.1": total},
        },
        "sessions": {"started": 2204, "finished": 1982, "abandoned": 222, "not_started": 0},
        "page_views": sum(second["page_views"] for second in series),
        "requests": requests(total, duration_s, errors, 19, 11_000)
        | {"by_error": {"http_503": round(errors * 0.83), "timeout": round(errors * 0.14), "reset": round(errors * 0.03)},
           "by_status": {"200": round(total * 0.86), "302": round(total * 0.03), "304": round(total * 0.09), "404": 19, "503": round(errors * 0.83)}},
        "response_ms": percentiles(15.8),
        "service_ms": percentiles(14.9, 0.92),
        "phases_ms": {
            "blocked": percentiles(1.4), "connect": percentiles(0.21, 0.6), "first_byte": percentiles(13.2), "download": percentiles(0.9, 0.8),
        },
        "page_load_ms": percentiles(74.0, 0.7),
        "templates": templates,
        "slos": [
            {"expression": "p95<300ms", "measured": 50.6, "unit": "ms", "limit": 300.0, "measured_text": "50.6 ms", "passed": True},
            {"expression": "errors<0.2%", "measured": errors / total, "unit": "share", "limit": 0.002, "measured_text": f"{100 * errors / total:.2f} %", "passed": False},
            {"expression": "p99{template=/checkout}<1s", "measured": 660.0, "unit": "ms", "limit": 1000.0, "measured_text": "660 ms", "passed": True},
        ],
        "generator": {
            "cpu_share": 0.47, "cpu_share_mean": 0.44, "loop_delay_ms": percentiles(0.2), "schedule_lag_ms": percentiles(0.11),
            "peak_rss_bytes": 96_400_000,
        },
        "series": series,
        "findings": [{"kind": "missing_paths", "message": "19 requests were for 3 learned paths that the target does not have."}],
        "missing_paths": [
            {"path": "/product/991", "template": "/product/{id}", "status": 404, "count": 11},
            {"path": "/product/312", "template": "/product/{id}", "status": 404, "count": 6},
            {"path": "/product/7", "template": "/product/{id}", "status": 410, "count": 2},
        ],
        "foreign_origins": [
            {"origin": "https://cdn.example.com", "how": "subresource", "count": 1204},
            {"origin": "https://pay.example.com", "how": "redirect", "count": 88},
        ],
    }  # fmt: skip


def explored_document() -> dict[str, Any]:
    """Return a summary of visitors who read pages: goals, findings with ways, and what AI models gave."""
    way = [
        {"action": "open", "path": "/"},
        {"action": "click", "path": "/product/rake", "text": "Rake"},
        {"action": "submit", "path": "/cart/add", "text": "Add to basket", "values": {"quantity": "1"}},
    ]
    shop = shop_document(60)
    run = shop["run"] | {
        "strategy": "phantom-flair", "brief": "a busy day, mostly phones", "plan": ["10 visitors at once become 30", "Not played: a spike \x1b[2J"],
        "people": {"origin": "imagined", "given_by": "athena", "personas": [
            {"name": "Quick glancer", "share": 0.25, "device": "mobile", "goals": ["see whether this is the right page"]},
            {"name": "Directed buyer", "share": 0.75, "device": "desktop", "goals": ["buy a rake"]},
        ]},
        "notes": ["Before the run 25 pages were looked at."],
    }  # fmt: skip
    return shop | {
        "run": run,
        "strategies": [
            {
                "name": "phantom-flair", "sessions": {"started": 90, "finished": 80}, "page_views": 700,
                "requests": requests(900, 60.0), "response_ms": percentiles(12.0), "page_load_ms": percentiles(40.0),
                "steps": 790, "decision_us": {"p50": 61.2, "p99": 480.0, "max": 2100.0},
                "decided_by": {"athena": 500, "openai": 200}, "pages_visited": 84, "pages_offered": 120, "forms_sent": 40,
                "goals": [
                    {"persona": "Directed buyer", "goal": "buy a rake", "pursued": 30, "reached": 21, "given_up": {"patience": 6, "errors": 2}, "pages_mean": 6.4},
                    {"persona": "Quick glancer", "goal": "see whether this is the right page", "pursued": 12, "reached": 12, "pages_mean": 1.0},
                ],
            },
        ],
        "findings": [
            {"kind": "form_fails", "message": "The checkout form at /pay fails now and then (status 500): 3 of 9 times, each time after: submit /cart/add with product=17.",
             "strategy": "phantom-flair", "url": "/pay", "template": "/pay", "figures": {"sent": 9, "failures": 3, "error": "http_500"}, "path": way},
            {"kind": "slow_page", "message": "/category/seeds takes 1.2 s; the site's usual page takes 60 ms.", "url": "/category/seeds",
             "figures": {"views": 40, "mean_ms": 1203.4, "usual_ms": 60.1}, "path": way[:1]},
            {"kind": "missing_paths", "message": "19 requests were for 3 learned paths that the target does not have."},
            {"kind": "ai", "source": "ai", "provider": "athena", "message": "The checkout broke first.",
             "cites": [{"place": "requests.error_share", "value": 0.02}, {"place": "response_ms.p95", "value": 61.5}]},
        ],
        "ai": {
            "provider": "openai", "relevance": "embeddings", "requests": 64, "failed": 2, "cache_hits": 31, "tokens": 18204, "cost_usd": 0.0123,
            "price_is_known": False, "degraded": True, "degraded_answers": 9, "latency_ms": percentiles(20.0),
            "by_task": {"prefer": 60, "imagine_population": 1},
            "by_provider": {
                "openai": {"answers": 53, "share": 0.83, "cache_hits": 31, "failures": {"timeout": 4}, "tokens": 18204, "cost_usd": 0.0123, "latency_ms": percentiles(300.0)},
                "athena": {"answers": 11, "share": 0.17, "degraded": 9, "latency_ms": percentiles(0.4)},
            },
            "decisions": {"athena": 500, "openai": 200},
            "budget": {"max_usd": 0.5, "max_tokens": 100000, "spent_usd": 0.0123, "spent_tokens": 18204, "refused": 1},
        },
    }  # fmt: skip


def empty_document() -> dict[str, Any]:
    """Return the summary of a run that did nothing: no request, no second, no objective."""
    return {
        "schema": "trafficflou/summary@1",
        "verdict": "pass",
        "exit_code": 0,
        "run": {
            "id": "r1", "target": "http://127.0.0.1:1", "seed": 1, "strategy": "organic-mimicry", "model": None,
            "started_at": "2026-11-23T21:18:00Z", "duration_s": 0.0, "workers": 1,
        },
        "sessions": {}, "page_views": 0, "requests": {}, "response_ms": {}, "service_ms": {}, "phases_ms": {}, "page_load_ms": {},
        "generator": {},
    }  # fmt: skip


@pytest.fixture
def make_shop() -> MakeSummary:
    """Make the shop's summary; keyword arguments replace top-level keys."""

    def make(duration_s: int = 300, **changes: Any) -> Summary:
        return Summary.model_validate(shop_document(duration_s) | changes)

    return make


@pytest.fixture
def make_empty() -> MakeSummary:
    """Make the empty summary; keyword arguments replace top-level keys."""

    def make(**changes: Any) -> Summary:
        return Summary.model_validate(empty_document() | changes)

    return make


@pytest.fixture
def make_explored() -> MakeSummary:
    """Make the summary of visitors who read pages; keyword arguments replace top-level keys."""

    def make(**changes: Any) -> Summary:
        return Summary.model_validate(explored_document() | changes)

    return make
