"""What Phantom Flair's decisions cost, and what its settings do: `python -m benches.phantom_flair [--quick] [--draw FOLDER]`.

Decisions are timed in processor time, on pages of 100 links that were seen before; effects are measured on a shop in memory, the finding of
weak spots on the demo shop in this process. `--draw docs/img` draws the plots of docs/phantom-flair.md.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benches.phantom_flair.decision_time import decision_times_us, first_sight_ms
from benches.phantom_flair.effects import Effects, measure
from benches.phantom_flair.faults import MARKS, found_by_views
from benches.phantom_flair.line_chart import Line, line_chart
from benches.phantom_flair.making import athena
from trafficflou.traffic.flair.pattern import known_patterns

LEVELS: Final = (1, 2, 3, 4, 5)
INTENSITIES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
GOAL_US: Final = 100.0

_COLUMNS: Final = (
    ("pages", "pages", "5.1f"),
    ("near", "near", "5.2f"),
    ("off_track_bits", "off track", "9.2f"),
    ("entropy_bits", "entropy", "7.2f"),
    ("covered", "covered", "7d"),
    ("depth", "depth", "5.2f"),
    ("revisits", "revisits", "8.2f"),
    ("searches", "searches", "8.2f"),
    ("forms", "forms", "5.2f"),
    ("orders", "orders", "6.1f"),
    ("goals", "goals", "5.2f"),
    ("troubles", "troubles", "8.1f"),
)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.phantom_flair", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="fewer visits: rough figures in a minute")
    parser.add_argument("--draw", type=Path, metavar="FOLDER", help="draw the plots there")
    options = parser.parse_args()
    visitors, seeds = (200, 3) if options.quick else (1000, 20)
    print(f"Athena: {athena().model}")
    _print_times()
    by_intensity: dict[int, list[Effects]] = {}
    for level in (2, 5):
        by_intensity[level] = [
            measure(visitors=visitors, intensity=value, sophistication=level, explore=0.0)
            for value in INTENSITIES
        ]
        names = [f"intensity {value:g}" for value in INTENSITIES]
        _print(
            f"By intensity (level {level}, nobody explores)",
            list(zip(names, by_intensity[level], strict=True)),
        )
    by_level = [(f"level {level}", measure(visitors=visitors, sophistication=level)) for level in LEVELS]
    _print("By sophistication (intensity 0.7)", by_level)
    _print("On the shop with weak spots", _with_faults(visitors))
    _print(
        "The patterns (nobody explores)",
        [(name, measure(visitors=visitors, pattern=name, explore=0.0)) for name in known_patterns()],
    )
    found = asyncio.run(_found(seeds))
    if options.draw is not None:
        _draw(options.draw, by_intensity, [effects for _, effects in by_level], found)


def _print_times() -> None:
    print("\nA decision on a page of 100 links that was seen before, microseconds of processor time")
    for level in LEVELS:
        taken = decision_times_us(level)
        p50, p99 = (taken[int(len(taken) * share)] for share in (0.5, 0.99))
        print(f"  level {level}: p50 {p50:5.1f}  p99 {p99:6.1f}  (goal: p50 under {GOAL_US:g})")
    taken = first_sight_ms()
    print(
        f"The first on a page of 100 new links: p50 {taken[len(taken) // 2]:.1f} ms, longest {taken[-1]:.1f} ms"
    )


def _with_faults(visitors: int) -> list[tuple[str, Effects]]:
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("level 4", {"sophistication": 4}),
        ("level 5, all avoid", {"explore": 0.0}),
        ("level 5, all explore", {"explore": 1.0}),
    )
    return [(name, measure(visitors=visitors, faults=True, **given)) for name, given in cases]


def _print(title: str, rows: Sequence[tuple[str, Effects]]) -> None:
    print(f"\n{title}\n{'':24}" + "  ".join(f"{label:>{_width(form)}}" for _, label, form in _COLUMNS))
    for name, effects in rows:
        cells = []
        for field, _, form in _COLUMNS:
            value = getattr(effects, field)
            cells.append(f"{'-':>{_width(form)}}" if value is None else f"{value:{form}}")
        print(f"{name:24}" + "  ".join(cells))


def _width(form: str) -> int:
    return int("".join(char for char in form.partition(".")[0] if char.isdigit()))


async def _found(seeds: int) -> dict[str, list[float]]:
    """Return the share of the planted faults that are noted by each mark, by who visits."""
    cases: dict[str, dict[str, Any]] = {
        "level 5, all explore": {"explore": 1.0},
        "level 5 (30 % explore)": {},
        "level 5, nobody explores": {"explore": 0.0},
        "level 3": {"sophistication": 3},
    }
    shares: dict[str, list[float]] = {}
    print(
        f"\nShare of the 8 planted faults that are noted after page views ({seeds} runs, everything allowed)"
    )
    print(f"{'':26}" + "".join(f"{mark:>8}" for mark in MARKS))
    for name, given in cases.items():
        found = await found_by_views(seeds, **given)
        shares[name] = [sum(kinds.values()) / len(kinds) for kinds in found]
        print(f"{name:26}" + "".join(f"{share:8.2f}" for share in shares[name]))
        if name.startswith("level 5 (30"):
            for kind in found[-1]:
                print(f"    {kind:22}" + "".join(f"{kinds[kind]:8.2f}" for kinds in found))
    return shares


def _draw(
    folder: Path,
    by_intensity: dict[int, list[Effects]],
    by_level: list[Effects],
    found: dict[str, list[float]],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    charts = {
        "intensity": line_chart(
            "What intensity does",
            "intensity (nobody explores)",
            "share of page views; bits",
            INTENSITIES,
            [
                Line(
                    label=f"level {level}: {label}",
                    values=[getattr(effects, field) for effects in by_intensity[level]],
                )
                for label, field in (("meet an interest", "near"), ("bits off the track", "off_track_bits"))
                for level in (2, 5)
            ],
        ),
        "sophistication": line_chart(
            "What sophistication does",
            "sophistication (intensity 0.7)",
            "per visit",
            LEVELS,
            [
                Line(label="pages", values=[effects.pages for effects in by_level]),
                Line(label="forms sent", values=[effects.forms for effects in by_level]),
                Line(label="searches", values=[effects.searches for effects in by_level]),
                Line(
                    label="views that meet an interest",
                    values=[effects.near * effects.pages for effects in by_level],
                ),
            ],
        ),
        "faults": line_chart(
            "Planted weak spots that are found",
            "page views on the demo shop",
            "share of 8",
            MARKS,
            [Line(label=name, values=shares) for name, shares in found.items()],
            top=1.0,
        ),
    }
    for name, svg in charts.items():
        (folder / f"phantom-flair-{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
