"""Forms as visitors see them: what each is for, and whether it may be sent."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trafficflou.ai_models.athena.words import word_set, words
from trafficflou.http import Form
from trafficflou.traffic.flair.lru import LruCache
from trafficflou.traffic.form_policy import FormPolicy, FormPurpose, purpose_of

__all__ = ["FormJudge", "SeenForm", "is_token"]

_CACHED: Final = 1024
_TOKEN_NAME: Final = re.compile(
    r"csrf|xsrf|token|nonce|authenticity|__viewstate|__eventvalidation|form_build_id|sesskey|captcha",
    re.IGNORECASE,
)
_TAKES_OUT: Final = word_set("remove delete clear empty update change coupon voucher undo restore")
_LONGEST_VALUE: Final = 40
_MAX_FIELDS: Final = 60
"""That make a form's shape; visitors remember the shapes of what they sent."""


def is_token(name: str, value: str) -> bool:
    """Whether a hidden value is one that differs from session to session and says nothing of what the form does."""
    return len(value) > _LONGEST_VALUE or _names_token(name)


@lru_cache(maxsize=1024)
def _names_token(name: str) -> bool:
    return _TOKEN_NAME.search(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenForm:
    """A form.

    Attributes:
        form: As it stands on the page.
        purpose: What it is for.
        is_allowed: It may be sent.
        takes_out: It is a basket's, and does something else than to put things into it.
        shape: What it is whatever the session: equal for the form of one page, another for that of the next product.
    """

    form: Form
    purpose: FormPurpose
    is_allowed: bool
    takes_out: bool
    shape: tuple[object, ...]


class FormJudge:
    """Judges forms; those of one shape once."""

    __slots__ = ("_judged", "_policy")

    def __init__(self, policy: FormPolicy) -> None:
        """Judge by a policy."""
        self._policy = policy
        self._judged: LruCache[tuple[object, ...], tuple[FormPurpose, bool, bool]] = LruCache(_CACHED)

    def look(self, form: Form) -> SeenForm:
        """Return a form with what it is for."""
        shape = _shape(form)
        verdict = self._judged.find(shape)
        if verdict is None:
            verdict = self._judged.keep(shape, self._verdict(form))
        purpose, is_allowed, takes_out = verdict
        return SeenForm(form=form, purpose=purpose, is_allowed=is_allowed, takes_out=takes_out, shape=shape)

    def _verdict(self, form: Form) -> tuple[FormPurpose, bool, bool]:
        purpose = purpose_of(form)
        said = {*words(form.path), *words(form.text)}
        return (
            purpose,
            self._policy.allows_form(form),
            purpose is FormPurpose.CART and bool(said & _TAKES_OUT),
        )


def _shape(form: Form) -> tuple[object, ...]:
    fields = [
        (field.name, field.kind, "" if is_token(field.name, field.value) else field.value)
        if field.kind in {"hidden", "submit"}
        else (field.name, field.kind, field.label)
        for field in form.fields[:_MAX_FIELDS]
    ]
    return (form.path, form.method, form.text, *fields)
