"""What a browser sends for a form."""

import pytest

from trafficflou.http import Form, FormField, encode_form


def text(name: str, value: str = "") -> FormField:
    """Make a field of text."""
    return FormField(name=name, value=value)


def box(name: str, value: str = "on", *, checked: bool = False) -> FormField:
    """Make a box to tick."""
    return FormField(name=name, kind="checkbox", value=value, is_checked=checked)


def post(*fields: FormField, encoding: str = "application/x-www-form-urlencoded") -> Form:
    """Make a form that is sent in a body."""
    if encoding == "multipart/form-data":
        return Form(path="/send", method="POST", encoding="multipart/form-data", fields=fields)
    if encoding == "text/plain":
        return Form(path="/send", method="POST", encoding="text/plain", fields=fields)
    return Form(path="/send", method="POST", fields=fields)


def body(*fields: FormField, **values: str) -> str:
    """Return the body of a form of these fields."""
    return encode_form(post(*fields), values).body.decode()


def test_get_form_replaces_the_query_of_its_action() -> None:
    """What was filled in is the query; the action's own is dropped (HTML standard, "mutate action URL")."""
    form = Form(path="/search?old=1", fields=(text("q"), text("lang", "en")))
    assert encode_form(form, {"q": "café & crème"}) == ("/search?q=caf%C3%A9+%26+cr%C3%A8me&lang=en", b"", "")
    assert encode_form(Form(path="/search")).path == "/search?"


def test_post_form_keeps_the_query_of_its_action() -> None:
    """The values are in the body; line ends are CRLF, and only a few signs stand for themselves."""
    form = Form(path="/cart?x=1", method="POST", fields=(text("a", "1~2*3-4._"), text("b")))
    assert encode_form(form, {"b": "x\ny\rz\r\n"}) == (
        "/cart?x=1",
        b"a=1%7E2*3-4._&b=x%0D%0Ay%0D%0Az%0D%0A",
        "application/x-www-form-urlencoded",
    )


def test_plain_text_form() -> None:
    """A line a field, nothing is escaped."""
    form = post(text("a", "x=é"), text("b", "1\n2"), encoding="text/plain")
    assert encode_form(form) == ("/send", "a=x=é\r\nb=1\r\n2\r\n".encode(), "text/plain")


def test_multipart_form() -> None:
    """Names are escaped, files have a name and a type, the boundary is not part of any value (RFC 7578)."""
    upload = FormField(name="f", kind="file")
    form = post(text('a"\n', "1\n2"), upload, encoding="multipart/form-data")
    sent = encode_form(form, {"f": "--B"}, boundary="B")
    assert (sent.path, sent.content_type) == ("/send", "multipart/form-data; boundary=Bx")
    assert sent.body.decode().split("\r\n") == [
        "--Bx",
        'Content-Disposition: form-data; name="a%22%0D%0A"',
        "",
        "1",
        "2",
        "--Bx",
        'Content-Disposition: form-data; name="f"; filename="upload.txt"',
        "Content-Type: text/plain",
        "",
        "--B",
        "--Bx--",
        "",
    ]
    empty = encode_form(post(upload, encoding="multipart/form-data")).body
    assert b'name="f"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--' in empty
    assert body(upload, f="content") == "f="


@pytest.mark.parametrize(
    ("boxes", "values", "sent"),
    [
        ([box("a")], {}, ""),
        ([box("a", checked=True)], {}, "a=on"),
        ([box("a")], {"a": "yes"}, "a=on"),
        ([box("a", checked=True)], {"a": ""}, ""),
        ([box("a", "1"), box("a", "2", checked=True)], {}, "a=2"),
        ([box("a", "1"), box("a", "2", checked=True)], {"a": "1"}, "a=1"),
        ([box("a", "1"), box("a", "2", checked=True)], {"a": ""}, ""),
        ([box("a", "1"), box("a", "2", checked=True)], {"a": "3"}, "a=2"),
    ],
)
def test_boxes(boxes: list[FormField], values: dict[str, str], sent: str) -> None:
    """A box sends its own value or nothing; of several the one whose value is given is ticked."""
    assert body(*boxes, **values) == sent


@pytest.mark.parametrize(
    ("kind", "value", "is_checked", "values", "sent"),
    [
        ("radio", "", False, {}, ""),
        ("radio", "", True, {}, "a="),
        ("radio", "1", True, {}, "a=1"),
        ("radio", "", False, {"a": "2"}, "a=2"),
        ("select", "", False, {}, ""),
        ("select", "1", False, {}, "a=1"),
        ("select", "1", False, {"a": "2"}, "a=2"),
        ("select-multiple", "", False, {}, ""),
        ("select-multiple", "2", False, {}, "a=2"),
    ],
)
def test_choices(kind: str, value: str, is_checked: bool, values: dict[str, str], sent: str) -> None:
    """A choice that nobody made is not sent."""
    field = FormField(
        name="a", kind=kind, value=value, is_checked=is_checked, options=(("1", "1"), ("2", "2"))
    )
    assert body(field, **values) == sent


def test_empty_option_is_a_choice() -> None:
    """A select whose chosen option has an empty value sends it."""
    options = (("", "Any"), ("1", "One"))
    assert body(FormField(name="a", kind="select", options=options)) == "a="
    assert body(FormField(name="a", kind="select-multiple", options=options)) == ""


def test_one_button_is_pressed() -> None:
    """The first, or the one that is named; a spare button only if it is named; a picture sends where it was clicked."""
    save = FormField(name="do", kind="submit", value="save")
    delete = FormField(name="do", kind="submit", value="delete")
    spare = FormField(name="draft", kind="button", value="1")
    picture = FormField(name="go", kind="image")
    assert body(text("a"), save, delete) == "a=&do=save"
    assert body(save, delete, do="delete") == "do=delete"
    assert body(save, delete, do="other") == "do=save"
    assert body(save, spare, draft="1") == "draft=1"
    assert body(spare) == ""
    assert body(spare, picture) == "go.x=0&go.y=0"


def test_hidden_fields_stand_as_they_are() -> None:
    """A given value is meant for the field that is seen; a hidden one of that name is the value of a box that is not ticked."""
    hidden = FormField(name="a", kind="hidden", value="0")
    assert body(hidden, box("a", "1"), a="1") == "a=0&a=1"
    assert body(hidden, a="7") == "a=7"
    assert body(FormField(name="_charset_", kind="hidden")) == "_charset_=UTF-8"


def test_values_that_the_form_does_not_have_follow() -> None:
    """A script of the page may have added the field; a name must there be."""
    assert encode_form(post(text("b")), {"z": "1", "": "no", "b": "2"}).body == b"b=2&z=1"


def test_what_no_encoding_has_is_replaced() -> None:
    """Lone surrogates cannot be written."""
    assert body(text("a", "\ud800")) == "a=%3F"
    assert encode_form(post(text("a", "\ud800"), encoding="text/plain")).body == b"a=?\r\n"
