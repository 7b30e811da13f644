"""What a run began with, in words: the brief and what was made of it, who was imagined, and whom it asked."""

from trafficflou.core.units import format_count, format_share
from trafficflou.metrics import AiFigures, RunFacts
from trafficflou.report._text import visible

__all__ = ["ai_in_words", "notes_in_words", "people_in_words", "plan_in_words"]

_MOST_SENTENCES = 16
_MOST_PEOPLE = 6


def people_in_words(run: RunFacts) -> str:
    """Return who was imagined; empty where nobody was."""
    people = run.people
    if people is None:
        return ""
    ranked = sorted(people.personas, key=lambda persona: -persona.share)
    named = [
        f"{visible(persona.name, 80)} {format_share(persona.share)}" for persona in ranked[:_MOST_PEOPLE]
    ]
    more = ["..."] if len(ranked) > _MOST_PEOPLE else []
    by = f" by {visible(people.given_by, 40)}" if people.given_by else ""
    fitted = ", fitted to the model" if people.origin == "fitted" else ""
    return f"imagined{by}{fitted}: {', '.join([*named, *more])}"


def plan_in_words(run: RunFacts) -> list[str]:
    """Return what was made of the brief, one sentence each; empty without one."""
    return [visible(sentence) for sentence in run.plan[:_MOST_SENTENCES]]


def notes_in_words(run: RunFacts) -> str:
    """Return what else is worth knowing of its preparation."""
    return " ".join(visible(sentence) for sentence in run.notes[:_MOST_SENTENCES])


def ai_in_words(ai: AiFigures) -> str:
    """Return who was asked and what that gave; empty on Athena alone, who costs nothing."""
    if ai.provider in {"", "athena"}:
        return ""
    total = sum(ai.decisions.values())
    decided = ", ".join(
        f"{visible(name, 40)} {format_share(count / total)}" for name, count in list(ai.decisions.items())[:4]
    )
    degraded = (
        f", {format_count(ai.degraded_answers)} answered by Athena instead" if ai.degraded_answers else ""
    )
    cost = f"${ai.cost_usd:.4f}" if ai.price_is_known else "price not known"
    asked = f"{visible(ai.provider, 40)}: {format_count(ai.requests)} questions ({format_count(ai.tokens)} tokens, {cost}){degraded}"
    return f"{asked}; decisions by {decided}" if decided else asked
