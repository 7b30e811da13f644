"""The page: whole, offline, and deaf to whatever a template name says."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from trafficflou.metrics import Summary
from trafficflou.report import render_html

MakeSummary = Callable[..., Summary]

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'-alert(3)-'",
    "{{ 7*7 }}{% raw %}",
    "<!--",
    "javascript:alert(4)",
    "\u2028alert(5)\u2029",
    "\u202e\x1b[31m\x00",
    "&lt;b&gt;",
)
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Reads a page as a browser would: elements, their attributes, the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that ends where it begins (SVG)."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that elements are nested."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]][-1] += data
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        """All text that a reader sees, with single spaces."""
        return " ".join(" ".join(self.text).split())

    @property
    def data(self) -> Any:
        """The data that the script draws."""
        return json.loads(self.raw["script"][0])


@pytest.fixture(scope="module")
def shop_html(request: pytest.FixtureRequest) -> str:
    """Render the shop's page once."""
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415

    spec = spec_from_file_location("report_samples", request.path.parent / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    samples = module_from_spec(spec)
    spec.loader.exec_module(samples)
    return render_html(Summary.model_validate(samples.shop_document()))


def test_page_refers_to_nothing_outside(shop_html: str) -> None:
    """The page works offline: no element fetches anything and no style imports or refers to a URL."""
    page = Page(shop_html)
    fetching = {
        "src",
        "srcset",
        "data",
        "action",
        "formaction",
        "poster",
        "background",
        "ping",
        "manifest",
        "xlink:href",
    }
    for tag, attributes in page.elements:
        assert not fetching & set(attributes), (tag, attributes)
        assert tag not in {"link", "base", "iframe", "object", "embed", "form", "img"}
        assert str(attributes.get("href", "#")).startswith("#")
    styles = "".join(page.raw["style"])
    assert "url(" not in styles
    assert "@import" not in styles
    code = page.raw["script"][2]
    assert not re.search(
        r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource|import\(|eval\(|innerHTML|localStorage",
        code,
    )


def test_page_has_a_policy_that_allows_only_itself(shop_html: str) -> None:
    """The Content-Security-Policy names exactly the style and the scripts of the page by hash, and no network."""
    page = Page(shop_html)
    policy = next(
        a["content"]
        for tag, a in page.elements
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )

    def source(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    (style,) = page.raw["style"]
    _data, uplot, ours = page.raw["script"]
    assert policy == (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src {source(style)}; script-src {source(uplot)} {source(ours)}"
    )
    assert "unsafe" not in policy


def test_page_has_no_inline_style_or_handler(shop_html: str) -> None:
    """What the policy would block is not there."""
    for tag, attributes in Page(shop_html).elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag


def test_page_is_well_formed_and_accessible(shop_html: str) -> None:
    """Elements nest, ids are unique, every link inside the page has a goal, every heading cell a scope, every chart words."""
    page = Page(shop_html)
    assert page.open == []
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    goals = {str(a["href"])[1:] for tag, a in page.elements if tag == "a"} | {
        str(a["aria-labelledby"]) for _, a in page.elements if "aria-labelledby" in a
    }
    assert goals <= set(map(str, ids))
    assert all(a.get("scope") in {"col", "row"} for tag, a in page.elements if tag == "th")
    assert all(a.get("aria-label") for _, a in page.elements if a.get("role") in {"img", "region"})
    assert ("html", {"lang": "en"}) in page.elements


def test_page_carries_the_licence_of_its_chart_library(shop_html: str) -> None:
    """The page is a copy of uPlot and says under which terms."""
    assert "Copyright (c) 2022 Leon Sorokin" in shop_html
    assert "Permission is hereby granted" in shop_html


@pytest.mark.parametrize(
    "words",
    [
        "Failed", "The site missed 1 of 3 objectives.", "errors<0.2%: 0.39 % of requests failed", "http://127.0.0.1:8080", "200 visitors at once",
        "organic-mimicry", "shop-model.json", "23 Nov 2026, 21:18 UTC", "p99{template=/checkout}<1s 660 ms met", "/product/{id}", "http_503",
        "503 Service Unavailable", "/product/991", "https://cdn.example.com", "Schedule lag p95 / p99", "96.4 MB",
        "Response time counts from the moment the request was due", "Service time counts from the moment the request was sent",
        "The generator kept up", "10 s, not counted",
    ],
)  # fmt: skip
def test_page_tells_what_the_summary_holds(shop_html: str, words: str) -> None:
    """Every part of the summary that a reader needs is in the text of the page, without the script."""
    assert words in Page(shop_html).words


def test_page_draws_every_second_of_a_short_run(shop_html: str) -> None:
    """The script gets the series and the charts that it shall draw."""
    data = Page(shop_html).data
    assert data["columns"]["t"] == list(range(300))
    assert data["warmup_s"] == 10.0
    places = {str(a["id"]) for _, a in Page(shop_html).elements if "id" in a}
    assert {f"plot-{chart['id']}" for chart in data["charts"]} <= places


def test_page_of_a_day_stays_small(make_shop: MakeSummary) -> None:
    """A run of 24 hours makes a page of moderate size."""
    summary = make_shop(60)
    day = summary.model_copy(
        update={
            "series": tuple(summary.series[i % 60].model_copy(update={"second": i}) for i in range(86_400))
        }
    )
    html = render_html(day)
    assert len(html) < 500_000
    assert len(Page(html).data["columns"]["t"]) <= 2000


def test_page_of_an_empty_run_renders(make_empty: MakeSummary) -> None:
    """A run without a second, a request or an objective has a page that says so and praises nothing."""
    page = Page(render_html(make_empty()))
    assert "No objectives were set" in page.words
    assert "No second was finished" in page.words
    assert "No request was finished." in page.words
    assert "Nothing was asked." in page.words
    assert "No request failed." not in page.words
    assert not any(a.get("id") in {"objectives", "findings", "strategies"} for _, a in page.elements)


def test_page_of_one_second_renders(make_shop: MakeSummary) -> None:
    """A run of a single second has all charts with one point."""
    assert Page(render_html(make_shop(1))).data["columns"]["t"] == [0]


def test_page_of_a_run_in_which_all_failed_renders(make_empty: MakeSummary) -> None:
    """A site that never answers gives a page of errors without a percentile."""
    requests = {
        "count": 9,
        "rate_rps": 9.0,
        "errors": 9,
        "error_share": 1.0,
        "by_error": {"connect_refused": 9},
    }
    words = Page(
        render_html(make_empty(requests=requests, verdict="fail", reasons=["all 9 requests failed"]))
    ).words
    assert "100 %" in words
    assert "the site refused the connection" in words
    assert "The site gave no complete answer." in words


def test_page_of_a_saturated_run_is_invalid(make_empty: MakeSummary) -> None:
    """A generator that was the bottleneck is the first thing that the page says."""
    summary = make_empty(
        verdict="invalid", exit_code=4, reasons=["the generator was saturated"], generator={"saturated": True}
    )
    page = Page(render_html(summary))
    assert "Invalid This run gives no verdict" in page.words
    assert "Saturated The generator was the bottleneck" in page.words
    assert "kept up" not in page.words


def test_page_compares_several_strategies(make_empty: MakeSummary) -> None:
    """Two strategies get a table; one alone does not, since its figures are the run's."""
    one = {
        "name": "organic-mimicry",
        "sessions": {"started": 5},
        "page_views": 9,
        "requests": {},
        "response_ms": {},
        "page_load_ms": {},
    }
    assert "Strategies" not in Page(render_html(make_empty(strategies=[one]))).words
    assert (
        "phantom-flair 5 9"
        in Page(render_html(make_empty(strategies=[one, one | {"name": "phantom-flair"}]))).words
    )


@pytest.mark.parametrize("started_at", ["yesterday <b>", "2026-11-23T21:18:00"])
def test_page_shows_a_strange_start_as_it_is(make_empty: MakeSummary, started_at: str) -> None:
    """A start time that cannot be understood is shown, not guessed."""
    run = make_empty().run.model_dump() | {"started_at": started_at}
    assert started_at in Page(render_html(make_empty(run=run))).words


def test_page_shows_the_busiest_of_very_many_templates(make_shop: MakeSummary) -> None:
    """A table of templates is bounded and says what it leaves out."""
    summary = make_shop(5)
    many = tuple(summary.templates[0].model_copy(update={"template": f"/t{i}"}) for i in range(1500))
    html = render_html(summary.model_copy(update={"templates": many}))
    assert "The 1000 busiest of 1500 are shown" in html
    assert "/t999<" in html
    assert "/t1000<" not in html


@pytest.mark.parametrize("evil", HOSTILE)
def test_page_is_not_moved_by_hostile_names(make_shop: MakeSummary, evil: str) -> None:
    """Whatever stands in names, paths, errors and texts, the page has the same elements, attributes and scripts."""

    def poisoned(word: str) -> Page:
        document = json.loads(make_shop(3).to_json())
        document |= {"reasons": [word], "findings": [{"kind": word, "message": word}]}
        document["run"] |= {
            "id": word,
            "name": word,
            "target": word,
            "strategy": word,
            "model": word,
            "workload": word,
            "started_at": word,
        }
        document["run"]["protocols"] = {word: 1}
        document["requests"] |= {"by_error": {word: 1}, "by_status": {word: 1}}
        document["templates"][0]["template"] = word
        document["slos"][0] |= {"expression": word, "measured_text": word, "explanation": word}
        document["missing_paths"][0] |= {"path": word, "template": word}
        document["foreign_origins"][0] |= {"origin": word, "how": word}
        return Page(render_html(Summary.model_validate(document)))

    def shape(page: Page) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes in page.elements]

    page, tame = poisoned(evil), poisoned("tame")
    assert shape(page) == shape(tame)
    assert page.raw == tame.raw
    assert not re.search("[\u2028\u2029\u202e\x00\x1b]", page.words)


def test_page_data_cannot_leave_its_block() -> None:
    """Even if a hostile text reached the script's data, it could neither end the block nor break a line."""
    from trafficflou.report import html as module  # noqa: PLC0415

    text = str(module._script_json({"x": "".join(HOSTILE)}))
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"x": "".join(HOSTILE)}


def test_page_does_not_divide_counted_pages_by_uncounted_sessions(make_shop: MakeSummary) -> None:
    """Page views leave the warm-up out and sessions do not: a rate is shown, and the difference is named."""
    words = Page(render_html(make_shop())).words
    assert "29,643 98.8 a second" in words
    assert "222 still there at the end, with the warm-up" in words.replace("\u00a0", " ")


def test_page_tells_what_was_done_to_the_run(make_shop: MakeSummary) -> None:
    """When and what, among the facts; markup in it is text."""
    event = {"at_s": 30, "kind": "strategy_switch", "message": "From here on <b>b</b> plays those who come."}
    page = render_html(make_shop(5, events=[event]))
    assert "After 30 s" in page
    assert "From here on &lt;b&gt;b&lt;/b&gt; plays those who come." in page
