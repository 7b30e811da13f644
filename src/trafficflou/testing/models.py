"""Ready-made traffic models for tests: a small shop of five templates whose figures are easy to reason about."""

from typing import Any, Final

from trafficflou.behavior.model import (
    EXIT,
    MODEL_SCHEMA,
    Arrivals,
    DeviceMix,
    PathExample,
    Provenance,
    Subresource,
    Template,
    TrafficModel,
)

__all__ = ["sample_model"]

_THINK_S: Final = (0.5, 1.0, 2.0, 5.0, 12.0, 30.0, 80.0, 150.0, 600.0)
_QUICK_THINK_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 25.0, 60.0)
_BY_HOUR: Final = (1, 1, 1, 1, 1, 2, 3, 4, 6, 7, 7, 6, 5, 5, 6, 6, 5, 5, 6, 7, 6, 5, 3, 1)
_STYLE: Final = Subresource(path="/static/site.css", kind="style", share=1.0, body_bytes=4_200)
_SCRIPT: Final = Subresource(path="/static/site.js", kind="script", share=0.95, body_bytes=12_000)
_FONT: Final = Subresource(path="/static/shop.woff2", kind="font", share=0.8, body_bytes=18_000)
_HERO: Final = Subresource(path="/static/hero.jpg", kind="image", share=0.9, body_bytes=64_000)


def _template(name: str, page_views: int, paths: dict[str, float], **more: Any) -> Template:
    settings: dict[str, Any] = {"think_s": _THINK_S, "subresources": (_STYLE, _SCRIPT, _FONT)} | more
    return Template(
        template=name,
        page_views=page_views,
        paths=tuple(PathExample(path=path, weight=weight) for path, weight in paths.items()),
        body_bytes=9_000,
        **settings,
    )


def _templates() -> tuple[Template, ...]:
    products = {f"/product/{number}": 12.0 / number for number in range(1, 13)}
    return (
        _template("/", 1000, {"/": 1}, subresources=(_STYLE, _SCRIPT, _FONT, _HERO)),
        _template("/product/{id}", 1800, products),
        _template("/search", 400, {"/search": 1}, think_s=_QUICK_THINK_S),
        _template("/cart", 260, {"/cart": 1}),
        _template("/about", 120, {"/about": 1}),
    )


def sample_model(**changes: Any) -> TrafficModel:
    """Make the traffic model of a small shop.

    Args:
        changes: Fields of `TrafficModel` to put in place of the sample's.

    Returns:
        A valid model: 5 templates, every row leads to the exit within a few page views, 1200 sessions a day.
    """
    fields: dict[str, Any] = {
        "schema": MODEL_SCHEMA,
        "name": "sample shop",
        "created_by": "trafficflou.testing",
        "provenance": _provenance(),
        "k_anonymity": 5,
        "arrivals": Arrivals(
            sessions_per_day=1200, by_hour=tuple(share / 100 for share in _BY_HOUR), utc_offset="+01:00"
        ),
        "devices": DeviceMix(desktop=0.5, mobile=0.4, tablet=0.1),
        "pace_correlation": 0.4,
        "entry": {"/": 0.6, "/product/{id}": 0.3, "/search": 0.1},
        "transitions": {
            "/": {"/product/{id}": 0.5, "/search": 0.15, "/about": 0.05, EXIT: 0.3},
            "/product/{id}": {"/product/{id}": 0.3, "/cart": 0.1, "/": 0.1, EXIT: 0.5},
            "/search": {"/product/{id}": 0.6, "/search": 0.2, EXIT: 0.2},
            "/cart": {"/product/{id}": 0.2, "/": 0.1, EXIT: 0.7},
            "/about": {"/": 0.4, EXIT: 0.6},
        },
        "templates": _templates(),
    }
    return TrafficModel(**(fields | changes))


def _provenance() -> Provenance:
    return Provenance(
        kind="other",
        first_at="2026-03-02T00:00:12+01:00",
        last_at="2026-03-03T23:58:40+01:00",
        lines=20_000,
        unparsed_lines=3,
        skipped={"bot": 2_500, "health check": 288},
        visitors=2_100,
        sessions=2_400,
        page_views=3_580,
        subresource_requests=9_400,
        one_page_share=0.39,
        think_s=_THINK_S,
    )
