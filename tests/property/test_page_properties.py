"""Whatever a page says: it is read without an exception, within bounds, in linear time, and nothing in it can do harm further on."""

import re
import time
from typing import Final
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trafficflou.http import Form, FormField, Origin, PageContent, encode_form, read_page, resolve

ORIGIN: Final = Origin.parse("http://127.0.0.1:8080")
SAFE_TARGET: Final = re.compile(r"/[!-~]*")
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

PIECES: Final = st.lists(
    st.sampled_from(
        """<|>|</|/>|<!--|-->|<!|=|"|'| |\n|&|&amp;|&#0;|&#x202e;|&euro;|$|€|9.99|1,299|EUR|\x00|\x0b|\u202e|\u200f|\ufeff|é|text
<a href=/a>|<a href='|<a href=?q=1>|<a href=#>|<a href=//b.example>|</a>|<area href=/z alt=x>|<base href=/b/>|<base href=//b.example>
<form>|<form id=f action=/s method=post>|<form method=dialog>|</form>|<input name=a>|<input type=radio name=r value=1>|<input type=checkbox name=c checked>
<input type=hidden name=h value='|<input type=submit name=s>|<input type=image name=i>|<button name=b>|</button>|<select name=o>|<select name=m multiple>|</select>
<option>|<option selected disabled>|<optgroup label=x disabled>|</optgroup>|<textarea name=t>|</textarea>|<label for=a>|<label>|</label>|<fieldset disabled>|</fieldset>
<legend>|</legend>|<div>|</div>|<div hidden>|<div class=card>|<span aria-hidden=true>|<span class=sr-only>|</span>|<p>|</p>|<del>|</del>|<b>|</b>|<li>|</li>|<ul>|</ul>
<table>|<tr>|<td>|</table>|<nav>|</nav>|<main>|</main>|<header>|<footer>|<aside>|<section id=sidebar>|<article>|<h1>|</h1>|<h2>|<title>|</title>|<img alt=x>
<svg>|</svg>|<template>|</template>|<script>|</script>|<noscript>|<dialog>|<a hidden href=/h>|<a href=/a.pdf>|<br>|<i class=x>|form=f|id=a|disabled""".replace(
            "\n", "|"
        ).split("|")
    ),
    max_size=60,
).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass"))  # fmt: skip


def check(content: PageContent) -> None:
    """Hold a page to what is promised of every page."""
    assert len(content.links) <= 500
    assert len(content.forms) <= 30
    assert len(content.headings) <= 40
    assert len({(link.path, link.text) for link in content.links}) == len(content.links)
    shown = [content.title, *content.headings]
    for link in content.links:
        assert SAFE_TARGET.fullmatch(link.path)
        assert link.price is None or 0 <= link.price < 1e30
        shown += [link.text, link.title]
    values: list[str] = []
    for form in content.forms:
        assert SAFE_TARGET.fullmatch(form.path)
        assert len(form.fields) <= 100
        shown.append(form.text)
        for field in form.fields:
            assert field.name
            assert len(field.options) <= 100
            shown += [field.label, *(label for _, label in field.options)]
            values += [field.name, field.value, *(value for value, _ in field.options)]
        for path, body, content_type in (encode_form(form), encode_form(form, {"a": "x\n", "r": "1"})):
            assert SAFE_TARGET.fullmatch(path)
            assert content_type.isascii()
            assert form.method == "POST" or (not body and not content_type)
    for text in shown:
        assert len(text) <= 200
        assert text == " ".join(text.split())
    for text in shown + values:
        assert not UNSEEN.search(text)


@given(
    html=st.binary(max_size=300) | PIECES,
    charset=st.none() | st.text(max_size=12) | st.sampled_from(["utf-16", "hex", "iso-8859-12", "gbk"]),
)
@example(html=b"<form><select name=a><option selected></form><option>", charset=None)
@example(html=b"<a href=/a><select><option>x</a>", charset=None)
def test_page_is_read_whatever_it_is(html: bytes, charset: str | None) -> None:
    """Any bytes in any charset are a page, within all bounds, without control and direction characters, and its forms can be sent."""
    check(read_page(html, path="/dir/page?x=1", origin=ORIGIN, charset=charset))


@given(html=PIECES, position=st.integers(0, 2000))
def test_page_can_end_anywhere(html: bytes, position: int) -> None:
    """What a broken connection leaves of a page is read as far as it goes; links that were there before are still there."""
    cut = read_page(html[:position], path="/", origin=ORIGIN)
    check(cut)


UNITS: Final = """<div>|<p>|<b>|<a href=x>|<a href=x>x</a>|<b><p>|<table>|<table><tr><td>|<tr>|<td>|</td>|<select>|<select><option>|<option>x|<option selected>|<optgroup>|<template>
<template></template|<svg>|<svg></svg>|<svg><title>|<math>|<form>|<form><input name=a></form>|<li>|<ul><li>|<li></ul>|<button>|<button>x|</p>|</div>|<span hidden><div></x>|<div hidden><b>
<div><dd></dd>|<td><div></td></div>|<label for=x>|<label for=x>ab</label>|<h1>|<h1>x</h1>|<!--|<!-- -->|&amp;|&#x41;|<a title="&not|€ 1|$1 |1|1,222|1.|<li><a href=/x>€ 1</a>
<div class=card>1<a href=/x>|<|"|=<a =">|<input name=a>|<input type=radio name=a>|<textarea>|<textarea name=x></textarea>|<fieldset disabled><legend>|<title>|<title></title>
<del>x<a href=/y>| |x |<b>x</b>|<b |<area href=/x>|<a href="&#|<i>$1</i>|<nav><header>|<section id=a-b-c-d>|<script>|<noscript></noscript>|</a>|<base href=x>|<br>|é|<x-y>|</x-y>""".replace(
    "\n", "|"
).split("|")


@pytest.mark.parametrize("unit", UNITS)
def test_page_is_read_in_linear_time(unit: str) -> None:
    """Two hundred kilobytes of the same hostile bytes costs less than a second; quadratic time would be minutes, deep recursion a crash."""
    for prefix in ("", "<form><select name=a>", "<p hidden>"):
        page = (prefix + unit * (200_000 // len(unit) + 1))[:200_000].encode()
        started_at_s = time.process_time()
        read_page(page, path="/", origin=ORIGIN)
        assert time.process_time() - started_at_s < 1.0


@pytest.mark.parametrize(
    "tag",
    [
        "<a %s>",
        "<div %s>",
        "<div class='%s'>",
        "<div id='%s'>",
        "<a href='%s'>",
        "<input value='%s'>",
        "<form action='%s'>",
        "<x%s>",
        "<div style='%s'>",
    ],
)
@pytest.mark.parametrize("inside", ["a", "a ", "a=b ", " ", "&#x41;", "-", "a-", "&", "/.."])
def test_page_survives_giant_tags(tag: str, inside: str) -> None:
    """One tag of a megabyte is read in linear time and does not hide what follows it."""
    page = tag.replace("%s", inside * (1_000_000 // len(inside))) + "</a></div></form><a href=/next>next</a>"
    started_at_s = time.process_time()
    content = read_page(page.encode(), path="/", origin=ORIGIN)
    assert time.process_time() - started_at_s < 1.0
    assert content.links[-1].path == "/next"


FIELDS: Final = st.builds(
    FormField,
    name=st.text(min_size=1, max_size=8),
    kind=st.sampled_from(
        [
            "text",
            "hidden",
            "checkbox",
            "radio",
            "select",
            "select-multiple",
            "textarea",
            "submit",
            "button",
            "image",
            "file",
        ]
    ),
    value=st.text(max_size=8),
    options=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=3).map(tuple),
    is_checked=st.booleans(),
)
FORMS: Final = st.builds(
    Form,
    path=st.sampled_from(["/", "/send?x=1", "/%C3%A9"]),
    method=st.sampled_from(["GET", "POST"]),
    encoding=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]),
    fields=st.lists(FIELDS, max_size=8).map(tuple),
)


@given(form=FORMS, values=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_form_is_sent_whatever_is_filled_in(form: Form, values: dict[str, str]) -> None:
    """The target stays a target and the head one line; a server reads back no names but those of the form and those given."""
    path, body, content_type = encode_form(form, values, boundary="edge")
    assert SAFE_TARGET.fullmatch(path)
    assert re.fullmatch("[ -~]*", content_type)
    sent = path.partition("?")[2] if form.method == "GET" else body.decode()
    if form.method == "GET" or form.encoding == "application/x-www-form-urlencoded":
        known = {field.name for field in form.fields} | set(values)
        known |= {f"{field.name}.{side}" for field in form.fields for side in "xy"}
        line_ends = {re.sub(r"\r\n|\r|\n", "\r\n", name) for name in known}
        assert {name for name, _ in parse_qsl(sent, keep_blank_values=True)} <= line_ends
    if form.method == "POST" and form.encoding == "multipart/form-data":
        boundary = content_type.rpartition("=")[2]
        assert sent.endswith(f"--{boundary}--\r\n")
        parts = sent.split(f"--{boundary}")
        assert all(part.startswith("\r\nContent-Disposition: form-data; name=") for part in parts[1:-1])


@given(reference=st.text(st.sampled_from("ab/.?%2eE[]=&;\\ #~") | st.characters(), max_size=40))
def test_rooted_reference_leads_where_the_same_with_its_origin_leads(reference: str) -> None:
    """What is recognised at a glance is no other place than what is taken apart."""
    rooted = "/x" + reference
    assert resolve("/", rooted, ORIGIN) == resolve("/", str(ORIGIN) + rooted, ORIGIN)
    assert resolve("/", "/" + reference.lstrip("/\\ \t\r\n"), ORIGIN) == resolve(
        "/", f"{ORIGIN}/" + reference.lstrip("/\\ \t\r\n"), ORIGIN
    )
