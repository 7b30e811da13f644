"""Recordings of browsers: which entries are pages, what is kept of them, and that hostile files are refused."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficflou.core import EvidenceError
from trafficflou.evidence import HarRecording, read_har
from trafficflou.evidence.har import MAX_ENTRIES, MAX_REQUESTS

BEGIN = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SHOP = "https://shop.example"


def entry(
    url: str,
    at_s: float = 0.0,
    *,
    method: str = "GET",
    status: int = 200,
    took_ms: float = 100.0,
    dest: str | None = "document",
    redirect: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Write an entry as Chrome does."""
    request: dict[str, Any] = {"method": method, "url": url, "headers": more.pop("headers", [])}
    if dest is not None:
        request["headers"] = [*request["headers"], {"name": "Sec-Fetch-Dest", "value": dest}]
    if "post" in more:
        request["postData"] = more.pop("post")
    mime = more.pop("mime", "text/html; charset=utf-8")
    return {
        "startedDateTime": (BEGIN + timedelta(seconds=at_s)).isoformat().replace("+00:00", "Z"),
        "time": took_ms,
        "request": request,
        "response": {"status": status, "redirectURL": redirect, "content": {"mimeType": mime}},
        **more,
    }


def read(folder: Path, *entries: Any) -> HarRecording:
    """Read a recording of some entries."""
    path = folder / "visit.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}), encoding="utf-8")
    return read_har(path)


def test_visit_is_read_with_its_pauses(tmp_path: Path) -> None:
    """Pages in the order of time; a pause begins when the page and what it brought along were there."""
    recording = read(
        tmp_path,
        entry(f"{SHOP}/garden?a=1#top", 10.0),
        entry(f"{SHOP}/", 0.0, took_ms=500),
        entry(f"{SHOP}/style.css", 0.2, dest="style", took_ms=800),
        entry(f"{SHOP}/poll", 9.0, dest="empty", took_ms=5000, mime="application/json"),
        entry(f"{SHOP}/beacon", 15.0, dest="image", took_ms=20_000),
        entry(f"{SHOP}/garden/17", 30.1),
    )
    assert recording.origin == SHOP
    assert [(each.kind, each.path, each.number) for each in recording.requests] == [
        ("page", "/", 2),
        ("data", "/poll", 4),
        ("page", "/garden?a=1", 1),
        ("page", "/garden/17", 6),
    ]
    thinks = [each.think_s for each in recording.requests]
    assert thinks[0] == thinks[1] == 0
    assert thinks[2] == pytest.approx(9.0)
    assert thinks[3] == 0, "what still loads is no pause"
    assert recording.left_out == {"subresource": 2}


def test_other_origins_are_counted_and_left_out(tmp_path: Path) -> None:
    """Only what was asked of the visited site is kept; its origin is that of the first page, whatever came before."""
    recording = read(
        tmp_path,
        entry("https://ads.example/early.js", 0.0, dest="script"),
        entry("HTTPS://Shop.Example:443/", 1.0),
        entry("https://shop.example:8443/", 2.0),
        entry("https://cdn.example/a.js", 2.0, dest="script"),
        entry("https://cdn.example/b.js", 2.0, dest="script"),
        entry("http://shop.example/", 3.0),
        entry("http://[::1]:80/", 3.0),
        entry("data:text/html,x", 3.0),
        entry("https://shop.example:x/", 3.0),
    )
    assert recording.origin == SHOP
    assert len(recording.requests) == 1
    assert recording.foreign == {
        "https://shop.example:8443": 1,
        "https://cdn.example": 2,
        "http://shop.example": 1,
        "http://[::1]": 1,
    }
    assert recording.left_out == {"subresource": 1, "unreadable": 2}


def test_redirect_and_its_target_are_one_page(tmp_path: Path) -> None:
    """A form that is answered with a redirect is one step; its status is the last one's."""
    recording = read(
        tmp_path,
        entry(f"{SHOP}/"),
        entry(f"{SHOP}/cart/add", 5.0, method="POST", status=303, redirect="/cart", post={"mimeType": "application/x-www-form-urlencoded", "text": "a=1"}),
        entry(f"{SHOP}/cart", 5.1, status=302, redirect=f"{SHOP}/cart/"),
        entry(f"{SHOP}/cart/", 5.2, status=404),
        entry(f"{SHOP}/cart/", 7.3),
        entry(f"{SHOP}/out", 8.0, status=302, redirect="https://other.example/cart/"),
        entry(f"{SHOP}/odd", 8.5, status=302, redirect="http://["),
        entry(f"{SHOP}/cart/", 9.0),
    )  # fmt: skip
    assert [(each.path, each.status) for each in recording.requests] == [
        ("/", 200),
        ("/cart/add", 404),
        ("/cart/", 200),
        ("/out", 302),
        ("/odd", 302),
        ("/cart/", 200),
    ]
    assert recording.requests[2].think_s == pytest.approx(2.0)
    assert recording.left_out == {"redirected": 2}


@pytest.mark.parametrize(
    ("post", "sent"),
    [
        ({"mimeType": "application/x-www-form-urlencoded", "text": "a=1&b=x+y&c="}, ((("a", "1"), ("b", "x y"), ("c", "")), "", b"")),
        ({"mimeType": "application/x-www-form-urlencoded; charset=UTF-8", "params": [{"name": "a", "value": "x y"}]}, ((("a", "x y"),), "", b"")),
        ({"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "a", "value": "1"}, {"name": "f", "fileName": "x.png"}]}, ((("a", "1"),), "", b"")),
        ({"mimeType": "application/json", "text": '{"a": 1}'}, ((), "application/json", b'{"a": 1}')),
        ({"mimeType": "text/plain", "text": ""}, ((), "", b"")),
        (None, ((), "", b"")),
    ],
)  # fmt: skip
def test_what_was_sent_is_kept(tmp_path: Path, post: Any, sent: Any) -> None:
    """Fields of forms, however they are recorded; other bodies as they stand; never a file."""
    recording = read(tmp_path, entry(f"{SHOP}/"), entry(f"{SHOP}/a", 1.0, method="POST", post=post))
    last = recording.requests[-1]
    assert (last.fields, last.content_type, last.body) == sent
    assert bool(last.encoding) is bool(sent[0])


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"dest": "iframe"}, None),
        ({"dest": "empty"}, "data"),
        ({"dest": None, "_resourceType": "document"}, "page"),
        ({"dest": None, "_resourceType": "xhr"}, "data"),
        ({"dest": None, "_resourceType": "image"}, None),
        ({"dest": None, "headers": [{"name": "Accept", "value": "text/html,*/*"}]}, "page"),
        (
            {"dest": None, "headers": [{"name": "accept", "value": "text/html"}], "mime": "", "status": 301},
            "page",
        ),
        ({"dest": None, "headers": [{"name": "accept", "value": "*/*"}]}, None),
        ({"dest": None, "headers": [{"name": "X-Requested-With", "value": "XMLHttpRequest"}]}, "data"),
        ({"dest": None, "method": "POST", "mime": "application/json"}, "data"),
        ({"dest": None, "mime": "image/png"}, None),
        ({"dest": "document", "status": 0}, None),
        ({"dest": "document", "method": "OPTIONS"}, None),
    ],
)
def test_kind_of_an_entry_is_told_by_what_browsers_write(tmp_path: Path, how: Any, kind: str | None) -> None:
    """By where it was meant to go, else by Chrome's type, else by what was accepted and what came."""
    recording = read(tmp_path, entry(f"{SHOP}/"), entry(f"{SHOP}/a", 1.0, **how))
    assert [each.kind for each in recording.requests[1:]] == ([] if kind is None else [kind])


def test_data_keeps_two_headers(tmp_path: Path) -> None:
    """No cookie, no key and no name of a browser comes out of a recording."""
    headers = [
        {"name": "Cookie", "value": "id=secret"},
        {"name": "Authorization", "value": "Bearer x"},
        {"name": "User-Agent", "value": "Mozilla"},
        {"name": "Accept", "value": "application/json"},
        {"name": "X-Requested-With", "value": "XMLHttpRequest"},
    ]
    recording = read(tmp_path, entry(f"{SHOP}/"), entry(f"{SHOP}/a", 1.0, dest="empty", headers=headers))
    assert recording.requests[1].headers == (
        ("accept", "application/json"),
        ("x-requested-with", "xmlhttprequest"),
    )


def test_entries_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    """Browsers write odd entries; the others are of use all the same."""
    recording = read(
        tmp_path,
        entry(f"{SHOP}/"),
        "text",
        {},
        {"startedDateTime": "yesterday", "request": {"method": "GET", "url": f"{SHOP}/"}},
        entry(f"{SHOP}/a", 1.0, took_ms=-1),
        {"startedDateTime": "2026-11-26T09:01:00", "request": {"method": "GET", "url": f"{SHOP}/b"}, "response": None, "time": None},
        entry(f"{SHOP}/" + "x" * 9000),
    )  # fmt: skip
    assert [each.path for each in recording.requests] == ["/", "/a"]
    assert recording.left_out == {"unreadable": 5}


def test_pauses_and_requests_are_bounded(tmp_path: Path) -> None:
    """A recording that was left running over night has no pause of a night, and a long one ends."""
    recording = read(tmp_path, entry(f"{SHOP}/"), entry(f"{SHOP}/a", 90_000.0))
    assert recording.requests[1].think_s == 1799.0
    many = read(tmp_path, *(entry(f"{SHOP}/{number}", number) for number in range(MAX_REQUESTS + 5)))
    assert len(many.requests) == MAX_REQUESTS
    assert many.left_out == {"too_many": 5}
    entries = [entry(f"{SHOP}/"), *[{}] * (MAX_ENTRIES + 5)]
    assert read(tmp_path, *entries).left_out == {"unreadable": MAX_ENTRIES + 5}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 200_000, "it is no JSON"),
        (b"9" * 10_000, "is no HAR file"),
        (b"[]", "it has no log.entries"),
        (b'{"log": []}', "it has no log.entries"),
        (b'{"log": {"entries": {}}}', "it has no log.entries"),
        (b'{"log": {"entries": []}}', "holds no page"),
    ],
)
def test_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """What is wrong, and how to record."""
    path = tmp_path / "visit.har"
    path.write_bytes(content)
    with pytest.raises(EvidenceError) as caught:
        read_har(path)
    assert message in caught.value.message
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_har(tmp_path)


def test_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    """Some tools write one."""
    path = tmp_path / "visit.har"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"log": {"entries": [entry(f"{SHOP}/")]}}).encode())
    assert len(read_har(path).requests) == 1


def test_large_recording_is_read_in_time(tmp_path: Path) -> None:
    """Twenty thousand entries are read within seconds."""
    entries = [entry(f"{SHOP}/{number}.png", number / 10, dest="image") for number in range(20_000)]
    began_s = time.perf_counter()
    recording = read(tmp_path, entry(f"{SHOP}/"), *entries)
    assert recording.left_out["subresource"] == 20_000
    assert time.perf_counter() - began_s < 20


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "startedDateTime": st.just("2026-11-26T09:00:00Z") | VALUES,
        "time": st.integers(0, 1000) | VALUES,
        "request": st.fixed_dictionaries(
            {"method": st.sampled_from(["GET", "POST", "x"]), "url": st.sampled_from([f"{SHOP}/", f"{SHOP}/a?b", "http://[", "//x"]) | st.text(max_size=20)},
            optional={"headers": st.just([{"name": "sec-fetch-dest", "value": "document"}]) | VALUES, "postData": VALUES},
        ) | VALUES,
        "response": st.fixed_dictionaries({"status": st.sampled_from([0, 200, 302])}, optional={"redirectURL": st.sampled_from(["/a", "http://[", "//"]) | VALUES}) | VALUES,
        "_resourceType": st.sampled_from(["document", "xhr", "image"]) | VALUES,
    },
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=6))
def test_any_entries_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any]
) -> None:
    """Nothing but `EvidenceError` comes out, and every entry is accounted for."""
    try:
        recording = read(tmp_path_factory.mktemp("har"), *entries)
    except EvidenceError:
        return
    counted = len(recording.requests) + sum(recording.left_out.values()) + sum(recording.foreign.values())
    assert counted <= len(entries)
    assert recording.requests[0].kind == "page"
