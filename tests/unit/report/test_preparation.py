"""What a run began with, in words."""

from collections.abc import Callable
from typing import Any

from trafficflou.metrics import AiFigures, PersonaFacts, Summary
from trafficflou.report._preparation import ai_in_words, notes_in_words, people_in_words, plan_in_words

MakeSummary = Callable[..., Summary]


def test_people_are_named_with_their_shares_most_of_them_first(make_explored: MakeSummary) -> None:
    """Who was imagined, by whom; nothing where nobody was."""
    run = make_explored().run
    assert people_in_words(run) == "imagined by athena: Directed buyer 75 %, Quick glancer 25 %"
    assert people_in_words(run.model_copy(update={"people": None})) == ""


def test_people_fitted_to_a_model_say_so_and_many_are_cut(make_explored: MakeSummary) -> None:
    """A list that nobody reads is not printed."""
    run = make_explored().run
    many = tuple(PersonaFacts(name=f"P{number}", share=0.1, device="mobile") for number in range(10))
    assert run.people is not None
    people = run.people.model_copy(update={"origin": "fitted", "personas": many, "given_by": ""})
    words = people_in_words(run.model_copy(update={"people": people}))
    assert words.startswith("imagined, fitted to the model: P0 10 %")
    assert words.endswith("P5 10 %, ...")


def test_plan_is_harmless(make_explored: MakeSummary, make_shop: Callable[..., Any]) -> None:
    """A model wrote it."""
    assert plan_in_words(make_explored().run) == [
        "10 visitors at once become 30",
        "Not played: a spike \\x1b[2J",
    ]
    assert plan_in_words(make_shop().run) == []


def test_ai_is_told_where_somebody_else_than_athena_was_asked(make_explored: MakeSummary) -> None:
    """Who, how often, for how much, who stood in, and who decided."""
    ai = make_explored().ai
    words = ai_in_words(ai)
    assert words.startswith(
        "openai: 64 questions (18,204 tokens, price not known), 9 answered by Athena instead"
    )
    assert words.endswith("decisions by athena 71.4 %, openai 28.6 %")
    quiet = AiFigures(provider="openai", requests=2, tokens=10, cost_usd=0.5)
    assert ai_in_words(quiet) == "openai: 2 questions (10 tokens, $0.5000)"
    assert ai_in_words(AiFigures(provider="athena", requests=3)) == ""
    assert notes_in_words(make_explored().run) == "Before the run 25 pages were looked at."
