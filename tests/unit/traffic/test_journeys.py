"""Journeys in Python: what a visitor can do, what it is told when something is not there, and what is noted."""

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.paper_site import Document, PaperSite, context
from trafficflou.behavior import TrafficModel
from trafficflou.core import UsageError
from trafficflou.metrics import Journal
from trafficflou.testing.models import sample_model
from trafficflou.traffic import FormPolicy, Page, PageReading, ThinkTime
from trafficflou.traffic.journeys import Journey, JourneyStrategy, JourneyVisitor, journey

HERE = Path(__file__).parent
SHOP: dict[str, Document] = {
    "/": """<title>Shop</title><h1>Welcome</h1><nav><a href="/garden">Garden</a> <a href="/garden/tools">Garden tools</a>
        <a href="/logout">Log out</a> <a href="/about" title="Who we are">About</a></nav>
        <form action="/search"><input name="q" type="search"><button>Search</button></form>""",
    "/garden": """<title>Garden</title><a class="product" href="/product/17"><img alt="Bench"></a>
        <a class="product" href="/product/17">Bench</a><a class="product" href="/product/18">Parasol &amp; foot</a>""",
    "/product/17": """<title>Bench</title><form action="/cart/add" method="post"><input type="hidden" name="csrf" value="t0ken">
        <input type="hidden" name="product" value="17"><label>Pieces <input type="number" name="quantity" value="1" required></label>
        <select name="colour"><option value="r">Red</option><option value="g" selected>Green</option></select>
        <input type="checkbox" name="gift" value="yes"><button name="do" value="add">Add to basket</button></form>""",
    "/cart/add": """<title>Basket</title><p>1 piece</p><form action="/checkout" method="post"><label>Your name <input name="name" required></label>
        <input name="pin" type="password"><button>On to payment</button></form>""",
    "/checkout": "<title>Thank you</title><p>Thanks!</p>",
    "/search": "<title>Found</title>",
    "/api/items": {"items": [{"id": 7, "tags": ["a"]}, {"id": 9, "tags": []}]},
    "/broken": (500, "<title>Oh no</title>"),
}


def strategy(*journeys: Journey, **given: Any) -> JourneyStrategy:
    """Make a strategy of journeys."""
    return JourneyStrategy(journeys, context(**given), HERE)


def play(one: Journey, *, visitor: int = 0, **given: Any) -> tuple[PaperSite, Journal]:
    """Play one visitor; returns the site and what was noted."""
    site, played = PaperSite(SHOP), strategy(one, **given)
    site.walk(played, visitor=visitor)
    return site, played.take_journal()


def test_visitor_clicks_fills_in_and_sends() -> None:
    """Links are found by text, forms by button; what stands in a form, hidden tokens too, is sent along."""

    @journey(weight=3, device="mobile")
    async def buy(v: JourneyVisitor) -> None:
        """Buy a bench."""
        page = await v.get("/")
        assert page.title == "Shop"
        await v.click("garden")
        await v.click("Bench")
        await v.submit("Add to basket", quantity=2, colour="red", gift=True)
        page = await v.submit("On to payment", {"Your name": "Ada"})
        page.expect("Thanks!")

    assert (buy.name, buy.summary, buy.weight) == ("buy", "Buy a bench.", 3)
    site, journal = play(buy)
    assert [(step.method, step.path) for step in site.steps] == [
        ("GET", "/"),
        ("GET", "/garden"),
        ("GET", "/product/17"),
        ("POST", "/cart/add"),
        ("POST", "/checkout"),
    ]
    assert site.steps[3].body == b"csrf=t0ken&product=17&quantity=2&colour=r&gift=yes&do=add"
    assert site.steps[3].content_type == "application/x-www-form-urlencoded"
    assert site.steps[4].body == b"name=Ada&pin="
    assert site.steps[2].template == "/product/{id}"
    assert not journal.script_errors
    goal = journal.goals["shop.py", "buy"]
    assert (goal.pursued, goal.reached, goal.pages) == (1, 1, 5)
    assert [step.action for step in goal.trail] == ["open", "click", "click", "submit", "submit"]
    assert journal.forms["/cart/add"].purpose == "cart"
    assert journal.pages["/garden"].linked_from == "/"


def test_device_is_the_journeys() -> None:
    """A share of devices is drawn from for each visitor."""

    @journey(device={"mobile": 1, "tablet": 1})
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")

    played = strategy(look)
    assert {played.begin(Random(seed)).device for seed in range(30)} == {"mobile", "tablet"}


@pytest.mark.parametrize(
    ("link", "paths"),
    [
        ("GARDEN", {"/garden"}),
        ("tools", {"/garden/tools"}),
        ("Who we are", {"/about"}),
        ("/about", {"/about"}),
        ("/garden*", {"/garden"}),
        ("/garden/*", {"/garden/tools"}),
        ("/g**", {"/garden", "/garden/tools"}),
        (re.compile("^Gard"), {"/garden", "/garden/tools"}),
        (re.compile("/abo.t"), {"/about"}),
        (lambda link: link.place == "navigation", {"/garden", "/garden/tools", "/about"}),
        ("Log out", {"/logout"}),
    ],
)
def test_link_is_found_by_text_path_expression_or_function(link: Any, paths: set[str]) -> None:
    """A whole text goes before a part of one; of several that fit one is drawn; what ends the session only where it is named."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        await v.click(link, expect=range(200, 500))

    clicked = {play(look, visitor=visitor)[0].steps[1].path for visitor in range(40)}
    assert clicked == paths


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda v: v.click("Gardn"), 'no link "Gardn"; did you mean "Garden"? there are: Garden, Garden tools, Log out, About'),
        (lambda v: v.click("/gardn"), "no link"),
        (lambda v: v.click("/log*"), "is left alone"),
        (lambda v: v.click(re.compile("zzz")), "no link /zzz/; there are: Garden"),
        (lambda v: v.click(lambda _link: False), "no link that passes the test"),
        (lambda v: v.submit("Serch"), 'no form "Serch"; did you mean "Search"? there are: Search'),
        (lambda v: v.submit("/nowhere"), "there are: /search"),
        (lambda v: v.submit("Search", quest="x"), 'the form "Search" has no field "quest"; there are: q'),
        (lambda v: v.get("http://other.example/"), "leads away from the target"),
        (lambda v: v.get("/missing"), "GET /{slug} answered 404 (Not here)"),
        (lambda v: v.get("/broken"), "answered 500"),
        (lambda v: v.get("/", expect=404), "GET / answered 200 (Shop)"),
        (lambda v: v.get("/", expect={301, 302}), "GET / answered 200"),
        (lambda v: v.post("/checkout", data={"a": 1}, json={}), "one body"),
        (lambda v: v.post("/checkout", json={1, 2}), "cannot be written as JSON"),
        (lambda v: v.page.expect("Goodbye"), "/ (Shop) is not as expected: Goodbye"),
        (lambda v: v.page.expect(re.compile("Goodby")), "is not as expected: 'Goodby'"),
        (lambda v: v.page.expect(condition=False), "/ (Shop) is not as expected at"),
        (lambda v: v.page.expect(v.page.count("a") == 7, "seven links"), "is not as expected: seven links"),
        (lambda v: v.page.extract("data-id=(.)"), "nothing on / (Shop) matches 'data-id=(.)'"),
        (lambda v: v.page.json(), "is no JSON"),
        (lambda v: v.page.count("a["), "cannot be read"),
        (lambda v: v.choose([]), "nothing to choose from"),
        (lambda v: v.nothing(), "AttributeError"),
    ],
)  # fmt: skip
def test_what_is_not_as_expected_ends_the_session_and_is_told(act: Any, message: str) -> None:
    """The session ends, the run goes on; the report says what was expected, what there is, and in which line."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        result = act(v)
        await result
        await v.get("/never")

    site, journal = play(look)
    assert site.steps[-1].path != "/never"
    ((text, count),) = journal.script_errors.items()
    assert message.replace('"', "") in text.replace('"', "")
    assert re.search(r" at test_journeys\.py:\d+$", text)
    assert count == 1
    assert journal.goals["shop.py", "look"].given_up == {"script_error": 1}


@pytest.mark.parametrize(
    ("form", "values", "message"),
    [
        ("On to payment", {}, "cannot be sent without Your name"),
        ("On to payment", {"name": ""}, "cannot be sent without Your name"),
        (None, {"nme": "x"}, "did you mean"),
    ],
)
def test_form_is_checked_as_a_browser_does(form: str | None, values: dict[str, str], message: str) -> None:
    """What must be filled in has to be; an unknown field is a slip of the pen."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.post("/cart/add", subresources=True)
        await v.submit(form, values)

    _, journal = play(look)
    assert message in next(iter(journal.script_errors))


def test_choice_that_is_not_offered_is_told() -> None:
    """Of a select one sees words; a word that is not there is answered with those that are."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/product/17")
        await v.submit("Add to basket", colour="Blue")

    _, journal = play(look)
    assert '"Blue" cannot be chosen in colour; there are: Red, Green' in next(iter(journal.script_errors))


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("add to BASKET", "/cart/add"),
        ("basket", "/cart/add"),
        ("/cart/add", "/cart/add"),
        ("/cart/*", "/cart/add"),
        ("cart", "/cart/add"),
        (None, "/cart/add"),
        (re.compile("Add"), "/cart/add"),
        (lambda form: form.method == "POST", "/cart/add"),
    ],
)
def test_form_is_found_by_button_path_purpose_expression_or_function(form: Any, path: str) -> None:
    """As links are; and by what it is for."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/product/17")
        await v.submit(form)

    site, journal = play(look)
    assert not journal.script_errors
    assert site.steps[1].path == path


def test_search_form_is_sent_as_a_query() -> None:
    """A form with GET leads to an address."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        await v.submit("search", q="garden bench", name_="/search?q")

    site, journal = play(look)
    assert site.steps[1].path == "/search?q=garden+bench"
    assert site.steps[1].template == "/search?q"
    assert journal.goals["shop.py", "look"].trail[-1].values == (("q", "garden bench"),)


def test_passwords_and_tokens_are_not_noted() -> None:
    """A trail is shown in the report; what is secret in a form is not part of it."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.post("/cart/add", subresources=True)
        await v.submit("On to payment", name="Ada", pin="1234")

    _, journal = play(look)
    assert journal.goals["shop.py", "look"].trail[-1].values == (("name", "Ada"),)


def test_page_is_looked_into() -> None:
    """Elements by CSS, text by expression, JSON by path, each with what is asked for."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        page = await v.get("/garden")
        assert page.count("a.product") == 3
        assert page.css("a.product", "href") == ["/product/17", "/product/17", "/product/18"]
        assert page.css("a.product")[2] == "Parasol & foot"
        assert page.has("Parasol & foot")
        assert page.has("Parasol &amp; foot")
        assert not page.has(re.compile("Hose"))
        assert page.extract(r"/product/(\d+)") == "17"
        assert page.extract("Ben..") == "Bench"
        assert page.extract("zzz", "none") == "none"
        assert page.extract("zzz", None) is None
        assert page.extract_all(r"/product/(\d+)") == ["17", "17", "18"]
        assert (page.status, page.is_ok, page.path, page.failure, page.name) == (
            200,
            True,
            "/garden",
            "",
            "/{slug}",
        )
        assert (page.load_s, page.response_s, page.headings, len(page.links)) == (0.1, 0.0, (), 2)
        assert repr(page) == "<JourneyPage /garden 200>"
        assert (await v.get("/product/17")).forms[0].text == "Add to basket"
        found = await v.get("/api/items", subresources=False)
        assert found.json("items[0].id") == 7
        assert found.json("$.items[-1].id") == 9
        assert found.json("items[*].id") == [7, 9]
        assert found.json()["items"][0]["tags"] == ["a"]

    _, journal = play(look)
    assert not journal.script_errors


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("itens", "the JSON has no itens of itens; did you mean items? there are: items"),
        ("items.5.id", "there is a list of 2"),
        ("items[0].id.x", "there is int"),
        ("items[", "cannot be read at"),
        ("a" * 501, "at most 500 characters"),
    ],
)
def test_json_path_that_leads_nowhere_says_what_there_is(path: str, message: str) -> None:
    """The nearest key, or the kind of value that stands there."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        (await v.get("/api/items")).json(path)

    _, journal = play(look)
    assert message in next(iter(journal.script_errors)).replace('"', "")


def test_requests_have_queries_headers_and_bodies() -> None:
    """A request says what its author says; a path is relative to the page that is open."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/garden", params={"size": [1, 2]}, headers={"X-A": "b"}, name="/garden?size")
        await v.get("?page=2")
        await v.get("/caf\N{LATIN SMALL LETTER E WITH ACUTE}#top", expect=404)
        await v.post("/checkout", data={"a": "x y", "b": [1, 2]})
        await v.put("/checkout", json={"a": 1}, headers={"X-A": "b"})
        await v.patch("/checkout", body="text", content_type="text/plain")
        await v.delete("/checkout", body=b"\x00")

    site, journal = play(look)
    assert not journal.script_errors
    got = [(step.method, step.path, step.body, step.content_type) for step in site.steps]
    assert got == [
        ("GET", "/garden?size=1&size=2", b"", ""),
        ("GET", "/garden?page=2", b"", ""),
        ("GET", "/caf%C3%A9", b"", ""),
        ("POST", "/checkout", b"a=x+y&b=1&b=2", "application/x-www-form-urlencoded"),
        ("PUT", "/checkout", b'{"a": 1}', "application/json"),
        ("PATCH", "/checkout", b"text", "text/plain"),
        ("DELETE", "/checkout", b"\x00", "application/octet-stream"),
    ]
    assert site.steps[0].headers == (("X-A", "b"),)
    assert site.steps[0].template == "/garden?size"
    assert [step.loads_subresources for step in site.steps] == [True, True, True, False, False, False, False]


def test_think_times_are_as_written_and_scaled_by_the_run() -> None:
    """A journey's own time holds between pages; one that is said goes before, adds up, and is scaled."""

    @journey(think=(3, 3))
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        await v.get("/garden")
        await v.think(1)
        await v.think(2, 2)
        await v.click("Bench")
        await v.get("/api/items", subresources=False)
        await v.think()
        await v.get("/api/items", subresources=False)

    for scale, factor in (("model", 1.0), ("x0.5", 0.5), ("none", 0.0)):
        site, _ = play(look, think_time=ThinkTime.parse(scale))
        assert [step.think_s for step in site.steps] == [0, 3 * factor, 3 * factor, 0, 3 * factor]


def test_usual_think_time_is_the_models_or_some_seconds() -> None:
    """`v.think()` without a number takes what was learned of the page, else 2 to 8 seconds."""
    model: TrafficModel = sample_model()
    template = next(template for template in model.templates if template.paths)

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get(template.paths[0].path, expect=range(600))
        await v.think()
        await v.get("/", expect=range(600))

    site, _ = play(look)
    assert 2 <= site.steps[1].think_s <= 8
    thinks = {play(look, model=model, visitor=visitor)[0].steps[1].think_s for visitor in range(60)}
    assert max(thinks) > 8 or min(thinks) < 2


def test_checks_are_counted_and_the_session_goes_on() -> None:
    """A check is a figure of the report, not an error."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        page = await v.get("/garden")
        assert v.check("has products", page.count("a.product"))
        assert not v.check("has hoses", page.has("Hose"))
        await v.get("/")

    site, journal = play(look)
    assert len(site.steps) == 2
    assert (journal.checks["has products"].passed, journal.checks["has products"].failed) == (1, 0)
    assert (journal.checks["has hoses"].passed, journal.checks["has hoses"].failed) == (0, 1)


def test_visitor_leaves_from_anywhere() -> None:
    """`leave` passes an author's `except Exception`; leaving early is no error, and not the journey's end."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        try:
            v.leave()
        except Exception:  # noqa: BLE001 - what an author may write
            await v.get("/garden")

    site, journal = play(look)
    assert len(site.steps) == 1
    assert journal.goals["shop.py", "look"].given_up == {"leaving": 1}


def test_error_can_be_handled_in_the_journey() -> None:
    """An author may expect that something is missing."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        try:
            await v.click("Sale")
        except Exception:  # noqa: BLE001 - what an author may write
            await v.click("Garden")

    site, journal = play(look)
    assert site.steps[1].path == "/garden"
    assert not journal.script_errors


def test_request_that_nobody_awaits_is_noticed() -> None:
    """A forgotten `await` would silently do nothing."""

    @journey
    async def first(v: JourneyVisitor) -> None:
        v.get("/")
        await v.get("/garden")

    @journey
    async def last(v: JourneyVisitor) -> None:
        await v.get("/garden")
        v.get("/")

    for one in (first, last):
        _, journal = play(one)
        (text,) = journal.script_errors
        assert text.startswith("GET / was not awaited: write `await` before it at test_journeys.py:")


def test_page_before_the_first_is_told() -> None:
    """There is nothing to click on before a page is open."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.click("Garden")

    site, journal = play(look)
    assert not site.steps
    assert "no page is open yet" in next(iter(journal.script_errors))


def test_journey_that_reads_no_pages_has_nothing_to_click() -> None:
    """Load on an API needs no pages; the engine is told so, and a click is told what is missing."""

    @journey(reads_pages=False)
    async def ask(v: JourneyVisitor) -> None:
        await v.get("/api/items", subresources=False)
        await v.click("Garden")

    played = strategy(ask)
    visit = played.begin(Random(1))
    assert played.next_step(visit, None) is not None
    assert played.reading is PageReading.NOTHING
    assert played.next_step(visit, Page("/api/items", "/api", 200, 0.1)) is None
    assert "reads no pages (reads_pages=False)" in next(iter(played.take_journal().script_errors))


def test_several_forms_have_to_be_told_apart() -> None:
    """`submit` without a name is for the only form that is no search."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get(v.data["path"])
        await v.submit()

    pages: dict[str, Document] = {
        "/two": "<form action=/a method=post><button>A</button></form><form action=/b method=post><button>B</button></form>",
        "/none": "<p>",
    }
    for path, message in (("/two", "there are 2 forms; say which: A, B"), ("/none", "there is no form")):
        one = Journey(name="look", play=look.play, rows=[{"path": path}])
        played = strategy(one)
        PaperSite(pages).walk(played)
        assert message in next(iter(played.take_journal().script_errors))


def test_rows_are_given_to_visitors() -> None:
    """Each visitor has a row of the journey's data, drawn by its own chance."""
    met = []

    @journey(data=[{"word": "bench"}, {"word": "hose"}])
    async def look(v: JourneyVisitor) -> None:
        met.append((v.data["word"], v.visitor, v.device))
        await v.get("/")

    for visitor in range(20):
        play(look, visitor=visitor)
    assert {word for word, _, _ in met} == {"bench", "hose"}
    assert len({name for _, name, _ in met}) == 20


def test_rows_are_read_from_a_file_beside_the_script(tmp_path: Path) -> None:
    """The file is found beside the script, wherever the run is started."""
    with pytest.raises(UsageError, match=r"missing\.csv cannot be read"):
        journey(data="missing.csv")(_looking)
    with pytest.raises(UsageError, match="is no file of rows"):
        journey(data=tmp_path / "rows.txt")(_looking)


async def _looking(v: JourneyVisitor) -> None:
    await v.get("/")


def test_same_seed_makes_the_same_choices() -> None:
    """Which journey, which data, which link: all of it comes from the visitor's generator."""

    @journey(weight=2)
    async def wander(v: JourneyVisitor) -> None:
        await v.get("/")
        while v.chance(0.7):
            await v.think(1, 9)
            await v.get(v.choose(["/garden", "/search"], [1, 2]))

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/garden")
        await v.click("/product/*", expect=range(600))

    def all_steps() -> list[tuple[str, float]]:
        site, played = PaperSite(SHOP), strategy(wander, look)
        return [
            (step.path, step.think_s) for visitor in range(30) for step in site.walk(played, visitor=visitor)
        ]

    assert all_steps() == all_steps()
    assert {"/", "/garden", "/product/18"} <= {path for path, _ in all_steps()}


def test_weights_are_kept() -> None:
    """Journeys of one file are played by their weights, and one may play another."""

    @journey(weight=3)
    async def often(v: JourneyVisitor) -> None:
        await v.get("/garden")

    @journey
    async def rarely(v: JourneyVisitor) -> None:
        await often(v)
        await v.get("/")

    site, played = PaperSite(SHOP), strategy(often, rarely)
    for visitor in range(400):
        site.walk(played, visitor=visitor)
    goals = played.take_journal().goals
    assert 250 < goals["shop.py", "often"].pursued < 350
    assert goals["shop.py", "often"].pursued + goals["shop.py", "rarely"].pursued == 400


@pytest.mark.parametrize(
    "wrong",
    [{"weight": 0}, {"weight": float("inf")}, {"device": "watch"}, {"device": {}}, {"device": {"mobile": -1}}, {"think": (5, 1)}, {"think": -1}],
)  # fmt: skip
def test_what_cannot_be_played_is_refused(wrong: dict[str, Any]) -> None:
    """A mistake in the decorator is told when the script is read."""
    with pytest.raises(UsageError, match="of the journey _looking"):
        journey(**wrong)(_looking)


def test_function_that_is_not_async_is_refused() -> None:
    """The commonest slip: `def` without `async`."""

    def buy(_v: JourneyVisitor) -> None:
        """Do nothing."""

    with pytest.raises(UsageError, match="buy is no async function") as caught:
        journey(buy)  # type: ignore[arg-type]
    assert "async def buy(v):" in caught.value.hint


def test_allowing_a_word_lets_patterns_find_it() -> None:
    """What the owner allows may be drawn too."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        await v.click("/log*", expect=404)

    site, _ = play(look, forms=FormPolicy(allow_destructive=frozenset({"logout"})))
    assert site.steps[1].path == "/logout"


def test_expected_error_is_no_trouble() -> None:
    """A 404 that the author expects is not told as one."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/missing", expect=404)
        await v.get("/broken", expect=404)

    _, journal = play(look)
    assert not journal.pages["/missing"].failures
    assert journal.pages["/broken"].failures == {"http_500": 1}


def test_error_that_ends_python_ends_the_session_only() -> None:
    """A script that calls `sys.exit` does not take the worker with it."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        raise SystemExit(3)

    _, journal = play(look)
    assert next(iter(journal.script_errors)).startswith("SystemExit: 3 at test_journeys.py:")


def test_messages_of_one_place_are_bounded() -> None:
    """A message that names what was on the page is another on every page; the report stays readable."""

    @journey
    async def look(v: JourneyVisitor) -> None:
        await v.get("/")
        raise ValueError(v.visitor)

    site, played = PaperSite(SHOP), strategy(look)
    for visitor in range(40):
        site.walk(played, visitor=visitor)
    errors = played.take_journal().script_errors
    assert len(errors) == 6
    assert sum(errors.values()) == 40
