"""How people write who plays."""

from pathlib import Path

import pytest

from trafficflou.core import UsageError
from trafficflou.core.problem import Problem
from trafficflou.traffic._spec_reader import MAX_DEPTH, MAX_PARTS
from trafficflou.traffic.strategy_part import PartSetting, StrategyGroup, StrategyPart
from trafficflou.traffic.strategy_spec import MAX_SPEC_CHARS, StrategySpec, as_spec_error


def part(source: str, attribute: str = "", weight: float = 1.0, **settings: str) -> StrategyPart:
    """Make a part."""
    written = tuple(PartSetting(key=key, value=value) for key, value in settings.items())
    return StrategyPart(source=source, attribute=attribute, weight=weight, settings=written)


def problems_of(text: str) -> list[str]:
    """Return the mistakes of a spec."""
    return list(map(str, StrategySpec.read(text)[1]))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("organic-mimicry", [part("organic-mimicry")]),
        ("a:0.8, b:.2", [part("a", weight=0.8), part("b", weight=0.2)]),
        ("a:80,b:2e1", [part("a", weight=80), part("b", weight=20)]),
        ("shop.py", [part("shop.py")]),
        ("shop.py:0.3", [part("shop.py", weight=0.3)]),
        ("shop.py:Buyer", [part("shop.py", "Buyer")]),
        ("shop.py:Buyer:0.3", [part("shop.py", "Buyer", 0.3)]),
        ("shop.py : Buyer : 0.3", [part("shop.py", "Buyer", 0.3)]),
        ("pkg.mod:Outer.Inner", [part("pkg.mod", "Outer.Inner")]),
        ("buy.yaml[pace=slow]:2", [part("buy.yaml", pace="slow", weight=2)]),
        ('"my, shop.py":Buyer', [part("my, shop.py", "Buyer")]),
        (r'"C:\\shop.py":Buyer', [part(r"C:\shop.py", "Buyer")]),
        ("a[x=1, long-name = two words ]", [part("a", x="1", long_name="two words")]),
        (r'a[x="text, with ] and \" and \\"]', [part("a", x='text, with ] and " and \\')]),
        ("a[x=,y=k=v:(w)]", [part("a", x="", y="k=v:(w)")]),
        ("a[]", [part("a")]),
        ("a,\n  b\n", [part("a"), part("b")]),
        ("organic mimicry", [part("organic mimicry")]),
    ],
)
def test_spec_is_read(text: str, parts: list[StrategyPart]) -> None:
    """Names, files, classes, settings and weights, with blanks wherever they help."""
    spec = StrategySpec.parse(text)
    assert spec.parts == tuple(parts)
    assert StrategySpec.parse(str(spec)) == spec


def test_spec_nests() -> None:
    """A group has a weight as a strategy does."""
    spec = StrategySpec.parse("(a[x=1]:0.5,(b)):0.3,c:0.7")
    inner = StrategyGroup(parts=(part("a", x="1", weight=0.5), StrategyGroup(parts=(part("b"),))), weight=0.3)
    assert spec.parts == (inner, part("c", weight=0.7))
    assert str(spec) == "(a[x=1]:0.5,(b)):0.3,c:0.7"


def test_shares_multiply_and_add_up_to_one() -> None:
    """Weights count beside those that stand with them, on each level."""
    spec = StrategySpec.parse("(a:1,b:3):1,c:3")
    assert [(part.source, share) for part, share in spec.shares()] == [
        ("a", 0.0625),
        ("b", 0.1875),
        ("c", 0.75),
    ]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("phantom-flair:3", "phantom-flair"),
        ("phantom-flair[intensity=0.2]:3", "phantom-flair[intensity=0.2]"),
        ("a[y=1,x=2]", "a[x=2,y=1]"),
        ("shop.py:Buyer[a=b]", "shop.py:Buyer[a=b]"),
    ],
)
def test_label_is_what_tells_strategies_apart(text: str, label: str) -> None:
    """Settings are part of it in one order; the weight is not."""
    (found,) = StrategySpec.parse(text).parts
    assert isinstance(found, StrategyPart)
    assert found.label == label


@pytest.mark.parametrize(
    ("text", "is_custom", "is_file"),
    [
        ("phantom-flair", False, False),
        ("shop.py", True, True),
        ("journeys/buy", True, True),
        ("buy.har", True, True),
        ("pkg.mod:Buyer", True, False),
        ("pkg.mod", False, False),
    ],
)
def test_part_knows_whether_it_is_of_the_user(text: str, is_custom: bool, is_file: bool) -> None:
    """What runs code of the user's is told from names without looking at the disk."""
    (found,) = StrategySpec.parse(text).parts
    assert isinstance(found, StrategyPart)
    assert (found.is_custom, found.is_file) == (is_custom, is_file)


def test_files_are_found_from_a_folder() -> None:
    """Files move, modules and names and absolute paths do not."""
    spec = StrategySpec.parse("a,(shop.py:Buyer:2,pkg.mod:Buyer),/abs/b.yaml")
    moved = "a,(conf/shop.py:Buyer:2,pkg.mod:Buyer),/abs/b.yaml"
    assert str(spec.found_from(Path("conf"))) == moved


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "at character 1: a strategy is missing."),
        ("a,,b", "at character 3: a strategy is missing."),
        ("a,", "at character 3: a strategy is missing."),
        ("a:0", "'0' at character 3: this is no weight. Valid: a number above 0, such as 0.3."),
        ("a:-1", "'-1' at character 3: this is no weight."),
        ("a:1e999", "this is no weight"),
        ("a:nan", "this is no weight"),
        ("phantom-flair:high", "'high' at character 15: this is no weight."),
        ("a:", "at character 3: a weight is missing."),
        ("a:1:2", "':2' at character 4: this was not expected."),
        ("a[x=1", "'[x=1' at character 2: this bracket is not closed."),
        ("(a,b", "at character 1: this bracket is not closed."),
        ("a)", "')' at character 2: this bracket was not opened."),
        ("a(b)", "'(b)' at character 2: this was not expected."),
        ("()", "a strategy is missing"),
        ("(a)[x=1]", "settings belong to one strategy, not to a group. Valid: name[key=value]:0.3."),
        ("a:0.3[x=1]", "settings stand before the weight. Valid: name[key=value]:0.3."),
        ("a[x]", "x has no value. Valid: key=value."),
        ("a[=1]", "the name of a setting is missing"),
        ("a[1x=1]", "the name of a setting is missing"),
        ("a[x=1,x=2]", "'x=2]' at character 7: x is set twice."),
        ("a[x=b[c]]", "'[c]]' at character 6: this was not expected."),
        ('a[x="b]', "this quote is not closed"),
        (r'a[x="\n"]', "this quote is not closed, or holds a \\"),
        ('a"b"', "this was not expected"),
        ("a\x1b[31m", "at character 2: a control character has no place here."),
        ("a" * (MAX_SPEC_CHARS + 1), f"it has more than {MAX_SPEC_CHARS} characters"),
        (",".join("a" * (MAX_PARTS + 1)), f"there are more than {MAX_PARTS} strategies"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), f"nested more than {MAX_DEPTH} deep"),
    ],
)
def test_mistake_is_told_with_its_place(text: str, expected: str) -> None:
    """Each says where it is and what is valid there."""
    assert any(expected in problem for problem in problems_of(text)), problems_of(text)
    with pytest.raises(UsageError):
        StrategySpec.parse(text)


def test_all_mistakes_are_told_at_once() -> None:
    """Reading goes on behind a mistake, inside brackets and outside."""
    told = problems_of("a:x,(b[y,z=1]:0,c),d[x=1]:2,e)")
    assert [problem.partition(":")[0] for problem in told] == [
        "'x' at character 3",
        "'y' at character 8",
        "'0' at character 15",
        "')' at character 30",
    ]


def test_error_lists_the_mistakes_and_is_bounded() -> None:
    """Many mistakes are counted; the first are shown."""
    problems = [Problem(where=str(number), message="wrong") for number in range(30)]
    error = as_spec_error(problems)
    assert error.message.startswith("30 mistakes in the strategy:\n  0: wrong.\n  1: wrong.")
    assert error.message.endswith("... and 10 more")
    assert as_spec_error(problems[:1]).message == "0: wrong"
    assert "trafficflou strategies" in error.hint
    assert as_spec_error([Problem(where="x", message="y", hint="do this")]).hint == "do this"
