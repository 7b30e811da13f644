"""The walk over a page that finds what a selector means; its theory of operation stands in `http/selector.py`."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from trafficflou.http._markup import TAG_REST, by_bytes, end_of_comment, end_of_raw_text, read_attributes
from trafficflou.http._page_elements import ENDED_BY, FARTHEST_LOOK_BACK, MOST_OPEN_ELEMENTS
from trafficflou.http._page_tag import VOID_ELEMENTS
from trafficflou.http._page_text import decoded

__all__ = ["MAX_FOUND", "AttributeTest", "Compound", "Search"]

MAX_FOUND: Final = 10_000
"""Elements that are found at most."""

_TOKEN: Final = re.compile(rb"<(?:!--|(/?)([A-Za-z][^\s/>]*+)" + TAG_REST + rb"|[!?/][^>]*+>?)")
_RAW: Final = frozenset(
    {"iframe", "noembed", "noframes", "noscript", "script", "style", "template", "textarea", "title", "xmp"}
)
_FOREIGN: Final = frozenset({"math", "svg"})
_ENDS_PARAGRAPHS: Final = frozenset(
    {"address", "article", "aside", "blockquote", "div", "dl", "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
     "main", "menu", "nav", "ol", "p", "pre", "section", "table", "ul"}
)  # fmt: skip
_IN_WORDS: Final = frozenset(
    {"abbr", "b", "bdi", "bdo", "big", "em", "font", "i", "mark", "small", "strong", "sub", "sup", "tt", "u", "wbr"}
)  # fmt: skip
"""Elements that stand inside of words: "<b>B</b>asket" is one word."""

_LONGEST_TEXT_BYTES: Final = 4096
_LONGEST_KNOWN_TAG_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """What an attribute must be.

    Attributes:
        name: In lower case.
        operator: `=`, `~=`, `|=`, `^=`, `$=`, `*=`; empty where it only has to be there.
        value: What it is compared with.
        ignores_case: It is compared without case.
    """

    name: str
    operator: str
    value: str
    ignores_case: bool = False

    def holds(self, attributes: dict[str, str]) -> bool:
        """Whether an element with these attributes passes."""
        found = attributes.get(self.name)
        if found is None or not self.operator:
            return found is not None
        wanted = self.value
        if self.ignores_case:
            found, wanted = found.casefold(), wanted.casefold()
        if self.operator == "=":
            return found == wanted
        if self.operator == "|=":
            return found == wanted or found.startswith(wanted + "-")
        if not wanted or (self.operator == "~=" and " " in wanted):
            return False
        tests = {
            "~=": wanted in found.split(),
            "^=": found.startswith(wanted),
            "$=": found.endswith(wanted),
            "*=": wanted in found,
        }
        return tests[self.operator]


@dataclass(slots=True)
class Compound:
    """What one element must be.

    Attributes:
        combinator: How it stands to the compound before it: blank, `>`, `+`, `~`; empty for the first of a row.
        name: The element's name; empty for any.
        tests: Of its attributes.
        nth: `(a, b)` of `:nth-child(an+b)`, each of which must hold.
        excluded: What it must not be.
    """

    combinator: str
    name: str = ""
    tests: list[AttributeTest] = field(default_factory=list)
    nth: list[tuple[int, int]] = field(default_factory=list)
    excluded: "list[Compound]" = field(default_factory=list)

    def holds(self, name: str, attributes: dict[str, str], number: int) -> bool:
        """Whether an element of this name, which is so many-th among its siblings, is one."""
        return (
            self.name in {"", name}
            and all(test.holds(attributes) for test in self.tests)
            and all(_is_nth(number, a, b) for a, b in self.nth)
            and not any(other.holds(name, attributes, number) for other in self.excluded)
        )

    @property
    def is_flat(self) -> bool:
        """Whether it looks at one element alone, and not at where that stands."""
        return not self.combinator and not self.nth and all(other.is_flat for other in self.excluded)

    def attribute_names(self) -> set[str]:
        """Return the attributes that have to be read."""
        return {test.name for test in self.tests}.union(*(other.attribute_names() for other in self.excluded))


def _is_nth(number: int, a: int, b: int) -> bool:
    return number == b if a == 0 else (number - b) % a == 0 and (number - b) // a >= 0


class _Match:
    """An element that was found: its text as a range of runs, or the value of an attribute."""

    __slots__ = ("begin", "end", "value")

    def __init__(self, begin: int, value: str | None) -> None:
        self.begin = begin
        self.end = begin
        self.value = value


class _Frame:
    """An open element: compounds that end at it, at it or above, and at its children so far, as bits."""

    __slots__ = ("above", "children", "is_foreign", "last_child", "match", "name", "own", "sibling")

    def __init__(self, name: str, own: int, above: int, match: _Match | None, *, is_foreign: bool) -> None:
        self.name = name
        self.own = own
        self.above = above
        self.match = match
        self.is_foreign = is_foreign
        self.children = 0
        self.last_child = 0
        self.sibling = 0


class Search:
    """One pass over a page."""

    __slots__ = (
        "_any_name",
        "_attribute",
        "_breaks_word",
        "_compounds",
        "_ends",
        "_found",
        "_names",
        "_overflow",
        "_places",
        "_runs",
        "_stack",
    )

    def __init__(self, compounds: list[Compound], ends: int, names: frozenset[str], attribute: str) -> None:
        self._compounds = compounds
        self._ends = ends
        self._names = names
        # The compounds that an element of some name, or of any other, may match.
        self._any_name = [at for at, compound in enumerate(compounds) if not compound.name]
        self._places = {
            name: [at for at, compound in enumerate(compounds) if compound.name in {"", name}]
            for name in {compound.name for compound in compounds}
        }
        self._attribute = attribute
        self._found: list[_Match] = []
        self._stack = [_Frame("", 0, 0, None, is_foreign=False)]
        self._overflow = 0
        self._runs: list[bytes] = []
        self._breaks_word = False

    def run(self, page: bytes) -> list[_Match]:
        """Walk to the end of a page in UTF-8; returns what was found, in document order."""
        position, search = 0, _TOKEN.search
        while (token := search(page, position)) is not None and len(self._found) < MAX_FOUND:
            if token.start() > position:
                self._add_text(page[position : token.start()])
            position = token.end()
            slash, raw_name, closing = token.groups()
            if raw_name is None:
                position = _after_no_tag(token, page)
                continue
            if not closing:
                break
            name = _name_of(raw_name)
            self._breaks_word |= name not in _IN_WORDS
            if slash:
                self._end(name)
            else:
                position = self._begin(name, token[0], page, position)
        else:
            self._add_text(page[position:])
        self._cut(0)
        return self._found

    def run_flat(self, page: bytes) -> list[_Match]:
        """As `run`, but no element is kept open: for selectors without combinators and `:nth-child`, where no text is wanted."""
        position, search, top = 0, _TOKEN.search, self._stack[0]
        while (token := search(page, position)) is not None and len(self._found) < MAX_FOUND:
            position = token.end()
            slash, raw_name, closing = token.groups()
            if raw_name is None:
                position = _after_no_tag(token, page)
                continue
            if not closing:
                break
            name = _name_of(raw_name)
            if slash:
                continue
            if (self._any_name or name in self._places) and self._own_bits(name, token[0], top) & self._ends:
                self._note(token[0], name)
            if name in _RAW:
                position = self._take_raw(name, None, page, position)
        return self._found

    def text_of(self, match: _Match) -> str:
        """Return the text of an element that was found, white space collapsed; of a long one the beginning."""
        pieces: list[bytes] = []
        room_bytes = _LONGEST_TEXT_BYTES
        for at in range(match.begin, match.end):
            run = self._runs[at]
            pieces.append(run[:room_bytes])
            room_bytes -= len(run)
            if room_bytes <= 0:
                break
        return " ".join(decoded(b"".join(pieces), is_cut=room_bytes < 0).split())

    def _add_text(self, text: bytes) -> None:
        self._runs.append(b" " + text if self._breaks_word else text)
        self._breaks_word = False

    def _begin(self, name: str, tag: bytes, page: bytes, position: int) -> int:
        """Take a start tag; returns where to go on."""
        if name in ENDED_BY:
            self._cut_nearest(*ENDED_BY[name])
        elif name in _ENDS_PARAGRAPHS and self._stack[-1].name == "p":
            self._cut(len(self._stack) - 1)
        parent = self._stack[-1]
        own = self._own_bits(name, tag, parent)
        parent.last_child = own
        parent.sibling |= own
        match = self._note(tag, name) if own & self._ends else None
        if name in _RAW:
            return self._take_raw(name, match, page, position)
        if name in VOID_ELEMENTS or (parent.is_foreign and tag.endswith(b"/>")):
            return position
        if len(self._stack) > MOST_OPEN_ELEMENTS:
            self._overflow += 1
            return position
        is_foreign = parent.is_foreign or name in _FOREIGN
        self._stack.append(_Frame(name, own, parent.above | own, match, is_foreign=is_foreign))
        return position

    def _own_bits(self, name: str, tag: bytes, parent: _Frame) -> int:
        parent.children += 1
        attributes: dict[str, str] | None = None
        own = 0
        for at in self._places.get(name, self._any_name):
            compound = self._compounds[at]
            if compound.combinator and not _before(parent, compound.combinator) >> (at - 1) & 1:
                continue
            if attributes is None:
                attributes = _attributes_of(tag, len(name) + 1, self._names)
            if compound.holds(name, attributes, parent.children):
                own |= 1 << at
        return own

    def _note(self, tag: bytes, name: str) -> _Match:
        value = None
        if self._attribute:
            value = _attributes_of(tag, len(name) + 1, self._names).get(self._attribute)
        match = _Match(len(self._runs), value)
        self._found.append(match)
        return match

    def _take_raw(self, name: str, match: _Match | None, page: bytes, position: int) -> int:
        """Jump over what is not markup; it is the text of that element only."""
        start, end = end_of_raw_text(page, name.encode(), position)
        content = page[position:] if start < 0 else page[position:start]
        if match is not None:
            match.begin = len(self._runs)
            self._runs.append(content)
            match.end = len(self._runs)
        if end < 0:
            return len(page)
        close = page.find(b">", end)
        return len(page) if close < 0 else close + 1

    def _end(self, name: str) -> None:
        if name in VOID_ELEMENTS:
            return
        if self._overflow:
            self._overflow -= 1
            return
        self._cut_nearest(frozenset((name,)), frozenset())

    def _cut_nearest(self, names: frozenset[str], barrier: frozenset[str]) -> None:
        stack = self._stack
        for index in range(len(stack) - 1, max(0, len(stack) - 1 - FARTHEST_LOOK_BACK), -1):
            name = stack[index].name
            if name in names:
                self._cut(index)
                return
            if name in barrier:
                return

    def _cut(self, index: int) -> None:
        while len(self._stack) > index:
            match = self._stack.pop().match
            if match is not None:
                match.end = len(self._runs)


@lru_cache(maxsize=1024)
def _name_of(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


def _attributes_of(tag: bytes, position: int, names: frozenset[str]) -> dict[str, str]:
    if not names:
        return {}
    if len(tag) > _LONGEST_KNOWN_TAG_BYTES:
        return read_attributes(tag, position, "utf-8", by_bytes(*names))
    return _known_attributes(tag, position, names)


@lru_cache(maxsize=4096)
def _known_attributes(tag: bytes, position: int, names: frozenset[str]) -> dict[str, str]:
    """Remember tags, because the pages of a site repeat theirs."""
    return read_attributes(tag, position, "utf-8", by_bytes(*names))


def _after_no_tag(token: re.Match[bytes], page: bytes) -> int:
    """Return where to go on after a comment, a doctype or a tag that is none."""
    if token[0] != b"<!--":
        return token.end()
    end = end_of_comment(page, token.end())
    return len(page) if end < 0 else end


def _before(parent: _Frame, combinator: str) -> int:
    if combinator == " ":
        return parent.above
    if combinator == ">":
        return parent.own
    return parent.last_child if combinator == "+" else parent.sibling
