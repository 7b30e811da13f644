"""Findings in the report: words, figures and ways; nothing from outside is obeyed."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from trafficflou.metrics import Finding, PathStep, Summary, findings
from trafficflou.report import render_html
from trafficflou.report._findings import FINDING_WORDS, finding_rows, step_words
from trafficflou.traffic.journeys.document import read_document

MakeSummary = Callable[..., Summary]


def test_every_kind_that_visitors_can_find_has_words() -> None:
    """A reader never meets a kind by its technical name alone."""
    assert set(findings._ORDER) <= FINDING_WORDS.keys()


def test_measured_and_written_findings_stand_apart(make_explored: MakeSummary) -> None:
    """What a model wrote is never mixed with what was measured, and cites its figures."""
    rows = finding_rows(make_explored().findings)
    assert [row["word"] for row in rows["measured"]] == ["Form fails", "Slow page", "Missing paths"]
    (written,) = rows["ai"]
    assert written["provider"] == "athena"
    assert written["cites"] == ["requests.error_share = 2.00 %", "response_ms.p95 = 61.5 ms"]


def test_finding_shows_its_figures_and_its_way(make_explored: MakeSummary) -> None:
    """Times have their unit; steps read like instructions."""
    first, second, _ = finding_rows(make_explored().findings)["measured"]
    assert first["steps"] == [
        "open /",
        'click "Rake" → /product/rake',
        'submit "Add to basket" → /cart/add with quantity=1',
    ]
    assert second["figures"] == ["views 40", "mean 1.20 s", "usual 60.1 ms"]


def test_way_of_a_finding_can_be_played_again(make_explored: MakeSummary) -> None:
    """It stands in the report as a journey in YAML; one that is too long to be shown is left out."""
    first, _, last = finding_rows(make_explored().findings)["measured"]
    one = read_document(first["journey"], source="finding.yaml", folder=Path())
    assert one.name == "form_fails"
    assert one.summary.startswith("The checkout form at /pay fails")
    assert last["journey"] == ""
    far = Finding(kind="x", message="x", path=(PathStep(action="open", path="/" + "x" * 9000),))
    assert finding_rows([far])["measured"][0]["journey"] == ""
    assert "submit: &#34;/cart/add&#34;" in render_html(make_explored())


def test_kind_of_a_newer_version_is_shown_by_its_name() -> None:
    """A summary of a newer version can still be read."""
    (row,) = finding_rows([Finding(kind="time_travel", message="x")])["measured"]
    assert (row["word"], row["tone"]) == ("time travel", "")


def test_step_from_outside_is_made_visible_and_short() -> None:
    """Control characters are shown, and long texts are cut."""
    words = step_words(PathStep(action="click", path="/" + "x" * 999, text="a\x1b[31mb"))
    assert "\x1b" not in words
    assert len(words) < 420
    assert set(get_args(PathStep.model_fields["action"].annotation)) == {"open", "click", "submit"}


def test_page_escapes_findings_and_goals(make_explored: MakeSummary) -> None:
    """Markup in a finding, a step or a goal is text."""
    evil = "<script>alert(1)</script>"
    finding = {
        "kind": "broken_link",
        "message": evil,
        "figures": {evil: evil},
        "path": [{"action": "click", "path": "/", "text": evil, "values": {evil: evil}}],
    }
    page = render_html(make_explored(findings=[finding]))
    assert evil not in page
    assert page.count("&lt;script&gt;") >= 4
