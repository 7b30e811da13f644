"""What may be told of a site to who imagines its visitors: kinds of pages, how often each is visited, what they are called."""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Final, get_args

from trafficflou.ai_models.athena.words import word_set, words
from trafficflou.ai_models.tasks import Device, SiteFacts, TemplateFacts
from trafficflou.behavior import THINK_QUANTILES, TrafficModel
from trafficflou.traffic.site_knowledge import SiteKnowledge

__all__ = ["is_tool_page", "site_facts", "told_template"]

_MAX_TEMPLATES: Final = 100
_MAX_NAME: Final = 300
_MAX_TITLE: Final = 200
_TOOLS: Final = word_set("action oldid printable diff revision replytocom special")
_TELLABLE: Final = re.compile(r'/[!"$->@-~]*')
_MEDIAN: Final = THINK_QUANTILES.index(0.50)


@lru_cache(maxsize=8192)
def is_tool_page(path: str) -> bool:
    """Whether a page is there for those who tend the site (edit, compare versions, look at logs) and not for readers, by the names in its address."""
    return not _TOOLS.isdisjoint(words(path))


def told_template(template: str) -> str:
    """Return a template as it is told: what its query says of the page counts as further segments."""
    return template.replace("?", "/")


def site_facts(
    site: SiteKnowledge, model: TrafficModel | None, template_of: Callable[[str], str]
) -> SiteFacts:
    """Say what is known of a site, in counts.

    Args:
        site: What was found out by looking.
        model: What was learned of its visitors; its figures go first.
        template_of: Names the template of a path.
    """
    titles: dict[str, str] = {}
    found: Counter[str] = Counter()
    # Wikis and shops have pages with queries about every page without one; they say something new only where all pages have one.
    plain = any("?" not in page.path and page.path != "/" for page in site.pages if page.title)
    for page in site.pages:
        template = told_template(template_of(page.path))
        found[template] += max(1, page.links)
        if page.title and page.status < 400 and not (plain and "?" in page.path):
            titles.setdefault(template, page.title[:_MAX_TITLE])
    for path in site.entries:
        found[told_template(template_of(path))] += 1
    if model is None:
        return SiteFacts(name=site.name[:_MAX_TITLE], templates=_templates(found, titles))
    views = Counter({template.template: template.page_views for template in model.templates})
    seen = model.provenance
    pages = seen.page_views / seen.sessions if seen.sessions else None
    shares = {device: getattr(model.devices, device) for device in get_args(Device)}
    return SiteFacts(
        name=(site.name or model.name)[:_MAX_TITLE],
        templates=_templates(views, titles),
        devices=shares,
        one_page_share=seen.one_page_share,
        pages_per_session=min(pages, 1000.0) if pages else None,
        think_median_s=min(seen.think_s[_MEDIAN], 3600.0) if seen.think_s else None,
        is_measured=True,
    )


def _templates(views: Counter[str], titles: dict[str, str]) -> tuple[TemplateFacts, ...]:
    shown = [
        (name, count)
        for name, count in views.most_common()
        if len(name) <= _MAX_NAME and _TELLABLE.fullmatch(name) and not is_tool_page(name)
    ][:_MAX_TEMPLATES]
    total = sum(count for _, count in shown) or 1
    return tuple(
        TemplateFacts(template=name, share=count / total, title=titles.get(name, "")) for name, count in shown
    )
