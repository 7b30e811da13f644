"""Visits to the demo shop in this process: real pages, read by the engine's reader, without sockets and without waiting."""

import re
from typing import Any, Final

from benches.phantom_flair.making import make_flair_for
from trafficflou.core import derive_rng
from trafficflou.demo.app import create_app
from trafficflou.demo.inprocess import Answer, ask
from trafficflou.demo.settings import ShopSettings
from trafficflou.http import Origin, read_page
from trafficflou.metrics import Journal
from trafficflou.traffic import KnownPage, Page, SiteKnowledge, Step

__all__ = ["ShopVisits", "play_shop"]

_ORIGIN: Final = Origin.parse("http://127.0.0.1:80")
_REDIRECTS: Final = frozenset({301, 302, 303})
_MOST_REDIRECTS: Final = 10
_SURVEYED: Final = 25
_LOAD_S: Final = {"/category/textiles": 1.2, "/reports/sales": 0.4}
"""What these pages would take: the shop itself does not wait here."""


class ShopVisits:
    """The shop with its planted faults, and what a survey tells of it."""

    def __init__(self) -> None:
        self._app = create_app(ShopSettings(faults=True, slow_category_s=0.0, report_wait_s=0.0))

    async def open(self, cookies: dict[str, str], step: Step) -> Page:
        """Answer a step of a visitor, redirects followed."""
        method, path, body = str(step.method), step.path, step.body
        load_s = _LOAD_S.get(path.partition("?")[0], 0.01)
        for _ in range(_MOST_REDIRECTS):
            answer = await self._ask(cookies, method, path, body, step.content_type)
            if answer.status not in _REDIRECTS:
                content = None
                if answer.header("content-type").startswith("text/html"):
                    content = read_page(answer.body, path=path, origin=_ORIGIN)
                return Page(step.path, step.template, answer.status, load_s, final_path=path, content=content)
            path, method, body = answer.header("location").removeprefix("http://127.0.0.1"), "GET", b""
        return Page(step.path, step.template, 0, load_s, final_path=path, failure="redirect_loop")

    async def _ask(
        self, cookies: dict[str, str], method: str, path: str, body: bytes, content_type: str
    ) -> Answer:
        headers = [("cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))]
        headers += [("content-type", content_type)] if body else []
        answer = await ask(
            self._app, path, method=method, headers=headers if cookies else headers[1:], body=body
        )
        name, found, value = answer.header("set-cookie").partition(";")[0].partition("=")
        if found:
            cookies[name] = value
        return answer

    async def survey(self) -> SiteKnowledge:
        """Look at the first pages by their links, and at the sitemap."""
        pages: dict[str, KnownPage] = {}
        waiting = ["/"]
        while waiting and len(pages) < _SURVEYED:
            path = waiting.pop(0)
            if path in pages:
                continue
            page = await self.open({}, Step(path, path, 0.0))
            title = page.content.title if page.content is not None else ""
            pages[path] = KnownPage(path=path, title=title, status=page.status)
            waiting += [link.path for link in page.content.links] if page.content is not None else []
        sitemap = (await ask(self._app, "/sitemap.xml")).body.decode()
        listed = re.findall(r"<loc>http://127\.0\.0\.1([^<]*)</loc>", sitemap)
        return SiteKnowledge(entries=("/",), pages=tuple(pages.values()), listed=tuple(listed))


async def play_shop(
    views: int, marks: tuple[int, ...], *, seed: int, at_once: int = 20, **settings: Any
) -> list[Journal]:
    """Let visitors come, `at_once` side by side, until so many pages were viewed.

    Returns:
        The journal as it stood at each mark.
    """
    shop = ShopVisits()
    strategy = make_flair_for(await shop.survey(), seed=seed, **settings)
    journal = Journal()
    stood: list[Journal] = []
    there: list[tuple[Any, dict[str, str], Step]] = []
    viewed = arrived = 0
    while viewed < views:
        while len(there) < at_once:
            visit = strategy.begin(derive_rng(seed, "visitor", arrived))
            arrived += 1
            first = strategy.next_step(visit, None)
            there += [(visit, {}, first)] if first is not None else []
        staying = []
        for visit, cookies, step in there:
            page = await shop.open(cookies, step)
            viewed += 1
            following = strategy.next_step(visit, page)
            if following is not None:
                staying.append((visit, cookies, following))
        there = staying
        journal.merge(strategy.take_journal())
        if len(stood) < len(marks) and viewed >= marks[len(stood)]:
            stood.append(_copy(journal))
    return stood


def _copy(journal: Journal) -> Journal:
    copied = Journal()
    copied.merge(journal)
    return copied
