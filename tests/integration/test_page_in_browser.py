"""What is read of a page is what a real browser shows of it, and a form is sent as it sends it."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import application_pages
from tests.support.chromium import CHROMIUM, Browser, Tab
from trafficflou.http import Form, Origin, PageContent, encode_form, read_page

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
    ),
]

# No style sheet is loaded; what every one of them does to text for screen readers is said here.
STYLE = "<style>.sr-only, .screen-reader-text { display: none }</style>"
SEEN_LINKS = """[...document.querySelectorAll('a[href]')].filter(link => link.checkVisibility() && !link.closest('[aria-hidden=true]')
    && link.getAttribute('href')[0] != '#' && link.origin == location.origin)
    .map(link => [link.pathname + link.search, link.innerText])"""
SEEN_FORMS = (
    "[...document.forms].filter(form => form.checkVisibility() && !form.closest('[aria-hidden=true]'))"
)
FILL = (
    SEEN_FORMS
    + """.forEach(form => { for (const field of form.elements) if (field.checkVisibility() && field.name in values) field.value = values[field.name] })"""
)
SEND = """new Promise(done => { const form = FORMS[INDEX], sink = document.createElement('iframe');
    sink.name = form.target = 'sink' + INDEX; form.noValidate = true; document.body.append(sink);
    sink.onload = () => sink.contentWindow.location.href == 'about:blank' || done(1);
    form.requestSubmit([...form.elements].find(one => one.type == 'submit')) })"""

FORMS = """<!doctype html><meta charset=utf-8><form action=/plain method=post enctype=text/plain><input name=a value="1=2 é"><textarea name=b>
 two
lines</textarea><button name=go value=yes>Go</button></form>
<form action="/get?gone=1#part"><input name=q value="a+b &amp; c~*'()!"><input type=checkbox name=c value=1 checked><input type=checkbox name=c value=2><input type=radio name=r value=x>
<select name=s><option>one  two<option disabled>no</select><select name=m multiple><option>x</select><select name=l size=3><option>x</select><input name=off disabled><input value=nameless></form>
<form action=/multi method=post enctype=multipart/form-data><input name='quote"d' value="“”"><input type=file name=f><select name=e></select><select name=p><option value="" disabled selected>Choose<option>x</select>
<fieldset disabled><legend><input name=in value=1></legend><input name=out></fieldset><input type=hidden name=_charset_></form>
<form id=far action=/far method=post><button>First</button><button name=second value=2>Second</button></form><input name=apart form=far value=3>
<form method=post><input name=own value=1><input type=submit formaction=/over></form>
<a href="/a?x=1&copy=2&section=3">one</a> <a href=" /b/../c ">t<b>w</b>o</a> <a href=?q=%zz>three <!-- no --!>and a half</a> <ul><li hidden>no<a href=/no>no</a><li><a href=/four>four</a></ul><p>still <a href=/five>five</a>
<div hidden><table><tr><td></div><a href=/no>no</a></table></div><a href=/six>six</a><svg><a href=/no2></a></svg><details open><a href=/seven>seven</a></details>"""

PAGES = {
    "forms": FORMS,
    **{name: getattr(application_pages, name) for name in application_pages.__all__},
}


class Sent(NamedTuple):
    """A request as the site saw it."""

    method: str
    path: str
    content_type: str
    body: bytes


class Site(ThreadingHTTPServer):
    """A site of the pages above that writes down what is asked of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = b""
        self.sent: list[Sent] = []

    @property
    def origin(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers everything with the page, but what is sent to it with a line."""

    server: Site

    def answer(self) -> None:
        """Write down and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_page = self.path == "/shown/here?x=1" and self.command == "GET" and not self.server.sent
        if not is_page and "favicon" not in self.path and self.headers.get("Sec-Fetch-Dest") == "iframe":
            self.server.sent.append(Sent(self.command, self.path, self.headers.get("Content-Type", ""), body))
        content = self.server.page if is_page else b"<title>thanks</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Answer a request for a page."""
        self.answer()

    def do_POST(self) -> None:
        """Answer what is sent."""
        self.answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """Open a browser."""
    with Browser(Path(tmp_path_factory.mktemp("profile"))) as browser:
        yield Tab(browser)


@pytest.fixture
def site() -> Iterator[Site]:
    """Start a site."""
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def show(tab: Tab, site: Site, name: str) -> PageContent:
    """Show a page in the browser and read it."""
    html = PAGES[name].replace("http://127.0.0.1:8080", site.origin) + STYLE
    site.page = html.encode()
    site.sent.clear()
    tab.open(f"{site.origin}/shown/here?x=1")
    return read_page(site.page, path="/shown/here?x=1", origin=Origin.parse(site.origin), charset="utf-8")


def in_short(links: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out what is said of white space, and what opens no page."""
    return {(path, re.sub(r"\s", "", text)) for path, text in links if not path.endswith((".pdf", "/feed/"))}


@pytest.mark.parametrize("name", PAGES)
def test_links_are_those_that_a_browser_shows(tab: Tab, site: Site, name: str) -> None:
    """The same addresses with the same words; a link without words has those of its picture or label."""
    content = show(tab, site, name)
    shown = in_short([(path, text) for path, text in tab.evaluate(SEEN_LINKS)])
    read = in_short([(link.path, link.text) for link in content.links])
    wordless = {path for path, text in shown if not text}
    assert {link for link in read if link[0] not in wordless} == {
        link for link in shown if link[0] not in wordless
    }
    assert wordless <= {path for path, _ in read}


def sent_by_us(form: Form, values: dict[str, str]) -> Sent:
    """Return the request that we would make."""
    own = {field.name: values[field.name] for field in form.fields if field.name in values}
    filled = encode_form(form, own, boundary="edge")
    return Sent(form.method, filled.path, filled.content_type, filled.body)


def without_boundary(request: Sent) -> Sent:
    """Put the same boundary into every multipart body."""
    if not request.content_type.startswith("multipart/form-data"):
        return request
    boundary = request.content_type.rpartition("=")[2]
    return request._replace(
        content_type="multipart/form-data; boundary=edge",
        body=request.body.replace(boundary.encode(), b"edge"),
    )


def sent_by_browser(tab: Tab, site: Site, values: dict[str, Any]) -> list[Sent]:
    """Fill in and send every form that is seen, one after the other."""
    tab.evaluate(f"(values => {{ {FILL} }})({json.dumps(values)})")
    for index in range(tab.evaluate(f"{SEEN_FORMS}.length")):
        tab.evaluate(SEND.replace("FORMS", SEEN_FORMS).replace("INDEX", str(index)))
    return [without_boundary(request) for request in site.sent]


@pytest.mark.parametrize("is_filled_in", [False, True])
@pytest.mark.parametrize("name", PAGES)
def test_forms_are_sent_as_a_browser_sends_them(
    tab: Tab, site: Site, name: str, *, is_filled_in: bool
) -> None:
    """Byte for byte: what stands in them already, and what somebody writes into the fields of text."""
    content = show(tab, site, name)
    written = {"text": "x & y/é", "search": "“quoted” +1", "password": "p w", "textarea": "one\ntwo\r\n"}
    values = {
        field.name: written[field.kind]
        for form in content.forms
        for field in form.fields
        if is_filled_in and field.kind in written
    }
    assert [sent_by_us(form, values) for form in content.forms] == sent_by_browser(tab, site, values)
