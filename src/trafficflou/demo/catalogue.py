"""The shop's database: products, customers, orders and last year's sales, in SQLite.

One in-memory database and one connection, used from the event loop itself. The tables hold about 120 products and
4,000 sales, so a page's query takes 2 to 30 microseconds; handing it to a thread would take longer than the query, and a
connection per thread would need a file. The one slow query of the shop, the sales report, waits outside the database.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from trafficflou.core import derive_rng
from trafficflou.demo.goods import SEED, Category, Product, read_goods

__all__ = ["Catalogue", "Order", "OrderLine", "SalesRow"]

_SCHEMA = """
CREATE TABLE product (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, category TEXT NOT NULL,
    price_cents INTEGER NOT NULL, popularity REAL NOT NULL, blurb TEXT NOT NULL);
CREATE INDEX product_of_category ON product (category, popularity DESC, id);
CREATE TABLE shop_order (
    id INTEGER PRIMARY KEY, customer TEXT NOT NULL, ship_to TEXT NOT NULL, pay_by TEXT NOT NULL,
    total_cents INTEGER NOT NULL);
CREATE INDEX order_of_customer ON shop_order (customer, id DESC);
CREATE TABLE order_line (
    order_id INTEGER NOT NULL REFERENCES shop_order (id) ON DELETE CASCADE, product_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL, PRIMARY KEY (order_id, product_id)) WITHOUT ROWID;
CREATE TABLE sale (week INTEGER NOT NULL, category TEXT NOT NULL, pieces INTEGER NOT NULL, cents INTEGER NOT NULL);
"""

_PRODUCT = "SELECT id, slug, name, category, price_cents, popularity, blurb FROM product"
_SALES_PER_CATEGORY = (250, 750)
_WEEKS = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """So many pieces of one product."""

    product: Product
    quantity: int

    @property
    def total_cents(self) -> int:
        """Price of the line."""
        return self.product.price_cents * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as its customer sees it."""

    id: int
    total_cents: int
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesRow:
    """One line of the sales report."""

    category: str
    pieces: int
    cents: int
    best_week: int


class Catalogue:
    """The shop's data; every method is a query of microseconds and may be called from the event loop.

    Args:
        max_orders: Orders that are kept; the oldest are deleted first.
    """

    def __init__(self, *, max_orders: int) -> None:
        self.categories, products = read_goods()
        self._by_slug = {category.slug: category for category in self.categories}
        self._max_orders = max_orders
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        self._fill(products)

    def _fill(self, products: Sequence[Product]) -> None:
        rng = derive_rng(SEED, "sales")
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (item.id, item.slug, item.name, item.category, item.price_cents, item.popularity, item.blurb)
                for item in products
            ],
        )
        self._db.executemany(
            "INSERT INTO sale VALUES (?, ?, ?, ?)",
            [
                (
                    rng.randint(1, _WEEKS),
                    category.slug,
                    pieces := rng.randint(1, 4),
                    pieces * rng.randint(900, 24_000),
                )
                for category in self.categories
                for _ in range(rng.randint(*_SALES_PER_CATEGORY))
            ],
        )
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Drop the database."""
        self._db.close()

    def category(self, slug: str) -> Category | None:
        """Return a category, or `None` where there is none of that name."""
        return self._by_slug.get(slug)

    def product(self, slug: str) -> Product | None:
        """Return the product whose page is `/product/{slug}`, or `None`."""
        rows = self._products("WHERE slug = ?", slug)
        return rows[0] if rows else None

    def product_by_id(self, number: int) -> Product | None:
        """Return the product with this number, or `None`."""
        rows = self._products("WHERE id = ?", number)
        return rows[0] if rows else None

    def all_products(self) -> list[Product]:
        """Return every product, by number."""
        return self._products("ORDER BY id")

    def favourites(self, limit: int) -> list[Product]:
        """Return the most popular products of all categories, most popular first."""
        return self._products("ORDER BY popularity DESC, id LIMIT ?", limit)

    def of_category(self, slug: str, *, limit: int, offset: int = 0) -> list[Product]:
        """Return products of a category, most popular first."""
        return self._products(
            "WHERE category = ? ORDER BY popularity DESC, id LIMIT ? OFFSET ?", slug, limit, offset
        )

    def count_of_category(self, slug: str) -> int:
        """Return how many products a category has."""
        row = self._db.execute("SELECT count(*) FROM product WHERE category = ?", (slug,)).fetchone()
        return int(row[0])

    def related(self, product: Product, limit: int) -> list[Product]:
        """Return other products of the same category, those nearest in price first."""
        return self._products(
            "WHERE category = ? AND id != ? ORDER BY abs(price_cents - ?), id LIMIT ?",
            product.category,
            product.id,
            product.price_cents,
            limit,
        )

    def search(self, query: str, *, limit: int) -> list[Product]:
        """Return products whose name or category has every word of the query, most popular first.

        Args:
            query: What the visitor typed; `%` and `_` are plain characters.
            limit: Most products to return.
        """
        words = query.split()[:6]
        if not words:
            return []
        clause = " AND ".join(["(name LIKE ? ESCAPE '!' OR category LIKE ? ESCAPE '!')"] * len(words))
        patterns = [pattern for word in words for pattern in [f"%{_escape_like(word)}%"] * 2]
        return self._products(f"WHERE {clause} ORDER BY popularity DESC, id LIMIT ?", *patterns, limit)

    def place_order(self, customer: str, ship_to: str, pay_by: str, lines: Sequence[OrderLine]) -> int:
        """Keep an order, drop the oldest ones beyond the limit, and return its number."""
        total_cents = sum(line.total_cents for line in lines)
        with _Transaction(self._db):
            number = self._db.execute(
                "INSERT INTO shop_order (customer, ship_to, pay_by, total_cents) VALUES (?, ?, ?, ?)",
                (customer, ship_to, pay_by, total_cents),
            ).lastrowid
            self._db.executemany(
                "INSERT INTO order_line VALUES (?, ?, ?)",
                [(number, line.product.id, line.quantity) for line in lines],
            )
            self._db.execute("DELETE FROM shop_order WHERE id <= ?", ((number or 0) - self._max_orders,))
        return int(number or 0)

    def orders_of(self, customer: str, limit: int) -> list[Order]:
        """Return a customer's orders, newest first."""
        rows = self._db.execute(
            "SELECT shop_order.id, total_cents, sum(quantity) FROM shop_order JOIN order_line ON order_id = "
            "shop_order.id WHERE customer = ? GROUP BY shop_order.id ORDER BY shop_order.id DESC LIMIT ?",
            (customer, limit),
        )
        return [Order(id=row[0], total_cents=row[1], pieces=row[2]) for row in rows]

    def sales_by_category(self) -> list[SalesRow]:
        """Add up last year's sales (about 2 ms), largest turnover first."""
        rows = self._db.execute(
            "WITH weekly AS (SELECT category, week, sum(pieces) AS pieces, sum(cents) AS cents FROM sale GROUP BY 1, 2),"
            " ranked AS (SELECT *, row_number() OVER (PARTITION BY category ORDER BY cents DESC) AS place FROM weekly)"
            " SELECT category, sum(pieces), sum(cents), max(CASE place WHEN 1 THEN week END) FROM ranked"
            " GROUP BY category ORDER BY 3 DESC"
        )
        return [
            SalesRow(category=self._by_slug[row[0]].name, pieces=row[1], cents=row[2], best_week=row[3])
            for row in rows
        ]

    def _products(self, clause: str, *values: str | int | float) -> list[Product]:
        rows = self._db.execute(f"{_PRODUCT} {clause}", values)
        return [
            Product(id=a, slug=b, name=c, category=d, price_cents=e, popularity=f, blurb=g)
            for a, b, c, d, e, f, g in rows
        ]


class _Transaction:
    """`BEGIN` ... `COMMIT`, or `ROLLBACK` when the block raises; the connection is in autocommit mode."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")


def _escape_like(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
