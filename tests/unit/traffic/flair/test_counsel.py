"""What AI models say, and how it is heeded."""

from typing import Any

import pytest

from tests.support.flair import links, mind, page, sight
from trafficflou.ai_models.tasks import Preferences
from trafficflou.http import Link
from trafficflou.traffic import Advice
from trafficflou.traffic.advice import Answered, Question
from trafficflou.traffic.flair.counsel import Counsel

CONTENT = page(
    *links("/product/a", "/product/b", "/journal/x"),
    Link(path="/cart", text="See \x1b[31mhttps://evil.example/", place="main", price=-3.0),
    title="<b>Shop</b>",
)
LOOKED = sight(CONTENT)


def asked(advice: Advice) -> Question:
    """Look at the page and return the question that was left."""
    Counsel(advice, 1.0).weigh([1.0] * 4, mind(), LOOKED, "/")
    (question,) = advice.take_questions()
    return question


def weighed(weights: dict[str, float], heed: float = 1.0, **given: Any) -> tuple[dict[str, float], str]:
    """Return what becomes of equal weights when somebody answered with these, by path."""
    advice = Advice(is_wanted=True)
    question = asked(advice)
    shares = [weights.get(link.path, 0.0) for link in LOOKED.sheet.links]
    advice.give(
        Answered(question=question, preferences=Preferences(weights=tuple(shares)), provider="openai")
    )
    own = [1.0] * 4
    who = Counsel(advice, heed).weigh(own, mind(**given), LOOKED, "/")
    return dict(zip((link.path for link in LOOKED.sheet.links), own, strict=True)), who


def test_nobody_is_asked_where_nobody_may_answer() -> None:
    """Without a provider no question is left, and nothing changes."""
    advice, weights = Advice(), [1.0, 2.0, 3.0, 4.0]
    assert Counsel(advice, 1.0).weigh(weights, mind(), LOOKED, "/") == ""
    assert advice.take_questions() == ()
    assert weights == [1.0, 2.0, 3.0, 4.0]


def test_question_is_put_once_and_clean() -> None:
    """It has the offers' words, cleaned of what could steer anybody, and is not put again."""
    advice = Advice(is_wanted=True)
    question = asked(advice)
    assert question.key == ("Reader", "/")
    assert question.request.page_title == "Shop"
    texts = [offer.text for offer in question.request.offers]
    assert len(texts) == 4
    assert not any("\x1b" in text or "evil.example" in text for text in texts)
    assert all(offer.price is None or offer.price >= 0 for offer in question.request.offers)
    Counsel(advice, 1.0).weigh([1.0] * 4, mind(), LOOKED, "/")
    assert advice.take_questions() == ()


def test_answer_is_taken_by_kind_of_target() -> None:
    """Products get what products were given, shared as before; what was not offered any weight stays possible."""
    weights, who = weighed({"/product/a": 0.9, "/journal/x": 0.1})
    assert who == "openai"
    assert weights["/product/a"] == weights["/product/b"] == pytest.approx(1.8, rel=0.01)
    assert weights["/journal/x"] == pytest.approx(0.4, rel=0.01)
    assert 0 < weights["/cart"] < 0.01
    assert sum(weights.values()) == pytest.approx(4.0)


def test_on_the_beaten_track_no_opinion_counts() -> None:
    """Without intensity the answer changes nothing; with half of it, half."""
    none, _ = weighed({"/cart": 1.0}, heed=0.0)
    half, _ = weighed({"/cart": 1.0}, heed=0.5)
    full, _ = weighed({"/cart": 1.0}, heed=1.0)
    assert set(none.values()) == {1.0}
    assert none["/cart"] < half["/cart"] < full["/cart"]


def test_answer_without_any_weight_is_none() -> None:
    """A provider that likes nothing has not decided anything."""
    weights, who = weighed({})
    assert who == ""
    assert set(weights.values()) == {1.0}


def test_answer_about_other_links_is_none() -> None:
    """Another page of the template may lead elsewhere."""
    advice = Advice(is_wanted=True)
    question = asked(advice)
    advice.give(Answered(question=question, preferences=Preferences(weights=(1.0,) * 4), provider="openai"))
    other = sight(page(*links("/elsewhere")))
    assert Counsel(advice, 1.0).weigh([1.0], mind(), other, "/") == ""


def test_newer_answer_replaces_the_older() -> None:
    """What was added up of an answer is kept for that answer only."""
    advice = Advice(is_wanted=True)
    question, counsel = asked(advice), Counsel(advice, 1.0)
    results = []
    for weights in ((1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)):
        advice.give(Answered(question=question, preferences=Preferences(weights=weights), provider="openai"))
        own = [1.0] * 4
        counsel.weigh(own, mind(), LOOKED, "/")
        results.append(own)
    assert results[0] != results[1]
