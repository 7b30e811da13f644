"""Which forms visitors may send and which links they may follow: what changes something on the site needs its owner's word.

Searching changes nothing, so a form that is sent with GET and searches is always allowed. Everything else is allowed by purpose
(`allow_forms`); words that end a session, destroy something or cost real money are left alone unless they are named
(`allow_destructive`), wherever they stand: in a link, a button, an address.
"""

from dataclasses import dataclass
from enum import StrEnum

from trafficflou.http import Form, Link

__all__ = ["ALL_FORMS", "FormPolicy", "FormPurpose"]

ALL_FORMS = "all"


class FormPurpose(StrEnum):
    """What a form is for."""

    SEARCH = "search"
    CART = "cart"
    CHECKOUT = "checkout"
    LOGIN = "login"
    REGISTER = "register"
    CONTACT = "contact"
    COMMENT = "comment"
    NEWSLETTER = "newsletter"
    SETTINGS = "settings"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPolicy:
    """What is allowed.

    Attributes:
        allow_forms: Purposes of forms that may be sent, or `all`.
        allow_destructive: Words that may be triggered although they destroy, end or cost something, such as `logout`.
    """

    allow_forms: frozenset[str] = frozenset({FormPurpose.SEARCH})
    allow_destructive: frozenset[str] = frozenset()

    def allows_form(self, form: Form) -> bool:
        """Whether a visitor may send a form."""
        raise NotImplementedError

    def allows_link(self, link: Link) -> bool:
        """Whether a visitor may follow a link."""
        raise NotImplementedError
