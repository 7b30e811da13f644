"""Pages in the manner of well-known applications: what is where, what it costs, what a form sends."""

import pytest

from tests.support.application_pages import (
    ADMIN_FORM,
    BLOG_THEME,
    BOOTSTRAP_SHOP,
    CMS_SITE,
    FORUM,
    SHOP_PLUGIN,
    TOPIC_LIST,
    WIKI,
)
from trafficflou.http import Form, Link, Origin, PageContent, encode_form, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")


def page(html: str, path: str = "/") -> PageContent:
    """Read a page of the test's origin, whole."""
    content = read_page(html.encode(), path=path, origin=ORIGIN)
    assert content.is_complete
    return content


def places(content: PageContent) -> dict[str, str]:
    """Return where each link stands, by its path."""
    return {link.path: link.place for link in content.links}


def prices(content: PageContent) -> dict[str, float | None]:
    """Return the price at each link, by its path."""
    return {link.path: link.price for link in content.links}


def link_to(content: PageContent, path: str) -> Link:
    """Return the first link to a path."""
    return next(link for link in content.links if link.path == path)


def form_to(content: PageContent, path: str) -> Form:
    """Return the first form that is sent to a path."""
    return next(form for form in content.forms if form.path == path)


def test_blog_theme_without_landmarks() -> None:
    """A theme of the 2010s says in its classes and identifiers where things are; a class of the body says nothing of the kind."""
    content = page(BLOG_THEME, "/2020/05/hello-world/")
    assert content.title == "Hello world! – A Garden Blog"
    assert content.headings == ("Hello world!", "Leave a Reply")
    assert places(content) == {
        "/": "header",
        "/about/": "navigation",
        "/about/team/": "navigation",
        "/2020/05/hello-world/": "main",
        "/2020/04/roses/": "main",
        "/category/news/": "main",
        "/2020/04/": "aside",
        "/privacy/": "footer",
    }
    assert content.foreign_links == 1


def test_blog_comment_form() -> None:
    """The trap for robots is hidden and stays empty; the button is sent with the rest."""
    content = page(BLOG_THEME, "/2020/05/hello-world/")
    form = form_to(content, "/wp-comments-post.php")
    assert (form.method, form.text, form.place) == ("POST", "Post Comment", "main")
    assert [(field.name, field.kind, field.label, field.is_required) for field in form.fields] == [
        ("comment", "textarea", "Comment *", True),
        ("author", "text", "Name", True),
        ("wp-comment-cookies-consent", "checkbox", "Save my name", False),
        ("submit", "submit", "Post Comment", False),
        ("comment_post_ID", "hidden", "", False),
        ("comment_parent", "hidden", "", False),
        ("ak_hp_textarea", "hidden", "", False),
    ]
    assert form.fields[0].max_length == 65525
    sent = encode_form(form, {"comment": "Nice", "author": "Test"}).body
    assert (
        sent
        == b"comment=Nice&author=Test&submit=Post+Comment&comment_post_ID=1&comment_parent=0&ak_hp_textarea="
    )
    search = form_to(content, "/")
    assert (search.method, search.text, search.place) == ("GET", "Search", "aside")
    assert [(field.name, field.label) for field in search.fields] == [("s", "Search for:")]


def test_shop_plugin_prices() -> None:
    """The sign may stand in an element of its own; the struck price does not count; a range is no single price."""
    content = page(SHOP_PLUGIN, "/shop/?page=2")
    assert prices(content) == {
        "/shop/": None,
        "/cart/": 38.0,
        "/product/album/": 1015.0,
        "/shop/?add-to-cart=31": 1015.0,
        "/product/beanie/": 18.0,
        "/shop/?add-to-cart=15": 18.0,
        "/product/hoodie/": None,
    }
    assert link_to(content, "/shop/?add-to-cart=31").title == "Add “Album” to your basket"
    (form,) = content.forms
    assert encode_form(form, {"orderby": "price"}).path == "/shop/?orderby=price&paged=1"
    assert encode_form(form).path == "/shop/?orderby=menu_order&paged=1"


@pytest.mark.parametrize("strip_roles", [False, True])
def test_wiki(strip_roles: bool) -> None:
    """A wiki's parts are known by their roles, and by their identifiers in skins that have no roles."""
    html = WIKI
    if strip_roles:
        for role in ("main", "navigation", "search", "contentinfo"):
            html = html.replace(f' role="{role}"', "")
    content = page(html, "/wiki/Rose")
    assert places(content) == {
        "/wiki/Plant": "main",
        "/index.php?title=Garden&action=edit&redlink=1": "main",
        "/wiki/File:Rose.jpg": "main",
        "/wiki/Rosaceae": "main",
        "/wiki/Category:Plants": "main",
        "/index.php?title=Special:UserLogin&returnto=Rose": "navigation",
        "/wiki/Special:RecentChanges": "navigation",
        "/wiki/Wiki:About": "footer",
    }
    (form,) = content.forms
    assert (form.text, form.fields[0].label) == ("Search", "Search")
    assert (
        encode_form(form, {"search": "red rose"}).path
        == "/index.php?search=red+rose&title=Special%3ASearch&fulltext=Search"
    )
    assert (
        encode_form(form, {"search": "x", "go": "Go"}).path
        == "/index.php?search=x&title=Special%3ASearch&go=Go"
    )


def test_admin_form() -> None:
    """Fields, a radio group, a file, several buttons: sent as by the Enter key, or with the button that is named."""
    content = page(ADMIN_FORM, "/admin/library/book/1/change/?_popup=1")
    form = form_to(content, "/admin/library/book/1/change/?_popup=1")
    assert (form.method, form.encoding, form.text, form.place) == (
        "POST",
        "multipart/form-data",
        "Save",
        "main",
    )
    by_name = {field.name: field for field in form.fields}
    assert by_name["title"].value == 'Moby "Dick"'
    assert by_name["state"].options == (("d", "Draft"), ("p", "Published"))
    assert (by_name["state"].kind, by_name["state"].value, by_name["state"].is_required) == (
        "radio",
        "d",
        True,
    )
    assert (by_name["authors"].kind, by_name["authors"].value) == ("select-multiple", "2")
    assert (by_name["is_new"].label, by_name["is_new"].is_checked, by_name["is_new"].value) == (
        "Is new",
        True,
        "on",
    )
    filled = encode_form(
        form, {"state": "p", "is_new": "", "_addanother": "Save and add another"}, boundary="B"
    )
    assert filled.content_type == "multipart/form-data; boundary=B"
    head = "Content-Disposition: form-data; name="
    assert filled.body.decode().split("--B\r\n")[1:] == [
        f'{head}"csrfmiddlewaretoken"\r\n\r\nt0k\r\n',
        f'{head}"title"\r\n\r\nMoby "Dick"\r\n',
        f'{head}"state"\r\n\r\np\r\n',
        f'{head}"authors"\r\n\r\n2\r\n',
        f'{head}"cover"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n',
        f'{head}"_addanother"\r\n\r\nSave and add another\r\n--B--\r\n',
    ]
    assert [f.text for f in content.forms] == ["Log out", "Save"]
    assert places(content)["/admin/auth/user/"] == "navigation"
    assert places(content)["/admin/library/book/1/delete/"] == "main"


def test_forum() -> None:
    """Relative addresses, a form whose labels are only beside the fields, a search button that is a picture."""
    content = page(FORUM, "/board/viewtopic.php?t=5")
    assert places(content) == {
        "/board/index.php?sid=0a": "header",
        "/board/faq.php?sid=0a": "navigation",
        "/board/viewtopic.php?t=5&sid=0a": "main",
        "/board/posting.php?mode=reply&t=5": "main",
        "/board/viewtopic.php?p=8": "main",
        "/board/memberlist.php?mode=team": "footer",
    }
    assert link_to(content, "/board/index.php?sid=0a").text == "Board index"
    search, login = content.forms
    assert search.text == "Search"
    assert encode_form(search, {"keywords": "sun"}).path == "/board/search.php?keywords=sun&t=5"
    assert [(field.name, field.label) for field in login.fields] == [
        ("username", "Username:"),
        ("password", "Password:"),
        ("autologin", "Remember me"),
        ("login", "Login"),
    ]


def test_bootstrap_shop() -> None:
    """A card's price belongs to its link; a crossed-out price by class counts not; a dialog that waits is not seen."""
    content = page(BOOTSTRAP_SHOP, "/shop/index.html")
    assert places(content) == {
        "/shop/index.html": "navigation",
        "/popular": "navigation",
        "/shop/item.php?id=1": "unknown",
        "/shop/item.php?id=2": "unknown",
        "/imprint": "footer",
    }
    assert prices(content)["/shop/item.php?id=1"] == 40.0
    assert prices(content)["/shop/item.php?id=2"] == 18.0
    assert [(form.path, form.text) for form in content.forms] == [("/shop/index.html", "Cart 0")]


def test_topic_list() -> None:
    """A table of topics, cells without end tags, absolute addresses of the own origin."""
    assert places(page(TOPIC_LIST, "/latest")) == {
        "/": "header",
        "/t/roses/8": "main",
        "/c/plants/5": "main",
        "/latest?page=1": "navigation",
        "/tos": "navigation",
    }


def test_cms_site() -> None:
    """Landmarks inside of landmarks, a select with a placeholder, a group of radio buttons, a spare button."""
    content = page(CMS_SITE, "/blog/")
    assert places(content) == {
        "/": "header",
        "/breads/": "navigation",
        "/blog/": "navigation",
        "/blog/bread/": "main",
        "/latest/": "aside",
        "/about/": "footer",
    }
    assert link_to(content, "/blog/bread/").text == "Bread & circuses"
    (form,) = content.forms
    subject, by, draft = form.fields[1:]
    assert (subject.label, subject.value) == ("Subject", "")
    assert subject.options == (("White bread", "White bread"), ("r", "Rye bread"))
    assert (by.label, by.is_checked, by.options) == (
        "Contact me by",
        False,
        (("mail", "Mail"), ("phone", "Phone")),
    )
    assert (draft.kind, draft.label) == ("button", "Keep a draft")
    assert encode_form(form).body == b"csrf=x"
    assert encode_form(form, {"subject": "r", "by": "mail"}).body == b"csrf=x&subject=r&by=mail"
    assert encode_form(form, {"draft": "1"}).body == b"csrf=x&draft=1"
