"""Questions of a run's visitors to AI providers: out of the workers, to whoever may answer, and back to all workers.

Theory of operation: visitors decide at once, in their own processes, by what they have; what they would like to know better leaves with the
measurements of the second, a few at a time, because writing one takes half a millisecond. The coordinator alone speaks to providers. It
puts each question once, however many visitors have it, with a few under way at a time; the others wait in the order in which they
came. An answer goes to all workers, if it comes in time. So a provider that is slow, broken or hostile costs nobody anything: at the
end of the run whatever is under way is dropped.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from trafficflou.ai_models.model import Answer
from trafficflou.ai_models.tasks import PREFER, RequestT, ResultT, Task
from trafficflou.core import ProviderError
from trafficflou.fleet.channel import Channel
from trafficflou.fleet.frames import Advised, Asked
from trafficflou.logs import get_logger
from trafficflou.resilience import TaskKeeper
from trafficflou.traffic import Advice, AdviceKey, Answered, Question

__all__ = ["AdvisedWorker", "Adviser", "Providers"]

log = get_logger(__name__)

QUESTIONS_A_SECOND: Final = 10
MAX_CONCURRENCY: Final = 16
MAX_QUESTIONS: Final = 5000
"""Different questions of one run; personas times kinds of pages are far fewer."""

CLOSE_TIMEOUT_S: Final = 0.5


class AdvisedWorker:
    """A worker's side."""

    def __init__(self, advice: Advice, ask: Callable[[object], None]) -> None:
        """Stand between strategies and the coordinator.

        Args:
            advice: Holds the strategies' questions, and takes answers.
            ask: Sends a message to the coordinator.
        """
        self._advice = advice
        self._ask = ask

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """Return who takes which kind of message; each returns at once."""
        return {Advised: self._take}

    def pass_on_questions(self) -> None:
        """Send some of the questions that came; to be called once a second."""
        questions = self._advice.take_questions(QUESTIONS_A_SECOND)
        if questions:
            self._ask(Asked(questions))

    def _take(self, message: Advised) -> None:
        self._advice.give(message.answered)


class Providers(Protocol):
    """Who may answer."""

    async def ask_provider(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task, with all limits; raises `ProviderError` where nobody does."""
        ...


class Adviser:
    """The coordinator's side."""

    def __init__(self, ai: Providers, channel: Channel) -> None:
        """Take over a channel's questions.

        Args:
            ai: Asks providers, with all limits.
            channel: Of the run.
        """
        self._ai = ai
        self._channel = channel
        self._known: set[AdviceKey] = set()
        self._waiting: deque[Question] = deque()
        self._under_way = 0
        self._keeper = TaskKeeper("advice")
        channel.on(Asked, self._take)

    async def aclose(self) -> None:
        """Drop what waits and what is under way; takes half a second at most. Idempotent."""
        self._waiting.clear()
        if not await self._keeper.aclose(CLOSE_TIMEOUT_S):
            log.warning("an AI provider does not let go of a question; nobody waits for it")

    def _take(self, _worker: int, asked: Asked) -> None:
        for question in asked.questions:
            if question.key not in self._known and len(self._known) < MAX_QUESTIONS:
                self._known.add(question.key)
                self._waiting.append(question)
        self._pump()

    def _pump(self) -> None:
        while self._waiting and self._under_way < MAX_CONCURRENCY and not self._keeper.is_closed:
            self._under_way += 1
            self._keeper.start(self._put(self._waiting.popleft()), "question")

    async def _put(self, question: Question) -> None:
        try:
            answer = await self._ai.ask_provider(PREFER, question.request)
        except ProviderError as error:
            log.debug("no advice", persona=question.key[0], template=question.key[1], reason=error.message)
        else:
            answered = Answered(question=question, preferences=answer.value, provider=answer.provider)
            self._channel.send(Advised(answered))
        finally:
            self._under_way -= 1
            self._pump()
