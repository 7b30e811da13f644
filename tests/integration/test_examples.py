"""The examples of strategies of one's own, played against the demo shop."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import RunCommand
from tests.support.paper_site import context
from tests.support.worker_run import ArriveAtOnce, noted, play
from trafficflou.demo.server import DemoShop
from trafficflou.metrics import Journal
from trafficflou.traffic import ThinkTime
from trafficflou.traffic.custom import load_custom

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    """The demo shop in a process of its own."""
    with DemoShop() as running:
        yield running


async def played(
    shop: DemoShop, reference: str, *, visitors: int = 6, most_s: float = 20.0
) -> tuple[dict[str, dict[int, int]], Journal]:
    """Play an example without pauses until all have left, or for `most_s`; returns the statuses by template, and what was noted."""
    kind = load_custom(reference, EXAMPLES)
    strategy = kind.create(kind.settings_type(), context(reference, think_time=ThinkTime.parse("none")))
    outcome = await play(shop, strategy, ArriveAtOnce(visitors), duration_s=most_s, until_all_left=True)
    templates = {series.template for snapshot in outcome.snapshots for series in snapshot.series}
    return {template: outcome.statuses(template) for template in templates}, noted(outcome)


async def test_class_wanders_from_product_to_product(shop: DemoShop) -> None:
    """A strategy of one's own in under thirty lines."""
    lines = (EXAMPLES / "window_shopper.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 30
    statuses, journal = await played(shop, "window_shopper.py:WindowShopper", visitors=3, most_s=1.0)
    assert statuses["/"] == {200: 3}
    assert journal == Journal()


async def test_journeys_look_search_and_buy(shop: DemoShop) -> None:
    """All three journeys come to their ends, and what they check holds."""
    _, journal = await played(shop, "shop_journeys.py", visitors=40)
    assert not journal.script_errors
    reached = {name: goal.reached for (_, name), goal in journal.goals.items()}
    assert set(reached) == {"look_around", "search", "buy"}
    assert all(reached.values()), reached
    assert set(journal.checks) == {"a product has a price", "the search finds what is there"}
    assert not sum(check.failed for check in journal.checks.values())


@pytest.mark.parametrize("reference", ["shop_journeys.py:buy", "buy.yaml", "visit.har"])
async def test_order_is_placed_with_the_live_tokens(shop: DemoShop, reference: str) -> None:
    """By Python, by YAML and by a recording: each visitor's form carries its own session's token, or the shop would answer 403."""
    statuses, journal = await played(shop, reference)
    assert not journal.script_errors
    ((_, goal),) = journal.goals.items()
    assert (goal.pursued, goal.reached) == (6, 6)
    assert statuses["/checkout/payment"][200] >= 6
    assert not sum(check.failed for check in journal.checks.values())
    assert all(status < 400 for found in statuses.values() for status in found)


async def test_examples_are_played_by_the_command(shop: DemoShop, run_command: RunCommand) -> None:
    """A blend of all of them, loaded by the worker processes."""
    spec = ",".join(
        f"{EXAMPLES / name}"
        for name in ("window_shopper.py", "shop_journeys.py:search", "buy.yaml", "visit.har")
    )
    done = await run_command(
        *(shop.url, "--strategy", spec, "--visitors", "12", "--duration", "3s", "--workers", "2"),
        *("--think-time", "none", "--seed", "7"),
    )
    assert done.code in {0, 4}, done.err
    assert done.summary["requests"]["errors"] == 0
    assert done.summary["page_views"] > 12
    names = [entry["name"] for entry in done.summary["strategies"]]
    assert {name.rpartition("/")[2] for name in names} == {
        "window_shopper.py",
        "shop_journeys.py:search",
        "buy.yaml",
        "visit.har",
    }


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_example_is_explained(path: Path) -> None:
    """Each says what it is, and so does everything in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    assert all(ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds))
