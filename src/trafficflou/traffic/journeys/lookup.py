"""Finds the link or the form that an author means on a live page.

An author says it as a person would ("Garden", "Add to basket"), by where it leads (`/product/*`), by a regular expression, or by a function. Of
several that fit one is drawn, so that `v.click("/product/*")` is "some product". What is drawn without being named is left alone where it would
log out, delete or pay: a pattern over a page must not find such a thing by chance.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from random import Random
from typing import Final

from trafficflou.http import Form, Link, PageContent
from trafficflou.traffic.form_policy import FormPolicy
from trafficflou.traffic.form_purpose import FormPurpose, purpose_of
from trafficflou.traffic.journeys.mistake import JourneyError, list_names, near_names

__all__ = ["FormWanted", "LinkWanted", "find_form", "find_link"]

LinkWanted = str | re.Pattern[str] | Callable[[Link], bool]
"""A text, a path or a pattern of paths that begins with `/`, a regular expression for either, or a test."""

FormWanted = str | re.Pattern[str] | Callable[[Form], bool] | None
"""The text of a button, where it is sent, what it is for (`search`), a regular expression or a test; `None` for the only one."""

Pressed = dict[str, str]
"""Name and value of the button that is pressed; empty for the one that a browser would press."""

_BUTTONS: Final = frozenset({"button", "image", "submit"})


def find_link(content: PageContent, wanted: LinkWanted, policy: FormPolicy, rng: Random) -> Link:
    """Find a link.

    Args:
        content: The page.
        wanted: What the author said.
        policy: What may be followed without being named.
        rng: The visitor's own generator; draws where several fit.

    Raises:
        JourneyError: There is none; the message names those there are.
    """
    links = content.links
    if isinstance(wanted, str | re.Pattern):
        found, fitting = _known_links(content, wanted, policy)
    else:
        found, fitting = _links(content, wanted, policy)
    if found:
        return rng.choice(found)
    raise _no(
        "link",
        wanted,
        fitting,
        [link.path if _means_path(wanted) else link.text or link.title for link in links],
    )


def _links(
    content: PageContent, wanted: LinkWanted, policy: FormPolicy
) -> tuple[Sequence[Link], Sequence[Link]]:
    """Return the links that may be drawn, and all that fit."""
    links = content.links
    if isinstance(wanted, str) and not wanted.startswith("/"):
        folded = wanted.casefold()
        named = [link for link in links if folded in {link.text.casefold(), link.title.casefold()}]
        if named:
            return _by_path(named), named
    fitting = [link for link in links if _fits_link(link, wanted)]
    return _by_path(fitting if _is_whole_path(wanted) else filter(policy.allows_link, fitting)), fitting


# Equal pages are one object, so what was found on one is found again without looking. Few are kept, since each may hold a megabyte.
_known_links = lru_cache(maxsize=64)(_links)


def find_form(
    content: PageContent, wanted: FormWanted, policy: FormPolicy, rng: Random
) -> tuple[Form, Pressed]:
    """Find a form.

    Args:
        content: The page.
        wanted: What the author said; `None` means the only form that is no search, or the only one.
        policy: What may be sent without being named.
        rng: The visitor's own generator; draws where several fit.

    Returns:
        The form, and the button that was meant.

    Raises:
        JourneyError: There is none, or none was named and there are several; the message names those there are.
    """
    forms = content.forms
    if wanted is None:
        return _only_form(forms), {}
    if isinstance(wanted, str) and not wanted.startswith("/"):
        named = [form for form in forms if _button_of(form, wanted, is_whole=True) is not None]
        if named:
            form = rng.choice(named)
            return form, _button_of(form, wanted, is_whole=True) or {}
    fitting = [form for form in forms if _fits_form(form, wanted)]
    found = fitting if _is_whole_path(wanted) else list(filter(policy.allows_form, fitting))
    if not found:
        names = [form.path if _means_path(wanted) else _form_name(form) for form in forms]
        raise _no("form", wanted, fitting, names)
    form = rng.choice(found)
    return form, (_button_of(form, wanted, is_whole=False) or {}) if isinstance(wanted, str) else {}


def _no(
    noun: str, wanted: LinkWanted | FormWanted, fitting: Sequence[object], names: Iterable[str]
) -> JourneyError:
    if fitting:
        return JourneyError(
            f"the {noun} {_shown(wanted)} is left alone, because it would log out, delete, pay or the like; "
            "write its whole text, or allow it with --allow-destructive"
        )
    known = [name for name in names if name]
    near = near_names(wanted, known) if isinstance(wanted, str) else ""
    there_is = f"there are: {list_names(known)}" if known else f"there is no {noun} at all"
    return JourneyError(f"no {noun} {_shown(wanted)}{near or ';'} {there_is}")


def _shown(wanted: LinkWanted | FormWanted) -> str:
    if isinstance(wanted, str):
        return f'"{wanted}"'
    return f"/{wanted.pattern}/" if isinstance(wanted, re.Pattern) else "that passes the test"


def _by_path(links: Iterable[Link]) -> list[Link]:
    """Keep one link of each path: a picture and a title that lead to one product are one way."""
    return list({link.path: link for link in reversed(list(links))}.values())[::-1]


def _means_path(wanted: LinkWanted | FormWanted) -> bool:
    return isinstance(wanted, str) and wanted.startswith("/")


def _is_whole_path(wanted: LinkWanted | FormWanted) -> bool:
    return isinstance(wanted, str) and wanted.startswith("/") and "*" not in wanted


def _fits_link(link: Link, wanted: LinkWanted) -> bool:
    if isinstance(wanted, re.Pattern):
        return wanted.search(link.text) is not None or wanted.search(link.path) is not None
    if not isinstance(wanted, str):
        return bool(wanted(link))
    if wanted.startswith("/"):
        return _fits_path(link.path, wanted)
    return wanted.casefold() in link.text.casefold() or wanted.casefold() in link.title.casefold()


def _fits_form(form: Form, wanted: str | re.Pattern[str] | Callable[[Form], bool]) -> bool:
    if isinstance(wanted, re.Pattern):
        return wanted.search(form.text) is not None or wanted.search(form.path) is not None
    if not isinstance(wanted, str):
        return bool(wanted(form))
    if wanted.startswith("/"):
        return _fits_path(form.path, wanted)
    if _button_of(form, wanted, is_whole=False) is not None:
        return True
    return wanted in set(FormPurpose) and purpose_of(form) == wanted


def _fits_path(path: str, wanted: str) -> bool:
    """Compare with a path or a pattern; a query counts where the author wrote one."""
    return wanted in {path, path.partition("?")[0]} or _pattern_of(wanted).fullmatch(path) is not None


@lru_cache(maxsize=512)
def _pattern_of(wanted: str) -> re.Pattern[str]:
    """Return the expression of a pattern such as `/product/*`: `*` stays within a segment, `**` does not.

    What stands between two stars is found where it comes first and never looked for again (as in `fnmatch.translate`), so that no address can make it
    slow.
    """
    first, *rest = re.split(r"(\*\*?)", wanted)
    expression = re.escape(first)
    for star, literal in zip(rest[::2], rest[1::2], strict=True):
        skipped = "[^/?]*" if star == "*" else "[^?]*"
        is_last = literal is rest[-1]
        expression += f"{skipped}{re.escape(literal)}" if is_last else f"(?>{skipped}?{re.escape(literal)})"
    return re.compile(expression if "?" in wanted else rf"{expression}(?:\?.*)?", re.DOTALL)


def _button_of(form: Form, wanted: str, *, is_whole: bool) -> Pressed | None:
    """Return the name and value of the button that says this; nothing where it has no name, `None` where none says it."""
    wanted = wanted.casefold()
    for field in form.fields:
        if field.kind in _BUTTONS:
            said = (field.label or field.value).casefold()
            if wanted == said if is_whole else wanted in said:
                return {field.name: field.value}
    said = form.text.casefold()
    return {} if (wanted == said if is_whole else wanted in said) else None


def _form_name(form: Form) -> str:
    return form.text or form.path


def _only_form(forms: Sequence[Form]) -> Form:
    found = [form for form in forms if purpose_of(form) is not FormPurpose.SEARCH] or list(forms)
    if len(found) == 1:
        return found[0]
    if not found:
        raise JourneyError("there is no form on this page")
    raise JourneyError(f"there are {len(found)} forms; say which: {list_names(map(_form_name, found))}")
