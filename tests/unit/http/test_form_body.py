"""What a browser sends for a form."""

from trafficflou.http import Form, FormField, encode_form


def text(name: str, value: str = "") -> FormField:
    """Make a field of text."""
    return FormField(name=name, value=value)


def test_get_form_replaces_the_query_of_its_action() -> None:
    """What was filled in is the query; the action's own is dropped (HTML standard, "mutate action URL")."""
    form = Form(path="/search?old=1", fields=(text("q"), text("lang", "en")))
    assert encode_form(form, {"q": "café & crème"}) == ("/search?q=caf%C3%A9+%26+cr%C3%A8me&lang=en", b"", "")
    assert encode_form(Form(path="/search")).path == "/search?"


def test_post_form_keeps_the_query_of_its_action() -> None:
    """The values are in the body."""
    form = Form(path="/cart?x=1", method="POST", fields=(text("a", "1~2*3-4._"), text("b")))
    assert encode_form(form, {"b": "x\ny"}) == (
        "/cart?x=1",
        b"a=1%7E2*3-4._&b=x%0D%0Ay",
        "application/x-www-form-urlencoded",
    )
