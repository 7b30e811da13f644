"""What an author of a journey sees of a page."""

import json
import re
from html import unescape
from typing import Any, Final, overload

from trafficflou.http import EMPTY_PAGE, Form, Link, PageContent, Selector, SelectorError
from trafficflou.traffic.journeys.json_path import find_in_json
from trafficflou.traffic.journeys.mistake import JourneyError
from trafficflou.traffic.strategy import Page

__all__ = ["JourneyPage"]

_MISSING: Final[Any] = object()


class JourneyPage:
    """A page, or any other document, that a visitor received."""

    __slots__ = ("_json", "_page", "_text")

    def __init__(self, page: Page) -> None:
        """Take what the engine says."""
        self._page = page
        self._text: str | None = None
        self._json: Any = _MISSING

    @property
    def status(self) -> int:
        """HTTP status after redirects; 0 where no response came."""
        return self._page.status

    @property
    def failure(self) -> str:
        """Why there is no usable document, such as `timeout`; empty where there is one."""
        return self._page.failure

    @property
    def is_ok(self) -> bool:
        """Whether a document came, with a status below 400."""
        return self._page.is_ok

    @property
    def path(self) -> str:
        """Path and query at which redirects ended."""
        return self._page.final_path

    @property
    def name(self) -> str:
        """The name under which it is measured."""
        return self._page.template

    @property
    def load_s(self) -> float:
        """Seconds from the click to the last file of the page."""
        return self._page.load_s

    @property
    def response_s(self) -> float:
        """Seconds from the click to the end of the document."""
        return self._page.response_s

    @property
    def body(self) -> bytes:
        """The document, decoded; empty where the journey reads no pages."""
        return self._page.body or b""

    @property
    def text(self) -> str:
        """The document as text, markup and all."""
        if self._text is None:
            self._text = self.body.decode("utf-8", "replace")
        return self._text

    @property
    def content(self) -> PageContent:
        """What a person sees of it; nothing where it is no page."""
        return self._page.content or EMPTY_PAGE

    @property
    def title(self) -> str:
        """The title of the page."""
        return self.content.title

    @property
    def headings(self) -> tuple[str, ...]:
        """The texts of its headings."""
        return self.content.headings

    @property
    def links(self) -> tuple[Link, ...]:
        """What can be clicked and leads to the same site."""
        return self.content.links

    @property
    def forms(self) -> tuple[Form, ...]:
        """What can be filled in and is sent to the same site."""
        return self.content.forms

    def has(self, wanted: str | re.Pattern[str]) -> bool:
        """Whether a text stands in the document, as it is written there or as one reads it, or an expression matches in it."""
        if not isinstance(wanted, str):
            return wanted.search(self.text) is not None
        return wanted in self.text or ("&" in self.text and wanted in unescape(self.text))

    def count(self, selector: str) -> int:
        """Return how many elements a CSS selector finds.

        Raises:
            JourneyError: It is no selector that is understood.
        """
        return _selector(selector).count(self.body)

    def css(self, selector: str, attribute: str = "") -> list[str]:
        """Return the texts of the elements that a CSS selector finds, or the values of an attribute of theirs.

        Raises:
            JourneyError: It is no selector that is understood.
        """
        return _selector(selector).find(self.body, attribute=attribute)

    def first(self, selector: str, attribute: str = "") -> str:
        """Return the text of the first element that a CSS selector finds, or an attribute of it.

        Raises:
            JourneyError: There is none, or it is no selector that is understood.
        """
        found = _selector(selector).find(self.body, attribute=attribute, limit=1)
        if not found:
            what = f"{attribute} of {selector}" if attribute else selector
            raise JourneyError(f"there is no {what} on {self._described()}")
        return found[0]

    @overload
    def extract(self, pattern: str | re.Pattern[str]) -> str: ...
    @overload
    def extract(self, pattern: str | re.Pattern[str], default: str) -> str: ...
    @overload
    def extract(self, pattern: str | re.Pattern[str], default: None) -> str | None: ...
    def extract(self, pattern: str | re.Pattern[str], default: str | None = _MISSING) -> str | None:
        """Return what a regular expression finds first in the document: its first group, or all of it where it has none.

        Args:
            pattern: The expression.
            default: Returned where nothing is found.

        Raises:
            JourneyError: Nothing is found, and there is no default.
        """
        found = re.search(pattern, self.text)
        if found is not None:
            return found[1] if found.re.groups else found[0]
        if default is _MISSING:
            shown = pattern if isinstance(pattern, str) else pattern.pattern
            raise JourneyError(f"nothing on {self._described()} matches {shown[:100]!r}")
        return default

    def extract_all(self, pattern: str | re.Pattern[str]) -> list[str]:
        """Return all that a regular expression finds: its first group, or all of it where it has none."""
        return [found[1] if found.re.groups else found[0] for found in re.finditer(pattern, self.text)]

    def json(self, path: str = "") -> Any:
        """Return the document as JSON, or the value at a path in it (`items[0].id`, `items[*].id`).

        Raises:
            JourneyError: It is no JSON, or has nothing there.
        """
        if self._json is _MISSING:
            try:
                self._json = json.loads(self.body)
            except (ValueError, RecursionError) as error:
                raise JourneyError(f"{self._described()} is no JSON: {error}") from error
        return find_in_json(self._json, path) if path else self._json

    def expect(self, condition: object, message: str = "") -> None:
        """End the session with an error unless something holds.

        Args:
            condition: A text that must stand in the document, an expression that must match, or anything that must be true.
            message: What was expected.

        Raises:
            JourneyError: It does not hold.
        """
        is_met = self.has(condition) if isinstance(condition, str | re.Pattern) else bool(condition)
        if is_met:
            return
        wanted = message or (f'"{condition}"' if isinstance(condition, str) else "")
        if isinstance(condition, re.Pattern):
            wanted = message or repr(condition.pattern)
        raise JourneyError(f"{self._described()} is not as expected" + (f": {wanted}" if wanted else ""))

    def _described(self) -> str:
        title = f' ("{self.title[:60]}")' if self.title else ""
        return f"{self.name}{title}"

    def __repr__(self) -> str:
        return f"<JourneyPage {self.path} {self.status}>"


def _selector(text: str) -> Selector:
    try:
        return Selector.parse(text)
    except SelectorError as error:
        raise JourneyError(str(error)) from error
