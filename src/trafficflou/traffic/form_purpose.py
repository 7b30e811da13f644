"""What a form is for, read from its address, its fields and its words: rules that real sites follow, in the order in which they are sure.

English first, with the usual German, French and Spanish words, and the conventions of WordPress, WooCommerce, MediaWiki and Django.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from trafficflou.http import Form
from trafficflou.security import address_names, fold_text

__all__ = ["FormPurpose", "purpose_of"]


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


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


_SEARCH: Final = _words(
    r"search|find|look ?up|suchen?|suche|recherche|rechercher|chercher|buscar|busqueda|filter|refine|apply filters?"
)
_SEARCH_FIELDS: Final = re.compile(
    r"[qsk]|wd|query|search(?:term|word|_?query|_term|phrase|_api_fulltext)?|srsearch|keywords?|terms?|find|suche|suchbegriff|recherche|"
    r"busqueda|buscar"
)
_NARROWING_FIELDS: Final = re.compile(
    r"(?:order_?by|sort(?:_?by|_?order)?|filter.*|min_price|max_price|per_?page|limit|category|cat|product_cat|year|month|date|from|to|"
    r"tag|type|brand|colou?r|size|page|paged|archive.*|offset|namespace|dir|price.*|rating_filter)(?:\[.*\])?",
    re.IGNORECASE,
)
_CART: Final = _words(
    r"(?:add|put|place|move) (?:\w+ )?(?:in ?|in)?to (?:(?:the|your|my) )?(?:shopping )?(?:cart|basket|bag|trolley)|add to order|"
    r"(?:update|empty|clear) (?:the |your )?(?:cart|basket|bag)|apply coupon|remove from (?:cart|basket|bag)|"
    r"in den (?:waren|einkaufs)korb|warenkorb aktualisieren|ajouter au panier|mettre a jour le panier|"
    r"(?:anadir|agregar) (?:al carrito|a la cesta|al carro)|actualizar carrito"
)
_CART_PLACES: Final = _words(r"cart|carts|basket|baskets|shopping bag|trolley|warenkorb|panier|carrito|cesta")
_CART_FIELDS: Final = frozenset(
    {"add-to-cart", "add_to_cart", "addtocart", "update_cart", "apply_coupon", "cart_item_key"}
)
_CHECKOUT: Final = _words(
    r"check ?out|place (?:your |the )?order|order now|(?:on|continue|proceed|go) to (?:payment|checkout|shipping|delivery)|buy now|"
    r"complete (?:your |the )?(?:order|purchase)|confirm (?:your |the |and )?(?:order|purchase|pay)|pay now|pay|"
    r"zur kasse|kasse|jetzt kaufen|(?:zahlungs|kosten)pflichtig \w+|bestellung abschliessen|bestellen|"
    r"commander|passer (?:la )?commande|valider (?:la |ma )?commande|paiement|realizar (?:el )?pedido|finalizar compra|"
    r"tramitar pedido|comprar ahora|pagar"
)
_CHECKOUT_PLACES: Final = _words(
    r"check ?out|payment|payments|billing|kasse|bezahlen|commande|paiement|pago|place order"
)
_CHECKOUT_FIELDS: Final = re.compile(
    r"(?:billing|shipping)[_\-\[.].*|card_?number|cc_?(?:num|number|exp|cvc)|cardnumber|cvv2?|cvc|payment_?(?:method|type)|pay_by|place_order",
    re.IGNORECASE,
)
_LOGIN: Final = _words(
    r"log ?in|sign ?in|log ?on|sign ?on|wp login|userlogin|anmelden|einloggen|anmeldung|connexion|(?:se )?connecter|"
    r"iniciar (?:la )?sesion|entrar|acceder"
)
_REGISTER: Final = _words(
    r"register|registration|sign ?up|create (?:an? |your |my |new )*account|createaccount|join(?: now| us)?|get started|"
    r"registrieren|registrierung|konto (?:anlegen|erstellen)|s inscrire|inscription|creer (?:un |mon )?compte|"
    r"registrar(?:se|me)?|registro|crear (?:una |mi )?cuenta"
)
_RECOVERY: Final = _words(
    r"lost ?password|forgot(?:ten)?(?: (?:your|my))? ?password|forgot|password ?reset|reset (?:my |your |the )?password|"
    r"(?:change|new|set|recover) (?:my |your |a |new )*password|passwordreset|changepassword|passwort (?:vergessen|zurucksetzen|andern)|"
    r"kennwort vergessen|mot de passe oublie|reinitialiser|(?:olvidado|recuperar|restablecer|cambiar) (?:la |tu |mi )*contrasena"
)
_CHANGED_PASSWORD: Final = re.compile(
    r"(?:old|new|current)[_\-]?(?:pass(?:word)?|pwd)[_\-]?\d?", re.IGNORECASE
)
_COMMENT: Final = _words(
    r"comments?|wp comments post|reply|replies|repl[yi]e? to|leave a reply|(?:write|submit|post|leave) (?:a |your )?review|reviews?|"
    r"kommentar|kommentare|kommentieren|bewertung abgeben|commentaires?|commenter|comentarios?|comentar|responder"
)
_COMMENT_FIELDS: Final = frozenset({"comment", "comment_post_id", "comment_parent", "review", "reply"})
_NEWSLETTER: Final = _words(
    r"newsletters?|subscribe|mailing ?list|subscribers?|mc4wp|get (?:our |the )?(?:news|updates|letter)|notify me|stay in touch|"
    r"keep me posted|abonnieren|s abonner|infolettre|suscribir(?:se|me)?|suscribete|boletin"
)
_CONTACT: Final = _words(
    r"contact(?: us)?|contact form|get in touch|send (?:us )?(?:a |your |the )?message|send (?:an? )?(?:enquiry|inquiry|request)|"
    r"feedback|enquir\w+|inquir\w+|support request|kontakt|kontaktformular|nachricht (?:senden|schicken)|anfrage|contactez|"
    r"nous contacter|envoyer (?:le |un |votre )?message|contacto|contactar|enviar (?:el |un )?mensaje|wpcf7"
)
_CONTACT_FIELDS: Final = re.compile(
    r"(?:your-)?(?:message|enquiry|inquiry|nachricht|mensaje|subject|betreff|asunto)", re.IGNORECASE
)
_SETTINGS: Final = _words(
    r"settings?|preferences?|options|profile|my account|edit account|(?:save|update|apply) (?:my |your |the |all )*(?:changes|settings|profile|preferences|account|address)|"
    r"language|currency|locale|theme|cookies?|consent|einstellungen|profil|speichern|anderungen speichern|"
    r"parametres|preferencias|enregistrer|ajustes|configuracion|perfil|guardar(?: cambios)?|lang|i18n|setlang"
)
_NOT_FILLED_IN: Final = frozenset({"hidden", "submit", "button", "image", "reset"})
_EMAIL: Final = re.compile(r"e[_\-]?mail|\bmail\b|courriel|correo", re.IGNORECASE)
_SETTINGS_FIELDS: Final = re.compile(r"language|lang|locale|currency|theme", re.IGNORECASE)
_MAX_FIELDS: Final = 200
"""Fields that are looked at; more are no help in telling what a form is for."""

_MAX_PLACE: Final = 1000
_MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class _Signs:
    """What tells a form's purpose.

    Attributes:
        is_get: It is sent with GET.
        place: Names of its address, folded.
        words: What its buttons say, folded.
        labels: What stands beside its fields, folded.
        fields: Name and kind of each field, lower case.
    """

    is_get: bool
    place: str
    words: str
    labels: str
    fields: tuple[tuple[str, str], ...]

    @property
    def filled_in(self) -> list[str]:
        """Names of the fields that a person fills in."""
        return [name for name, kind in self.fields if kind not in _NOT_FILLED_IN]

    @property
    def asks_email(self) -> bool:
        return any(
            kind == "email" or _EMAIL.search(name) for name, kind in self.fields if kind not in _NOT_FILLED_IN
        )

    def count(self, kind: str) -> int:
        return sum(own == kind for _, own in self.fields)

    def has(self, names: frozenset[str] | re.Pattern[str]) -> bool:
        """Whether a field has such a name."""
        if isinstance(names, frozenset):
            return any(name in names for name, _ in self.fields)
        return any(names.fullmatch(name) for name, _ in self.fields)

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether its address or its button says so; labels speak of many things."""
        return pattern.search(self.place) is not None or pattern.search(self.words) is not None


def purpose_of(form: Form) -> FormPurpose:
    """Say what a form is for.

    Args:
        form: Of any page. Nothing that it says is trusted to be true; it is taken as a person would take it.

    Returns:
        `OTHER` where nothing tells.
    """
    fields = form.fields[:_MAX_FIELDS]
    return _purpose(
        form.method == "GET",
        form.path,
        form.text,
        tuple((field.name, field.kind) for field in fields),
        tuple(field.label or (field.value if field.kind == "submit" else "") for field in fields),
        next((field.value for field in fields if field.name == "action" and field.kind == "hidden"), ""),
    )


@lru_cache(maxsize=4096)
def _purpose(
    is_get: bool,
    path: str,
    text: str,
    fields: tuple[tuple[str, str], ...],
    labels: tuple[str, ...],
    action: str,
) -> FormPurpose:
    buttons = (label for label, (_, kind) in zip(labels, fields, strict=True) if kind == "submit")
    names = [name for name, _ in address_names(path)]
    signs = _Signs(
        is_get=is_get,
        place=" . ".join([*names, fold_text(action)])[:_MAX_PLACE],
        words=fold_text(" . ".join([text, *buttons])),
        labels=fold_text(" . ".join(labels)),
        fields=tuple((name[:_MAX_NAME].lower(), kind) for name, kind in fields),
    )
    return next((purpose for purpose, rule in _RULES if rule(signs)), FormPurpose.OTHER)


def _is_recovery(signs: _Signs) -> bool:
    return signs.says(_RECOVERY) or (signs.count("password") > 0 and signs.has(_CHANGED_PASSWORD))


def _is_register(signs: _Signs) -> bool:
    passwords = signs.count("password")
    if passwords == 1:
        return signs.says(_REGISTER) and not _LOGIN.search(signs.words)
    return passwords > 1 or signs.says(_REGISTER)


def _is_search(signs: _Signs) -> bool:
    if signs.count("password"):
        return False
    says_so = signs.says(_SEARCH)
    if signs.count("search") or signs.has(_SEARCH_FIELDS):
        return signs.is_get or says_so
    if not signs.is_get:
        return says_so and len(signs.filled_in) == 1
    if not signs.filled_in:
        return False
    return says_so or all(_NARROWING_FIELDS.fullmatch(name) for name in signs.filled_in)


def _is_cart(signs: _Signs) -> bool:
    if signs.has(_CART_FIELDS) or signs.says(_CART):
        return True
    return _CART_PLACES.search(signs.place) is not None and not _CHECKOUT.search(signs.words)


def _is_checkout(signs: _Signs) -> bool:
    return (
        signs.has(_CHECKOUT_FIELDS)
        or _CHECKOUT.search(signs.words) is not None
        or _CHECKOUT_PLACES.search(signs.place) is not None
    )


def _is_newsletter(signs: _Signs) -> bool:
    if not signs.asks_email or signs.count("textarea") or len(signs.filled_in) > 3:
        return False
    if signs.says(_NEWSLETTER) or _NEWSLETTER.search(signs.labels):
        return True
    return len(signs.filled_in) == 1 and not signs.says(_LOGIN) and not _REGISTER.search(signs.place)


def _is_contact(signs: _Signs) -> bool:
    has_text = signs.count("textarea") > 0
    return (has_text and (signs.asks_email or signs.has(_CONTACT_FIELDS))) or (
        (has_text or signs.asks_email) and signs.says(_CONTACT)
    )


def _is_settings(signs: _Signs) -> bool:
    if _SETTINGS.search(signs.place) or signs.has(_SETTINGS_FIELDS):
        return True
    return _SETTINGS.search(signs.words) is not None and not signs.count("textarea")


_RULES: Final[tuple[tuple[FormPurpose, Callable[[_Signs], bool]], ...]] = (
    (FormPurpose.SEARCH, _is_search),
    (FormPurpose.CART, _is_cart),
    (FormPurpose.CHECKOUT, _is_checkout),
    (FormPurpose.SETTINGS, _is_recovery),
    (FormPurpose.REGISTER, lambda signs: signs.count("password") > 0 and _is_register(signs)),
    (FormPurpose.LOGIN, lambda signs: signs.count("password") > 0),
    (FormPurpose.COMMENT, lambda signs: signs.has(_COMMENT_FIELDS) or signs.says(_COMMENT)),
    (FormPurpose.NEWSLETTER, _is_newsletter),
    (FormPurpose.CONTACT, _is_contact),
    (FormPurpose.REGISTER, _is_register),
    (FormPurpose.LOGIN, lambda signs: signs.says(_LOGIN)),
    (FormPurpose.SETTINGS, _is_settings),
)
"""The first that holds says it; what is sure comes before what is likely."""
