"""The traffic model's document out of what was counted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from trafficflou._version import __version__
from trafficflou.behavior.anonymity import Anonymised, anonymise
from trafficflou.behavior.coverage import Coverage
from trafficflou.behavior.model import (
    EXIT,
    THINK_QUANTILES,
    Arrivals,
    DeviceMix,
    PathExample,
    Provenance,
    Subresource,
    Template,
    TrafficModel,
)
from trafficflou.behavior.tally import FileTally, PageTally, Tally, merge_pages
from trafficflou.behavior.templates import has_secret, infer_templates, is_parametric
from trafficflou.core.media import subresource_kind

__all__ = ["Assembly", "assemble"]

MAX_DOCUMENT_BYTES: Final = 1_900_000
_LIMITS: Final = ((200, 60), (100, 40), (40, 25), (15, 15), (5, 8))
"""Paths and subresources a template: the first pair that keeps the document small is taken."""
_LEAST_SHARE: Final = 0.02
_LEAST_GAPS: Final = 20
_PRIOR_WEIGHT: Final = 5.0
"""So many page views' worth of what is usual stands behind each share of leaving, so that a rare page says nothing wild."""
_LEAST_VISITORS_OF_KEYS: Final = 5
_NO_GAPS_THINK_S: Final = (1.0, 2.0, 3.0, 9.0, 25.0, 70.0, 190.0, 400.0, 1100.0)
"""Used where a log has one-page sessions only: nobody goes on, but the document needs a shape that can be edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A document and what had to be left out of it for anonymity's sake."""

    model: TrafficModel
    merged_templates: int
    dropped_templates: int
    dropped_page_views: int
    withheld_paths: int
    """Distinct paths that are not named because too few visitors asked for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """Everything that the document is made of; pages by template."""

    tally: Tally
    templates: Mapping[str, PageTally]
    paths: Mapping[str, Sequence[tuple[str, int]]]
    files: Mapping[str, FileTally]
    think_s: tuple[float, ...]


def assemble(
    tally: Tally,
    coverage: Coverage,
    *,
    k_anonymity: int,
    name: str,
    kind: str,
    lines: int,
    unparsed_lines: int,
    skipped: Mapping[str, int],
) -> Assembly | None:
    """Make the document.

    Args:
        tally: What was learned; its pages are used up.
        coverage: The time that the log covers.
        k_anonymity: Visitors that a path or template needs to be named.
        name: The model's name.
        kind: `access-log` or `synthetic-log`.
        lines: Lines read.
        unparsed_lines: Lines not understood.
        skipped: Requests left out, by reason.

    Returns:
        `None` where nothing remains that could be requested.
    """
    names = infer_templates({path: page.views for path, page in tally.pages.items()})
    visitors = {path: len(page.visitors) for path, page in tally.pages.items()}
    views = {path: page.views for path, page in tally.pages.items()}
    pages = merge_pages(tally.pages, names.__getitem__, k_anonymity)
    outcome = anonymise(pages, k_anonymity)
    kept = {name: page for name, page in pages.items() if outcome.names[name] is not None}
    templates = merge_pages(kept, lambda name: outcome.names[name] or name, k_anonymity)
    paths, withheld = _examples(names, outcome, visitors, views, k_anonymity)
    if not paths:
        return None
    files = {path: file for path, file in tally.files.items() if len(file.visitors) >= k_anonymity}
    think_s = quantiles(tally.think) if tally.think else _NO_GAPS_THINK_S
    material = _Material(tally=tally, templates=templates, paths=paths, files=files, think_s=think_s)
    provenance = Provenance(
        kind="synthetic-log" if kind == "synthetic-log" else "access-log",
        first_at=_stamp(coverage.first_at_s, coverage.first_offset_s),
        last_at=_stamp(coverage.last_at_s, coverage.last_offset_s),
        lines=lines,
        unparsed_lines=unparsed_lines,
        skipped=dict(sorted(skipped.items())),
        visitors=tally.visitors.count(),
        sessions=tally.sessions,
        page_views=tally.page_views,
        subresource_requests=tally.subresources,
        one_page_share=round(tally.one_page_sessions / tally.sessions, 4),
        think_s=think_s,
    )
    return Assembly(
        model=_small_document(material, coverage, provenance, k_anonymity, name),
        merged_templates=outcome.merged,
        dropped_templates=outcome.dropped,
        dropped_page_views=outcome.dropped_page_views,
        withheld_paths=withheld,
    )


def _examples(
    names: Mapping[str, str],
    outcome: Anonymised,
    visitors: Mapping[str, int],
    views: Mapping[str, int],
    k: int,
) -> tuple[dict[str, list[tuple[str, int]]], int]:
    """Choose the paths that may be named, most viewed first, by final template; and count those that may not."""
    examples: dict[str, list[tuple[str, int]]] = {}
    withheld = 0
    for path, template in names.items():
        final = outcome.names[template]
        if is_parametric(path):
            continue  # a template of a compaction, not a path
        is_keyed = "{uuid}" in template or "{hex}" in template
        needed = max(k, _LEAST_VISITORS_OF_KEYS) if is_keyed else k
        # Only up to k visitors are told apart, so "at least five" is read off the views where k is less.
        enough = visitors[path] >= k and (not is_keyed or k >= needed or views[path] >= needed)
        if final is None or not enough or has_secret(path):
            withheld += 1
        else:
            examples.setdefault(final, []).append((path, views[path]))
    for listed in examples.values():
        listed.sort(key=lambda item: (-item[1], item[0]))
    return examples, withheld


def _small_document(
    material: _Material, coverage: Coverage, provenance: Provenance, k_anonymity: int, name: str
) -> TrafficModel:
    tally = material.tally
    sessions_per_day, by_hour = coverage.arrivals(tally.by_hour)
    offset_s = max(sorted(tally.by_offset), key=tally.by_offset.__getitem__)
    model: TrafficModel | None = None
    for most_paths, most_files in _LIMITS:
        model = TrafficModel(
            schema="trafficflou/model@1",
            name=name[:200],
            created_by=f"trafficflou {__version__}",
            provenance=provenance,
            k_anonymity=k_anonymity,
            arrivals=Arrivals(
                sessions_per_day=round(sessions_per_day, 2),
                by_hour=tuple(round(share, 5) for share in by_hour),
                utc_offset=_offset(offset_s),
            ),
            devices=_device_mix(tally),
            pace_correlation=round(tally.pace.intraclass_correlation(), 4),
            entry=_entry(material.templates),
            bounce={
                template: _bounce(page)
                for template, page in _most_viewed_first(material.templates)
                if page.entries
            },
            transitions={
                template: _row(page, material.templates)
                for template, page in _most_viewed_first(material.templates)
            },
            templates=tuple(
                _template(template, page, material, most_paths, most_files)
                for template, page in _most_viewed_first(material.templates)
            ),
        )
        if len(model.to_json()) <= MAX_DOCUMENT_BYTES:
            break
    assert model is not None  # noqa: S101 - _LIMITS is not empty
    return model


def _most_viewed_first(templates: Mapping[str, PageTally]) -> list[tuple[str, PageTally]]:
    return sorted(templates.items(), key=lambda item: (-item[1].views, item[0]))


def _template(name: str, page: PageTally, material: _Material, most_paths: int, most_files: int) -> Template:
    return Template(
        template=name,
        page_views=page.views,
        paths=tuple(
            PathExample(path=path, weight=views) for path, views in material.paths.get(name, ())[:most_paths]
        ),
        think_s=shrunk_quantiles(page.think, material.think_s),
        body_bytes=_median(page.sizes),
        subresources=tuple(_subresources(page, material.files)[:most_files]),
    )


def _subresources(page: PageTally, files: Mapping[str, FileTally]) -> list[Subresource]:
    found = []
    for path, fetched in page.fetched.items():
        opportunities = page.views - page.had.get(path, 0)
        if path not in files or ("@" in path and has_secret(path)) or opportunities <= 0:
            continue
        share = min(fetched / opportunities, 1.0)
        if share >= _LEAST_SHARE:
            found.append((share, path))
    found.sort(key=lambda item: (-item[0], item[1]))
    return [
        Subresource(
            path=path,
            kind=subresource_kind(path),
            share=round(share, 4),
            body_bytes=_median(files[path].sizes),
        )
        for share, path in found
    ]


def _entry(templates: Mapping[str, PageTally]) -> dict[str, float]:
    total = sum(page.entries for page in templates.values())
    if not total:  # all sessions began on pages that were dropped
        total, counts = (
            sum(page.views for page in templates.values()),
            {n: p.views for n, p in templates.items()},
        )
    else:
        counts = {name: page.entries for name, page in templates.items()}
    return _shares(counts, total)


def _row(page: PageTally, templates: Mapping[str, PageTally]) -> dict[str, float]:
    """Return what follows a page view that is not a session's first; where people go on to, first page views tell too."""
    onward = {name: count for name, count in page.following.items() if name in templates}
    total = sum(onward.values())
    if not total:
        return {EXIT: 1.0}
    leave = _shrunk(page.exits - page.bounces, page.views - page.entries, _exit_share(page))
    row = {name: count / total * (1 - leave) for name, count in onward.items()} | {EXIT: leave}
    ranked = sorted(row.items(), key=lambda item: (-item[1], item[0]))
    return {name: round(share, 6) for name, share in ranked if share > 0}


def _bounce(page: PageTally) -> float:
    return round(_shrunk(page.bounces, page.entries, _exit_share(page)), 4)


def _exit_share(page: PageTally) -> float:
    return page.exits / page.views


def _shrunk(count: int, total: int, usual: float) -> float:
    """Return `count` of `total` as a share, drawn towards what is usual where there are few."""
    return (count + _PRIOR_WEIGHT * usual) / (total + _PRIOR_WEIGHT)


def _shares(counts: Mapping[str, int], total: int) -> dict[str, float]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {name: round(count / total, 6) for name, count in ranked if count}


def _device_mix(tally: Tally) -> DeviceMix:
    shares = {device: round(count / tally.sessions, 4) for device, count in tally.devices.items()}
    return DeviceMix(desktop=shares["desktop"], mobile=shares["mobile"], tablet=shares["tablet"])


def quantiles(counts: Mapping[int, int]) -> tuple[float, ...]:
    """Return the quantiles of counted values at `THINK_QUANTILES`, linear between neighbours (Hyndman and Fan, type 7)."""
    values = sorted(counts)
    total = sum(counts.values())
    bounds: list[int] = []
    for value in values:
        bounds.append((bounds[-1] if bounds else 0) + counts[value])

    def at_rank(rank: int) -> int:
        low, high = 0, len(bounds) - 1
        while low < high:
            middle = (low + high) // 2
            if bounds[middle] > rank:
                high = middle
            else:
                low = middle + 1
        return values[low]

    result = []
    for probability in THINK_QUANTILES:
        position = probability * (total - 1)
        below = math.floor(position)
        low_s, high_s = at_rank(below), at_rank(min(below + 1, total - 1))
        result.append(round(low_s + (high_s - low_s) * (position - below), 2))
    return tuple(result)


def shrunk_quantiles(counts: Mapping[int, int], overall_s: tuple[float, ...]) -> tuple[float, ...]:
    """Return a template's think-time quantiles, drawn towards those of all templates as far as its own are few.

    With fewer than 20 gaps they are those of all templates; with n gaps its own count n/(n + 20), in the logarithm of time.
    """
    gaps = sum(counts.values())
    if gaps < _LEAST_GAPS:
        return overall_s
    weight = gaps / (gaps + _LEAST_GAPS)
    return tuple(
        round(math.expm1(weight * math.log1p(own_s) + (1 - weight) * math.log1p(all_s)), 2)
        for own_s, all_s in zip(quantiles(counts), overall_s, strict=True)
    )


def _median(counts: Mapping[int, int]) -> int:
    half = sum(counts.values()) / 2
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    return 0


def _stamp(at_s: int, offset_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).astimezone(timezone(timedelta(seconds=offset_s))).isoformat()


def _offset(offset_s: int) -> str:
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return f"{'-' if offset_s < 0 else '+'}{hours:02d}:{minutes:02d}"
