"""Which forms visitors may send and which links they may follow: what changes something on the site needs its owner's word.

Searching changes nothing, so a form that is sent with GET and searches is always allowed. Everything else is allowed by purpose
(`allow_forms`); words that end a session, destroy something or cost real money are left alone unless they are named
(`allow_destructive`), wherever they stand: in a link, a button, an address. A link that changes something (`?add-to-cart=12`, one with a
token against forgery) counts as a form.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trafficflou.http import Form, Link
from trafficflou.security import Harm, address_names, fold_text, harms_of_form, harms_of_link, harms_of_words
from trafficflou.traffic.form_purpose import FormPurpose, purpose_of

__all__ = ["ALL_FORMS", "FormPolicy", "FormPurpose", "deed_of", "purpose_of"]

ALL_FORMS = "all"

_CART_KEYS: Final = frozenset({"add to cart", "remove item", "undo item"})
_CART_PLACES: Final = frozenset({"cart", "basket", "bag", "trolley", "warenkorb", "panier", "carrito"})
_CART_DEEDS: Final = frozenset(
    {
        "add",
        "remove",
        "delete",
        "update",
        "change",
        "clear",
        "empty",
        "increase",
        "decrease",
        "ajouter",
        "anadir",
    }
)
_CART_TEXT: Final = re.compile(
    r"(?:add to|put (?:in)?to|remove from) (?:the )?(?:cart|basket|bag)\b|in den (?:waren|einkaufs)korb|ajouter au panier|"
    r"(?:anadir|agregar) al carrito"
)
_TOKENS: Final = frozenset(
    {
        *("wpnonce", "csrf", "csrf token", "csrftoken", "csrfmiddlewaretoken", "authenticity token"),
        *("sesskey", "form token", "form key"),
    }
)
"""Query fields that hold a token against forgery: a link that carries one does something."""

_DEEDS: Final = frozenset({"vote", "upvote", "downvote", "add to wishlist", "add to compare"})
_MAX_CACHED: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPolicy:
    """What is allowed.

    Attributes:
        allow_forms: Purposes of forms that may be sent, or `all`.
        allow_destructive: Words that may be triggered although they destroy, end or cost something, such as `logout`; a word stands for its
            like (`sign out` is `logout`, `remove` is `delete`).
    """

    allow_forms: frozenset[str] = frozenset({FormPurpose.SEARCH})
    allow_destructive: frozenset[str] = frozenset()

    def allows_form(self, form: Form) -> bool:
        """Whether a visitor may send a form."""
        harms = _harms_of(form)
        if harms and not harms <= _named(self.allow_destructive):
            return False
        purpose = purpose_of(form)
        return (form.method == "GET" and purpose is FormPurpose.SEARCH) or self._allows(purpose)

    def allows_link(self, link: Link) -> bool:
        """Whether a visitor may follow a link; microseconds, and less for one that was looked at before."""
        harms = harms_of_link(link.path, link.text, link.title)
        if harms and not harms <= _named(self.allow_destructive):
            return False
        purpose = deed_of(link)
        return purpose is None or self._allows(purpose)

    def _allows(self, purpose: FormPurpose) -> bool:
        return purpose in self.allow_forms or ALL_FORMS in self.allow_forms


def deed_of(link: Link) -> FormPurpose | None:
    """Return the purpose of the form that a link stands for; `None` for one that only leads to a page."""
    if len(link.path) + len(link.text) > _MAX_CACHED:
        return _deed_of.__wrapped__(link.path, link.text)
    return _deed_of(link.path, link.text)


@lru_cache(maxsize=16_384)
def _deed_of(path: str, text: str) -> FormPurpose | None:
    names = address_names(path)
    keys = {name for name, kind in names if kind == "key"}
    if keys & _CART_KEYS or _CART_TEXT.match(fold_text(text)):
        return FormPurpose.CART
    steps = {word for name, kind in names if kind in {"path", "action"} for word in name.split()}
    if steps & _CART_PLACES and steps & _CART_DEEDS:
        return FormPurpose.CART
    does_something = keys & _TOKENS or ("token" in keys and "action" in keys)
    if does_something or any(name in _DEEDS for name, _ in names):
        return FormPurpose.OTHER
    return None


def _harms_of(form: Form) -> frozenset[Harm]:
    given = tuple((field.name, field.value) for field in form.fields if field.kind in {"hidden", "submit"})
    buttons = (field.label or field.value for field in form.fields if field.kind == "submit")
    return harms_of_form(form.path, (form.text, *buttons), given)


@lru_cache(maxsize=64)
def _named(allow_destructive: frozenset[str]) -> frozenset[Harm]:
    """Return what words of an owner allow."""
    return frozenset(harm for word in allow_destructive for harm in harms_of_words(word))
