"""Drawing by weight, and forgetting."""

from collections import Counter
from random import Random

import pytest

from trafficflou.traffic.flair.draw import draw
from trafficflou.traffic.flair.lru import LruCache


def test_draw_follows_the_weights() -> None:
    """Each number comes as often as its weight says, and one of weight 0 never."""
    rng = Random(4)
    counts = Counter(draw([1.0, 0.0, 3.0], rng) for _ in range(4000))
    assert counts[0] / 4000 == pytest.approx(0.25, abs=0.03)
    assert counts[2] / 4000 == pytest.approx(0.75, abs=0.03)
    assert counts.keys() == {0, 2}


@pytest.mark.parametrize("weights", [[], [0.0], [0.0, 0.0]])
def test_draw_without_any_weight_is_nobody(weights: list[float]) -> None:
    """Where nothing may be chosen, nothing is; the generator moves on all the same."""
    rng, other = Random(1), Random(1)
    assert draw(weights, rng) is None
    other.random()
    assert rng.random() == other.random()


def test_cache_forgets_what_was_used_longest_ago() -> None:
    """Finding counts as using; peeking does not."""
    cache: LruCache[str, int] = LruCache(2)
    assert cache.keep("a", 1) == 1
    cache.keep("b", 2)
    assert cache.find("a") == 1
    assert cache.peek("b") == 2
    cache.keep("c", 3)
    assert cache.find("b") is None
    assert cache.find("a") == 1
    assert len(cache) == 2
