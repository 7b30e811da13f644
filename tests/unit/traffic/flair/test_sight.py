"""What visitors see of pages."""

import math

import pytest

from tests.support.flair import EVERYTHING, eyes, field, form, links, page, seen, sight, template_of
from trafficflou.http import EMPTY_PAGE, Link
from trafficflou.testing.models import sample_model
from trafficflou.traffic import FormPolicy, FormPurpose
from trafficflou.traffic.flair.beaten_track import BeatenTrack, in_order_of_attention
from trafficflou.traffic.flair.pause import usual_pause_s
from trafficflou.traffic.flair.sight import MAX_LOOKED_AT


def test_main_part_is_looked_at_first_and_hides_nothing() -> None:
    """The places of a page are looked at side by side: a long list in the middle does not hide the navigation."""
    offered = (*links("/foot", place="footer"), *links(*(f"/main/{n}" for n in range(50))))
    ranked = [link.path for link, _ in in_order_of_attention((*offered, *links("/nav", place="navigation")))]
    assert ranked[:2] == ["/main/0", "/nav"]
    assert ranked.index("/foot") == 10


def test_share_falls_with_order_and_place() -> None:
    """The first link of the main part is used most, that of a footer least."""
    weights = {
        link.path: weight
        for link, weight in in_order_of_attention(
            (*links("/a", "/b"), *links("/n", place="navigation"), *links("/f", place="footer"))
        )
    }
    assert weights["/a"] > weights["/b"] > weights["/n"] > weights["/f"] > 0


def test_tools_of_those_who_tend_the_site_are_used_by_few() -> None:
    """Readers of a wiki do not edit it, and seldom look at its logs."""
    offered = links("/wiki/Rome", "/index.php?action=edit&title=Rome", "/wiki/Special:Log")
    ranked = in_order_of_attention(offered)
    assert ranked[0][0].path == "/wiki/Rome"
    assert max(weight for _, weight in ranked[1:]) < 0.2 * ranked[0][1]


def test_beaten_track_without_a_model_goes_by_place_and_order() -> None:
    """Shares add up to 1 and follow the weights."""
    shares = [math.exp(share) for share in BeatenTrack(None).log_shares("/", ["/a", "/b"], [3.0, 1.0])]
    assert shares == pytest.approx([0.75, 0.25])
    assert BeatenTrack(None).log_shares("/", [], []) == []


def test_beaten_track_of_a_model_is_its_transitions() -> None:
    """The model says how often each kind of page follows; place and order, which of its links; what it does not know is rare."""
    track = BeatenTrack(sample_model())
    templates = ["/product/{id}", "/product/{id}", "/search", "/unknown"]
    shares = [math.exp(share) for share in track.log_shares("/", templates, [2.0, 1.0, 1.0, 1.0])]
    assert sum(shares) == pytest.approx(1.0)
    # 0.5 to products and 0.15 to the search, without those who leave or go where no link leads.
    assert sum(shares[:2]) / shares[2] == pytest.approx(0.5 / 0.15, rel=0.1)
    assert shares[0] == pytest.approx(2 * shares[1])
    assert 0 < shares[3] < 0.02


def test_beaten_track_of_an_unknown_page_goes_by_place_and_order() -> None:
    """Where the model does not know the page, or none of its links, it says nothing."""
    track = BeatenTrack(sample_model())
    for source, templates in (("/else", ["/cart", "/"]), ("/", ["/x", "/y"])):
        shares = [math.exp(share) for share in track.log_shares(source, templates, [3.0, 1.0])]
        assert shares == pytest.approx([0.75, 0.25])


def test_same_page_is_seen_once() -> None:
    """A document that was seen is not prepared again, and pages with the same links share their sheet."""
    looking = eyes()
    first = page(*links("/a", "/b"), title="One")
    other = page(*links("/a", "/b"), forms=(form("/c", field("csrf", "hidden", value="x")),), title="Two")
    assert looking.look(first, "/", "/") is looking.look(first, "/", "/")
    assert looking.look(first, "/", "/").sheet is looking.look(other, "/", "/").sheet
    assert looking.look(first, "/", "/").sheet is not looking.look(page(*links("/a")), "/", "/").sheet


@pytest.mark.parametrize("content", [None, EMPTY_PAGE])
def test_what_is_no_page_offers_nothing(content: None) -> None:
    """A picture is no dead end: it is no page."""
    looked = eyes().look(content, "/picture", "/picture")
    assert not looked.is_html
    assert not looked.way_on
    assert not looked.is_content
    assert looked.sheet.links == ()


def test_links_that_may_not_be_followed_are_told_and_not_considered() -> None:
    """The report knows them, nobody follows them."""
    looked = sight(page(*links("/a", "/logout")), policy=FormPolicy())
    assert [link.path for link in looked.sheet.links] == ["/a"]
    assert looked.sheet.paths == ("/a", "/logout")


def test_page_that_leads_only_to_itself_has_no_way_on() -> None:
    """Nor has one whose only form may not be sent."""
    assert not sight(page(*links("/here")), "/here").way_on
    assert sight(page(*links("/here", "/there")), "/here").way_on
    with_form = page(forms=(form("/comment", field("comment", "textarea"), text="Post comment"),))
    assert not sight(with_form, "/here", FormPolicy()).way_on
    assert sight(with_form, "/here", EVERYTHING).way_on


def test_page_of_thousands_of_links_is_cut() -> None:
    """Nobody considers more than some of them, and all are told."""
    looked = sight(page(*links(*(f"/x/{number}" for number in range(3000)))))
    assert len(looked.sheet.links) == MAX_LOOKED_AT
    assert len(looked.sheet.paths) == 3000


def test_sheet_knows_its_links_by_kind_topic_and_deed() -> None:
    """What leads to products, to the basket, deeper into the site, or does something."""
    add = Link(path="/?add-to-cart=7", text="Add to cart", place="main")
    sheet = sight(page(*links("/product/a", "/product/b", "/cart"), add)).sheet
    at = {link.path: number for number, link in enumerate(sheet.links)}
    assert sheet.kinds == tuple(dict.fromkeys(sheet.templates))
    assert [sheet.kinds[kind] for kind in sheet.kind_of] == list(sheet.templates)
    assert set(sheet.by_template["/product/{slug}"]) == {at["/product/a"], at["/product/b"]}
    assert at["/cart"] in sheet.by_topic["cart"]
    assert sheet.by_deed == {FormPurpose.CART: (at["/?add-to-cart=7"],)}
    assert sheet.depths[at["/product/a"]] == 2


@pytest.mark.parametrize(
    ("path", "heading", "is_content", "is_reading"),
    [
        ("/", "", False, False),
        ("/journal/x", "", True, False),
        ("/blog/x", "", True, True),
        ("/docs/x", "", True, True),
        ("/cart", "", False, False),
        ("/x", "Your basket", False, False),
        ("/hello-world", "Hello world", True, True),
        ("/wiki/Special:Log", "Log", False, False),
        ("/index.php?action=edit&title=Rome", "Editing Rome", False, False),
    ],
)
def test_kind_of_page_is_told_by_its_address_or_its_heading(
    path: str, heading: str, is_content: bool, is_reading: bool
) -> None:
    """Unknown sites are read by words that sites have in common; a plain page with few links is there to be read."""
    looked = sight(page(*links("/a"), headings=(heading,) if heading else ()), path)
    assert looked.is_content == is_content
    if path != "/journal/x":
        assert looked.is_reading == is_reading


def test_list_of_pages_is_not_for_reading() -> None:
    """A page that says nothing of itself and has many links in the middle is a list."""
    assert not sight(page(*links(*(f"/{number}" for number in range(30)))), "/all").is_reading


def test_word_of_a_page_is_found_in_address_and_heading() -> None:
    """So a contact page is known, whatever its topic."""
    looked = sight(page(headings=("How to reach us",)), "/help/contact")
    assert looked.is_named("contact")
    assert looked.is_named("reach")
    assert not looked.is_named("shop")


def test_form_is_judged_by_what_it_is_and_not_by_its_token() -> None:
    """Forms that differ in their token alone have one shape; another product has another."""
    one = form("/cart/add", field("csrf", "hidden", value="aaa"), field("product", "hidden", value="7"))
    again = form("/cart/add", field("csrf", "hidden", value="bbb"), field("product", "hidden", value="7"))
    other = form("/cart/add", field("csrf", "hidden", value="aaa"), field("product", "hidden", value="8"))
    assert seen(one).shape == seen(again).shape != seen(other).shape
    assert seen(one).purpose is FormPurpose.CART
    assert not seen(one).takes_out
    assert seen(form("/cart/remove", field("product", "hidden", value="7"), text="Remove")).takes_out
    assert not seen(one, FormPolicy()).is_allowed


def test_long_value_is_a_token() -> None:
    """What no person could tell apart does not make a form another one."""
    first, second = (form("/x", field("state", "hidden", value=letter * 60)) for letter in "ab")
    assert seen(first).shape == seen(second).shape


def test_pause_is_long_where_there_is_much_to_read() -> None:
    """An article keeps people longer than a list, a list of many longer than one of few."""
    article = usual_pause_s(page(headings=("a", "b", "c", "d")), 20, 0)
    short_list = usual_pause_s(page(headings=("a",)), 30, 25)
    long_list = usual_pause_s(page(headings=("a",)), 120, 100)
    assert article > 2 * short_list
    assert long_list > short_list
    assert usual_pause_s(page(headings=("a",) * 500), 500, 0) == 60.0


def test_template_names_of_the_tests() -> None:
    """The tests' own names of templates."""
    assert template_of("/product/7?x=1") == "/product/{slug}"
