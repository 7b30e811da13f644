"""Journeys in YAML: what each step does, that all mistakes are told with their lines, and that hostile files are refused."""

import contextlib
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paper_site import Document, PaperSite, context
from trafficflou.core import UsageError
from trafficflou.metrics import Journal, TrailStep
from trafficflou.metrics.finding import PathStep
from trafficflou.traffic.custom import load_custom
from trafficflou.traffic.journeys import Journey, JourneyStrategy
from trafficflou.traffic.journeys.document import load_document, read_document
from trafficflou.traffic.journeys.document_step import ACTIONS
from trafficflou.traffic.journeys.export import write_journey
from trafficflou.traffic.journeys.yaml_text import MAX_YAML_BYTES, YamlError, read_yaml

HERE = Path(__file__).parent
SHOP: dict[str, Document] = {
    "/": "<title>Shop</title><a href=/garden>Garden</a><form action=/search><input name=q type=search><button>Search</button></form>",
    "/garden": '<title>Garden</title><a class=product data-id="17" href=/product/17>Bench</a>',
    "/product/17": """<form action=/cart/add method=post><input type=hidden name=csrf value=t0ken><input name=quantity value=1>
        <button>Add to basket</button></form>""",
    "/cart/add": "<title>Basket</title>1 piece of {this}",
    "/search": "<title>Found</title>",
    "/api": {"items": [{"id": 7}]},
}
BUY = r"""
name: buy
summary: Buy something for the garden.
device: {mobile: 2, tablet: 1}
weight: 3
think: 2s..8s
variables: {pieces: 2, word: "garden {bench}"}
steps:
  - get: /
  - click: Garden
  - check: has products
    count: a.product
    at_least: 1
    title: garden
    status: 200
    path: /garden
    matches: data-.d
  - check: has hoses
    has: Hose
  - extract:
      id: 'data-id="(\d+)"'
      link: {css: a.product, attribute: href}
      none: {regex: zzz, default: nothing}
  - require: a product
    path: /garden
  - think: 1s
  - get: "{link}"
  - submit: Add to basket
    values: {quantity: "{pieces}"}
    name: /cart/add (twice)
  - think: usual
  - get: /api
    params: {a: "{id}", b: [1, 2]}
    headers: {X-Visitor: "{visitor}"}
    subresources: false
  - extract: {item: {json: "items[0].id"}}
  - post: /api/{item}
    json: {of: ["{id}", "{{x}}", 3, true]}
    status: 404
  - put: /search
    data: {a: "{none}"}
  - patch: /search
    body: "{word}"
    content_type: text/plain
  - delete: /search
  - leave:
  - get: /never
"""


def read(text: str, folder: Path = HERE) -> Journey:
    """Read a document."""
    return read_document(text, source="buy.yaml", folder=folder)


def play(one: Journey) -> tuple[PaperSite, Journal]:
    """Play one visitor."""
    site, strategy = PaperSite(SHOP), JourneyStrategy([one], context("buy.yaml"), HERE)
    site.walk(strategy)
    return site, strategy.take_journal()


def test_documented_journey_can_be_used_as_it_is() -> None:
    """What the page shows is read, and every step that there is stands on it."""
    page = (HERE.parents[2] / "docs" / "custom-strategies.md").read_text(encoding="utf-8")
    shown = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    assert shown
    for text in shown:
        read(text)
    assert all(f"`{action}:" in page or f"`{action}`" in page for action in ACTIONS)


def test_document_does_what_python_does() -> None:
    """Every step, variables, conditions and bodies."""
    one = read(BUY)
    assert (one.name, one.summary, one.weight, one.think_s) == (
        "buy",
        "Buy something for the garden.",
        3,
        (2, 8),
    )
    assert one.devices == (("mobile", 2), ("tablet", 1))
    site, journal = play(one)
    assert not journal.script_errors
    got = [(step.method, step.path, step.body) for step in site.steps]
    assert got == [
        ("GET", "/", b""),
        ("GET", "/garden", b""),
        ("GET", "/product/17", b""),
        ("POST", "/cart/add", b"csrf=t0ken&quantity=2"),
        ("GET", "/api?a=17&b=1&b=2", b""),
        ("POST", "/api/7", b'{"of": ["17", "{x}", 3, true]}'),
        ("PUT", "/search", b"a=nothing"),
        ("PATCH", "/search", b"garden {bench}"),
        ("DELETE", "/search", b""),
    ]
    assert site.steps[3].template == "/cart/add (twice)"
    assert site.steps[4].headers[0][0] == "X-Visitor"
    assert len(site.steps[4].headers[0][1]) == 12
    assert site.steps[2].think_s == 1
    assert 2 <= site.steps[1].think_s <= 8
    assert 2 <= site.steps[4].think_s <= 8
    assert (journal.checks["has products"].passed, journal.checks["has hoses"].failed) == (1, 1)
    assert journal.goals["buy.yaml", "buy"].given_up == {"leaving": 1}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("click: Gardn", 'no link "Gardn"; did you mean "Garden"? there are: Garden at buy.yaml:3'),
        ("submit: Search\n    values: {w: x}", "has no field"),
        ("get: /missing", "GET /{slug} answered 404"),
        ("require: thanks\n    has: Thank you", "is not as expected: thanks at buy.yaml:3"),
        ("extract: {id: 'zzz'}", "nothing on / ("),
        ("extract: {id: {css: b}}", "there is no b on / ("),
        ("extract: {id: {css: a, attribute: title}}", "there is no title of a on"),
        ("extract: {id: {json: a}}", "is no JSON"),
    ],
)  # fmt: skip
def test_what_is_not_as_expected_is_told_with_the_line_of_the_step(step: str, message: str) -> None:
    """An error of a session names the file and the line."""
    _, journal = play(read(f"steps:\n  - get: /\n  - {step}\n"))
    (text,) = journal.script_errors
    assert message.replace('"', "") in text.replace('"', "")
    assert text.endswith("at buy.yaml:3")


def test_page_is_needed_before_it_is_looked_at() -> None:
    """A check before the first page is told."""
    _, journal = play(read("steps:\n  - check: x\n    has: y\n"))
    assert next(iter(journal.script_errors)).startswith("no page is open yet")


def test_data_is_a_list_or_a_file(tmp_path: Path) -> None:
    """Each visitor has a row, whose columns are names."""
    (tmp_path / "words.csv").write_text("word,more\ngarden,1\n", encoding="utf-8")
    for data in ("words.csv", "[{word: garden}]"):
        site, journal = play(read(f"data: {data}\nsteps:\n  - get: /{{word}}\n", tmp_path))
        assert not journal.script_errors
        assert site.steps[0].path == "/garden"
    with pytest.raises(UsageError, match=r"nothing\.csv cannot be read"):
        read("data: nothing.csv\nsteps: [get: /]\n", tmp_path)


def test_document_is_a_strategy_by_its_file(tmp_path: Path) -> None:
    """`--strategy buy.yaml`; without a name in it the file's is taken."""
    (tmp_path / "look.yml").write_text("steps:\n  - get: /\n", encoding="utf-8")
    kind = load_custom("look.yml", tmp_path)
    assert (kind.name, kind.summary) == ("look.yml", "the journey look")
    with pytest.raises(UsageError, match="holds one journey"):
        load_custom("look.yml:x", tmp_path)
    with pytest.raises(UsageError) as caught:
        load_custom("lok.yml", tmp_path)
    assert "Did you mean look.yml?" in caught.value.hint


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    """One reading mends them all."""
    text = r"""name: buy
device: phone
weigth: 3
think: 5
steps:
  - get: /
    nme: x
  - klick: Garden
  - click: Garden
    submit: Add
  - just text
  - think: 8s..2s
  - check: nothing said
  - check: regex
    matches: "("
  - check: css
    count: "a["
  - extract: {1x: a}
  - extract: {a: {css: a, json: b}}
  - extract: {a: {json: "a["}}
  - post: /x
    data: {a: 1}
    json: {}
  - get: /{idd}
    status: 99
  - get:
  - think: 3
"""
    with pytest.raises(UsageError) as caught:
        read(text)
    told = caught.value.message.splitlines()
    assert told[0].endswith("mistakes in buy.yaml:")
    for line in (
        "buy.yaml:2 device: it is none of the words that are known here.",
        "buy.yaml:3 weigth: it is not known here. Did you mean weight?",
        "buy.yaml:4 think: its unit is missing",
        "buy.yaml:7 nme: it is not known here. Did you mean name?",
        "buy.yaml:8: it is no step. Did you mean click?",
        "buy.yaml:9: a step does one thing, not click and submit.",
        "buy.yaml:11: it is no step.",
        "buy.yaml:12 think: it is no range from the least to the most",
        "buy.yaml:13: it says nothing",
        "buy.yaml:15 matches: it is no regular expression",
        "buy.yaml:17 count: the selector",
        "buy.yaml:18 extract: it has characters that are not allowed",
        "buy.yaml:19 extract:",
        "buy.yaml:20 extract:",
        "buy.yaml:21: a request has one body",
        "buy.yaml:25 status: it is too small",
        "buy.yaml:26 get:",
        "buy.yaml:27 think: its unit is missing",
    ):
        assert any(line in shown for shown in told), (line, told)
    assert "custom-strategies.md" in caught.value.hint


def test_names_that_stand_for_nothing_are_told() -> None:
    """A name counts from the step that makes it on."""
    with pytest.raises(UsageError) as caught:
        read(
            "variables: {idea: 1}\nsteps:\n  - get: /{ide}\n  - extract: {x: a}\n  - get: /{x}\n  - post: /a\n    json: {a: ['{y}']}\n"
        )
    told = caught.value.message
    assert "buy.yaml:3: {ide} stands for nothing here; a brace is written {{. Did you mean idea?" in told
    assert "buy.yaml:6: {y} stands for nothing" in told
    assert "{x} stands" not in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no steps"),
        ("- get: /", "it has no steps"),
        ("steps: []", "buy.yaml:1 steps: List should have at least 1 item"),
        ("name: x", "steps: it is missing"),
        ("steps: get", "steps: Input should be a valid list"),
        ("a: [1", "buy.yaml:1: expected ',' or ']'"),
        ("a: 1\na: 2", "buy.yaml:2: a is given twice"),
        ("a: &x 1\nb: *x", "buy.yaml:2: aliases (*name) are not read"),
        ("a: !!python/object/apply:os.system ['ls']", "the tag tag:yaml.org,2002:python/object/apply:os"),
        ("a: !!set {b}", "the tag"),
        ("a: 1\n---\nb: 2", "buy.yaml:2: there is a second document"),
        ("? [a]\n: b", "a key is a list or a mapping"),
        ("\x00", "characters that YAML cannot"),
        ("a: " + "[" * 100, "nested more than 30 deep"),
        ("\n".join(f"a{number}: 1" for number in range(20_001)), "more than 20000 values"),
        ("a: " + "x" * MAX_YAML_BYTES, "more than 512 KiB"),
        ("a:\tb", "cannot start any token"),
    ],
)  # fmt: skip
def test_what_is_no_journey_is_refused(text: str, message: str) -> None:
    """Nothing but a document is read, and nothing in it multiplies."""
    with pytest.raises(UsageError) as caught:
        read(text)
    assert message in caught.value.message


@pytest.mark.parametrize("text", [b"\xff\xfe", None])
def test_file_that_cannot_be_read_is_told(tmp_path: Path, text: bytes | None) -> None:
    """Another encoding, or a folder in its place."""
    path = tmp_path / "buy.yaml"
    path.mkdir() if text is None else path.write_bytes(text)
    with pytest.raises(UsageError, match=r"buy\.yaml"):
        load_document(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("2024-01-01", "2024-01-01"), ("012", "012"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("1:30", "1:30"),
        ("12", 12), ("-3", -3), ("0", 0), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("true", True), ("False", False), ("null", None),
        ("~", None), ("", None), ("'12'", "12"), ('"true"', "true"), ("|\n  a\n  b", "a\nb"), ("99999999999999999999", "99999999999999999999"),
        ("{1: a, true: b, 1.5: c}", {"1": "a", "true": "b", "1.5": "c"}), (".inf", ".inf"), ("<<", "<<"),
    ],
)  # fmt: skip
def test_plain_values_are_what_people_mean(text: str, value: Any) -> None:
    """By the core schema of YAML 1.2: Norway stays a word, a postal code keeps its zero."""
    assert read_yaml(text)[0] == value


def test_lines_of_values_are_kept() -> None:
    """By the path of each value."""
    _, lines = read_yaml("a: 1\nb:\n  - c: 2\n    d: [3,\n      4]\n")
    assert lines[()] == lines["a",] == 1
    assert lines["b", 0, "c"] == 3
    assert lines["b", 0, "d", 1] == 5


@pytest.mark.parametrize(
    "piece",
    ["[", "{", "- ", "a: ", "&a ", "'", "? ", "!", "#", "|", "%", "\n- a: b", "a:\n ", "[a, ", '"\\x'],
)
def test_hostile_yaml_takes_linear_time(piece: str) -> None:
    """A hundred kilobytes of any piece are read or refused within seconds."""
    began_s = time.perf_counter()
    with contextlib.suppress(YamlError):
        read_yaml(piece * (100_000 // len(piece)))
    assert time.perf_counter() - began_s < 10


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but `YamlError` comes out of the reader, and nothing but `UsageError` of the whole."""
    with contextlib.suppress(YamlError):
        read_yaml(text)
    with contextlib.suppress(UsageError):
        read(text)


TRAIL = (
    TrailStep(action="click", path="/"),
    TrailStep(action="click", path="/garden", text="Garden"),
    TrailStep(action="click", path="/product/17", text='B"ench\n'),
    TrailStep(action="submit", path="/cart/add", text="Add", values=(("quantity", "{3} \N{GRINNING FACE}"),)),
    TrailStep(action="open", path="/search?q=a{b}"),
)


def test_trail_is_written_and_played_again() -> None:
    """What was found can be tried again: the same requests, with the tokens of the live page."""
    text = write_journey(TRAIL, name="finding 1", summary="The basket fails at shop.py\nnow and then")
    assert "# Garden" in text
    one = read(text)
    assert (one.name, one.summary) == ("finding 1", "The basket fails at shop[.]py now and then")
    site, journal = play(one)
    assert not journal.script_errors
    assert [(step.method, step.path) for step in site.steps] == [
        ("GET", "/"),
        ("GET", "/garden"),
        ("GET", "/product/17"),
        ("POST", "/cart/add"),
        ("GET", "/search?q=a{b}"),
    ]
    assert site.steps[3].body == b"csrf=t0ken&quantity=%7B3%7D+%F0%9F%98%80"


def test_path_of_a_finding_is_written_too() -> None:
    """The summary's steps are written like the journal's; a form without its page is sent as it was filled in."""
    path = (
        PathStep(action="submit", path="/cart/add?x=1", values={"a": "b"}),
        PathStep(action="click", path="/"),
    )
    assert write_journey(path).splitlines()[2:] == [
        '  - post: "/cart/add?x=1"',
        "    data:",
        '      "a": "b"',
        '  - click: "/"',
    ]


STEPS = st.builds(
    TrailStep,
    action=st.sampled_from(["open", "click", "submit"]),
    path=st.text(min_size=1, max_size=30).map("/".__add__),
    text=st.text(max_size=20),
    values=st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=3).map(tuple),
)


@given(st.lists(STEPS, min_size=1, max_size=5), st.text(max_size=20), st.text(max_size=50))
def test_any_trail_is_written_so_that_it_can_be_read(trail: list[TrailStep], name: str, summary: str) -> None:
    """Whatever a site has put into paths, words and values."""
    written, _ = read_yaml(write_journey(trail, name=name, summary=summary))
    assert len(written["steps"]) == len(trail)
    for step, taken in zip(written["steps"], trail, strict=True):
        where = next(iter(step.values()))
        path = taken.path if "submit" not in step else taken.path.partition("?")[0]
        assert where == path.encode("utf-8", "replace").decode().replace("{", "{{").replace("}", "}}")
    read(write_journey(trail, name=name, summary=summary))
