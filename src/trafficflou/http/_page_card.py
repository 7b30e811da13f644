"""Parts of a page that are each about one thing, and the price of that thing."""

from typing import Final

from trafficflou.http._page_price import PIECE_END, has_price_mark, may_be_of_price, single_price
from trafficflou.http._page_text import PageText, raw_words
from trafficflou.http._page_veil import UNPRICED

__all__ = ["Card", "price_in"]

_PIECE_END: Final = PIECE_END.encode()
_MOST_CARD_RUNS: Final = 64
_MOST_CARD_LINKS: Final = 12


class Card:
    """A part of a page that may be about one thing: what a list has many of, a row, an article.

    Attributes:
        parent: The card around it.
        begin: Where its text begins.
        end: Where its text ends; -1 as long as it is open.
        links: How many links stand in it.
    """

    __slots__ = ("_price", "begin", "end", "links", "parent")

    def __init__(self, parent: "Card | None", begin: int) -> None:
        self.parent = parent
        self.begin = begin
        self.end = -1
        self.links = 0
        self._price: tuple[int, float | None] | None = None

    def price(self, text: PageText) -> tuple[int, float | None]:
        """Count its prices, and return the price where there is one; a large part of a page is about more than one thing."""
        if self._price is None:
            end = self.end if self.end >= 0 else len(text.runs)
            is_small = end - self.begin <= _MOST_CARD_RUNS and self.links <= _MOST_CARD_LINKS
            self._price = price_in(text, self.begin, end) if is_small else (0, None)
        return self._price


def price_in(text: PageText, begin: int, end: int) -> tuple[int, float | None]:
    """Count the different prices in a part of the text, and return the price where there is one."""
    runs, veils = text.runs, text.veils
    end = min(end, begin + _MOST_CARD_RUNS)
    # Few texts have a price; most are done with here.
    if not has_price_mark(runs[begin] if end - begin == 1 else b" ".join(runs[begin:end])):
        return 0, None
    joined = _PIECE_END.join(
        runs[index]
        for index in range(begin, end)
        if not veils.get(index, 0) & UNPRICED and may_be_of_price(runs[index])
    )
    return single_price(raw_words([joined], 0, 1))
