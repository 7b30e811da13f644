"""The elements that are open at a place of a page, as far as they matter for what a person sees.

Not the tree construction of the HTML standard: only what ends what, well enough that markup which browsers understand is understood, and never
more than a bounded step for a tag.
"""

from typing import Final

from trafficflou.http._page_card import Card
from trafficflou.http._page_region import ROOT_REGION, Region, region_inside
from trafficflou.http._page_tag import Tag, known_tag
from trafficflou.http._page_text import PageText

__all__ = ["ENDED_BY", "FARTHEST_LOOK_BACK", "MOST_OPEN_ELEMENTS", "OpenElements"]

# As browsers do: what is nested deeper counts as standing beside.
MOST_OPEN_ELEMENTS: Final = 512
# How far back an end tag looks for its element. Further away there is only markup that is broken on purpose.
FARTHEST_LOOK_BACK: Final = 32
_TABLE_PARTS: Final = frozenset({"caption", "tbody", "td", "tfoot", "th", "thead", "tr"})
_TABLE: Final = frozenset({"table"})
# An end tag does not reach out of a cell.
_CELL: Final = frozenset({"caption", "table", "td", "th"})
_ITEM_BARRIER: Final = frozenset(
    {"article", "aside", "blockquote", "dl", "fieldset", "footer", "header", "main", "menu", "nav", "ol", "section", "table", "td", "th", "ul"}
)  # fmt: skip
# Elements that end others of their kind by beginning: what they end, and where the search stops.
ENDED_BY: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "li": (frozenset({"li"}), _ITEM_BARRIER),
    "dd": (frozenset({"dd", "dt"}), _ITEM_BARRIER),
    "dt": (frozenset({"dd", "dt"}), _ITEM_BARRIER),
    "td": (frozenset({"td", "th"}), _TABLE | {"tr"}),
    "th": (frozenset({"td", "th"}), _TABLE | {"tr"}),
    "tr": (frozenset({"tr"}), _TABLE),
    "tbody": (frozenset({"tbody", "thead", "tfoot"}), _TABLE),
    "thead": (frozenset({"tbody", "thead", "tfoot"}), _TABLE),
    "tfoot": (frozenset({"tbody", "thead", "tfoot"}), _TABLE),
}
_ROOT: Final = known_tag(b"html", b"<html>", is_end=False)
_NO_BARRIER: Final[frozenset[str]] = frozenset()


class OpenElements:
    """The open elements of one page, from the outermost to the innermost.

    Elements inside of lines are left out but where something is veiled: there they are listed too, so that the right end tag ends it.

    Attributes:
        region: What holds at this place.
    """

    __slots__ = ("_overflow", "_stack", "_tables", "_text", "region")

    def __init__(self, text: PageText) -> None:
        """Take the text of the page, in which cards have their place."""
        self._text = text
        self._overflow = 0
        self._stack: list[tuple[Tag, Region, Card | None]] = [(_ROOT, ROOT_REGION, None)]
        # Where in the list tables are.
        self._tables: list[int] = []
        self.region: Region = ROOT_REGION

    @property
    def card(self) -> Card | None:
        """The nearest card around this place."""
        return self._stack[-1][2]

    def begin(self, tag: Tag) -> None:
        """Take a start tag of an element that holds something."""
        stack = self._stack
        outer = stack[-1]
        if tag.name in ENDED_BY or not outer[0].is_block:
            if tag.name in _TABLE_PARTS and not self._tables:
                # A row or cell outside of a table is ignored.
                return
            self._end_implied(tag)
            outer = stack[-1]
        if len(stack) > MOST_OPEN_ELEMENTS:
            self._overflow += 1
            return
        _, region, card = outer
        if tag.is_marked:
            region = self.region = region_inside(region, tag)
        if tag.is_card:
            card = Card(card, len(self._text.runs))
        if tag.name == "table":
            self._tables.append(len(stack))
        stack.append((tag, region, card))

    def end(self, tag: Tag) -> None:
        """Take an end tag."""
        if self._overflow:
            self._overflow -= 1
            return
        stack = self._stack
        name = tag.name
        if stack[-1][0].name == name and len(stack) > 1:
            self._cut(len(stack) - 1)
            return
        barrier = _CELL
        if name in _TABLE_PARTS:
            barrier = _TABLE
        elif name == "table":
            barrier = _NO_BARRIER
        self._cut_nearest(frozenset((name,)), barrier, is_light=not tag.is_block)

    def _end_implied(self, tag: Tag) -> None:
        """End what a start tag ends: an item the one before it, a block a paragraph, a link the one before it."""
        top = self._stack[-1][0]
        if tag.name in ENDED_BY:
            self._cut_nearest(*ENDED_BY[tag.name])
        elif (top.name == "p" and (tag.is_block or tag.name == "p")) or top.name == tag.name == "a":
            self._cut(len(self._stack) - 1)

    def _cut_nearest(self, names: frozenset[str], barrier: frozenset[str], *, is_light: bool = False) -> None:
        """End the nearest open element of some names and all inside of it, if nothing stands between that keeps it open."""
        stack = self._stack
        for index in range(len(stack) - 1, max(0, len(stack) - 1 - FARTHEST_LOOK_BACK), -1):
            tag = stack[index][0]
            if tag.name in names:
                self._cut(index)
                return
            if tag.name in barrier or (is_light and tag.is_block):
                return

    def _cut(self, index: int) -> None:
        stack = self._stack
        while len(stack) > index:
            card = stack.pop()[2]
            if card is not None and card is not stack[-1][2]:
                card.end = len(self._text.runs)
        while self._tables and self._tables[-1] >= index:
            self._tables.pop()
        self.region = stack[-1][1]
