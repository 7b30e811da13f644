"""What a person sees of a page: its title, its headings, what can be clicked, what can be filled in.

These are values and nothing else; `http.page_reader` makes them. They are compared by identity, so that whoever prepares something for a page
can keep it by the page: equal documents are one shared object.
"""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["EMPTY_PAGE", "Form", "FormField", "Link", "PageContent", "Place"]

Place = Literal["header", "navigation", "main", "aside", "footer", "unknown"]
"""Where on a page something stands, by its nearest landmark (HTML's sections, ARIA roles)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something that can be clicked and leads to a page of the target.

    Attributes:
        path: Path and query on the target's own origin, without fragment, as it would be requested.
        text: The words that one sees, or the alternative text of its picture; at most 200 characters.
        title: Its tooltip or label, where it says more; at most 200 characters.
        place: Where it stands.
        price: A price that stands in or beside it, in the page's own currency; `None` without one.
    """

    path: str
    text: str = ""
    title: str = ""
    place: Place = "unknown"
    price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field of a form.

    Attributes:
        name: As it is sent; fields without a name are left out.
        kind: `text`, `email`, `hidden`, `select`, `select-multiple`, `textarea`, `checkbox`, `radio`, `submit`, `image`, `password`, `number`... in lower
            case; `button` for a button that is not the form's first where that has no name. What is not seen (a trap for robots) is `hidden`.
        label: The words beside it.
        value: What stands in it already.
        options: Values and labels to choose from, of a `select` or of radio buttons of one name.
        is_required: It must be filled in.
        is_checked: A box that is ticked already.
        max_length: Most characters; `None` for any number.
    """

    name: str
    kind: str = "text"
    label: str = ""
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_required: bool = False
    is_checked: bool = False
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that leads to the target's own origin.

    Attributes:
        path: Where it is sent: path and query, without fragment.
        method: How.
        encoding: How a POST body is written.
        fields: Its fields in document order, buttons with a name among them (kind `submit`).
        text: The words of its first button; else its legend, heading or label.
        place: Where it stands.
    """

    path: str
    method: Literal["GET", "POST"] = "GET"
    encoding: Literal["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"] = (
        "application/x-www-form-urlencoded"
    )
    fields: tuple[FormField, ...] = ()
    text: str = ""
    place: Place = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageContent:
    """A page as a person sees it; everything is bounded, cleaned of control characters, and not to be trusted.

    Attributes:
        title: Its title.
        headings: The texts of its headings, in document order.
        links: What can be clicked, in document order, each path and text once; links to other origins are left out.
        forms: What can be filled in.
        foreign_links: How many links lead to other origins.
        is_complete: Nothing was left out because of a bound.
    """

    title: str = ""
    headings: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    foreign_links: int = 0
    is_complete: bool = True


EMPTY_PAGE: Final = PageContent()
"""Of a response that is no HTML."""
