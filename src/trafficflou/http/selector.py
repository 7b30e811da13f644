"""CSS selectors over a page, without a tree: `a.product`, `#cart > li:nth-child(2)`, `input[name=csrf]`.

Theory of operation. A selector is a row of compounds with combinators between them. The page is walked once (why there is no tree:
`http/_page_walk.py`); each open element keeps, as bits, which compounds end at it and which end at it or above it. Whether a compound matches a new
element is then a look at its parent's bits (`>`), at those above (a blank), or at those of the siblings before it (`+`, `~`): a fixed number of
steps for each tag, whatever the nesting is.

What is understood: names, `*`, `.class`, `#id`, `[attribute]` with `=`, `~=`, `|=`, `^=`, `$=`, `*=` and the flag `i`, `:first-child`,
`:nth-child(odd | even | 3 | 2n+1)`, `:not(...)` with one compound, the four combinators, and lists with commas (Selectors Level 4). Names of
elements and attributes are compared without case, values with it.
"""

import re
from functools import lru_cache
from itertools import islice
from typing import Final, NoReturn

from trafficflou.http._charset import to_utf8
from trafficflou.http._selector_search import MAX_FOUND, AttributeTest, Compound, Search

__all__ = ["MAX_FOUND", "Selector", "SelectorError"]

_MAX_CHARS: Final = 500
_MAX_COMPOUNDS: Final = 60
_LONGEST_PAGE_BYTES: Final = 8 * 1024 * 1024
_IDENTIFIER: Final = re.compile(r"(?:[\w\u0080-\U0010ffff-]|\\[^\r\n0-9a-fA-F])++")
_ATTRIBUTE: Final = re.compile(
    r"\[\s*+([\w:.-]++)\s*+(?:([~|^$*]?=)\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\]\"']++))\s*+([iIsS])?+\s*+)?+\]"
)
_NTH: Final = re.compile(
    r"\(\s*+(?:(odd|even)|([+-]?\d*+)n\s*+(?:([+-])\s*+(\d++))?+|([+-]?\d++))\s*+\)", re.IGNORECASE
)
_COMBINATOR: Final = re.compile(r"\s*+([>+~])\s*+|\s++")
_PSEUDO_CLASSES: Final = ":first-child, :nth-child() and :not()"


class SelectorError(ValueError):
    """A selector cannot be read; the message says where and what is understood."""


class Selector:
    """A selector that was read; immutable, and shared by all who write the same."""

    __slots__ = ("_compounds", "_ends", "_is_flat", "_names")

    def __init__(self, compounds: list[Compound]) -> None:
        """Take compounds; `parse` is the way in."""
        self._compounds = compounds
        following = [*(compound.combinator for compound in compounds[1:]), ""]
        self._ends = sum(1 << at for at, combinator in enumerate(following) if not combinator)
        self._is_flat = all(compound.is_flat for compound in compounds)
        self._names = frozenset[str]().union(*(compound.attribute_names() for compound in compounds))

    @staticmethod
    def parse(text: str) -> "Selector":
        """Read a selector.

        Raises:
            SelectorError: It is none, or holds what is not understood.
        """
        return _parsed(text)

    def count(self, html: bytes, *, charset: str | None = None) -> int:
        """Return how many elements of a page match, up to `MAX_FOUND`; linear in the size of the page."""
        search = Search(self._compounds, self._ends, self._names, "")
        page = to_utf8(_cut(html), charset)
        return len(search.run_flat(page) if self._is_flat else search.run(page))

    def find(
        self, html: bytes, *, attribute: str = "", limit: int = MAX_FOUND, charset: str | None = None
    ) -> list[str]:
        """Return the texts of the elements that match, in document order.

        Args:
            html: The decoded page; its first 8 MiB are looked at.
            attribute: Return this attribute's values instead; elements without it are left out.
            limit: Most to return.
            charset: The `charset` of its `Content-Type`; without one its own `<meta>` counts.

        Returns:
            Texts with white space collapsed, of each at most 4,096 bytes.
        """
        wanted = attribute.lower()
        search = Search(self._compounds, self._ends, self._names | ({wanted} - {""}), wanted)
        page = to_utf8(_cut(html), charset)
        found = search.run_flat(page) if wanted and self._is_flat else search.run(page)
        if wanted:
            return [match.value for match in found if match.value is not None][:limit]
        return [search.text_of(match) for match in islice(found, limit)]


def _cut(html: bytes) -> bytes:
    return html if len(html) <= _LONGEST_PAGE_BYTES else html[:_LONGEST_PAGE_BYTES]


# -- reading a selector ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _parsed(text: str) -> Selector:
    return Selector(_Reader(text).read())


class _Reader:
    """The state of reading a selector."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0

    def read(self) -> list[Compound]:
        if len(self._text) > _MAX_CHARS:
            self._fail(f"it has more than {_MAX_CHARS} characters")
        compounds = [self._compound("")]
        while self._at < len(self._text):
            if len(compounds) >= _MAX_COMPOUNDS:
                self._fail(f"it has more than {_MAX_COMPOUNDS} parts")
            compounds.append(self._compound(self._combinator()))
        return compounds

    def _combinator(self) -> str:
        rest = self._text[self._at :].lstrip()
        if rest.startswith(","):
            self._at = len(self._text) - len(rest) + 1
            self._at += len(self._text[self._at :]) - len(self._text[self._at :].lstrip())
            return ""
        found = _COMBINATOR.match(self._text, self._at)
        if found is None:
            self._fail("this was not expected")
        self._at = found.end()
        return found[1] or " "

    def _compound(self, combinator: str) -> Compound:
        compound, began = Compound(combinator), self._at
        if self._takes("*"):
            pass
        elif name := self._identifier():
            compound.name = name.lower()
        while self._simple(compound):
            pass
        if self._at == began:
            self._fail("an element is missing" if self._at >= len(self._text) else "this was not expected")
        return compound

    def _simple(self, compound: Compound) -> bool:
        sign = self._text[self._at : self._at + 1]
        if sign in {".", "#"} and sign:
            self._at += 1
            name = self._identifier() or self._fail("a name is missing")
            compound.tests.append(
                AttributeTest("class" if sign == "." else "id", "~=" if sign == "." else "=", name)
            )
        elif sign == "[":
            compound.tests.append(self._attribute())
        elif sign == ":":
            self._pseudo_class(compound)
        else:
            return False
        return True

    def _attribute(self) -> AttributeTest:
        found = _ATTRIBUTE.match(self._text, self._at)
        if found is None:
            self._fail("this is no attribute; write [name] or [name=value]")
        self._at = found.end()
        value = next((found[group] for group in (3, 4, 5) if found[group] is not None), "")
        return AttributeTest(found[1].lower(), found[2] or "", value, (found[6] or "").lower() == "i")

    def _pseudo_class(self, compound: Compound) -> None:
        self._at += 1
        name = self._identifier().lower()
        if name == "first-child":
            compound.nth.append((0, 1))
        elif name == "nth-child" and (found := _NTH.match(self._text, self._at)):
            self._at = found.end()
            compound.nth.append(_nth_of(found))
        elif name == "not" and self._takes("("):
            compound.excluded.append(self._compound(""))
            if not self._takes(")"):
                self._fail("this bracket is not closed")
        else:
            self._at -= len(name)
            self._fail(f"{name or 'this'} is not understood; {_PSEUDO_CLASSES} are")

    def _identifier(self) -> str:
        found = _IDENTIFIER.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return re.sub(r"\\(.)", r"\1", found[0])

    def _takes(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        return True

    def _fail(self, message: str) -> NoReturn:
        rest = self._text[self._at : self._at + 20]
        where = f"at {rest!r}" if rest else "at its end"
        raise SelectorError(f"the selector {self._text[:80]!r} cannot be read {where}: {message}")


def _nth_of(found: re.Match[str]) -> tuple[int, int]:
    word, a, sign, b, number = found.groups()
    if number is not None:
        return 0, int(number)
    if word:
        return 2, 1 if word.lower() == "odd" else 0
    return int(a + "1" if a in {"", "+", "-"} else a), int(f"{sign}{b}") if b else 0
