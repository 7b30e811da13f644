"""One pass over a page, tag by tag, that knows which elements are open.

Theory of operation. The tree construction of the HTML standard is not linear: a page of 59 KB can make it build 6 GB of elements, and one of
a megabyte nested without end keep it busy for minutes. What a person sees needs no tree, only what stands around a tag, so this keeps the
list of open elements, 512 at most (as browsers do), and looks back over a bounded number of them where an end tag does not fit. Elements inside
of lines are not even listed unless they hide something. The text between tags is kept as a list of pieces; a link, a heading or a label is a
range of that list.

Bytes are scanned as they come, with possessive quantifiers only; content that is not markup (script, style, noscript, svg, template) is jumped
over. A tag is looked up by its very bytes in a bounded table of tags that were read before.
"""

import re
from collections.abc import Callable
from typing import Final

from trafficflou.http._markup import TAG_REST, end_of_comment, end_of_raw_text
from trafficflou.http._page_elements import OpenElements
from trafficflou.http._page_forms import FormCollector
from trafficflou.http._page_links import LinkCollector
from trafficflou.http._page_tag import COMMENT, CUT_OFF, DECLARATION, KNOWN_TAGS, Tag, known_tag
from trafficflou.http._page_text import PageText, clean, decoded
from trafficflou.http._page_veil import HIDDEN, UNREACHABLE

__all__ = ["PageWalk"]

_MOST_HEADINGS: Final = 40
_LONGEST_TITLE_BYTES: Final = 4096

_TOKEN: Final = re.compile(rb"<(?:!--|(/?)([A-Za-z][^\s/>]*+)" + TAG_REST + rb"|[!?/][^>]*+>?)")
_SVG_TITLE: Final = re.compile(rb"<title[^<>]*+>([^<]*+)")
# A control that is no field of text, and what it is.
_NO_FIELDS: Final = frozenset({"button", "reset"})
_INPUT_KINDS: Final = frozenset(
    {"checkbox", "color", "date", "datetime-local", "email", "file", "hidden", "image", "month", "number", "password", "radio", "range", "search",
     "submit", "tel", "text", "time", "url", "week"}
)  # fmt: skip


class PageWalk:
    """The state of one pass.

    Attributes:
        base: The first `<base href>`.
        forms: The forms that were found.
        headings: Where in the text each heading begins and ends.
        is_complete: Nothing but links and forms was left out.
        links: The links that were found.
        text: The text that is seen.
        title: The page's title.
    """

    __slots__ = (
        "_begin_actions",
        "_elements",
        "_end_actions",
        "_endless",
        "_heading",
        "_option_runs",
        "_page",
        "base",
        "forms",
        "headings",
        "is_complete",
        "links",
        "text",
        "title",
    )

    def __init__(self, page: bytes) -> None:
        """Take a page in UTF-8."""
        self.base: str | None = None
        self.forms = FormCollector()
        self.headings: list[tuple[int, int]] = []
        self.is_complete = True
        self.links = LinkCollector()
        self.text = PageText()
        self.title: str | None = None
        self._page = page
        self._elements = OpenElements(self.text)
        self._endless: set[str] = set()
        self._heading: int | None = None
        # Where the text of a select's options goes, which is none of the page's.
        self._option_runs: list[bytes] | None = None
        self._begin_actions: dict[str, Callable[[Tag, int], None]] = {
            "a": self._begin_link,
            "area": self._area,
            "base": self._base,
            "button": self._begin_button,
            "form": self._begin_form,
            "h1": self._begin_heading,
            "h2": self._begin_heading,
            "h3": self._begin_heading,
            "img": self._img,
            "input": self._input,
            "label": self.forms.begin_label,
            "legend": self._begin_legend,
            "optgroup": self._begin_option_group,
            "option": self._begin_option,
            "select": self._begin_select,
        }
        self._end_actions: dict[str, Callable[[int], None]] = {
            "a": self.links.end,
            "button": self.forms.end_button,
            "form": self._end_form,
            "h1": self._end_heading,
            "h2": self._end_heading,
            "h3": self._end_heading,
            "label": self.forms.end_label,
            "legend": self.forms.end_legend,
            "optgroup": self._end_option_group,
            "option": self._end_option,
            "select": self._end_select,
        }

    def run(self) -> None:
        """Walk to the end of the page."""
        page, elements = self._page, self._elements
        search, known = _TOKEN.search, KNOWN_TAGS
        text_begin = position = 0
        while (match := search(page, position)) is not None:
            start = match.start()
            raw = match[0]
            position = start + len(raw)
            tag = known.get(raw) or _tag_of(match)
            if tag.is_glue:
                continue
            if start > text_begin and not (text := page[text_begin:start]).isspace():
                self._add_text(text)
            if tag.is_raw:
                position = self._jump_over(tag, position)
                if position < 0:
                    break
            elif not tag.is_idle or elements.region.veil:
                self._take(tag)
            text_begin = position
        else:
            self._add_text(page[text_begin:].strip())
        at = len(self.text.runs)
        for finish in self._end_actions.values():
            finish(at)

    def _add_text(self, text: bytes) -> None:
        veil = self._elements.region.veil
        if self._option_runs is not None:
            self._option_runs.append(text)
        elif text and not veil & HIDDEN:
            self.text.add(text, veil)

    def _take(self, tag: Tag) -> None:
        """Take a tag that means something here."""
        action, elements = tag.action, self._elements
        is_held = tag.is_block or (elements.region.veil != 0 and not tag.is_void)
        if tag.is_end:
            if action and (end_action := self._end_actions.get(action)) is not None:
                end_action(len(self.text.runs))
            if is_held:
                elements.end(tag)
            return
        if is_held or (tag.is_marked and not tag.is_void):
            elements.begin(tag)
        if action:
            self._begin_actions[action](tag, len(self.text.runs))

    def _jump_over(self, tag: Tag, position: int) -> int:
        """Go over what is no markup; return where to go on, -1 where it reaches to the end of the page."""
        page, name = self._page, tag.name
        if tag is COMMENT:
            return end_of_comment(page, position)
        if tag is CUT_OFF:
            return -1
        if name in self._endless:
            return position
        end, inside_end_tag = end_of_raw_text(page, name.encode(), position)
        if end >= 0:
            self._take_content(tag, position, end)
            return page.find(b">", inside_end_tag) + 1 or -1
        self._endless.add(name)
        if name in {"svg", "math"}:
            # Any element of HTML ends these; they are then taken as empty.
            return position
        self._take_content(tag, position, len(page))
        return -1

    def _take_content(self, tag: Tag, begin: int, end: int) -> None:
        page, name = self._page, tag.name
        if name == "title":
            if self.title is None:
                self.title = clean(decoded(page[begin : min(end, begin + _LONGEST_TITLE_BYTES)]))
        elif name == "textarea":
            control = self.forms.control(tag, name, len(self.text.runs), self._elements.region)
            if control is not None:
                control.content = page[begin:end]
        elif name == "svg" and (title := _SVG_TITLE.search(page, begin, end)):
            self.links.picture(clean(decoded(title[1])))

    def _begin_link(self, tag: Tag, at: int) -> None:
        region = self._elements.region
        if region.veil & UNREACHABLE:
            self.links.end(at)
        else:
            self.links.begin(tag, at, region.place, self._elements.card)

    def _area(self, tag: Tag, at: int) -> None:
        if not self._elements.region.veil & UNREACHABLE:
            self.links.area(tag, at, self._elements.region.place)

    def _img(self, tag: Tag, _: int) -> None:
        if not self._elements.region.veil & HIDDEN:
            self.links.picture(tag.attributes.get("alt", ""))

    def _base(self, tag: Tag, _: int) -> None:
        reference = tag.attributes.get("href", "").strip()
        if self.base is None and reference:
            self.base = reference

    def _begin_heading(self, tag: Tag, at: int) -> None:
        self._end_heading(at)
        if not (tag.veil | self._elements.region.veil) & UNREACHABLE:
            self._heading = at

    def _end_heading(self, at: int) -> None:
        if self._heading is None:
            return
        if len(self.headings) >= _MOST_HEADINGS:
            self.is_complete = False
        elif at > self._heading:
            self.headings.append((self._heading, at))
        self._heading = None

    def _begin_form(self, tag: Tag, at: int) -> None:
        self._end_select(at)
        self.forms.begin_form(tag, at, self._elements.region)

    def _end_form(self, at: int) -> None:
        self._end_select(at)
        self.forms.end_form(at)

    def _input(self, tag: Tag, at: int) -> None:
        kind = tag.attributes.get("type", "").strip().lower()
        if kind in _NO_FIELDS:
            return
        self._end_select(at)
        self.forms.control(tag, kind if kind in _INPUT_KINDS else "text", at, self._elements.region)

    def _begin_button(self, tag: Tag, at: int) -> None:
        self.forms.begin_button(tag, at, self._elements.region)

    def _begin_legend(self, _: Tag, at: int) -> None:
        self.forms.begin_legend(at, self._elements.region)

    def _begin_select(self, tag: Tag, at: int) -> None:
        if self._option_runs is not None:
            # One inside of another only ends it.
            self._end_select(at)
            return
        self._option_runs = self.forms.begin_select(tag, at, self._elements.region)

    def _end_select(self, _: int) -> None:
        self.forms.end_select()
        self._option_runs = None

    def _begin_option_group(self, tag: Tag, _: int) -> None:
        self.forms.begin_option_group(tag)

    def _end_option_group(self, _: int) -> None:
        self.forms.end_option_group()

    def _begin_option(self, tag: Tag, _: int) -> None:
        self.forms.begin_option(tag)

    def _end_option(self, _: int) -> None:
        self.forms.end_option()


def _tag_of(match: re.Match[bytes]) -> Tag:
    slash, name, closing = match.groups()
    raw: bytes = match[0]
    if name is None:
        if raw == b"<!--":
            return COMMENT
        return DECLARATION if raw.endswith(b">") else CUT_OFF
    return known_tag(name, raw, is_end=bool(slash)) if closing else CUT_OFF
