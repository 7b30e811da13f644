"""What AI models say of a page while visitors are there: asked in the background, used when it comes, never waited for.

A strategy decides at once by what it has and leaves a question; the worker hands questions to the coordinator, which alone speaks to
providers and gives each answer to all workers. A question is put once for each persona and kind of page, so their number is bounded by
what people would review, not by clicks.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from trafficflou.ai_models.tasks import Preferences, PreferRequest

__all__ = ["Advice", "AdviceKey", "Answered", "Question"]

MAX_QUESTIONS: Final = 512
"""Waiting at once; more are dropped and may be asked later."""

MAX_ANSWERS: Final = 4096

AdviceKey = tuple[str, str]
"""Persona's name and page template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask.

    Attributes:
        key: What it is about.
        request: The question, of the kind `prefer`.
    """

    key: AdviceKey
    request: PreferRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What somebody answered.

    Attributes:
        question: The question, so that the weights can be read: one for each of its offers.
        preferences: The answer.
        provider: Who gave it.
    """

    question: Question
    preferences: Preferences
    provider: str


class Advice:
    """Questions that wait, and answers that have come; one for each worker."""

    __slots__ = ("_answers", "_asked", "_questions", "is_wanted")

    def __init__(self, *, is_wanted: bool = False) -> None:
        """Begin with nothing.

        Args:
            is_wanted: Whether anybody but Athena may answer; otherwise nothing is asked.
        """
        self.is_wanted = is_wanted
        self._asked: set[AdviceKey] = set()
        self._questions: list[Question] = []
        self._answers: OrderedDict[AdviceKey, Answered] = OrderedDict()

    def find(self, key: AdviceKey) -> Answered | None:
        """Return what was answered, if it was."""
        return self._answers.get(key)

    def wants(self, key: AdviceKey) -> bool:
        """Whether it makes sense to ask this now."""
        return self.is_wanted and key not in self._asked and len(self._questions) < MAX_QUESTIONS

    def ask(self, question: Question) -> None:
        """Leave a question; does nothing where it was asked before or too many wait."""
        if self.wants(question.key):
            self._asked.add(question.key)
            self._questions.append(question)

    def take_questions(self, most: int = MAX_QUESTIONS) -> tuple[Question, ...]:
        """Return the questions that came and were not taken yet, the oldest first.

        Args:
            most: So many of them; the others wait.
        """
        taken, self._questions = tuple(self._questions[:most]), self._questions[most:]
        return taken

    def give(self, answered: Answered) -> None:
        """Take an answer, whoever asked."""
        self._asked.add(answered.question.key)
        self._answers[answered.question.key] = answered
        if len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
