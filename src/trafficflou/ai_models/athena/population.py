"""Who comes: archetypes that fit the site and the brief, then weights that fit what was measured.

1. Each archetype gets a rank: how much of the site is of its kind, times how near it comes to the brief.
2. `count` of them are drawn by rank without replacement (Efraimidis and Spirakis, 2006), seeded; where a site has too few that
   fit, they come again as visitors with another device.
3. Entry and actions are kept only where the site has such pages; the site's and the brief's subjects join the interests.
4. Where the site was measured, devices are handed out by the measured mix, and weights and session lengths are fitted
   (`weighting`).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from trafficflou.ai_models.athena.archetypes import SITE_TOPICS, Archetype, read_archetypes
from trafficflou.ai_models.athena.relevance import Relevance
from trafficflou.ai_models.athena.weighting import Draft, device_mix, fit, hand_out_devices
from trafficflou.ai_models.athena.words import content_words, stem, topics_of, word_set
from trafficflou.ai_models.tasks import Persona, Population, PopulationRequest, SiteFacts
from trafficflou.core import derive_rng

__all__ = ["imagine_population", "warm_up", "with_site_subjects"]

_FLOOR: Final = 0.02
"""Rank of an archetype whose kind of site this is not: it comes only where nothing else is left."""

_TO_BUY: Final = frozenset({"product", "cart", "checkout"})
_DATED: Final = re.compile(r"\{(?:year|date|month)\}")
"""A page whose address has a date is something to read."""

_BRIEF_GAIN: Final = 0.5
_MAX_BRIEF_INTERESTS: Final = 4
_MAX_SITE_INTERESTS: Final = 3
_MAX_INTERESTS: Final = 12
_JITTER: Final = 0.12

_NEEDED_TOPICS: Final = {
    "search": frozenset({"search"}),
    "cart": frozenset({"cart"}),
    "checkout": frozenset({"checkout"}),
    "login": frozenset({"login"}),
    "contact": frozenset({"contact", "help", "community"}),
    "read": frozenset({"read", "docs", "community", "help"}),
    "compare": frozenset({"compare", "product", "category", "service"}),
}
_NOT_INTERESTS: Final = word_set(
    """black friday cyber monday day week weekend morning noon evening night visitor visitors people user users shopper shoppers
    customer customers traffic mostly mainly few phone phones mobile tablet tablets desktop laptop laptops device times twice double
    triple half many few slow slowly quick quickly page pages site website shop sale hurry impatient patient lover lovers
    spike spikes peak peaks rush surge burst share percent quarter third ordinary usual normal quiet busy hour hours minute minutes
    three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand"""
)


def imagine_population(relevance: Relevance[Any], request: PopulationRequest) -> Population:
    """Imagine personas; the same for the same request."""
    rng = derive_rng(request.seed, "population")
    topics = _site_topics(request.site)
    ranks = _ranks(relevance, request, topics)
    chosen = _draw(ranks, request, rng)
    drafts = [
        Draft.of(archetype, copy, rank=rank, rng=rng, jitter=_JITTER) for archetype, copy, rank in chosen
    ]
    hand_out_devices(drafts, request.site)
    fit(drafts, request.site)
    personas = tuple(_persona(relevance, draft, request, topics) for draft in drafts)
    return Population(personas=personas, origin="fitted" if request.site.is_measured else "imagined")


def warm_up(relevance: Relevance[Any]) -> None:
    """Read the library and keep its vectors, so that the first answer is as fast as the others."""
    for archetype in read_archetypes():
        for text in (_text_of(archetype), *archetype.goals, *archetype.interests):
            relevance.vector(text)


def _text_of(archetype: Archetype) -> str:
    return f"{archetype.name} {archetype.description} {' '.join(archetype.interests)}"


def _site_topics(site: SiteFacts) -> dict[str, frozenset[str]]:
    """Return what each template is about: its address says it, or its title where the address does not."""
    found = {facts.template: topics_of(facts.template) or topics_of(facts.title) for facts in site.templates}
    for template, topics in found.items():
        if _DATED.search(template):
            found[template] = topics | {"read"}
    # Blogs and wikis have categories too: without anything to buy they are shelves of articles.
    if not any(topics & _TO_BUY for topics in found.values()):
        found = {
            template: topics - {"category"} | {"read"} if "category" in topics else topics
            for template, topics in found.items()
        }
    return found


def _ranks(
    relevance: Relevance[Any], request: PopulationRequest, topics: dict[str, frozenset[str]]
) -> list[tuple[Archetype, float]]:
    archetypes = read_archetypes()
    texts = [_text_of(one) for one in archetypes]
    kinds = dict.fromkeys(SITE_TOPICS, _FLOOR)
    for facts in request.site.templates:
        for kind, wanted in SITE_TOPICS.items():
            if topics[facts.template] & wanted:
                kinds[kind] += 0.1 + facts.share
    kinds["any"] = max(kinds.values())
    near = [0.0] * len(archetypes)
    if request.brief:
        near = relevance.similarity([request.brief], texts)[0]
    gain = relevance.gain * _BRIEF_GAIN
    return [
        (one, kinds[one.site] * math.exp(gain * score)) for one, score in zip(archetypes, near, strict=True)
    ]


def _draw(
    ranks: list[tuple[Archetype, float]], request: PopulationRequest, rng: Random
) -> list[tuple[Archetype, int, float]]:
    """Draw archetypes; a glancer comes first where one-page visits were measured, because nobody else stands for them."""
    keyed = [(math.log(1 - rng.random()) / rank, archetype, rank) for archetype, rank in ranks]
    keyed.sort(key=lambda entry: -entry[0])
    fitting = [(one, rank) for _, one, rank in keyed if rank > _FLOOR * 2] or [
        (one, rank) for _, one, rank in keyed
    ]
    others = [entry for entry in fitting if entry[0].pages > 1]
    first = [
        (one, copy, rank)
        for _, one, rank in keyed
        if one.pages <= 1
        for copy in range(_one_page_copies(request))
    ]
    pool = others if request.site.one_page_share is not None and others else fitting
    strangers = [(one, rank) for _, one, rank in keyed if one.pages > 1 and (one, rank) not in fitting]
    found = first + [(one, copy, rank / (1 + copy)) for copy in range(3) for one, rank in pool]
    found += [(one, 0, rank) for one, rank in strangers]
    return found[: request.count]


def _one_page_copies(request: PopulationRequest) -> int:
    """Return how many personas of one page are needed: where they are more than any one device's visits, several, on several."""
    share = request.site.one_page_share
    if not share or request.count < 2:
        return 0
    held, copies = 0.0, 0
    for part in sorted(device_mix(request.site).values(), reverse=True) or [1.0]:
        if held >= share or copies >= request.count // 2:
            break
        held, copies = held + 0.9 * part, copies + 1
    return copies


def _persona(
    relevance: Relevance[Any],
    draft: Draft,
    request: PopulationRequest,
    topics: dict[str, frozenset[str]],
) -> Persona:
    archetype = draft.archetype
    return Persona(
        name=draft.name,
        description=archetype.description,
        goals=archetype.goals,
        interests=_interests(relevance, archetype, request),
        patience=draft.patience,
        pace=draft.pace,
        device=draft.device,
        pages=draft.pages,
        entry=_entry(archetype, request.site, topics),
        actions=tuple(_actions(archetype, topics)),
        weight=draft.weight,
    )


def _entry(archetype: Archetype, site: SiteFacts, topics: dict[str, frozenset[str]]) -> str | None:
    """Return the most visited template of the archetype's first topic that the site has; else its front page; else its busiest."""
    by_share = sorted(site.templates, key=lambda facts: (-facts.share, facts.template))
    for topic in (*archetype.topics, "home"):
        for facts in by_share:
            if topic in topics[facts.template]:
                return facts.template
    return by_share[0].template if by_share else None


def _actions(archetype: Archetype, topics: dict[str, frozenset[str]]) -> list[str]:
    there = frozenset[str]().union(*topics.values())
    return [
        action
        for action in archetype.actions
        if action not in _NEEDED_TOPICS or _NEEDED_TOPICS[action] & there
    ]


def _interests(
    relevance: Relevance[Any], archetype: Archetype, request: PopulationRequest
) -> dict[str, float]:
    interests = dict(archetype.interests)
    for word in _brief_subjects(request.brief):
        interests.setdefault(word, 0.9)
    own = dict.fromkeys(archetype.goals, 1.0) | archetype.interests
    return with_site_subjects(relevance, interests, own, request.site)


def with_site_subjects(
    relevance: Relevance[Any], interests: dict[str, float], own: dict[str, float], site: SiteFacts
) -> dict[str, float]:
    """Join interests by those subjects of a site that come nearest to what somebody wants.

    Args:
        relevance: Compares texts.
        interests: What they are interested in already, with weights.
        own: What the site's subjects are compared with: goals and interests.
        site: Its titles say what it is about.

    Returns:
        At most 12 interests, the given ones first.
    """
    joined = dict(interests)
    subjects = _site_subjects(site)
    if subjects:
        scores = relevance.index(subjects).scores(relevance.wish(own))
        best = sorted(range(len(subjects)), key=lambda number: (-scores[number], number))
        for number in best[:_MAX_SITE_INTERESTS]:
            joined.setdefault(subjects[number][:80], round(0.4 + 0.4 * scores[number], 2))
    return dict(list(joined.items())[:_MAX_INTERESTS])


def _brief_subjects(brief: str) -> list[str]:
    """Return the words of a brief that name a subject, not a day, a device or a number."""
    found = [
        word
        for word in content_words(brief)
        if word.isalpha() and 3 < len(word) <= 80 and word not in _NOT_INTERESTS
    ]
    return list(dict.fromkeys(found))[:_MAX_BRIEF_INTERESTS]


def _site_subjects(site: SiteFacts) -> list[str]:
    """Return the titles' telling parts: neither the site's name (in most titles) nor what a page is for ("search", "basket")."""
    titles: Sequence[list[str]] = [content_words(facts.title) for facts in site.templates]
    common = Counter(stem(word) for title in titles for word in dict.fromkeys(title))
    often = max(2, len(titles) // 2)
    found = [
        " ".join(word for word in title if common[stem(word)] <= often and not topics_of(word))
        for title in titles
    ]
    return [text for text in dict.fromkeys(found) if text]
