"""How long a visitor stays on a page before the next click.

Where the traffic model knows the page, its think times are played. Elsewhere the time is log-normal, as measured dwell times are nearly (Liu, White and
Dumais, Understanding web browsing behaviors through Weibull analysis of dwell time, SIGIR 2010, find a shape that falls off like it), with a median by what
one does there; these medians are ours. A visitor is quick or slow throughout, by the persona's pace.
"""

import math
from random import Random
from statistics import NormalDist
from typing import Final

from trafficflou.behavior import MAX_THINK_S, ModelSampler
from trafficflou.http import PageContent

__all__ = ["GLANCE_S", "Pauses", "usual_pause_s"]

_score_at: Final = NormalDist().inv_cdf
_SPREAD: Final = 0.7
GLANCE_S: Final = 3.0
"""At what is no page, or an error."""

_CHOOSING_S: Final = 6.0
_A_LINK_S: Final = 0.08
_A_HEADING_S: Final = 1.5
_READING_S: Final = 18.0
_A_FIELD_S: Final = 4.0
_MOST_S: Final = 60.0


class Pauses:
    """Draws think times."""

    __slots__ = ("_factor", "_known", "_sampler")

    def __init__(self, factor: float, sampler: ModelSampler | None, known: frozenset[str]) -> None:
        """Make pauses.

        Args:
            factor: What each is multiplied by; 0 for none.
            sampler: Draws learned think times, where there is a traffic model.
            known: The templates that it knows.
        """
        self._factor = factor
        self._sampler = sampler
        self._known = known

    def draw_s(
        self, usual_s: float, template: str, pace: float, score: float, rng: Random, fields: int = 0
    ) -> float:
        """Draw seconds to stay; one number is taken from the generator whatever the setting is.

        Args:
            usual_s: The median where nothing was learned of the page, from `usual_pause_s`.
            template: The page's template.
            pace: The persona's multiple of the usual think time.
            score: How slow this visitor is, as a standard normal score.
            rng: The visitor's own generator.
            fields: How many fields are filled in before.
        """
        if not self._factor:
            rng.random()
            return 0.0
        if self._sampler is not None and template in self._known:
            base_s = self._sampler.sample_think_s(template, score, rng)
        else:
            base_s = usual_s * math.exp(_SPREAD * _score_at(rng.random() or 0.5))
        return min((base_s * pace + fields * _A_FIELD_S) * self._factor, MAX_THINK_S)


def usual_pause_s(content: PageContent, links: int, in_main: int) -> float:
    """Return the median time on a page, seconds: long where there is much to read and little to click.

    Args:
        content: The page.
        links: How many links of it are looked at.
        in_main: How many of these stand in its main part.
    """
    reading_s = _READING_S + _A_HEADING_S * len(content.headings)
    choosing_s = _CHOOSING_S + _A_LINK_S * links
    share = 1.0 / (1.0 + in_main / 8.0)
    return min(_MOST_S, share * reading_s + (1.0 - share) * choosing_s)
