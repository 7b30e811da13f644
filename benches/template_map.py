"""How long it takes to name the kind of page of a path: `python benches/template_map.py [MODEL]`.

Prints, for a map by form alone and for one by a model, the mean of paths that were seen before and of paths that are all new. The goals are
0.3 and 30 microseconds.
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from trafficflou.behavior import TemplateMap, load_model
from trafficflou.testing.models import sample_model

ROUNDS = 5
NEW_PATHS = 5000
"""Fewer than are remembered, so that asking again finds all of them."""

FORMS = (
    "/product/{}",
    "/shop/chairs/blue-lamp-{}/reviews?color=red&page=2&utm_source=mail",
    "/index.php?title=Page_{}&action=history&offset=20240517&limit=500",
    "/2016/03/17/some-title-of-a-post-{}/",
    "/docs/class_{}_members.html",
)


def main() -> None:
    """Measure and print."""
    model = load_model(Path(sys.argv[1])) if len(sys.argv) > 1 else sample_model()
    makers: dict[str, Callable[[], TemplateMap]] = {
        "form alone": TemplateMap.plain,
        model.name: lambda: TemplateMap.from_model(model),
    }
    for name, make in makers.items():
        print(f"{name}:")
        for form in FORMS:
            new_us, seen_us = measured_us(make, [form.format(number) for number in range(NEW_PATHS)])
            print(
                f"  new {new_us:5.1f} us, seen {seen_us:.2f} us  {form} -> {make().template_of(form.format(7))}"
            )


def measured_us(make: Callable[[], TemplateMap], paths: Sequence[str]) -> tuple[float, float]:
    """Return the best means over the rounds for paths that are new and for the same paths again, microseconds."""
    new_us, seen_us = [], []
    for _ in range(ROUNDS):
        known = make()
        new_us.append(mean_us(known, paths))
        seen_us.append(mean_us(known, paths))
    return min(new_us), min(seen_us)


def mean_us(known: TemplateMap, paths: Sequence[str]) -> float:
    """Return what one path costs on average in CPU time, the loop included."""
    gc.collect()
    begun_ns = time.process_time_ns()
    for path in paths:
        known.template_of(path)
    return (time.process_time_ns() - begun_ns) / len(paths) / 1000


if __name__ == "__main__":
    main()
