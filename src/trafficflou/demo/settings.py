"""What can be set of the demo shop; one immutable value, made once and handed down."""

from dataclasses import dataclass

__all__ = ["ShopSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """The shop's limits and pace.

    Every number that a client could otherwise grow without end has its bound here.

    Attributes:
        report_wait_s: How long the sales report waits for its (pretended) warehouse, seconds.
        faults: Whether the weak spots of `demo.faults` are planted.
        slow_category_s: How long each page of the slow category takes where faults are planted, seconds.
        page_size: Products on a page of a category or of search results.
        max_query_chars: Longest search text that is looked up; a longer one is answered with 400.
        max_quantity: Most pieces of one product in a basket.
        max_basket_lines: Most different products in a basket.
        max_form_bytes: Largest form body that is read; a larger one is answered with 413.
        max_form_fields: Most fields in a form.
        max_sessions: Sessions that are remembered; the one unused for longest is forgotten first.
        max_orders: Orders that are kept; the oldest are deleted first.
    """

    report_wait_s: float = 0.4
    faults: bool = False
    slow_category_s: float = 1.2
    page_size: int = 12
    max_query_chars: int = 100
    max_quantity: int = 20
    max_basket_lines: int = 50
    max_form_bytes: int = 16 * 1024
    max_form_fields: int = 30
    max_sessions: int = 20_000
    max_orders: int = 20_000
