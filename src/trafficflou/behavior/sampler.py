"""Drawing visitors from a traffic model, fast enough for every click of thousands of them.

Theory of operation
-------------------
*Tables.* The model is compiled once into tuples of choices with cumulative weights; a choice is one uniform number and one
`bisect`. Choices of weight 0 are left out.

*Pages that cannot be asked for.* A template without an example path (none was seen from enough visitors) cannot be played.
Walks pass through it: whoever would go there follows its own row at once, until a page that can be asked for, or the exit. That is
the chain with the state eliminated, without the dense rows that eliminating would fill in. Entries that would pass to the exit are
drawn again, because a session has at least one page view.

*Think time.* A Gaussian copula joins the think times of one visitor. The visitor has a pace `z ~ N(0, 1)`; each think time has the
normal score `x = sqrt(r) * z + sqrt(1 - r) * e` with fresh `e ~ N(0, 1)`, so that the scores of one visitor correlate by
`r = pace_correlation`, and the think time is the template's quantile function at `Phi(x)`. Every `x` is standard normal over the
visitors, so each template keeps exactly its own distribution while one visitor is consistently quick or slow (Nelsen, An
Introduction to Copulas, 2006, 2.3). Between two known quantiles the logarithm of the time is linear in the score, as in a log-normal;
where the lower one is 0 the time itself is. Below the first and above the last, the neighbouring slope goes on, up to
`MAX_THINK_S`.

*Subresources* are drawn independently, each with its share. A page view of a real browser with a warm cache fetches few and one
with a cold cache nearly all; the model's first version does not tell these apart.

*Equal draws.* Every method takes a fixed number of numbers from the generator whatever the model's figures (but for the passing
through above and the subresources), so an edited think time leaves the paths of a seed as they are.
"""

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from random import Random
from statistics import NormalDist
from typing import Final

from trafficflou.behavior.model import EXIT, THINK_QUANTILES, Template, TrafficModel
from trafficflou.core import ModelError

__all__ = ["MAX_THINK_S", "ModelSampler"]

MAX_THINK_S: Final = 1799.0
"""A pause of 30 minutes would end the session, so the longest think time stays one second (a log's resolution) below."""

MAX_PASS_THROUGH: Final = 100
"""Unplayable templates passed through in a row; a model whose unplayable templates form a ring must still end."""

MAX_ENTRY_DRAWS: Final = 100

_normal_score = NormalDist().inv_cdf
_SCORES: Final = tuple(map(_normal_score, THINK_QUANTILES))
_DEVICES: Final = ("desktop", "mobile", "tablet")


def _cumulative(weights: Sequence[float]) -> tuple[float, ...]:
    """Return the upper bounds of all choices but the last in 0..1, for `bisect` with a number in [0, 1)."""
    total = math.fsum(weights)
    return tuple(value / total for value in accumulate(weights))[:-1]


def _segment(low: tuple[float, float], high: tuple[float, float]) -> tuple[float, float, bool]:
    """Return `(a, b, is_log)`: the think time at score x is `exp(a + b x)`, or `a + b x` where the lower quantile is 0."""
    (low_score, low_s), (high_score, high_s) = low, high
    is_log = low_s > 0
    if is_log:
        low_s, high_s = math.log(low_s), math.log(high_s)
    slope = (high_s - low_s) / (high_score - low_score)
    return low_s - slope * low_score, slope, is_log


def _think_segments(think_s: Sequence[float]) -> tuple[tuple[float, float, bool], ...]:
    """Return the quantile function's pieces: below the first score, between each two, above the last."""
    knots = list(zip(_SCORES, think_s, strict=True))
    inner = [_segment(low, high) for low, high in pairwise(knots)]
    return (inner[0], *inner, inner[-1])


class _Node:
    """A template, compiled."""

    __slots__ = (
        "first_bounds",
        "first_following",
        "following",
        "following_bounds",
        "name",
        "path_bounds",
        "paths",
        "subresources",
        "think_segments",
    )

    def __init__(self, template: Template) -> None:
        self.name = template.template
        self.paths = tuple(example.path for example in template.paths)
        self.path_bounds = _cumulative([example.weight for example in template.paths]) if self.paths else ()
        self.think_segments = _think_segments(template.think_s)
        self.subresources = tuple((item.path, item.share) for item in template.subresources if item.share > 0)
        self.following: tuple[_Node | None, ...] = ()
        self.following_bounds: tuple[float, ...] = ()
        # After the first page view of a session.
        self.first_following: tuple[_Node | None, ...] = ()
        self.first_bounds: tuple[float, ...] = ()


class ModelSampler:
    """Draws entries, next pages, paths, think times, devices and subresources from one traffic model.

    Immutable after construction, so that any number of visitors may share it; all chance comes from the generator given.

    Attributes:
        unplayable: Templates that the walks pass through because the model has no path for them, in the model's order.
    """

    __slots__ = (
        "_device_bounds",
        "_entries",
        "_entry_bounds",
        "_home",
        "_nodes",
        "_own",
        "_shared",
        "unplayable",
    )

    def __init__(self, model: TrafficModel) -> None:
        """Compile a model.

        Raises:
            ModelError: No template has a path that could be requested.
        """
        nodes = {template.template: _Node(template) for template in model.templates}
        for name, row in model.transitions.items():
            node = nodes[name]
            node.following, node.following_bounds = _compile_row(row, nodes)
            node.first_following, node.first_bounds = _compile_row(model.first_row(name), nodes)
        self._nodes = nodes
        self.unplayable = tuple(node.name for node in nodes.values() if not node.paths)
        self._home = _most_viewed(model.templates).template
        self._entries, self._entry_bounds = _compile_row(model.entry, nodes)
        mix = model.devices
        self._device_bounds = _cumulative((mix.desktop, mix.mobile, mix.tablet))
        self._shared = math.sqrt(model.pace_correlation)
        self._own = math.sqrt(1 - model.pace_correlation)

    def sample_entry(self, rng: Random) -> str:
        """Draw the template of a session's first page view."""
        for _ in range(MAX_ENTRY_DRAWS):
            node = self._entries[bisect(self._entry_bounds, rng.random())]
            if node is not None and not node.paths:
                node = _pass_through(node, rng)
            if node is not None:
                return node.name
        return (
            self._home
        )  # practically every entry passes to the exit: the most viewed page is as good as any

    def sample_next(self, template: str, rng: Random, *, is_first: bool = False) -> str | None:
        """Draw the template that follows a page view.

        Args:
            template: The page viewed.
            rng: The visitor's own generator.
            is_first: It was the session's first page view, where people leave more readily (`TrafficModel.bounce`).

        Returns:
            A template that has paths; `None` where the visitor leaves.

        Raises:
            KeyError: `template` is not in the model.
        """
        node = self._nodes[template]
        if is_first:
            following = node.first_following[bisect(node.first_bounds, rng.random())]
        else:
            following = node.following[bisect(node.following_bounds, rng.random())]
        if following is not None and not following.paths:
            following = _pass_through(following, rng)
        return None if following is None else following.name

    def sample_path(self, template: str, rng: Random) -> str:
        """Draw one of a template's example paths by weight.

        Raises:
            KeyError: `template` is not in the model.
            IndexError: It is one of `unplayable`.
        """
        node = self._nodes[template]
        return node.paths[bisect(node.path_bounds, rng.random())]

    def sample_pace(self, rng: Random) -> float:
        """Draw a visitor's pace: a standard normal score; above 0 the visitor thinks longer than most."""
        return _normal_score(rng.random() or 0.5)  # random() may be 0, where the score is not defined

    def sample_think_s(self, template: str, pace: float, rng: Random) -> float:
        """Draw the think time from a page view of `template` to the next click.

        Args:
            template: The page being read.
            pace: The visitor's pace, from `sample_pace`.
            rng: The visitor's own generator; one number is taken.

        Returns:
            Seconds, 0 to `MAX_THINK_S`.

        Raises:
            KeyError: `template` is not in the model.
        """
        score = self._shared * pace + self._own * _normal_score(rng.random() or 0.5)
        offset, slope, is_log = self._nodes[template].think_segments[bisect(_SCORES, score)]
        value = offset + slope * score
        if is_log:
            return math.exp(value) if value < _LOG_MAX_THINK_S else MAX_THINK_S
        return min(max(value, 0.0), MAX_THINK_S)

    def sample_device(self, rng: Random) -> str:
        """Draw a visitor's class of device: `desktop`, `mobile` or `tablet`."""
        return _DEVICES[bisect(self._device_bounds, rng.random())]

    def sample_subresources(self, template: str, fetched: set[str], rng: Random) -> tuple[str, ...]:
        """Draw the subresources of one page view by their shares, and remember them.

        Args:
            template: The page viewed.
            fetched: Paths that the visitor has fetched before; these are left out, and the drawn ones are added.
            rng: The visitor's own generator.

        Returns:
            Paths in the model's order.

        Raises:
            KeyError: `template` is not in the model.
        """
        offered = self._nodes[template].subresources
        if not offered:
            return ()
        random = rng.random
        drawn = tuple([path for path, share in offered if path not in fetched and random() < share])
        fetched.update(drawn)
        return drawn


_LOG_MAX_THINK_S: Final = math.log(MAX_THINK_S)


def _compile_row(
    row: dict[str, float], nodes: dict[str, _Node]
) -> tuple[tuple[_Node | None, ...], tuple[float, ...]]:
    choices = [(name, share) for name, share in row.items() if share > 0]
    following = tuple(None if name == EXIT else nodes[name] for name, _ in choices)
    return following, _cumulative([share for _, share in choices])


def _pass_through(node: _Node, rng: Random) -> _Node | None:
    """Follow the rows from an unplayable template to one with paths, or to the exit (`None`)."""
    for _ in range(MAX_PASS_THROUGH):
        following = node.following[bisect(node.following_bounds, rng.random())]
        if following is None or following.paths:
            return following
        node = following
    return None


def _most_viewed(templates: Iterable[Template]) -> Template:
    playable = [template for template in templates if template.paths]
    if not playable:
        raise ModelError("the traffic model has no path that could be requested")
    return max(playable, key=lambda template: template.page_views)
