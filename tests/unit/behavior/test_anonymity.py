"""Names in a model have k visitors."""

from trafficflou.behavior.anonymity import anonymise
from trafficflou.behavior.tally import PageTally


def pages(**visitors: tuple[str, str]) -> dict[str, PageTally]:
    """Make counters: a key for each template, its name and its visitors as letters."""
    made = {}
    for name, letters in visitors.values():
        page = made[name] = PageTally()
        page.visitors = set(map(ord, letters))
        page.views = len(letters)
    return made


def test_rare_templates_are_merged_until_enough_visitors_share_the_name() -> None:
    """Words are hidden one by one; visitors who saw several of the merged pages count once."""
    found = anonymise(pages(a=("/help/a", "pq"), b=("/help/b", "qr"), c=("/", "pqrs")), 3)
    assert found.names == {"/help/a": "/help/{slug}", "/help/b": "/help/{slug}", "/": "/"}
    assert (found.merged, found.dropped) == (2, 0)


def test_names_with_enough_visitors_stay() -> None:
    """Only what is below k changes, and it may join what has its coarser name already."""
    found = anonymise(pages(a=("/p/{slug}", "pqr"), b=("/p/rare", "x"), c=("/p/well", "pqr")), 3)
    assert found.names == {"/p/{slug}": "/p/{slug}", "/p/rare": "/p/{slug}", "/p/well": "/p/well"}


def test_what_stays_rare_is_dropped_and_counted() -> None:
    """Where no merging helps, the template goes."""
    found = anonymise(pages(a=("/odd/thing/here", "p"), b=("/", "pqr")), 3)
    assert found.names["/odd/thing/here"] is None
    assert (found.dropped, found.dropped_page_views) == (1, 1)


def test_number_of_templates_is_bounded() -> None:
    """With too many names the least viewed are made coarser even if they have k visitors."""
    many = pages(
        **{f"t{number}": (f"/section/{chr(97 + number)}", "pqrs"[: 2 + number % 3]) for number in range(26)}
    )
    found = anonymise(many, 2, most=10)
    assert len({name for name in found.names.values() if name}) <= 10
    assert found.names["/section/a"] == "/section/{slug}"


def test_everything_rare_leaves_nothing() -> None:
    """A log of one visitor has no name to give."""
    found = anonymise(pages(a=("/", "p"), b=("/a", "p")), 2)
    assert set(found.names.values()) == {None}
