"""A small shop that exists in memory only: pages as a person sees them, without HTML, sockets or time.

For strategies that read pages. It has categories, products with prices, a journal, help pages, a search, a basket and a checkout; and, on demand, weak
spots: a broken link, slow pages, a dead end, a product that cannot be paid for, a calendar without end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from trafficflou.core import derive_rng
from trafficflou.http import Form, FormField, Link, PageContent, Place
from trafficflou.traffic import KnownPage, Page, SiteKnowledge, Step, Strategy

__all__ = ["BROKEN", "DEAD_END", "SLOW", "UNPAYABLE", "Browsing", "ImaginedSite", "Played", "play"]

CATEGORIES: Final = {
    "lamps": ("Brass", "Paper", "Oak", "Smoked glass"),
    "chairs": ("Ash", "Walnut", "Rattan", "Leather"),
    "mugs": ("Celadon", "Speckled", "White", "Blue"),
    "linen": ("Washed", "Striped", "Plain", "Heavy"),
    "garden": ("Cedar", "Iron", "Clay", "Willow"),
}
MAKES: Final = {
    "lamps": ("desk lamp", "reading lamp", "floor lamp"),
    "chairs": ("lounge chair", "dining chair", "stool"),
    "mugs": ("mug", "espresso cup", "jug"),
    "linen": ("table cloth", "napkin", "bed sheet"),
    "garden": ("planter", "bench", "secateurs"),
}
ARTICLES: Final = {
    "how-a-mug-is-made": "How a mug is made",
    "caring-for-linen": "Caring for linen",
    "light-for-reading": "The right light for reading",
    "a-small-garden": "A small garden on a balcony",
    "chairs-that-last": "Chairs that last",
    "the-studio": "A visit to the studio",
}
HELP: Final = {"delivery": "Delivery", "returns": "Returns", "payment": "Payment", "contact": "Contact us"}

BROKEN: Final = "/journal/open-day"
DEAD_END: Final = "/journal/lookbook"
UNPAYABLE: Final = "/product/7-oak-reading-lamp"
SLOW: Final = "/category/garden"
SLOW_S: Final = 4.0
USUAL_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something for sale."""

    path: str
    name: str
    category: str
    price: float


def _products() -> tuple[Product, ...]:
    rng = derive_rng(4, "imagined site")
    found: list[Product] = []
    for category, materials in CATEGORIES.items():
        for make in MAKES[category]:
            for material in materials:
                name = f"{material} {make}"
                number = len(found) + 1
                slug = name.lower().replace(" ", "-")
                price = float(rng.randrange(8, 900))
                found.append(
                    Product(path=f"/product/{number}-{slug}", name=name, category=category, price=price)
                )
    return tuple(found)


def _link(path: str, text: str, place: Place = "main", price: float | None = None) -> Link:
    return Link(path=path, text=text, place=place, price=price)


class ImaginedSite:
    """The shop.

    Attributes:
        faults: The weak spots are planted.
        products: By path.
        plain: The pages that are the same for everybody, by path.
    """

    def __init__(self, *, faults: bool = False) -> None:
        """Build the shop, with the weak spots where they are wanted."""
        self.faults = faults
        self._visitors = 0
        self.products = {product.path: product for product in _products()}
        self.plain: dict[str, PageContent] = {}
        self._frame = (
            *(_link(f"/category/{name}", name.capitalize(), "navigation") for name in CATEGORIES),
            _link("/journal", "Journal", "navigation"),
            _link("/login", "Log in", "header"),
            *(_link(f"/help/{name}", title, "footer") for name, title in HELP.items()),
            *([_link("/calendar?month=1", "Calendar", "footer")] if faults else []),
        )
        for path, title, links in self._plain():
            self.plain[path] = self.page(title, links)

    def knowledge(self) -> SiteKnowledge:
        """Return what a survey of the site would tell."""
        pages = [KnownPage(path=path, title=page.title, status=200) for path, page in self.plain.items()]
        pages.append(KnownPage(path="/login", title="Log in", status=200))
        return SiteKnowledge(
            name="Pine", entries=("/",), pages=tuple(pages), listed=tuple(page.path for page in pages)
        )

    def browse(self) -> "Browsing":
        """Let a visitor in."""
        self._visitors += 1
        return Browsing(self, f"token-{self._visitors}")

    def _plain(self) -> list[tuple[str, str, list[Link]]]:
        """Return the pages that are the same for everybody: path, title, links of the main part."""
        goods = list(self.products.values())
        stories = [_link(f"/journal/{slug}", title) for slug, title in ARTICLES.items()]
        if self.faults:
            stories += [_link(BROKEN, "Open day"), _link(DEAD_END, "The lookbook")]
        rooms = [_link(f"/category/{name}", name.capitalize()) for name in CATEGORIES]
        pages = [
            ("/", "Things for the home", [*rooms, *map(self.card, goods[::7]), *stories[:3]]),
            ("/journal", "Journal", stories),
        ]
        for name in CATEGORIES:
            cards = [self.card(product) for product in goods if product.category == name]
            pages.append((f"/category/{name}", name.capitalize(), cards))
        for slug, title in (ARTICLES | HELP).items():
            pages.append((f"/{'journal' if slug in ARTICLES else 'help'}/{slug}", title, []))
        for number, product in enumerate(goods):
            alike = [self.card(goods[(number + step) % len(goods)]) for step in (1, 2, 5)]
            pages.append((product.path, product.name, alike))
        return pages

    @staticmethod
    def card(product: Product) -> Link:
        """Return the link of a product in a list."""
        return _link(product.path, f"{product.name} {product.price:g}", price=product.price)

    def page(self, title: str, links: list[Link], *forms: Form) -> PageContent:
        """Make a page with the frame that all of them have."""
        search = Form(
            path="/search", fields=(FormField(name="q", kind="search"),), text="Search", place="header"
        )
        frame = (_link("/", "Pine", "header"), *self._frame, _link("/cart", "Basket", "header"))
        return PageContent(
            title=f"{title} - Pine", headings=(title,), links=(*links, *frame), forms=(search, *forms)
        )

    def search(self, query: str) -> PageContent:
        """Return the results of a search: goods and articles that share a word with it."""
        wanted = set(query.lower().split())
        goods = [product for product in self.products.values() if wanted & set(product.name.lower().split())]
        stories = [
            _link(f"/journal/{slug}", title)
            for slug, title in ARTICLES.items()
            if wanted & set(title.lower().split())
        ]
        return self.page(f"Results for {query}", [*map(self.card, goods[:12]), *stories])

    def month(self, number: int) -> PageContent:
        """Return a page of the calendar that has no end."""
        days = [_link(f"/calendar?month={number}&day={day}", str(day)) for day in range(1, 29)]
        more = [_link(f"/calendar?month={number + 1}", "Next month"), *days]
        return self.page(f"Calendar {number}", more)

    def form_page(self, title: str, path: str, text: str, token: str, *fields: FormField) -> PageContent:
        """Return a page with a form in its main part."""
        hidden = FormField(name="csrf", kind="hidden", value=token)
        form = Form(path=path, method="POST", fields=(hidden, *fields), text=text, place="main")
        return self.page(title, [], form)


_TEXT: Final = {
    name: FormField(name=name, label=name.capitalize(), is_required=True)
    for name in ("name", "street", "city")
}


Answer = tuple[int, PageContent | None, str]
"""Status, page, and where it led; empty for where it was asked for."""


class Browsing:
    """One visitor's view of the shop: its basket, its token, and what became of its steps.

    Attributes:
        basket: Paths of the products in it.
        orders: How often it bought.
    """

    def __init__(self, site: ImaginedSite, token: str) -> None:
        self._site = site
        self._token = token
        self.basket: list[str] = []
        self.orders = 0
        self._shows: dict[str, Callable[[dict[str, str]], PageContent]] = {
            "/search": self._search,
            "/login": self._login,
            "/help/contact": self._contact,
            "/cart": self._cart,
            "/checkout": self._checkout,
            "/checkout/payment": self._payment,
        }
        if site.faults:
            self._shows["/calendar"] = self._month
            self._shows[DEAD_END] = lambda _fields: PageContent(
                title="The lookbook", headings=("The lookbook",)
            )
        self._takes: dict[str, Callable[[dict[str, str]], Answer]] = {
            "/cart/add": self._add,
            "/login": self._enter,
            "/help/contact": self._thank,
            "/checkout": self._take_address,
            "/checkout/payment": self._pay,
        }

    def open(self, step: Step) -> Page:
        """Answer a step."""
        path, _, query = step.path.partition("?")
        given = parse_qs(step.body.decode() if step.method == "POST" else query)
        fields = {name: values[-1] for name, values in given.items()}
        status, content, final = self._answer(step.method, path, fields)
        load_s = SLOW_S if self._site.faults and path == SLOW else USUAL_S
        return Page(step.path, step.template, status, load_s, final_path=final or step.path, content=content)

    def _answer(self, method: str, path: str, fields: dict[str, str]) -> Answer:
        if method == "POST":
            if fields.get("csrf") != self._token:
                return 403, None, ""
            taken = self._takes.get(path)
            return (404, None, "") if taken is None else taken(fields)
        shows = self._shows.get(path)
        if shows is not None:
            return 200, shows(fields), ""
        if path in self._site.products:
            return 200, self._product(path), ""
        page = self._site.plain.get(path)
        return (404, self._site.page("Not found", []), "") if page is None else (200, page, "")

    def _product(self, path: str) -> PageContent:
        plain = self._site.plain[path]
        hidden = FormField(name="csrf", kind="hidden", value=self._token)
        product = FormField(name="product", kind="hidden", value=path)
        pieces = FormField(name="quantity", kind="number", value="1", label="Pieces", is_required=True)
        form = Form(
            path="/cart/add",
            method="POST",
            fields=(hidden, product, pieces),
            text="Put into basket",
            place="main",
        )
        return PageContent(
            title=plain.title, headings=plain.headings, links=plain.links, forms=(*plain.forms, form)
        )

    # -- what is shown -----------------------------------------------------------------------------------------------

    def _search(self, fields: dict[str, str]) -> PageContent:
        return self._site.search(fields.get("q", ""))

    def _login(self, _fields: dict[str, str]) -> PageContent:
        email = FormField(name="email", kind="email", is_required=True)
        password = FormField(name="password", kind="password", is_required=True)
        return self._site.form_page("Log in", "/login", "Log in", self._token, email, password)

    def _contact(self, _fields: dict[str, str]) -> PageContent:
        message = FormField(name="message", kind="textarea", label="Your message", is_required=True)
        return self._site.form_page("Contact us", "/help/contact", "Send message", self._token, message)

    def _cart(self, _fields: dict[str, str]) -> PageContent:
        site = self._site
        lines = [site.card(site.products[product]) for product in self.basket]
        more = [_link("/checkout", "Go to checkout")] if self.basket else []
        return site.page("Basket", [*lines, *more])

    def _checkout(self, fields: dict[str, str]) -> PageContent:
        if not self.basket:
            return self._cart(fields)
        return self._site.form_page("Address", "/checkout", "On to payment", self._token, *_TEXT.values())

    def _payment(self, fields: dict[str, str]) -> PageContent:
        if not self.basket:
            return self._cart(fields)
        ways = (("invoice", "Invoice"), ("card", "Card"))
        way = FormField(name="pay_by", kind="radio", options=ways, value="invoice", is_checked=True)
        return self._site.form_page("Payment", "/checkout/payment", "Order now", self._token, way)

    def _month(self, fields: dict[str, str]) -> PageContent:
        return self._site.month(int(fields["month"]))

    # -- what is taken -----------------------------------------------------------------------------------------------

    def _add(self, fields: dict[str, str]) -> Answer:
        self.basket.append(fields["product"])
        return 200, self._cart(fields), "/cart"

    def _enter(self, fields: dict[str, str]) -> Answer:
        is_known = fields.get("email", "").endswith("@example.com")
        return (200, self._site.plain["/"], "/") if is_known else (401, self._login(fields), "")

    def _thank(self, _fields: dict[str, str]) -> Answer:
        return 200, self._site.page("Thank you for your message", []), "/help/thanks"

    def _take_address(self, fields: dict[str, str]) -> Answer:
        if all(fields.get(name) for name in _TEXT):
            return 200, self._payment(fields), "/checkout/payment"
        return 422, self._checkout(fields), ""

    def _pay(self, _fields: dict[str, str]) -> Answer:
        if self._site.faults and UNPAYABLE in self.basket:
            return 500, None, ""
        self.basket.clear()
        self.orders += 1
        return 200, self._site.page("Thank you", []), "/checkout/thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A visit that was played.

    Attributes:
        visit: The strategy's own state of it.
        steps: What it did.
        pages: What it saw, one for each step.
        browsing: Its side of the shop.
    """

    visit: Any
    steps: tuple[Step, ...]
    pages: tuple[Page, ...]
    browsing: Browsing


def play(
    strategy: Strategy[Any], site: ImaginedSite, visitors: int, *, seed: int = 7, most_steps: int = 2000
) -> list[Played]:
    """Let visitors come one after the other.

    Raises:
        AssertionError: A visit takes more than `most_steps`.
    """
    played = []
    for index in range(visitors):
        visit, browsing = strategy.begin(derive_rng(seed, "visitor", index)), site.browse()
        steps: list[Step] = []
        pages: list[Page] = []
        step = strategy.next_step(visit, None)
        while step is not None:
            if not isinstance(step, Step) or len(steps) >= most_steps:
                raise AssertionError(f"a visit does not end: {len(steps)} steps, then {step}")
            steps.append(step)
            pages.append(browsing.open(step))
            step = strategy.next_step(visit, pages[-1])
        played.append(Played(visit=visit, steps=tuple(steps), pages=tuple(pages), browsing=browsing))
    return played
