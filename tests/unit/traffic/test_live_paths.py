"""Substitutes for learned paths that a site has no more."""

import pickle

import pytest

from trafficflou.http import Link, PageContent
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page
from trafficflou.traffic.live_paths import LOOKS, MAX_DEAD, MAX_OFFERED, MOST_LOOKS, LivePaths, Substitute

GONE = "/product/3"
PRODUCT = "/product/{id}"


def page_of(*paths: str, path: str = "/", status: int = 200) -> Page:
    """Return a page with these links."""
    content = PageContent(links=tuple(Link(path=found) for found in paths))
    return Page(path, "/", status, 0.1, content=content)


def unread(path: str, template: str = PRODUCT, status: int = 404) -> Page:
    """Return a page of which only the status is known."""
    return Page(path, template, status, 0.1)


def losing(*paths: str, template: str = PRODUCT) -> LivePaths:
    """Return what is known of a site that lacks these paths."""
    live = LivePaths(sample_model())
    for path in paths:
        live.note(unread(path, template))
    return live


def replaced(live: LivePaths) -> dict[str, str]:
    """Return what was replaced since the last call."""
    journal = live.take_journal()
    return {} if journal is None else journal.replaced


def test_nothing_is_looked_for_while_nothing_is_gone() -> None:
    """Pages are not read, paths stay as they are, and nothing is told, whatever else fails."""
    live = LivePaths(sample_model())
    for status in (200, 301, 403, 500, 0):
        live.note(unread(GONE, status=status))
    live.note(page_of("/product/99"))
    assert not live.is_looking
    assert live.instead_of(GONE, page_of("/product/99")) is None
    assert live.take_journal() is None


@pytest.mark.parametrize("status", [404, 410])
def test_gone_path_is_replaced_by_what_pages_offer(status: int) -> None:
    """A path of the same template that the model does not know goes before those that it does; then reading stops."""
    live = LivePaths(sample_model())
    live.note(unread(GONE, status=status))
    assert live.is_looking
    assert live.instead_of(GONE, None) is None
    live.note(page_of("/about", "/product/4", "/product/99?utm_source=home", "/product/98?add-to-cart=98"))
    assert not live.is_looking
    assert live.instead_of(GONE, None) == Substitute("/product/99", PRODUCT)
    assert live.instead_of("/product/4", None) is None, "what is there is left alone"
    assert replaced(live) == {GONE: "/product/99"}
    assert live.take_journal() is None


def test_learned_path_serves_where_nothing_new_is_offered() -> None:
    """Better one whose share grows than none; those that are gone themselves do not count."""
    live = losing(GONE, "/product/5")
    live.note(page_of(GONE, "/product/5", "/product/4"))
    assert (
        live.instead_of(GONE, None)
        == live.instead_of("/product/5", None)
        == Substitute("/product/4", PRODUCT)
    )


def test_gone_paths_get_different_substitutes() -> None:
    """One that stands in for nobody yet goes first, and who gets which does not depend on the order of links."""
    gone = [f"/product/{number}" for number in range(1, 5)]
    fresh = [f"/product/{number}" for number in range(91, 95)]
    one, other = losing(*gone), losing(*gone)
    one.note(page_of(*fresh))
    other.note(page_of(*fresh[::-1]))
    first, second = ([live.instead_of(path, None) for path in gone] for live in (one, other))
    assert first == second
    assert {found.path for found in first if found is not None} == set(fresh)


def test_more_candidates_are_looked_for_than_are_needed_at_once() -> None:
    """The first page has one; later losses should not all be given the same, so some more pages are read, but not for ever."""
    live = losing(GONE)
    live.note(page_of("/product/99"))
    assert live.instead_of(GONE, None) == Substitute("/product/99", PRODUCT)
    for _ in range(LOOKS - 1):
        assert live.is_looking
        live.note(page_of("/product/99"))
    assert not live.is_looking
    live.note(unread("/product/4"))
    assert live.instead_of("/product/4", None) == Substitute("/product/99", PRODUCT), "better one than none"
    live.note(page_of("/product/98"))
    live.note(unread("/product/5"))
    assert live.instead_of("/product/5", None) == Substitute("/product/98", PRODUCT)


def test_paths_that_waited_in_vain_get_what_is_found_later() -> None:
    """Another loss of the template begins the search anew, for all of them."""
    live = losing(GONE)
    for _ in range(MOST_LOOKS):
        live.note(page_of("/news"))
    live.note(unread("/product/4"))
    live.note(page_of("/product/98", "/product/99"))
    assert {live.instead_of(path, None) for path in (GONE, "/product/4")} == {
        Substitute("/product/98", PRODUCT),
        Substitute("/product/99", PRODUCT),
    }


def test_later_losses_use_what_was_offered_before() -> None:
    """Nothing is read again where enough candidates are left."""
    live = losing(GONE)
    live.note(page_of("/product/96", "/product/97", "/product/98", "/product/99"))
    live.note(unread("/product/4"))
    assert not live.is_looking
    assert live.instead_of(GONE, None) != live.instead_of("/product/4", None)


def test_substitute_that_is_gone_is_given_up() -> None:
    """Another takes its place, or is looked for."""
    live = losing(GONE)
    live.note(page_of("/product/99"))
    live.note(unread("/product/99"))
    assert live.is_looking
    assert live.instead_of(GONE, None) is None
    live.note(page_of("/product/99", "/product/98"))
    assert live.instead_of(GONE, None) == Substitute("/product/98", PRODUCT)
    assert replaced(live) == {GONE: "/product/98"}


def test_same_page_under_another_spelling_serves() -> None:
    """A page that moved by a slash, or behind a query that names it, is of the same template."""
    live = losing("/about", template="/about")
    live.note(page_of("/about/"))
    assert live.instead_of("/about", None) == Substitute("/about/", "/about")


def test_nearest_link_serves_for_the_moment_and_is_remembered_at_last() -> None:
    """Where nothing of the template is offered, the page's most similar link does, for good after so many pages."""
    live = losing("/about", template="/about")
    here = page_of("/cart", "/contact", "/about/team", "/about-us?tab=2", path="/cart")
    assert live.instead_of("/about", here) == Substitute("/about/team", "/about/team")
    assert live.instead_of("/about", page_of("/our-about-page")) == Substitute("/our-about-page", "/{slug}")
    assert live.instead_of("/about", page_of("/contact")) is None
    assert not replaced(live)
    for _ in range(LOOKS):
        live.note(here)
    assert live.is_looking
    assert live.instead_of("/about", here) == Substitute("/about/team", "/about/team")
    live.note(here)
    assert not live.is_looking
    assert live.instead_of("/about", None) == Substitute("/about/team", "/about/team")
    assert replaced(live) == {"/about": "/about/team"}


def test_page_itself_is_no_link_to_go_on_with() -> None:
    """A visitor does not click on the page that is open."""
    live = losing("/about", template="/about")
    assert live.instead_of("/about", page_of("/about/team", path="/about/team")) is None


def test_links_that_change_something_are_no_substitutes() -> None:
    """Nobody is logged out, and nothing is put into a cart, because a page is gone."""
    live = losing("/cart", template="/cart")
    here = page_of("/cart/remove/3", "/cart/?add-to-cart=3", "/cart/logout")
    live.note(here)
    assert live.instead_of("/cart", here) is None


def test_hopeless_search_ends() -> None:
    """After so many pages without a trace the path is asked for as it was learned, and pages are not read any more."""
    live = losing(GONE)
    for _ in range(MOST_LOOKS):
        assert live.is_looking
        live.note(page_of("/news"))
    assert not live.is_looking
    assert live.instead_of(GONE, page_of("/news")) is None


def test_tables_are_bounded() -> None:
    """Neither endless links nor endless losses fill the memory."""
    live = losing(GONE)
    live.note(page_of(*(f"/product/{number}" for number in range(100, 100 + 10 * MAX_OFFERED))))
    assert live.instead_of(GONE, None) is not None
    for number in range(MAX_DEAD + 10):
        live.note(unread(f"/product/{number + 5000}"))
    live.note(unread("/product/4"))
    assert live.instead_of("/product/4", None) is None, "what does not fit is asked for as it was learned"


def test_many_different_pages_are_read() -> None:
    """More documents than are remembered as read can be looked at."""
    live = losing(GONE)
    for number in range(MOST_LOOKS - 10):
        live.note(page_of(f"/news/{number}"))
    live.note(page_of("/product/99"))
    assert live.instead_of(GONE, None) == Substitute("/product/99", PRODUCT)


def test_knowledge_can_be_sent_to_a_worker() -> None:
    """Strategies cross to worker processes."""
    live = losing(GONE)
    sent: LivePaths = pickle.loads(pickle.dumps(live))  # noqa: S301 - our own bytes
    sent.note(page_of("/product/99"))
    assert sent.instead_of(GONE, None) == Substitute("/product/99", PRODUCT)
