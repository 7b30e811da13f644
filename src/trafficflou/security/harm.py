"""What a link, a button or an address would do that cannot be taken back: log out, delete, unsubscribe, pay.

A visitor that nobody watches must not end an account because a link looked interesting, so a name is enough: it is better to leave a harmless
page unread than to trigger one of these. Two kinds of names would cost too much that is worth reading, and are told apart: a text
that explains ("How to delete your account") and taking something out of a basket or a filter.

Words are English first, with the usual German, French and Spanish ones. Texts and addresses are compared without case and accents; addresses come
apart at separators and at camelCase, and a word counts where a part of the address begins or ends with it (`/account/delete`,
`?action=logout`, `/deletePost`), so that `/blog/deleted-scenes` may be read.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

__all__ = ["Harm", "address_names", "fold_text", "harms_of_form", "harms_of_link", "harms_of_words"]


class Harm(StrEnum):
    """A kind of harm; its value is the word under which an owner may allow it."""

    LOGOUT = "logout"
    DELETE = "delete"
    UNSUBSCRIBE = "unsubscribe"
    DEACTIVATE = "deactivate"
    CANCEL = "cancel"
    RESET = "reset"
    MODERATE = "moderate"
    PAY = "pay"


_OWN: Final = r"(?:(?:my|your|this|the|all|mein|meine|dein|ihr|das|mon|ma|le|la|votre|mi|su|tu|el) ){0,2}"
_CONTRACT: Final = (
    r"(?:subscriptions?|orders?|accounts?|bookings?|memberships?|appointments?|reservations?|plan|service|contract|"
    r"registration|trip|flight|payment|abonnement|commande|suscripcion|pedido|reserva|compte|cuenta)"
)
_PATTERNS: Final = {
    Harm.LOGOUT: (
        r"(?:log|sign) ?(?:out|off)|userlogout|end session|ausloggen|abmelden|deconnexion|(?:se )?deconnecter|cerrar (?:la )?sesion|"
        r"desconectar(?:se|me)?"
    ),
    Harm.DELETE: (
        r"delete|remove|erase|destroy|expunge|wipe (?:all|everything|data|disk|device|account|my|your)|empty trash|move to trash|"
        r"loschen|loesche?n|entfernen|supprimer|effacer|retirer|eliminar|borrar|quitar"
    ),
    Harm.UNSUBSCRIBE: (
        r"unsubscribe|opt ?out|abbestellen|newsletter abmelden|(?:se )?desabonner|desinscription|desinscrire|darse de baja|"
        r"cancelar (?:la )?suscripcion"
    ),
    Harm.DEACTIVATE: (
        rf"deactivate|disable|suspend|terminate|close {_OWN}account|deaktivieren|konto schliessen|desactiver|desactivar|"
        rf"fermer {_OWN}compte|cerrar {_OWN}cuenta"
    ),
    Harm.CANCEL: (
        rf"cancel {_OWN}{_CONTRACT}|stornieren|k(?:u|ue)ndigen|annuler {_OWN}{_CONTRACT}|resilier|"
        rf"cancelar {_OWN}{_CONTRACT}"
    ),
    Harm.RESET: (
        r"factory reset|reset (?:all|my|your|the|this|everything|data|database|db|account|password|settings?|site|demo|device|shop)|"
        r"reset$|zur(?:u|ue)cksetzen|reinitialiser|restablecer"
    ),
    Harm.MODERATE: r"moderate|rollback|mark ?(?:as )?patrolled|(?:ban|block) (?:this )?user|userrights",
    Harm.PAY: (
        rf"pay (?:now|for real|with|via|by card|securely|{_OWN}(?:bill|invoice|order|deposit))|pay ?[€$£]|jetzt (?:be)?zahlen|"
        r"zahlungspflichtig|kostenpflichtig|payer|payez|pagar|donate now|buy now with"
    ),
}
_HARM: Final = re.compile(
    rf"\b(?:{'|'.join(f'(?P<{harm.name}>{pattern})' for harm, pattern in _PATTERNS.items())})(?!\w)"
)
_BARE: Final = {
    "cancel": Harm.CANCEL,
    "abbrechen": Harm.CANCEL,
    "reset": Harm.RESET,
    "wipe": Harm.DELETE,
    "trash": Harm.DELETE,
    "purge": Harm.MODERATE,
    "protect": Harm.MODERATE,
    "unprotect": Harm.MODERATE,
    "revert": Harm.MODERATE,
    "watch": Harm.MODERATE,
    "unwatch": Harm.MODERATE,
    "block": Harm.MODERATE,
    "ban": Harm.MODERATE,
    "pay": Harm.PAY,
}
"""Words that say it alone only where they are the whole of an action's name, such as `?action=purge`."""

_EXPLAINING: Final = re.compile(
    r"(?:how|why|what|when|where|which|who|can|could|should|does|do|is|are|about|guide|help|faq|wie|warum|was|wann|wo|comment|pourquoi|"
    r"quand|que|como|por que|cuando|donde)\b"
)
_TAKES_BACK: Final = re.compile(
    r"\b(?:cart|basket|bag|trolley|warenkorb|panier|carrito|cesta|cesto|coupon|voucher|filters?|facets?|wishlist|compare|"
    r"comparison|remove item|undo item)\b"
)
"""What is taken out of these can be put in again."""

_STARTS_OVER: Final = re.compile(
    r"\b(?:filters?|search|view|zoom|map|sort(?:ing)?|selection|options?|form)\b"
)
_PASSWORD: Final = re.compile(r"\b(?:password|passwort|kennwort|mot de passe|contrasena)\b")
_ACCOUNT: Final = re.compile(r"\b(?:account|profile|user|konto|benutzer|compte|profil|cuenta)\b")

_ACTION_KEY: Final = re.compile(
    r"_method|act(?:ion)?|cmd|command|controller|ctrl|do|event|func(?:tion)?|method|mode|module|op|operation|option|page|r|route|section|"
    r"step|task|title|type|view",
    re.IGNORECASE,
)
"""Names of query fields and hidden fields whose values name actions."""

_UNSET: Final = frozenset({"", "0", "false", "no", "off"})
_SEPARATOR: Final = re.compile(r"[^a-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EXTENSION: Final = re.compile(r"\.(?:php\d?|html?|aspx?|jspx?|do|cgi|action|json)$", re.IGNORECASE)
_MAX_TEXT: Final = 400
_MAX_NAME_WORDS: Final = 4
_MAX_CACHED: Final = 600
"""Longest texts that the caches keep, so that they stay below some megabytes."""


def fold_text(text: str) -> str:
    """Return a text for comparing: lower case, no accents, words with single spaces between; signs of money stay.

    Args:
        text: Anything; what is beyond 400 characters is left out.
    """
    text = text[:_MAX_TEXT].casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+|[€$£]", text.replace("_", " ")))


def address_names(path: str) -> tuple[tuple[str, str], ...]:
    """Take an address apart into what its parts are called.

    Args:
        path: Path and query.

    Returns:
        Folded words of each part, and what it is: `path`, `key` (a query field that is set), or `action` (a value of a field that names
        actions); other values say nothing.
    """
    return _address_names(path) if len(path) <= _MAX_CACHED else _address_names.__wrapped__(path)


@lru_cache(maxsize=4096)
def _address_names(path: str) -> tuple[tuple[str, str], ...]:
    path, _, query = path.partition("?")
    found = [(name, "path") for segment in path.split("/") if segment for name in _names(segment)]
    for pair in query.split("&") if query else ():
        key, has_value, value = pair.partition("=")
        if has_value and value.lower() in _UNSET:
            continue
        found += [(name, "key") for name in _names(key)]
        if _ACTION_KEY.fullmatch(key):
            pieces = unquote_plus(value).split("/")
            found += [(name, "action") for piece in pieces for name in _names(piece)]
    return tuple(found)


def _names(part: str) -> tuple[str, ...]:
    return _folded_names(part) if len(part) <= _MAX_CACHED else _folded_names.__wrapped__(part)


@lru_cache(maxsize=8192)
def _folded_names(part: str) -> tuple[str, ...]:
    """Return the words of a part of an address; of a very long one its beginning and its end, where actions are named."""
    text = unquote_plus(part)
    if len(text) > _MAX_TEXT:
        text = text[: _MAX_TEXT // 2] + " " + text[-_MAX_TEXT // 2 :]
    text = _CAMEL.sub(" ", _EXTENSION.sub("", text))
    names = (_SEPARATOR.sub(" ", fold_text(piece)).strip() for piece in text.split(":"))
    return tuple(name for name in names if name)


def harms_of_words(text: str) -> frozenset[Harm]:
    """Return what a text of any length names, whoever wrote it; so too the words that an owner allows (`sign out` is `logout`)."""
    folded = fold_text(text)
    return frozenset(Harm[match.lastgroup] for match in _HARM.finditer(folded) if match.lastgroup) | _bare(
        folded
    )


def harms_of_link(path: str, text: str = "", title: str = "") -> frozenset[Harm]:
    """Return what following a link would do that cannot be taken back.

    Args:
        path: Path and query, or a template of them.
        text: What one sees of it.
        title: Its tooltip or label.
    """
    if len(path) + len(text) + len(title) > _MAX_CACHED:
        return _harms_of_link.__wrapped__(path, text, title)
    return _harms_of_link(path, text, title)


@lru_cache(maxsize=16_384)
def _harms_of_link(path: str, text: str, title: str) -> frozenset[Harm]:
    texts = (fold_text(text), fold_text(title)) if title and title != text else (fold_text(text),)
    found = _in_path(path)
    for folded in texts:
        found |= _in_text(folded)
    if not found:
        return frozenset()
    context = _context(path, texts)
    if Harm.RESET in found and _PASSWORD.search(context):
        found.discard(Harm.RESET)  # it leads to a form
    return frozenset(_without_mild(found, context))


def harms_of_form(
    path: str, texts: tuple[str, ...], given: tuple[tuple[str, str], ...] = ()
) -> frozenset[Harm]:
    """Return what sending a form would do that cannot be taken back.

    Args:
        path: Where it is sent.
        texts: What its buttons and its legend say.
        given: Names and values of its hidden fields and buttons.
    """
    # Most values are tokens, new on every page: they say nothing, and would keep the cache from finding anything.
    named = tuple((name, value if _ACTION_KEY.fullmatch(name) else "") for name, value in given)
    if len(path) + sum(map(len, texts)) + sum(len(name) + len(value) for name, value in named) > _MAX_CACHED:
        return _harms_of_form.__wrapped__(path, texts, named)
    return _harms_of_form(path, texts, named)


@lru_cache(maxsize=4096)
def _harms_of_form(path: str, texts: tuple[str, ...], given: tuple[tuple[str, str], ...]) -> frozenset[Harm]:
    folded = tuple(map(fold_text, texts))
    found = _in_path(path)
    for text in folded:
        found |= _in_text(text) | _bare(text)
    for name, value in given:
        for part in _names(name):
            found |= _in_name(part)
        for part in _names(value):
            found |= _in_action(part)
    if not found:
        return frozenset()
    return frozenset(_without_mild(found, _context(path, folded)))


def _in_text(folded: str) -> set[Harm]:
    if _EXPLAINING.match(folded):
        return set()
    return {Harm[match.lastgroup] for match in _HARM.finditer(folded) if match.lastgroup}


def _in_path(path: str) -> set[Harm]:
    found: set[Harm] = set()
    for name, kind in address_names(path):
        found |= _in_action(name) if kind == "action" else _in_name(name)
    return found


def _in_action(name: str) -> frozenset[Harm]:
    return _in_name(name) | _bare(name)


@lru_cache(maxsize=8192)
def _in_name(name: str) -> frozenset[Harm]:
    """Return what a name begins or ends with; one of many words is a title."""
    if name in {"cancel", "reset", "wipe"}:
        return frozenset({_BARE[name]})
    if name.count(" ") >= _MAX_NAME_WORDS or _EXPLAINING.match(name):
        return frozenset()
    return frozenset(
        Harm[match.lastgroup]
        for match in _HARM.finditer(name)
        if match.lastgroup and (match.start() == 0 or match.end() == len(name))
    )


def _context(path: str, texts: tuple[str, ...]) -> str:
    return " ".join((*texts, *(name for name, _ in address_names(path))))


def _bare(folded: str) -> frozenset[Harm]:
    return frozenset({_BARE[folded]}) if folded in _BARE else frozenset()


def _without_mild(found: set[Harm], context: str) -> set[Harm]:
    if Harm.DELETE in found and _TAKES_BACK.search(context) and not _ACCOUNT.search(context):
        found.discard(Harm.DELETE)
    if Harm.RESET in found and _STARTS_OVER.search(context):
        found.discard(Harm.RESET)
    return found
