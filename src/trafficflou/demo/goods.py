"""What the shop sells and says, read from the package's own data files.

Everything is made from a fixed seed: the same products, prices and texts on every machine, so that a log made of one
demo shop fits every other one.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

from trafficflou.core import derive_rng

__all__ = ["Article", "Category", "Product", "read_articles", "read_goods"]

SEED = 20_240_229
"""The seed of the shop's data; a constant, because the sample log and its tests name the products that it makes."""

FIRST_PRODUCT_ID = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A shelf of the shop; `motif` and `hue` (degrees) say how its products are drawn."""

    slug: str
    name: str
    line: str
    motif: str
    hue: int

    @property
    def url(self) -> str:
        """Path of the first page of this category."""
        return f"/category/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing for sale; `popularity` (0..1) orders lists and weighs the visitors' choices."""

    id: int
    slug: str
    name: str
    category: str
    price_cents: int
    popularity: float
    blurb: str

    @property
    def url(self) -> str:
        """Path of the product's page."""
        return f"/product/{self.slug}"

    @property
    def card_image(self) -> str:
        """Path of the small picture, for lists."""
        return f"/images/{self.id}-card.svg"

    @property
    def large_image(self) -> str:
        """Path of the large picture, for the product's page."""
        return f"/images/{self.id}-large.svg"

    @property
    def price(self) -> str:
        """The price for people, such as `49.00`."""
        return f"{self.price_cents / 100:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page of the journal or of the help."""

    section: str
    slug: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]

    @property
    def url(self) -> str:
        """Path of the article."""
        return f"/{self.section}/{self.slug}"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("trafficflou.demo").joinpath("data", name).read_text(encoding="utf-8"))


def read_goods() -> tuple[tuple[Category, ...], tuple[Product, ...]]:
    """Return the categories, and the products in the order of their ids."""
    document = _read("goods.toml")
    rng = derive_rng(SEED, "goods")
    categories = []
    products: list[Product] = []
    for entry in document["category"]:
        categories.append(Category(**{key: entry[key] for key in ("slug", "name", "line", "motif", "hue")}))
        for material in entry["materials"]:
            for make in entry["makes"]:
                number = FIRST_PRODUCT_ID + len(products)
                products.append(_product(number, f"{material} {make}", entry, document["words"], rng))
    return tuple(categories), tuple(products)


def _product(
    number: int, name: str, entry: dict[str, Any], words: dict[str, list[str]], rng: Random
) -> Product:
    low, high = entry["price"]
    whole = round(low * (high / low) ** rng.random())
    return Product(
        id=number,
        slug=f"{number}-{name.lower().replace(' ', '-')}",
        name=name,
        category=entry["slug"],
        price_cents=whole * 100 - rng.choice((0, 10, 50)),
        popularity=round(rng.paretovariate(1.1) ** -1, 4),
        blurb=" ".join(rng.choice(words[part]) for part in ("openings", "middles", "endings")),
    )


def read_articles() -> tuple[Article, ...]:
    """Return the journal's articles and the help pages, in the order of the file."""
    return tuple(
        Article(**{**entry, "paragraphs": tuple(entry["paragraphs"])})
        for entry in _read("articles.toml")["article"]
    )
