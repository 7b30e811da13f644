"""Strategies of the user's own: where they are found, what is completed, and what is told of mistakes."""

import pickle
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.paper_site import PaperSite, context
from trafficflou.behavior import TrafficModel
from trafficflou.core import ModelError, UsageError, derive_rng
from trafficflou.metrics import Journal
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, PageReading, Step
from trafficflou.traffic.custom import load_custom, strategy_of
from trafficflou.traffic.strategies.organic_mimicry import OrganicMimicry

SITE = {"/": "<a href=/a>A</a>", "/a": "<a href=/>Home</a>"}
BUYER = '''
from trafficflou import Step

class Buyer:
    """Buys a lamp."""

    def next_step(self, visit, page):
        if page is None:
            return "/"
        return Step("/a", "/a", visit.rng.uniform(1, 2)) if visit.pages < 3 else None
'''


@pytest.fixture(autouse=True)
def _search_path() -> Iterator[None]:
    """Take back what importing scripts leaves behind."""
    path, modules = sys.path.copy(), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def made(folder: Path, reference: str, *, settings: Any = None, **given: Any) -> Any:
    """Load a strategy and make it."""
    kind = load_custom(reference, folder)
    return kind.create(settings or kind.settings_type(), context(reference, **given))


def write(folder: Path, text: str, name: str = "shop.py") -> Path:
    """Write a script."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def examples() -> list[str]:
    """Return the scripts that the documentation shows."""
    page = (Path(__file__).parents[3] / "docs" / "custom-strategies.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)


@pytest.mark.parametrize("example", examples())
def test_documented_script_can_be_used_as_it_is(tmp_path: Path, example: str) -> None:
    """What the page shows is loaded, and lets a visitor begin."""
    write(tmp_path, example)
    played = made(tmp_path, "shop.py")
    assert isinstance(played.next_step(played.begin(derive_rng(1)), None), Step)


@pytest.mark.parametrize("reference", ["shop.py:Buyer", "shop.py", "./shop.py:Buyer", "shops/../shop.py"])
def test_class_needs_only_to_choose_steps(tmp_path: Path, reference: str) -> None:
    """A class with `next_step` alone is completed: visits, device, reading, journal; a path is a step."""
    (tmp_path / "shops").mkdir()
    write(tmp_path, BUYER)
    kind = load_custom(reference, tmp_path)
    assert (kind.name, kind.summary, kind.needs_model, kind.needs_population) == (
        reference,
        "Buys a lamp.",
        False,
        False,
    )
    played, site = made(tmp_path, reference), PaperSite(SITE)
    steps = site.walk(played)
    assert [step.path for step in steps] == ["/", "/a", "/a"]
    assert all(1 <= step.think_s <= 2 for step in steps[1:])
    assert played.begin(derive_rng(1)).device == "desktop"
    assert played.name == reference
    assert played.reading is PageReading.BODY
    assert played.take_journal() == Journal()


def test_absolute_path_is_found_from_anywhere(tmp_path: Path) -> None:
    """The folder is only for what is relative to it."""
    path = write(tmp_path, BUYER)
    assert load_custom(f"{path}:Buyer", Path("/nowhere")).summary == "Buys a lamp."


def test_module_is_found_in_the_folder(tmp_path: Path) -> None:
    """`package.module:Class` is imported as from the folder where the run was started."""
    write(tmp_path, "", "my_visitors/__init__.py")
    write(tmp_path, BUYER, "my_visitors/shop.py")
    assert load_custom("my_visitors.shop:Buyer", tmp_path).summary == "Buys a lamp."
    with pytest.raises(UsageError, match="there is no module my_visitors_x") as caught:
        load_custom("my_visitors_x.shop:Buyer", tmp_path)
    assert str(tmp_path) in caught.value.hint


def test_modules_beside_the_script_can_be_imported(tmp_path: Path) -> None:
    """Workers run with `-P`; what lies beside a script is found all the same, and never in the place of Python's own."""
    write(tmp_path, "WORD = 'lamp'\n", "my_words.py")
    write(tmp_path, "raise RuntimeError('taken for the real one')\n", "colorsys.py")
    write(tmp_path, f"import colorsys\nfrom my_words import WORD\n{BUYER}    summary = WORD\n")
    assert load_custom("shop.py:Buyer", tmp_path).summary == "lamp"


def test_script_is_read_anew_each_time(tmp_path: Path) -> None:
    """A server that plays a script again plays the script as it is now."""
    write(tmp_path, BUYER)
    load_custom("shop.py", tmp_path)
    write(tmp_path, BUYER.replace("Buys a lamp", "Buys two lamps"))
    assert load_custom("shop.py", tmp_path).summary == "Buys two lamps."


def test_class_uses_what_it_asks_for(tmp_path: Path) -> None:
    """Settings, context, visits, reading and journal are the class's own where it has them."""
    write(
        tmp_path,
        """
from pydantic import BaseModel
from trafficflou import Journal, PageReading, Step

class Settings(BaseModel):
    path: str = "/a"

class Visit:
    device = "mobile"

class Buyer:
    summary = "buys"
    settings_type = Settings
    reading = PageReading.CONTENT
    needs_population = True

    def __init__(self, settings, context, *, more=1):
        self.path = settings.path
        self.label = context.label

    def begin(self, rng):
        return Visit()

    def next_step(self, visit, page):
        return Step(self.path, self.label, 0.0) if page is None else None

    def take_journal(self):
        return Journal(decided_by={"script": 1})
""",
    )
    kind = load_custom("shop.py:Buyer", tmp_path)
    assert kind.needs_population
    played = made(tmp_path, "shop.py:Buyer", settings=kind.settings_type(path="/"))
    (step,) = PaperSite(SITE).walk(played)
    assert (step.path, step.template) == ("/", "shop.py:Buyer")
    assert played.begin(derive_rng(1)).device == "mobile"
    assert played.reading is PageReading.CONTENT
    assert played.take_journal().decided_by == {"script": 1}


def test_complete_strategy_makes_itself(tmp_path: Path) -> None:
    """Whoever has `create` is asked for its instance, and guarded like the others."""
    write(
        tmp_path,
        "from trafficflou.traffic.strategies.organic_mimicry import OrganicMimicry\nSTRATEGY = OrganicMimicry\n",
    )
    played = made(tmp_path, "shop.py", model=sample_model())
    assert PaperSite({}).walk(played)
    with pytest.raises(ModelError, match="plays a traffic model"):
        made(tmp_path, "shop.py")
    kind = strategy_of(OrganicMimicry, "organic", tmp_path)
    assert kind.needs_model
    assert pickle.loads(pickle.dumps(kind)).name == "organic"  # noqa: S301 - our own


@pytest.mark.parametrize("device", ["tablet", "watch"])
def test_device_of_a_class_is_one_that_the_engine_knows(tmp_path: Path, device: str) -> None:
    """An unknown device is a desktop."""
    write(tmp_path, BUYER.replace("def next", f"device = {device!r}\n    def next"))
    expected = "desktop" if device == "watch" else device
    assert made(tmp_path, "shop.py").begin(derive_rng(1)).device == expected


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("raise ValueError('no lamp')", "ValueError: no lamp at shop.py:6"),
        ("return 17", "TypeError: next_step returns a Step, a path or None, not int"),
        ("raise SystemExit", "SystemExit at shop.py:6"),
        ("import my_friend; my_friend.fall()", "KeyError: 'x' at my_friend.py:2"),
        (
            "return visit.nothing",
            "AttributeError: 'CustomVisit' object has no attribute 'nothing' at shop.py:6",
        ),
    ],
)
def test_error_of_a_class_ends_the_session_and_is_told(tmp_path: Path, line: str, text: str) -> None:
    """The run goes on; the journal has the error with its place, once for each session."""
    write(tmp_path, "def fall():\n    raise KeyError('x')\n", "my_friend.py")
    script = f"class Buyer:\n    def next_step(self, visit, page):\n        if page is None:\n            return '/'\n        self = 1\n        {line}\n"
    write(tmp_path, script)
    played = made(tmp_path, "shop.py")
    for visitor in range(3):
        assert len(PaperSite(SITE).walk(played, visitor=visitor)) == 1
    ((told, count),) = played.take_journal().script_errors.items()
    assert told.startswith(text)
    assert count == 3
    assert played.take_journal() == Journal()


def test_error_in_begin_and_in_the_journal_are_told_too(tmp_path: Path) -> None:
    """Wherever the user's code is called, its errors are its own."""
    write(
        tmp_path,
        "class Buyer:\n"
        "    def begin(self, rng):\n        raise ValueError('begin')\n"
        "    def next_step(self, visit, page):\n        return '/'\n"
        "    def take_journal(self):\n        raise ValueError('journal')\n",
    )
    played = made(tmp_path, "shop.py")
    assert PaperSite(SITE).walk(played) == []
    assert set(played.take_journal().script_errors) == {"ValueError: begin at shop.py:3"}
    assert set(played.take_journal().script_errors) == {"ValueError: journal at shop.py:7"}


async def test_async_class_is_waited_for(tmp_path: Path) -> None:
    """`async def next_step` answers with an awaitable, whose errors are told like the others."""
    write(
        tmp_path,
        "class Buyer:\n    async def next_step(self, visit, page):\n"
        "        if page is None:\n            return '/'\n        raise ValueError('late')\n",
    )
    played = made(tmp_path, "shop.py")
    visit = played.begin(derive_rng(1))
    step = await played.next_step(visit, None)
    assert isinstance(step, Step)
    assert await played.next_step(visit, Page("/", "/", 200, 0.1)) is None
    assert set(played.take_journal().script_errors) == {"ValueError: late at shop.py:5"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("x = (\n", "shop.py cannot be read: '(' was never closed at shop.py:1", "correct it"),
        ("\nimport nothing_like_it\n", "shop.py needs the module nothing_like_it, which is not there, at shop.py:2", "Install it"),
        ("\n1 / 0\n", "shop.py cannot be used: ZeroDivisionError: division by zero at shop.py:2", "correct it"),
        ("import sys\nsys.exit(3)\n", "shop.py cannot be used: SystemExit: 3 at shop.py:2", "correct it"),
        ("from trafficflou import journey\n@journey\ndef buy(v): ...\n", "the journey buy is no async function at shop.py:2", "async def buy"),
        ("class A:\n    def next_step(self, v, p): ...\nclass B(A): ...\n", "shop.py has several strategies", "shop.py:A, shop.py:B"),
        ("from shop_two import *\n", "needs the module shop_two", "put shop_two.py beside"),
        ("x = 1\n", "shop.py has no strategy and no journey", "A strategy is a class"),
        ("class A:\n    settings_type = 3\n    def next_step(self, v, p): ...\n", "the settings_type of shop.py is no pydantic model", "BaseModel"),
        ("class A:\n    def __init__(self, url): ...\n    def next_step(self, v, p): ...\n", "asks for url", "settings and context"),
        ("STRATEGY = 3\n", "shop.py is no strategy: it is a int", "A strategy is"),
        ("class C: ...\nSTRATEGY = C\n", "it is a class without next_step", "A strategy is"),
        ("async def STRATEGY(v): ...\n", "it is a function without @journey", "@journey"),
        ("STRATEGY = []\n", "it is a list", "@journey"),
    ],
)  # fmt: skip
def test_mistake_in_a_script_is_told_with_its_place(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    """What is wrong, in which file and line, and what to do."""
    write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_custom("shop.py", tmp_path)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_constructor_that_fails_is_told(tmp_path: Path) -> None:
    """A class is made once for each worker; what it raises then is the user's to mend."""
    write(
        tmp_path,
        "class A:\n    def __init__(self):\n        raise OSError('no file')\n    def next_step(self, v, p): ...\n",
    )
    with pytest.raises(UsageError, match=r"shop.py cannot be made: OSError: no file at shop\.py:3"):
        made(tmp_path, "shop.py")


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        ("shpo.py", "there is no file", "Did you mean shop.py?"),
        ("shop.py:Byer", "shop.py has no Byer", "Did you mean shop.py:Buyer? It has Buyer."),
        ("missing/shop.py", "there is no file", "Its folder is not there either."),
        ("nothing_at_all", "there is no module nothing_at_all", "a file is written as shop.py"),
    ],
)
def test_reference_that_leads_nowhere_is_told(
    tmp_path: Path, reference: str, message: str, hint: str
) -> None:
    """The nearest file or name is offered."""
    write(tmp_path, BUYER)
    with pytest.raises(UsageError) as caught:
        load_custom(reference, tmp_path)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_script_does_not_write_to_our_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` standard output is one document; what a script prints goes to standard error."""
    write(tmp_path, f"print('hello')\n{BUYER}")
    load_custom("shop.py", tmp_path)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


def test_journeys_of_a_file_are_played_together(tmp_path: Path) -> None:
    """Without a name all of them, each once; with one, that one alone."""
    write(
        tmp_path,
        "from trafficflou import journey\n"
        "@journey(weight=3)\nasync def buy(v):\n    '''Buy.'''\n    await v.get('/')\n"
        "@journey\nasync def look(v):\n    await v.get('/a')\nagain = look\n",
    )
    assert load_custom("shop.py", tmp_path).summary == "the journeys buy (3), look (1)"
    assert load_custom("shop.py:buy", tmp_path).summary == "Buy."
    assert load_custom("shop.py:look", tmp_path).summary == "the journey look"
    site = PaperSite(SITE)
    for visitor in range(50):
        site.walk(made(tmp_path, "shop.py"), visitor=visitor)
    assert {step.path for step in site.steps} == {"/", "/a"}


def test_data_of_a_script_lies_beside_it(tmp_path: Path) -> None:
    """A file of rows is found beside the script, not where the run was started."""
    write(tmp_path, "word\nlamp\n", "scripts/words.csv")
    write(
        tmp_path,
        "from trafficflou import journey\n@journey(data='words.csv')\nasync def buy(v):\n    await v.get('/' + v.data['word'])\n",
        "scripts/shop.py",
    )
    assert [step.path for step in PaperSite(SITE).walk(made(tmp_path, "scripts/shop.py"))] == ["/lamp"]


@pytest.mark.parametrize("reference", ["shop.py:Buyer", "shop.py:buy"])
def test_strategy_of_a_script_pickles(tmp_path: Path, reference: str) -> None:
    """It is made anew by whoever unpickles it, and chooses the same steps."""
    write(
        tmp_path,
        f"{BUYER}\nfrom trafficflou import journey\n@journey\nasync def buy(v):\n    await v.get('/')\n    await v.click('A')\n",
    )
    kind = load_custom(reference, tmp_path)
    assert pickle.loads(pickle.dumps(kind)).name == reference  # noqa: S301 - our own
    played = kind.create(kind.settings_type(), context(reference))
    again = pickle.loads(pickle.dumps(played))  # noqa: S301 - our own
    paths = [
        [(step.path, step.think_s) for step in PaperSite(SITE).walk(one, visitor=3)]
        for one in (played, again)
    ]
    assert paths[0] == paths[1]
    assert paths[0]


def test_model_names_the_pages_of_a_class(tmp_path: Path) -> None:
    """A path alone is measured under the template that the run's model has for it."""
    model: TrafficModel = sample_model()
    template = next(template for template in model.templates if template.paths)
    write(
        tmp_path,
        f"class A:\n    def next_step(self, v, p):\n        return {template.paths[0].path!r} if p is None else None\n",
    )
    (step,) = PaperSite(SITE).walk(made(tmp_path, "shop.py", model=model))
    assert step.template == template.template
