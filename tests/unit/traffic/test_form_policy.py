"""Which forms are sent and which links are followed, on what real sites write."""

import pytest

from trafficflou.http import Form, FormField, Link
from trafficflou.traffic import FormPolicy, FormPurpose, purpose_of


def form(path: str, text: str = "", *fields: str, method: str = "POST") -> Form:
    """Make a form; a field is written `name:kind=value`, its label is its name."""
    made = []
    for field in fields:
        name, _, rest = field.partition(":")
        kind, _, value = rest.partition("=")
        made.append(FormField(name=name, kind=kind or "text", value=value))
    return Form(path=path, method="GET" if method == "GET" else "POST", fields=tuple(made), text=text)


FORMS = [
    # WordPress and WooCommerce
    (FormPurpose.SEARCH, form("/", "Search", "s:search", method="GET")),
    (FormPurpose.SEARCH, form("/", "", "s", "post_type:hidden=product", method="GET")),
    (FormPurpose.LOGIN, form("/wp-login.php", "Log In", "log", "pwd:password", "rememberme:checkbox")),
    (FormPurpose.SETTINGS, form("/wp-login.php?action=lostpassword", "Get New Password", "user_login")),
    (
        FormPurpose.REGISTER,
        form("/wp-login.php?action=register", "Register", "user_login", "user_email:email"),
    ),
    (
        FormPurpose.COMMENT,
        form(
            *(
                "/wp-comments-post.php",
                "Post Comment",
                "comment:textarea",
                "author",
                "email:email",
                "url:url",
            ),
            "comment_post_ID:hidden=1",
        ),
    ),
    (FormPurpose.CART, form("/product/hoodie/", "Add to cart", "quantity:number=1", "add-to-cart:submit=12")),
    (
        FormPurpose.CART,
        form("/cart/", "Update cart", "cart[ab][qty]:number=1", "update_cart:submit=Update cart"),
    ),
    (
        FormPurpose.CHECKOUT,
        form(
            "/checkout/", "Place order", "billing_first_name", "billing_email:email", "payment_method:radio"
        ),
    ),
    (FormPurpose.CHECKOUT, form("/checkout/", "Place order", "billing_email", "account_password:password")),
    (FormPurpose.LOGIN, form("/my-account/", "Log in", "username", "password:password")),
    (FormPurpose.REGISTER, form("/my-account/", "Register", "email:email", "password:password")),
    (FormPurpose.SEARCH, form("/shop/", "", "orderby:select", "paged:hidden=1", method="GET")),
    (
        FormPurpose.CONTACT,
        form("/contact/#wpcf7-f5-p6-o1", "Send", "your-name", "your-email:email", "your-message:textarea"),
    ),
    # MediaWiki
    (
        FormPurpose.SEARCH,
        form("/index.php", "Search", "search:search", "title:hidden=Special:Search", method="GET"),
    ),
    (
        FormPurpose.LOGIN,
        form("/index.php?title=Special:UserLogin&returnto=Main", "Log in", "wpName", "wpPassword:password"),
    ),
    (
        FormPurpose.REGISTER,
        form(
            *(
                "/index.php?title=Special:CreateAccount",
                "Create your account",
                "wpName",
                "wpPassword:password",
            ),
            "retype:password",
        ),
    ),
    (FormPurpose.SETTINGS, form("/index.php?title=Special:PasswordReset", "Reset password", "wpUsername")),
    (
        FormPurpose.OTHER,
        form(
            "/index.php?title=Cat&action=submit",
            "Save changes",
            "wpTextbox1:textarea",
            "wpSummary",
            "wpSave:submit",
        ),
    ),
    # Django, Wagtail, Rails
    (
        FormPurpose.LOGIN,
        form("/admin/login/", "Log in", "csrfmiddlewaretoken:hidden", "username", "password:password"),
    ),
    (
        FormPurpose.REGISTER,
        form("/accounts/signup/", "Sign Up", "email:email", "password1:password", "password2:password"),
    ),
    (FormPurpose.SETTINGS, form("/accounts/password/reset/", "Reset My Password", "email:email")),
    (
        FormPurpose.SETTINGS,
        form("/password_change/", "Change", "old_password:password", "new_password1:password"),
    ),
    (FormPurpose.SETTINGS, form("/i18n/setlang/", "Go", "language:select")),
    (FormPurpose.SEARCH, form("/search/", "", "query", method="GET")),
    (FormPurpose.LOGIN, form("/users/sign_in", "Sign in", "user[email]:email", "user[password]:password")),
    # the demo shop
    (FormPurpose.SEARCH, form("/search", "Search", "q:search", method="GET")),
    (
        FormPurpose.CART,
        form("/cart/add", "Put into basket", "csrf:hidden", "product:hidden", "quantity:number=1"),
    ),
    (FormPurpose.CART, form("/cart/remove", "Remove", "csrf:hidden", "product:hidden")),
    (FormPurpose.CHECKOUT, form("/checkout", "On to payment", "csrf:hidden", "name", "street", "city")),
    (FormPurpose.CHECKOUT, form("/checkout/payment", "Order now", "csrf:hidden", "pay_by:radio")),
    (
        FormPurpose.LOGIN,
        form("/login", "Log in", "csrf:hidden", "next:hidden", "email:email", "password:password"),
    ),
    (FormPurpose.NEWSLETTER, form("/newsletter", "Send me the next letter", "csrf:hidden", "email:email")),
    # others, and other languages
    (FormPurpose.NEWSLETTER, form("/", "Sign up", "email:email")),
    (FormPurpose.NEWSLETTER, form("/subscribe", "Subscribe", "first_name", "email")),
    (FormPurpose.LOGIN, form("/magic", "Sign in by e-mail", "email:email")),
    (FormPurpose.CONTACT, form("/support", "Send message", "email:email", "body:textarea")),
    (FormPurpose.COMMENT, form("/posts/3/replies", "Reply", "body:textarea")),
    (FormPurpose.SEARCH, form("/recherche", "Rechercher", "mots", method="POST")),
    (FormPurpose.SEARCH, form("/suche", "Suchen", "suchbegriff", method="GET")),
    (FormPurpose.CART, form("/warenkorb", "In den Warenkorb", "menge:number")),
    (FormPurpose.CART, form("/p/3", "Añadir al carrito", "cantidad:number")),
    (FormPurpose.CART, form("/p/3", "Ajouter au panier", "qte:number")),
    (FormPurpose.CHECKOUT, form("/kasse", "Zahlungspflichtig bestellen", "agb:checkbox")),
    (FormPurpose.LOGIN, form("/konto", "Anmelden", "name", "kennwort:password")),
    (FormPurpose.LOGIN, form("/compte", "Connexion", "nom", "mdp:password")),
    (FormPurpose.LOGIN, form("/cuenta", "Iniciar sesión", "nombre", "clave:password")),
    (FormPurpose.REGISTER, form("/compte", "Créer un compte", "email", "mdp:password")),
    (FormPurpose.NEWSLETTER, form("/n", "Abonnieren", "email:email")),
    (FormPurpose.COMMENT, form("/c", "Kommentar abschicken", "text:textarea")),
    (FormPurpose.CONTACT, form("/contacto", "Enviar mensaje", "correo", "mensaje:textarea")),
    (FormPurpose.SETTINGS, form("/profile", "Save", "display_name", "bio:textarea")),
    (FormPurpose.SETTINGS, form("/einstellungen", "Speichern", "anzeigename")),
    (FormPurpose.OTHER, form("/vote", "Up", "id:hidden")),
    (FormPurpose.OTHER, form("/x")),
]


@pytest.mark.parametrize(("purpose", "sent"), FORMS, ids=lambda value: getattr(value, "path", str(value)))
def test_purpose_of_real_forms_is_what_people_would_say(purpose: FormPurpose, sent: Form) -> None:
    """Address, fields and words of forms as well-known programs write them tell what they are for."""
    assert purpose_of(sent) is purpose


def test_search_is_always_allowed_and_nothing_else_is() -> None:
    """Without a word of its owner a site is searched, and not changed."""
    allowed = {purpose for purpose, sent in FORMS if FormPolicy().allows_form(sent)}
    assert allowed == {FormPurpose.SEARCH}
    assert FormPolicy(allow_forms=frozenset()).allows_form(form("/", "Search", "s:search", method="GET"))
    assert not FormPolicy(allow_forms=frozenset()).allows_form(form("/search", "Search", "q"))


@pytest.mark.parametrize("purpose", FormPurpose)
def test_forms_are_allowed_by_purpose(purpose: FormPurpose) -> None:
    """Naming a purpose allows the forms of that purpose, and `search` besides."""
    policy = FormPolicy(allow_forms=frozenset({purpose}))
    for own, sent in FORMS:
        if policy.allows_form(sent):
            assert own is purpose or (own is FormPurpose.SEARCH and sent.method == "GET")


DESTRUCTIVE_FORMS = [
    ("logout", form("/logout", "Log out", "csrf:hidden")),
    ("logout", form("/account", "Abmelden")),
    ("delete", form("/users/3", "Go", "_method:hidden=delete")),
    ("delete", form("/posts/3/edit", "Save", "title", "_delete:submit=Delete this post")),
    ("delete account", form("/settings/account", "Delete my account", "password:password")),
    ("remove", form("/account", "Konto löschen")),
    ("remove", form("/compte", "Supprimer mon compte")),
    ("unsubscribe", form("/newsletter", "Unsubscribe", "email:email")),
    ("deactivate", form("/profile/deactivate", "Continue")),
    ("cancel subscription", form("/billing", "Cancel my subscription")),
    ("cancel", form("/bookings/3", "Cancel")),
    ("reset", form("/admin/tools", "Reset everything")),
    ("reset", form("/password", "Reset password", "email:email")),
    ("wipe", form("/device", "Wipe data")),
    ("pay for real", form("/checkout", "Pay now", "card_number")),
    ("pay", form("/pedido", "Pagar")),
    ("delete", form("/search", "Search", "q", "action:hidden=delete", method="GET")),
]


@pytest.mark.parametrize(("word", "sent"), DESTRUCTIVE_FORMS, ids=lambda value: getattr(value, "text", value))
def test_destructive_form_needs_its_word(word: str, sent: Form) -> None:
    """A form that destroys, ends or costs something is left alone whatever its purpose, until its word is named."""
    everything = frozenset({"all"})
    assert not FormPolicy(allow_forms=everything).allows_form(sent)
    assert not FormPolicy(allow_forms=everything, allow_destructive=frozenset({"vaporise"})).allows_form(sent)
    assert FormPolicy(allow_forms=everything, allow_destructive=frozenset({word})).allows_form(sent)
    assert not FormPolicy(allow_forms=frozenset(), allow_destructive=frozenset({word})).allows_form(sent) or (
        sent.method == "GET"
    )


@pytest.mark.parametrize(
    "sent",
    [
        form("/cart/remove", "Remove", "product:hidden"),
        form("/basket", "Remove from basket"),
        form("/cart", "Delete", "line:hidden"),
        form("/warenkorb", "Entfernen"),
    ],
    ids=lambda value: value.text,
)
def test_taking_something_out_of_a_cart_is_no_destruction(sent: Form) -> None:
    """What is taken out of a basket can be put in again: the purpose decides."""
    assert FormPolicy(allow_forms=frozenset({"cart"})).allows_form(sent)
    assert not FormPolicy().allows_form(sent)


READ_LINKS = [
    Link(path="/", text="Home"),
    Link(path="/product/reset-sleep-mask", text="Reset sleep mask"),
    Link(path="/blog/how-to-delete-cookies", text="How to delete cookies"),
    Link(path="/help/account", text="How do I unsubscribe?"),
    Link(path="/wiki/Deletion_policy", text="Deletion policy"),
    Link(path="/blog/deleted-scenes", text="Deleted scenes"),
    Link(path="/index.php?title=Cat&action=edit", text="Edit"),
    Link(path="/index.php?title=Cat&action=history", text="View history"),
    Link(path="/index.php?title=Cat&action=info", text="Page information"),
    Link(path="/index.php?title=Cat&action=submit", text="Preview"),
    Link(path="/index.php?title=Cat&action=edit&undoafter=3&undo=4", text="undo"),
    Link(path="/wp-login.php", text="Log in"),
    Link(path="/wp-login.php?action=lostpassword", text="Lost your password?"),
    Link(path="/accounts/password/reset/", text="Forgot password?"),
    Link(path="/wp-login.php?loggedout=true", text="Back"),
    Link(path="/cart", text="Cart (2)"),
    Link(path="/checkout", text="Go to checkout"),
    Link(path="/help/payment", text="Ways to pay"),
    Link(path="/orders/3/edit", text="Cancel"),
    Link(path="/shop?colour=red", text="Clear all", title="Reset filters"),
    Link(path="/shop?size=3", text="Remove filter: red"),
    Link(path="/search?q=delete+account", text="delete account help"[15:]),
    Link(path="/?delete=0", text="Next"),
    Link(path="/watch?v=3", text="Watch the video"),
    Link(path="/sign-outdoor", text="Outdoor signs"),
]


@pytest.mark.parametrize("link", READ_LINKS, ids=lambda link: f"{link.path} {link.text}")
def test_harmless_link_may_be_followed(link: Link) -> None:
    """Pages about such words, and pages that only show a form, may be read."""
    assert FormPolicy().allows_link(link)


HARMFUL_LINKS = [
    ("logout", Link(path="/logout")),
    ("logout", Link(path="/log%6Fut")),
    ("logout", Link(path="/account/sign_out", text="Bye")),
    ("logout", Link(path="/bye", text="Sign out")),
    ("logout", Link(path="/bye", title="Log out of your account")),
    ("sign out", Link(path="/wp-login.php?action=logout", text="Leave")),
    ("logout", Link(path="/index.php?title=Special:UserLogout&returnto=Cat", text="Leave")),
    ("logout", Link(path="/wiki/Special:UserLogout")),
    ("logout", Link(path="/ende", text="Abmelden")),
    ("logout", Link(path="/fin", text="Déconnexion")),
    ("logout", Link(path="/fin", text="Cerrar sesión")),
    ("delete", Link(path="/posts/3?action=delete")),
    ("delete", Link(path="/posts/3/delete", text="x")),
    ("delete", Link(path="/delete.php?id=3")),
    ("delete", Link(path="/deletePost?id=3")),
    ("delete", Link(path="/?delete=3")),
    ("delete", Link(path="/x", text="Yes, permanently delete everything")),
    ("delete", Link(path="/index.php?title=Cat&action=delete")),
    ("delete", Link(path="/admin/user/3/remove", text="x")),
    ("rollback", Link(path="/index.php?title=Cat&action=rollback&from=Bob")),
    ("rollback", Link(path="/index.php?title=Cat&action=markpatrolled&rcid=3")),
    ("protect", Link(path="/index.php?title=Cat&action=protect")),
    ("purge", Link(path="/index.php?title=Cat&action=purge")),
    ("watch", Link(path="/index.php?title=Cat&action=watch")),
    ("unsubscribe", Link(path="/u/3", text="Unsubscribe")),
    ("unsubscribe", Link(path="/newsletter/unsubscribe?u=3", text="here")),
    ("deactivate", Link(path="/account/deactivate", text="Go on")),
    ("cancel", Link(path="/subscription/cancel", text="Go on")),
    ("cancel order", Link(path="/orders/3", text="Cancel order")),
    ("reset", Link(path="/admin/reset", text="Start")),
    ("pay", Link(path="/invoice/3", text="Pay now")),
]


@pytest.mark.parametrize(("word", "link"), HARMFUL_LINKS, ids=lambda value: getattr(value, "path", value))
def test_harmful_link_needs_its_word(word: str, link: Link) -> None:
    """Text, tooltip, path and query are looked at; allowing all forms does not help, naming the word does."""
    assert not FormPolicy(allow_forms=frozenset({"all"})).allows_link(link)
    assert FormPolicy(allow_destructive=frozenset({word})).allows_link(link)


CHANGING_LINKS = [
    ("cart", Link(path="/shop/?add-to-cart=12", text="Hoodie")),
    ("cart", Link(path="/cart/?remove_item=ab&_wpnonce=1", text="×", title="Remove Hoodie from cart")),
    ("cart", Link(path="/cart/add/3", text="Buy")),
    ("cart", Link(path="/basket?do=remove&id=3", text="x")),
    ("cart", Link(path="/p/3", text="Add to basket")),
    ("other", Link(path="/wp-admin/edit.php?post=3&_wpnonce=ab12", text="Publish")),
    ("other", Link(path="/course/view.php?id=3&sesskey=abc&edit=on", text="Turn editing on")),
    ("other", Link(path="/vote?id=3&how=up", text="▲")),
]


@pytest.mark.parametrize(("purpose", "link"), CHANGING_LINKS, ids=lambda value: getattr(value, "path", value))
def test_link_that_changes_something_counts_as_a_form(purpose: str, link: Link) -> None:
    """A GET that puts something into a basket, or carries a token against forgery, needs what its form would need."""
    assert not FormPolicy().allows_link(link)
    assert FormPolicy(allow_forms=frozenset({purpose})).allows_link(link)
    assert FormPolicy(allow_forms=frozenset({"all"})).allows_link(link)


def test_very_long_addresses_are_judged_all_the_same() -> None:
    """What is too long to be remembered is read from beginning to end."""
    link = Link(path="/?x=" + "a" * 5000 + "&action=delete")
    assert not FormPolicy().allows_link(link)
    assert FormPolicy().allows_link(Link(path="/?x=" + "a" * 5000))
    assert not FormPolicy().allows_link(Link(path="/" + "a" * 5000 + "/logout"))
    sent = form("/search", "Search", "q:search", "b:hidden=" + "a" * 700, "c" * 700 + ":hidden", method="GET")
    assert FormPolicy().allows_form(sent)
