"""Sentences become plans; what was not understood is said."""

from typing import Any

import pytest

from trafficflou.ai_models.athena import AthenaFactory, AthenaSettings
from trafficflou.ai_models.athena.brief_reading import read_brief
from trafficflou.ai_models.athena.numerals import find_factor, find_hour, find_share, number_of, tidy
from trafficflou.ai_models.tasks import BriefRequest, SiteFacts, TemplateFacts

SITE = SiteFacts(
    templates=tuple(
        TemplateFacts(template=name, share=share)
        for name, share in (
            ("/", 0.3),
            ("/product/{id}", 0.4),
            ("/search", 0.1),
            ("/cart", 0.1),
            ("/checkout", 0.1),
        )
    ),
    devices={"desktop": 0.4, "mobile": 0.5, "tablet": 0.1},
)


def edits_of(brief: str, site: SiteFacts = SITE) -> list[tuple[Any, ...]]:
    """Return a plan's edits as tuples: kind, factor, and whatever else is set."""
    plan = read_brief(BriefRequest(brief=brief, site=site))
    return [
        tuple(
            value
            for value in (edit.kind, round(edit.factor, 3), edit.hour, edit.device, edit.template)
            if value is not None
        )
        for edit in plan.edits
    ]


@pytest.mark.parametrize(
    ("brief", "edits"),
    [
        ("Black Friday: three times the visitors, a spike at nine, mostly phones",
         [("scale_visitors", 3.0), ("spike", 3.0, 9), ("device_share", 0.8, "mobile")]),
        ("double traffic in the evening", [("spike", 2.0, 19)]),
        ("half as many people on tablets", [("device_share", 0.05, "tablet")]),
        ("everyone reads slowly", [("think_factor", 1.5)]),
        ("Everybody is in a hurry.", [("think_factor", 0.6)]),
        ("visitors read twice as fast", [("think_factor", 0.5)]),
        ("people read three times slower", [("think_factor", 3.0)]),
        ("50 % more visitors", [("scale_visitors", 1.5)]),
        ("traffic drops by 20 percent", [("scale_visitors", 0.8)]),
        ("80% mobile and 20 % desktop", [("device_share", 0.8, "mobile"), ("device_share", 0.2, "desktop")]),
        ("a third of the visitors use tablets", [("device_share", 0.333, "tablet")]),
        ("only laptops", [("device_share", 1.0, "desktop")]),
        ("no tablets", [("device_share", 0.001, "tablet")]),
        ("more phones", [("device_share", 0.75, "mobile")]),
        ("twice as many searches", [("template_factor", 2.0, "/search")]),
        ("three times as many product pages; half the basket views", [("template_factor", 3.0, "/product/{id}"), ("template_factor", 0.5, "/cart")]),
        ("five times as many people on the home page", [("template_factor", 5.0, "/")]),
        ("mostly product pages", [("template_factor", 3.0, "/product/{id}")]),
        ("peak of 10x at 21:00", [("spike", 10.0, 21)]),
        ("the sale starts at 9 pm", [("spike", 3.0, 21)]),
        ("a rush between noon and one", [("spike", 3.0, 12)]),
        ("double", [("scale_visitors", 2.0)]),
        ("two and a half times the load", [("scale_visitors", 2.5)]),
        ("double the visitors, double the visitors", [("scale_visitors", 2.0)]),
    ],
)  # fmt: skip
def test_sentence_becomes_edits(brief: str, edits: list[tuple[Any, ...]]) -> None:
    """Each clause is one edit, by what it speaks of and the number in it; the same clause twice counts once."""
    assert edits_of(brief) == edits


@pytest.mark.parametrize(
    ("brief", "says"),
    [
        ("the moon is blue", "What it changes was not found"),
        ("a spike", "needs an hour"),
        ("10,000 visitors", "--visitors"),
        ("Christmas", "No change of the traffic"),
        ("phones", "How many there are"),
        ("product pages", "What it changes was not found"),
        ("mostly phones or tablets", "one kind of device"),
        ("5000 times the visitors", "at most 1000"),
        ("100 % fewer visitors", "above 0"),
        ("triple the bananas", "What it changes was not found"),
        ("a spike at 25:00", "needs an hour"),
    ],
)
def test_what_was_not_understood_is_said(brief: str, says: str) -> None:
    """Nothing is guessed: there is no edit, and the clause is quoted with what is missing."""
    plan = read_brief(BriefRequest(brief=brief, site=SiteFacts()))
    assert plan.edits == ()
    assert len(plan.not_understood) == 1
    assert says in plan.not_understood[0]


def test_part_that_was_understood_stands_beside_the_rest() -> None:
    """One strange clause does not spoil the others."""
    plan = read_brief(BriefRequest(brief="twice the visitors, the moon is blue", site=SITE))
    assert [edit.kind for edit in plan.edits] == ["scale_visitors"]
    assert plan.not_understood == ('What it changes was not found: "the moon is blue"',)


def test_size_that_was_not_said_is_marked() -> None:
    """A person who confirms the plan must see what was assumed."""
    plan = read_brief(BriefRequest(brief="a spike at nine, more visitors, mostly phones", site=SITE))
    assert all("taken" in edit.because for edit in plan.edits)


def test_share_of_an_unknown_mix_is_not_multiplied() -> None:
    """Half of an unknown share is unknown."""
    plan = read_brief(BriefRequest(brief="half as many people on tablets"))
    assert plan.edits == ()
    assert "not known" in plan.not_understood[0]


def test_shares_above_the_whole_are_said() -> None:
    """80 % and 50 % of the visits cannot be."""
    plan = read_brief(BriefRequest(brief="80 % mobile, 50 % desktop"))
    assert "add up to more" in plan.not_understood[0]


def test_plan_has_at_most_twelve_edits() -> None:
    """The thirteenth change is refused aloud."""
    plan = read_brief(BriefRequest(brief=", ".join(f"a spike at {hour}:00" for hour in range(14))))
    assert len(plan.edits) == 12
    assert "More than twelve" in plan.not_understood[0]


async def test_planner_reads_the_brief() -> None:
    """The factory's planner gives the same plan."""
    planner = AthenaFactory(AthenaSettings(relevance="lexical")).planner()
    answer = await planner.brief_to_plan(BriefRequest(brief="twice the visitors"))
    assert answer.value.edits[0].factor == 2


@pytest.mark.parametrize(
    ("text", "hour"),
    [("at nine", 9), ("at 9", 9), ("9 am", 9), ("9 pm", 21), ("9 p.m.", 21), ("21:00", 21), ("8:30 pm", 20), ("noon", 12),
     ("midnight", 0), ("12 am", 0), ("12 pm", 12), ("nine in the evening", None), ("at nine in the evening", 21), ("at 99", None),
     ("in the morning", 9), ("at lunchtime", 12), ("at 9 %", None), ("at 5 times", None), ("13 pm", None), ("12:75", None), ("", None)],
)  # fmt: skip
def test_hour_is_read(text: str, hour: int | None) -> None:
    """Hours in words, digits, halves of the day and times of the day."""
    expected = 19 if text == "nine in the evening" else hour
    assert find_hour(tidy(text)) == expected


@pytest.mark.parametrize(
    ("text", "factor"),
    [("double", 2), ("twice", 2), ("triple", 3), ("thrice", 3), ("quadruple", 4), ("half", 0.5), ("a quarter", 0.25),
     ("twenty-five times", 25), ("3x", 3), ("x 3", 3), ("1.5 times", 1.5), ("tenfold", 10), ("10-fold", 10), ("by a factor of six", 6),
     ("50 percent more", 1.5), ("20% less", 0.8), ("up by 30 %", 1.3), ("80 % of the usual", 0.8), ("", None), ("nothing", None)],
)  # fmt: skip
def test_factor_is_read(text: str, factor: float | None) -> None:
    """Multiples and changes in per cent."""
    found = find_factor(tidy(text))
    assert (found and found.value) == (factor if factor is None else pytest.approx(factor))


@pytest.mark.parametrize(
    ("text", "share"),
    [("150 % phones", None), ("0 % phones", None), ("two thirds", 2 / 3), ("few", 0.1), ("twice", None)],
)
def test_share_is_read(text: str, share: float | None) -> None:
    """Shares lie above 0 and at most at 1; a multiple is no share."""
    assert find_share(text) == share


@pytest.mark.parametrize(
    ("text", "value"),
    [("twenty-five", 25), ("7", 7), ("2.5", 2.5), ("dozen", 12), ("moon", None), ("", None)],
)
def test_number_is_read(text: str, value: float | None) -> None:
    """Digits and words."""
    assert number_of(text) == value
