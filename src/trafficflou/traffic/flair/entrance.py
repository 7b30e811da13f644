"""Where visits begin."""

from collections.abc import Callable
from random import Random
from typing import Final

from trafficflou.ai_models.tasks import Persona
from trafficflou.behavior import ModelSampler
from trafficflou.traffic.site_facts import told_template
from trafficflou.traffic.site_knowledge import SiteKnowledge

__all__ = ["Entrance"]

_FRONT_SHARE: Final = 0.5
"""Of those whose persona names no entry and who come to a site without a traffic model; the others spread over its other entries."""


class Entrance:
    """Chooses the first page of a visit."""

    __slots__ = ("_by_template", "_entries", "_playable", "_sampler", "_template_of")

    def __init__(
        self,
        site: SiteKnowledge,
        sampler: ModelSampler | None,
        playable: frozenset[str],
        template_of: Callable[[str], str],
    ) -> None:
        """Know the ways in.

        Args:
            site: What is known of the site.
            sampler: Draws entries from the traffic model, where there is one.
            playable: The model's templates that have a path.
            template_of: Names the template of a path.
        """
        self._sampler = sampler
        self._playable = playable
        self._template_of = template_of
        self._entries = site.entries or ("/",)
        self._by_template: dict[str, tuple[str, ...]] = {}
        known = [page.path for page in site.pages if 200 <= page.status < 400]
        for path in dict.fromkeys((*self._entries, *known)):
            name = told_template(template_of(path))
            self._by_template[name] = (*self._by_template.get(name, ()), path)

    def draw(self, persona: Persona, rng: Random) -> tuple[str, str, bool]:
        """Return the path at which a visit begins, its template, and whether it comes from the traffic model."""
        wanted = persona.entry
        if self._sampler is not None:
            template = wanted if wanted in self._playable else self._sampler.sample_entry(rng)
            return self._sampler.sample_path(template, rng), template, True
        paths = self._by_template.get(wanted or "")
        if paths:
            path = paths[int(rng.random() * len(paths))]
        elif len(self._entries) == 1 or rng.random() < _FRONT_SHARE:
            path = self._entries[0]
        else:
            path = self._entries[1 + int(rng.random() * (len(self._entries) - 1))]
        return path, self._template_of(path), False
