"""Strategies as people write them, and who plays whom."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trafficflou.core import derive_rng
from trafficflou.traffic import Cast, StrategySpec
from trafficflou.traffic.strategy_part import PartSetting, StrategyGroup, StrategyPart

texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
weights = st.floats(min_value=1e-9, max_value=1e9)
keys = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
settings_of_parts = st.lists(
    st.builds(PartSetting, key=keys, value=texts), max_size=3, unique_by=lambda setting: setting.key
).map(tuple)
named = st.builds(StrategyPart, source=texts.filter(bool), settings=settings_of_parts, weight=weights)
classes = st.builds(
    StrategyPart,
    source=texts.map(lambda text: f"{text}.py"),
    attribute=st.from_regex(r"[A-Z][a-z]{0,8}", fullmatch=True),
    settings=settings_of_parts,
    weight=weights,
)
parts: st.SearchStrategy[StrategyPart | StrategyGroup] = st.recursive(
    named | classes,
    lambda inner: st.builds(
        StrategyGroup, parts=st.lists(inner, min_size=1, max_size=3).map(tuple), weight=weights
    ),
    max_leaves=8,
)
specs = st.builds(StrategySpec, parts=st.lists(parts, min_size=1, max_size=4).map(tuple))


class Named:
    """Stands for a strategy."""

    def __init__(self, name: str) -> None:
        self.name = name


@given(specs)
def test_spec_is_read_as_it_was_written(spec: StrategySpec) -> None:
    """Text and value say the same, whatever stands in names and settings."""
    assert StrategySpec.parse(str(spec)) == spec


@given(specs)
def test_shares_add_up_to_all_visitors(spec: StrategySpec) -> None:
    """However weights are nested."""
    shares = [share for _, share in spec.shares()]
    assert abs(sum(shares) - 1) < 1e-9
    assert all(share >= 0 for share in shares)


@given(st.text(max_size=60) | st.text('abc.py:,()[]="\\ 01', max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """Nothing else happens, each mistake has words, and what is understood has strategies."""
    spec, problems = StrategySpec.read(text)
    assert problems or (spec.parts and StrategySpec.parse(str(spec)) == spec)
    assert all(str(problem).isprintable() for problem in problems)


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.floats(0.1, 100),
    st.just(0.0) | st.floats(0.1, 100),
    st.integers(0, 2**32 - 1),
)
def test_shares_of_visitors_converge_and_move_evenly(
    before: list[int], after: list[int], at_s: float, over_s: float, seed: int
) -> None:
    """Before, during and after a switch each strategy plays what its weight says, within five standard deviations."""
    old: list[Any] = [(Named(f"old {number}"), weight) for number, weight in enumerate(before)]
    new: list[Any] = [(Named(f"new {number}"), weight) for number, weight in enumerate(after)]
    cast = Cast(old)
    cast.switch(new, at_s, over_s)
    for done in (-0.5, 0.0, 0.25, 0.5, 1.0, 2.0):
        share = min(1.0, max(0.0, done)) if over_s else float(done >= 0)
        when_s = at_s + done * (over_s or 1.0)
        counts = Counter(cast.choose(derive_rng(seed, "cast", index), when_s).name for index in range(400))
        for blend, of_all in ((old, 1 - share), (new, share)):
            total = sum(weight for _, weight in blend)
            for strategy, weight in blend:
                expected = of_all * weight / total
                slack = 5 * (expected * (1 - expected) / 400) ** 0.5 + 1e-3
                assert abs(counts[strategy.name] / 400 - expected) <= slack
