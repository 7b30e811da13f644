"""A traffic model made by hand for benches: a handful of pages of one size, visitors that never leave, given think times."""

from collections.abc import Sequence

from trafficflou.behavior.model import (
    THINK_QUANTILES,
    Arrivals,
    DeviceMix,
    PathExample,
    Provenance,
    Template,
    TrafficModel,
)

__all__ = ["PAGE_BYTES", "PATHS", "make_model", "make_pages"]

PATHS = ("/", "/category/lamps", "/product/1", "/product/2", "/about")
PAGE_BYTES = 1024


def make_pages() -> dict[str, bytes]:
    """Return the same page of `PAGE_BYTES` under each path: HTML without links or subresources."""
    head = b"<!doctype html><html><head><title>Bench</title></head><body><p>"
    foot = b"</p></body></html>\n"
    page = head + b"A page. " * (PAGE_BYTES // 8)
    return {path: page[: PAGE_BYTES - len(foot)] + foot for path in PATHS}


def make_model(think_s: Sequence[float] = (0.0,) * len(THINK_QUANTILES)) -> TrafficModel:
    """Return a model that goes from each page to every other with the same share.

    Args:
        think_s: Think time of all pages: seconds at `THINK_QUANTILES`.
    """
    share = 1 / (len(PATHS) - 1)
    templates = tuple(
        Template(
            template=path,
            page_views=1000,
            paths=(PathExample(path=path, weight=1.0),),
            think_s=tuple(think_s),
            body_bytes=PAGE_BYTES,
        )
        for path in PATHS
    )
    return TrafficModel(
        schema="trafficflou/model@1",
        name="bench",
        created_by="benches/traffic_model.py",
        provenance=_no_provenance(tuple(think_s)),
        k_anonymity=1,
        arrivals=Arrivals(sessions_per_day=1000.0, by_hour=(1 / 24,) * 24, utc_offset="+00:00"),
        devices=DeviceMix(desktop=1.0, mobile=0.0, tablet=0.0),
        pace_correlation=0.0,
        entry={PATHS[0]: 1.0},
        transitions={path: {other: share for other in PATHS if other != path} for path in PATHS},
        templates=templates,
    )


def _no_provenance(think_s: tuple[float, ...]) -> Provenance:
    return Provenance(
        kind="other",
        first_at="2026-01-01T00:00:00+00:00",
        last_at="2026-01-01T00:00:00+00:00",
        lines=0,
        unparsed_lines=0,
        visitors=0,
        sessions=0,
        page_views=0,
        subresource_requests=0,
        one_page_share=0.0,
        think_s=think_s,
    )
