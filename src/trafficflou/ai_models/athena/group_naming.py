"""Plain names for learned behaviour groups, from what they look at and how fast: "Quick product lookers", "Patient readers"."""

from typing import Final

from trafficflou.ai_models.athena.words import topics_of, words
from trafficflou.ai_models.tasks import Group, GroupNames, NameGroupsRequest

__all__ = ["name_groups"]

_QUICK_S: Final = 6.0
_PATIENT_S: Final = 30.0
_ONE_PAGE: Final = 1.5
_LONG_VISIT: Final = 12.0
_MAX_NAME: Final = 80
_UNUSUAL: Final = 0.05
"""A step to buying is rare in anybody's page views: this share of them already marks a group."""

_WHO: Final = {
    "checkout": "buyers",
    "cart": "basket fillers",
    "login": "account holders",
    "search": "searchers",
    "product": "product lookers",
    "category": "browsers",
    "docs": "documentation readers",
    "read": "readers",
    "community": "forum visitors",
    "service": "service seekers",
    "help": "help seekers",
    "contact": "people with a question",
    "compare": "comparers",
    "home": "front-page visitors",
}
_RARE_FIRST: Final = ("checkout", "cart", "contact", "compare")


def name_groups(request: NameGroupsRequest) -> GroupNames:
    """Name each group; no two names are the same."""
    names: dict[str, str] = {}
    for group in request.groups:
        taken = {name for key, name in names.items() if key != group.key}
        names[group.key] = _unique(_candidates(group), taken)
    return GroupNames(names=names)


def _candidates(group: Group) -> list[str]:
    pace, who = _pace(group), _who(group)
    plain = f"{pace} {who[0]}".strip()
    depth = _depth(group)
    found = [f"{depth} {plain}".strip() if depth == "One-page" else plain]
    found.append(f"{depth} {plain.lower()}".strip())
    found.extend(f"{plain}, also {other}" for other in who[1:3])
    return [_tidy(name) for name in found]


def _unique(candidates: list[str], taken: set[str]) -> str:
    for name in candidates:
        if name not in taken:
            return name
    number = 2
    while f"{candidates[0][: _MAX_NAME - 4]} {number}" in taken:
        number += 1
    return f"{candidates[0][: _MAX_NAME - 4]} {number}"


def _tidy(name: str) -> str:
    name = name[:_MAX_NAME].strip()
    return name[0].upper() + name[1:]


def _pace(group: Group) -> str:
    if 0 < group.think_median_s < _QUICK_S:
        return "quick"
    return "patient" if group.think_median_s > _PATIENT_S else ""


def _depth(group: Group) -> str:
    if 0 < group.pages_per_session < _ONE_PAGE:
        return "One-page"
    return "Long-staying" if group.pages_per_session > _LONG_VISIT else "Short-staying"


def _who(group: Group) -> list[str]:
    """Return what the group is, most telling first: rare and telling steps, then what it sees most."""
    shares: dict[str, float] = {}
    for facts in group.top_templates:
        for topic in topics_of(facts.template) or topics_of(facts.title):
            shares[topic] = shares.get(topic, 0.0) + facts.share
    telling = [topic for topic in _RARE_FIRST if shares.get(topic, 0.0) >= _UNUSUAL]
    most = sorted((topic for topic in shares if topic in _WHO), key=lambda topic: (-shares[topic], topic))
    found = [_WHO[topic] for topic in dict.fromkeys([*telling, *most])]
    return found or [_by_last_word(group)]


def _by_last_word(group: Group) -> str:
    for facts in sorted(group.top_templates, key=lambda facts: -facts.share):
        known = [word for word in words(facts.template.split("{", 1)[0]) if len(word) > 2]
        if known:
            return f"{known[-1][:40]} visitors"
    return "visitors"
