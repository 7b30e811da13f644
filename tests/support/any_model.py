"""Hypothesis strategies for valid traffic models, however odd."""

from hypothesis import strategies as st

from trafficflou.behavior import (
    EXIT,
    THINK_QUANTILES,
    Arrivals,
    DeviceMix,
    PathExample,
    Template,
    TrafficModel,
)
from trafficflou.testing.models import sample_model

NAMES = ("/a", "/b", "/c", "/d")
PATH_CHARACTERS = "".join(char for char in map(chr, range(0x21, 0x7F)) if char not in "?#")
paths = st.text(PATH_CHARACTERS, max_size=20)


def rows(*choices: str) -> st.SearchStrategy[dict[str, float]]:
    """Rows of shares over some of the choices."""
    weights = st.dictionaries(st.sampled_from(choices), st.integers(0, 9), min_size=1).filter(
        lambda row: sum(row.values()) > 0
    )
    return weights.map(lambda row: {name: weight / sum(row.values()) for name, weight in row.items()})


@st.composite
def templates(draw: st.DrawFn, name: str) -> Template:
    """A template with any quantiles, with or without paths."""
    think_s = sorted(
        draw(st.lists(st.floats(0, 1e6), min_size=len(THINK_QUANTILES), max_size=len(THINK_QUANTILES)))
    )
    examples = draw(st.lists(paths, max_size=3, unique=True))
    return Template(
        template=name,
        page_views=draw(st.integers(0, 100)),
        paths=tuple(PathExample(path="/" + path, weight=1.0) for path in examples),
        think_s=tuple(think_s),
        body_bytes=draw(st.integers(0, 10**9)),
    )


@st.composite
def models(draw: st.DrawFn) -> TrafficModel:
    """A valid model of four templates; at least one can be played."""
    made = [draw(templates(name)) for name in NAMES]
    if not any(template.paths for template in made):
        made[0] = made[0].model_copy(update={"paths": (PathExample(path="/", weight=1.0),)})
    hours = draw(st.lists(st.integers(0, 9), min_size=24, max_size=24).filter(any))
    desktop, mobile, tablet = draw(st.tuples(*[st.integers(0, 9)] * 3).filter(any))
    sessions = desktop + mobile + tablet
    return sample_model(
        arrivals=Arrivals(
            sessions_per_day=draw(st.floats(0, 1e9)),
            by_hour=tuple(share / sum(hours) for share in hours),
            utc_offset="+01:00",
        ),
        bounce=draw(st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1))),
        devices=DeviceMix(desktop=desktop / sessions, mobile=mobile / sessions, tablet=tablet / sessions),
        templates=tuple(made),
        entry=draw(rows(*NAMES)),
        transitions={name: draw(rows(*NAMES, EXIT)) for name in NAMES},
        pace_correlation=draw(st.floats(0, 1)),
    )
