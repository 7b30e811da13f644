"""The people of the sample log: visitors with a temper, a pace and a browser cache, walking through the shop."""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from trafficflou.demo._log_habits import (
    ADDRESSES,
    AGENTS,
    ENTRIES,
    HABITS,
    PAUSE_SCALE_S,
    SOURCES,
    TEMPERS,
    Weights,
)
from trafficflou.demo._log_line import ORIGIN, Hit
from trafficflou.demo._log_site import QUERIES, PageFacts, SiteFacts
from trafficflou.demo.assets import PICTURE_MAX_AGE_S

__all__ = ["Visitor", "Walk", "draw", "make_visitor"]

_MAX_VIEWS: Final = 60
_TAIL_SHARE: Final = 0.1
_TAIL_ALPHA: Final = 1.1
_LONGEST_PAUSE_S: Final = 3 * 3600.0
_RELOAD_SHARE: Final = 0.012
_STOPPED_SHARE: Final = 0.025
_GONE: Final = (
    "/product/903-brass-candle-holder",
    "/product/870-rope-mirror",
    "/sale/winter",
    "/blog/2023/how-we-glaze",
)
_CAMPAIGN: Final = "/?utm_source=newsletter&utm_medium=email&utm_campaign=spring"
_KINDS: Final = {
    "/": "home",
    "/cart": "cart",
    "/checkout": "checkout",
    "/checkout/payment": "payment",
    "/checkout/thanks": "thanks",
    "/orders": "orders",
    "/journal": "journal",
    "/help": "help",
    "/reports/sales": "report",
}
_PREFIXES: Final = (
    ("/product/", "product"),
    ("/category/", "category"),
    ("/journal/", "article"),
    ("/help/", "help"),
    ("/login", "login"),
)


def draw(weights: Weights, rng: Random) -> str:
    """Choose a key by its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


@dataclass(slots=True)
class Visitor:
    """One person with one browser; `cache` holds when each file was last fetched or found unchanged."""

    address: str
    agent: str
    device: str
    temper: str
    pace: float
    logged_in: bool = False
    basket: list[str] = field(default_factory=list)
    cache: dict[str, float] = field(default_factory=dict)


def make_visitor(number: int, rng: Random) -> Visitor:
    """Make a visitor whose address no other number has."""
    _, device, agent = rng.choices(AGENTS, [share for share, _, _ in AGENTS])[0]
    place = (number * 7919) % 65_536
    return Visitor(
        address=f"{ADDRESSES[number % 2]}.{place >> 8}.{place & 255}",
        agent=agent,
        device=device,
        temper=draw({name: share for name, (share, _) in TEMPERS.items()}, rng),
        pace=rng.lognormvariate(0, 0.4),
    )


class Walk:
    """One visit: made by `visit`, it leaves its hits in `hits`."""

    def __init__(self, visitor: Visitor, site: SiteFacts, rng: Random, at_s: float) -> None:
        self.hits: list[Hit] = []
        self._visitor = visitor
        self._site = site
        self._rng = rng
        self._at_s = at_s
        self._trail: list[str] = []
        self._seen: set[str] = set()

    def visit(self, source: str) -> None:
        """Come from `source`, walk until the visitor leaves."""
        self._open(self._first(source), SOURCES[source][1])
        self._go_on()

    def visit_report(self) -> None:
        """Open the sales report, as the shop's own people do in the morning."""
        self._open("/reports/sales", "-")
        self._go_on()

    def _go_on(self) -> None:
        for _ in range(_MAX_VIEWS):
            action = self._choose()
            if action == "leave":
                return
            self._pause()
            self._act(action)

    # -- where next ------------------------------------------------------------------------------------------------

    def _first(self, source: str) -> str:
        kind = draw(ENTRIES[source], self._rng)
        if kind == "product":
            return self._favourite()
        places = {
            "home": "/",
            "campaign": _CAMPAIGN,
            "orders": "/orders",
            "cart": "/cart",
            "gone": self._rng.choice(_GONE),
            "category": self._rng.choice(self._site.categories),
            "article": self._article(),
        }
        return places[kind]

    def _favourite(self) -> str:
        goods = self._site.goods
        return self._rng.choices(list(goods), [item.popularity + 0.05 for item in goods.values()])[0]

    def _article(self) -> str:
        articles = [path for path in self._site.sitemap if path.startswith("/journal/")]
        return self._rng.choices(articles, [1 / (index + 1) for index in range(len(articles))])[0]

    def _kind(self, target: str) -> str:
        path = target.partition("?")[0]
        if path == "/search":
            return "search" if self._site.pages[target].products else "empty-search"
        if target in _GONE:
            return "gone"
        return _KINDS.get(path) or next(kind for prefix, kind in _PREFIXES if path.startswith(prefix))

    def _choose(self) -> str:
        now = self._kind(self._trail[-1])
        before = self._kind(self._trail[-2]) if len(self._trail) > 1 else "-"
        habits = HABITS.get((before, now)) or HABITS["*", now]
        taste = TEMPERS[self._visitor.temper][1]
        weights = {action: weight * taste.get(action, 1) for action, weight in habits.items()}
        if now == "cart" and not self._visitor.basket:
            weights.pop("checkout", None)
            weights.pop("remove", None)
        return draw(weights, self._rng)

    def _pause(self) -> None:
        scale_s = PAUSE_SCALE_S[self._kind(self._trail[-1])] * self._visitor.pace
        if self._rng.random() < _TAIL_SHARE:
            pause_s = 2 * scale_s * self._rng.paretovariate(_TAIL_ALPHA)
        else:
            pause_s = self._rng.weibullvariate(scale_s, 0.8)
        self._at_s += min(1 + pause_s, _LONGEST_PAUSE_S)

    # -- what they do ----------------------------------------------------------------------------------------------

    def _act(self, action: str) -> None:
        forms = {
            "add": self._add,
            "remove": self._remove,
            "address": self._send_address,
            "pay": self._pay,
            "login": self._login,
            "search": self._search,
        }
        if action in forms:
            forms[action]()
        else:
            self._open(self._place(action), self._here())

    def _place(self, action: str) -> str:
        here = self._trail[-1]
        if action == "back":
            return self._trail[-2] if len(self._trail) > 1 else "/"
        if action == "shown":
            return self._shown(self._site.pages[self._plain(here)].products)
        if action == "its-category":
            return f"/category/{self._site.goods[here.partition('?')[0]].category}"
        if action == "next-page":
            path, _, query = here.partition("?")
            return path if query else f"{path}?page=2"
        if action == "help":
            return self._rng.choice(("/help", "/help/delivery", "/help/returns"))
        places = {
            "home": "/",
            "category": self._rng.choice(self._site.categories),
            "article": self._article(),
            "contact": "/help/contact",
            "report": "/reports/sales",
        }
        return places.get(action, f"/{action}")

    def _shown(self, products: tuple[str, ...]) -> str:
        fresh = [path for path in products if path not in self._seen] or list(products)
        return self._rng.choices(fresh, [1 / (index + 1.5) for index in range(len(fresh))])[0]

    def _add(self) -> None:
        here = self._trail[-1]
        self._send("/cart/add", 303, 0)
        self._visitor.basket.append(here.partition("?")[0])
        self._open("/cart", self._here())

    def _remove(self) -> None:
        self._send("/cart/remove", 303, 0)
        self._visitor.basket.pop()
        self._open("/cart", self._here())

    def _send_address(self) -> None:
        if self._rng.random() < 0.07:
            self._send("/checkout", 422, self._site.refused["/checkout"])
            self._pause()
        self._send("/checkout", 303, 0)
        self._open("/checkout/payment", self._here())

    def _pay(self) -> None:
        self._send("/checkout/payment", 303, 0)
        self._visitor.basket.clear()
        self._open("/checkout/thanks", self._here())

    def _login(self) -> None:
        if self._rng.random() < 0.12:
            self._send("/login", 401, self._site.refused["/login"])
            self._pause()
        self._send("/login", 303, 0)
        self._visitor.logged_in = True
        self._open("/orders", self._here())

    def _search(self) -> None:
        query = self._rng.choices(QUERIES, [1 / (index + 2) for index in range(len(QUERIES))])[0]
        typed_s = 0.0
        for length in sorted(self._rng.sample(range(2, len(query) + 1), self._rng.randint(0, 2))):
            text = query[:length]
            target = f"/api/suggest?q={text.replace(' ', '%20')}"
            self._hit(typed_s, "GET", target, 200, self._site.suggestions[text], self._here())
            typed_s += self._rng.uniform(0.3, 0.8)
        self._at_s += typed_s
        self._open(f"/search?q={query.replace(' ', '+')}", self._here())

    # -- what the server sees --------------------------------------------------------------------------------------

    def _here(self) -> str:
        return ORIGIN + self._trail[-1]

    @staticmethod
    def _plain(target: str) -> str:
        """Return the target under which the page's facts are kept: without a campaign's marks."""
        return target.partition("?")[0] if "utm_" in target else target

    def _hit(self, after_s: float, method: str, target: str, status: int, size: int, referrer: str) -> None:
        who = self._visitor
        self.hits.append(
            Hit(self._at_s + after_s, who.address, who.agent, method, target, status, size, referrer)
        )

    def _send(self, path: str, status: int, size: int) -> None:
        self._hit(0, "POST", path, status, size, self._here())
        self._at_s += self._rng.uniform(0.05, 0.4)

    def _open(self, target: str, referrer: str) -> None:
        if target == "/orders" and not self._visitor.logged_in:
            self._hit(0, "GET", target, 303, 0, referrer)
            target = "/login?next=/orders"
        facts = self._facts(target)
        gone = target in _GONE
        self._hit(0, "GET", target, 404 if gone else 200, facts.size, referrer)
        self._trail.append(target)
        self._seen.add(target)
        self._fetch(facts.assets)
        if gone or self._rng.random() > _RELOAD_SHARE:
            return
        self._at_s += self._rng.uniform(2, 9)
        self._hit(0, "GET", target, 200, facts.size, referrer)
        self._fetch(facts.assets, reload=True)

    def _facts(self, target: str) -> PageFacts:
        if target in _GONE:
            return self._site.not_found
        facts = self._site.pages[self._plain(target).replace("/login?next=/orders", "/login")]
        if target != "/cart":
            return facts
        goods = [self._site.goods[path].card_image for path in self._visitor.basket]
        return PageFacts(
            size=facts.size + 120 * len(set(goods)),
            assets=(*facts.assets, *dict.fromkeys(goods)),
            products=tuple(self._visitor.basket),
        )

    def _fetch(self, assets: tuple[str, ...], *, reload: bool = False) -> None:
        """Fetch what the cache does not have, as a browser does: in the document's order, a few at a time."""
        if self._rng.random() < _STOPPED_SHARE:
            assets = assets[: self._rng.randrange(len(assets) + 1)]
        after_s = self._rng.uniform(0.08, 0.35)
        page = self._here()
        for path in assets:
            fetched_s = self._visitor.cache.get(path)
            if fetched_s is not None and self._is_fresh(path, fetched_s, reload=reload):
                continue
            known = fetched_s is not None
            size = 0 if known else self._site.asset_bytes[path]
            self._hit(after_s, "GET", path, 304 if known else 200, size, page)
            self._visitor.cache[path] = self._at_s + after_s
            after_s += self._rng.expovariate(1 / 0.05)

    def _is_fresh(self, path: str, fetched_s: float, *, reload: bool) -> bool:
        if path in self._site.immutable:
            return True
        return not reload and self._at_s - fetched_s < PICTURE_MAX_AGE_S
