"""Recorded visits as journeys: played in order with their pauses, with the tokens of the live site."""

import json
from pathlib import Path
from typing import Any, Final

from tests.support.paper_site import Document, PaperSite, context
from trafficflou.evidence import HarRecording, HarRequest
from trafficflou.traffic.custom import load_custom
from trafficflou.traffic.journeys import JourneyStrategy
from trafficflou.traffic.journeys.recording import journey_of

CART = """<form action=/cart/remove method=post><input type=hidden name=csrf value=new><input type=hidden name=product value=17><button>Remove</button></form>
<form action=/cart/remove method=post><input type=hidden name=csrf value=new><input type=hidden name=product value=18><button>Remove</button></form>
<form action=/note method=post enctype=multipart/form-data><input type=hidden name=csrf value=new><textarea name=text></textarea></form>"""
SITE: dict[str, Document] = {
    "/": "<title>Shop</title>",
    "/cart": CART,
    "/cart/remove": CART,
    "/note": "<p>",
    "/api": {},
    "/gone": (410, "<title>Gone</title>"),
}
FORM: Final = "application/x-www-form-urlencoded"


def played(*requests: HarRequest, **given: Any) -> tuple[PaperSite, list[str]]:
    """Play a recording; returns the site and the errors."""
    recording = HarRecording(origin="https://shop.example", requests=requests, **given)
    site, strategy = (
        PaperSite(SITE),
        JourneyStrategy([journey_of(recording, "visit.har")], context("visit.har"), Path()),
    )
    site.walk(strategy)
    return site, list(strategy.take_journal().script_errors)


def page(number: int, path: str, **more: Any) -> HarRequest:
    """Make a page of a recording."""
    return HarRequest(
        number=number,
        kind="page",
        method=more.pop("method", "GET"),
        path=path,
        status=more.pop("status", 200),
        **more,
    )


def test_recording_is_played_with_its_pauses() -> None:
    """Pages and data in their order; what was redirected is one step."""
    site, errors = played(
        page(1, "/"),
        HarRequest(
            number=2,
            kind="data",
            method="POST",
            path="/api",
            body=b"{}",
            content_type="application/json",
            headers=(("accept", "*/*"),),
        ),
        page(5, "/cart?x=1", think_s=4.5),
    )
    assert not errors
    assert [(step.method, step.path, step.think_s, step.loads_subresources) for step in site.steps] == [
        ("GET", "/", 0, True),
        ("POST", "/api", 0, False),
        ("GET", "/cart?x=1", 4.5, True),
    ]
    assert (site.steps[1].body, site.steps[1].content_type) == (b"{}", "application/json")
    assert site.steps[1].headers == (("accept", "*/*"),)


def test_hidden_fields_come_from_the_live_page() -> None:
    """A token of the recording is worth nothing; of several forms that is meant whose other hidden fields are alike."""
    fields = (("csrf", "old"), ("product", "18"))
    site, errors = played(
        page(1, "/cart"), page(2, "/cart/remove", method="POST", encoding=FORM, fields=fields)
    )
    assert not errors
    assert site.steps[1].body == b"csrf=new&product=18"


def test_what_a_person_filled_in_comes_from_the_recording() -> None:
    """As the live form sends it, in its encoding."""
    fields = (("csrf", "old"), ("text", "two words"), ("extra", "1"))
    site, errors = played(
        page(1, "/cart"), page(2, "/note", method="POST", encoding="multipart/form-data", fields=fields)
    )
    assert not errors
    body = site.steps[1].body
    assert b'name="csrf"\r\n\r\nnew' in body
    assert b'name="text"\r\n\r\ntwo words' in body
    assert b'name="extra"\r\n\r\n1' in body


def test_form_without_its_page_is_sent_as_it_was_recorded() -> None:
    """There is no live form to take anything from."""
    fields = (("csrf", "old"), ("product", "18"))
    site, _ = played(
        page(1, "/"),
        page(2, "/cart/remove", method="POST", encoding=FORM, fields=fields),
        HarRequest(
            number=3, kind="data", method="POST", path="/note", encoding=FORM, fields=(("text", "x"),)
        ),
    )
    assert site.steps[1].body == b"csrf=old&product=18"
    assert b'name="csrf"\r\n\r\nnew' in site.steps[2].body
    first, _ = played(page(2, "/cart/remove", method="POST", encoding=FORM, fields=fields))
    assert first.steps[0].body == b"csrf=old&product=18"


def test_other_answer_than_recorded_ends_the_session_with_the_entry() -> None:
    """A page that was there and is gone is told; one that was gone then is as it was; refused data is no end."""
    _, errors = played(page(1, "/"), page(7, "/gone"))
    assert errors == ['GET /{slug} answered 410 ("Gone") at visit.har, entry 7']
    site, errors = played(
        page(7, "/gone", status=410),
        HarRequest(number=8, kind="data", method="GET", path="/gone", status=200),
        page(9, "/cart", status=404),
    )
    assert not errors
    assert len(site.steps) == 3


def test_recording_says_what_it_holds(tmp_path: Path) -> None:
    """`--strategy visit.har`: how many pages, and what was left out."""
    entries = [
        {"startedDateTime": "2026-11-26T09:00:00Z", "request": {"method": "GET", "url": url}, "response": {"status": 200}, "_resourceType": "document"}
        for url in ("https://shop.example/", "https://ads.example/", "https://shop.example/cart")
    ]  # fmt: skip
    (tmp_path / "visit.har").write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    kind = load_custom("visit.har", tmp_path)
    assert kind.summary == "2 pages recorded at https://shop.example; 1 request to 1 other origin left out"
    site = PaperSite(SITE)
    site.walk(kind.create(kind.settings_type(), context("visit.har")))
    assert [step.path for step in site.steps] == ["/", "/cart"]
