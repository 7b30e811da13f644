"""From counters to the document."""

import pytest

from trafficflou.behavior import EXIT, THINK_QUANTILES
from trafficflou.behavior import assembly as module
from trafficflou.behavior.assembly import Assembly, assemble, quantiles, shrunk_quantiles
from trafficflou.behavior.clients import Agent
from trafficflou.behavior.coverage import Coverage
from trafficflou.behavior.sessions import PageView, Session
from trafficflou.behavior.tally import Tally

BROWSER = Agent(reason=None, device="desktop")


def assembled(tally: Tally, *, k: int = 2, utc_offset_s: int = 0) -> Assembly | None:
    """Make the document of a tally, over one day."""
    coverage = Coverage()
    for hour in range(25):
        coverage.add(1_773_136_800 + hour * 3600, utc_offset_s)
    return assemble(
        tally,
        coverage,
        k_anonymity=k,
        name="test",
        kind="access-log",
        lines=10,
        unparsed_lines=1,
        skipped={"bots": 3},
    )


def made(tally: Tally, *, k: int = 2) -> Assembly:
    """Make a document that must not be empty."""
    result = assembled(tally, k=k)
    assert result is not None
    return result


def tally_of(*visits: tuple[str, list[str]], k: int = 2, files: tuple[str, ...] = ()) -> Tally:
    """Count visits of a visitor to paths, ten seconds apart; `files` come with each first page view."""
    tally = Tally(k)
    for visitor, paths in visits:
        session = Session((visitor, "agent"), BROWSER, 0, 0)
        session.page_views = [PageView(path, 10 * index, 1000) for index, path in enumerate(paths)]
        session.page_views[0].files = [(path, 70) for path in files]
        tally.add(session)
    return tally


def test_rows_entries_and_exits_are_shares() -> None:
    """What follows what, and where visits begin and end, adds up to one."""
    model = made(tally_of(("a", ["/", "/p"]), ("b", ["/", "/p", "/"]), ("c", ["/"]))).model
    assert model.entry == {"/": 1.0}
    assert all(sum(row.values()) == pytest.approx(1) for row in model.transitions.values())
    assert model.transitions["/p"] == {"/": 0.5, EXIT: 0.5}
    assert [template.template for template in model.templates] == ["/", "/p"]
    assert model.templates[0].body_bytes == 1000


def test_leaving_on_arrival_is_told_from_leaving_later() -> None:
    """Of 300 sessions begun at / two thirds leave at once; later page views of / are left in a tenth of the cases."""
    stay = ["/", "/p"] + ["/", "/p"] * 9 + ["/"]
    visits = [(f"bounce-{number}", ["/"]) for number in range(200)] + [
        (f"stay-{number}", stay) for number in range(100)
    ]
    model = made(tally_of(*visits)).model
    assert model.bounce == {"/": pytest.approx(2 / 3, abs=0.02)}
    assert model.transitions["/"][EXIT] == pytest.approx(0.1, abs=0.01)


def test_shares_of_leaving_are_drawn_to_the_usual_where_there_are_few() -> None:
    """One visitor who stayed and one who left do not make a rule."""
    model = made(tally_of(("a", ["/"]), ("b", ["/", "/", "/", "/p"]), ("c", ["/", "/p"]))).model
    assert 0.1 < model.bounce["/"] < 0.34
    assert 0 < model.transitions["/"][EXIT] < 0.2


def test_paths_need_k_visitors_and_templates_too() -> None:
    """A path of one visitor is not named, its page views count for the template; how many were withheld is said."""
    visits = [("a", ["/item/1", "/item/2"]), ("b", ["/item/1"]), ("c", ["/lonely/page"])]
    result = made(tally_of(*visits))
    text = result.model.to_json()
    assert [example.path for example in result.model.templates[0].paths] == ["/item/1"]
    assert result.model.templates[0].page_views == 3
    assert "lonely" not in text
    assert "/item/2" not in text
    assert (result.withheld_paths, result.dropped_templates, result.dropped_page_views) == (2, 1, 1)


def test_steps_to_dropped_pages_are_left_out_of_the_rows() -> None:
    """Where every way on leads to pages that are not in the model, the visitor leaves."""
    model = made(tally_of(("a", ["/", "/secret/x/a"]), ("b", ["/", "/secret-b"]))).model
    assert model.transitions["/"].keys() <= {EXIT, "/{slug}"}
    assert sum(model.transitions["/"].values()) == pytest.approx(1)


def test_secrets_are_never_named_even_with_one_visitor_enough() -> None:
    """Tokens, addresses and keys stay out at k = 1; identifiers that many saw are named, that few saw are not."""
    token, uuid = "aB3xK9mQ2pL7vR5t", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    visits = [("a", ["/", f"/invite/{token}", "/mail/jo@example.org", f"/order/{uuid}"])]
    result = made(tally_of(*visits, k=1, files=("/u/jo@example.org.png", "/ok.css")), k=1)
    text = result.model.to_json()
    for secret in (token, uuid, "example.org"):
        assert secret not in text
    assert {"/", "/invite/{token}", "/mail/{email}", "/order/{uuid}"} == set(result.model.transitions)
    many = tally_of(*[(str(visitor), [f"/order/{uuid}"]) for visitor in range(6)], k=1)
    assert uuid in made(many, k=1).model.to_json()


def test_subresources_need_k_visitors_and_a_share() -> None:
    """A file of one visitor, or one that hardly any page view fetches, is left out; the share is of the opportunities."""
    tally = tally_of(*[(f"v{number}", ["/", "/"]) for number in range(20)], files=("/all.css",))
    rare = tally_of(("x", ["/"]), ("y", ["/"]), files=("/rare.png",))
    tally.absorb(rare)
    tally.absorb(tally_of(("z", ["/"]), files=("/one.js",)))
    tally.absorb(tally_of(("p", ["/cart"]), ("q", ["/cart"]), files=("/seldom.png",)))
    tally.absorb(tally_of(*[(f"w{number}", ["/cart"]) for number in range(200)]))
    cart, template = made(tally).model.templates
    assert (cart.template, cart.subresources) == ("/cart", ())
    assert [(file.path, file.kind, file.body_bytes) for file in template.subresources] == [
        ("/all.css", "style", 70),
        ("/rare.png", "image", 70),
    ]
    assert template.subresources[0].share == pytest.approx(20 / 23, abs=0.001)


def test_document_is_kept_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site with very many paths and files has fewer examples, not a larger file."""
    visits = [(f"v{number % 3}", [f"/item/{number}"]) for number in range(600)]
    tally = tally_of(*visits, *[(f"w{number % 3}", [f"/item/{number}"]) for number in range(600)])
    whole = len(made(tally).model.to_json())
    again = tally_of(*visits, *[(f"w{number % 3}", [f"/item/{number}"]) for number in range(600)])
    monkeypatch.setattr(module, "MAX_DOCUMENT_BYTES", whole - 1000)
    small = made(again).model
    assert len(small.to_json()) < whole - 1000
    assert len(small.templates[0].paths) == 100


def test_nothing_that_may_be_named_makes_no_document() -> None:
    """Where no path has k visitors there is no model."""
    assert assembled(tally_of(("a", ["/"])), k=2) is None


def test_visits_that_began_on_dropped_pages_enter_where_people_are() -> None:
    """If no visit began on a page that is named, the views stand in for the entries."""
    visits = [(f"v{number}", [f"/x{number}/a/{number}/b", "/shop"]) for number in range(3)]
    tally = tally_of(*visits, k=3)
    for path in list(tally.pages):
        if path != "/shop":
            del tally.pages[path]
    assert made(tally, k=3).model.entry == {"/shop": 1.0}


def test_provenance_has_the_counts_and_the_log_s_own_time() -> None:
    """What the model was learned from stands in it, in the log's clock."""
    result = assembled(tally_of(("a", ["/"]), ("b", ["/", "/"])), utc_offset_s=-12_600)
    assert result is not None
    source = result.model.provenance
    assert source.first_at == "2026-03-10T06:30:00-03:30"
    assert (source.lines, source.unparsed_lines, source.skipped) == (10, 1, {"bots": 3})
    assert (source.visitors, source.sessions, source.page_views) == (2, 2, 3)
    assert source.one_page_share == 0.5
    assert result.model.arrivals.utc_offset == "+00:00"


def test_quantiles_interpolate_between_counts() -> None:
    """Quantiles of counted seconds are those of the seconds written out."""
    assert quantiles({7: 1}) == (7.0,) * len(THINK_QUANTILES)
    assert quantiles(dict.fromkeys(range(101), 1)) == (1, 5, 10, 25, 50, 75, 90, 95, 99)
    assert quantiles({0: 1, 10: 1})[4] == 5.0


def test_few_think_times_are_drawn_to_those_of_all() -> None:
    """Below twenty a template has no pauses of its own; many are nearly its own; between, something between."""
    overall = quantiles({100: 50})
    assert shrunk_quantiles({5: 19}, overall) == overall
    middle, own = shrunk_quantiles({5: 20}, overall)[4], shrunk_quantiles({5: 5000}, overall)[4]
    assert 20 < middle < 30
    assert own == pytest.approx(5, rel=0.02)
