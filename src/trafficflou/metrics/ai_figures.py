"""What AI models were asked for in a run: as it stands in `summary.json`."""

from pydantic import Field

from trafficflou.metrics.document import Count, Document, Finite, Percentiles, Share

__all__ = ["AiBackground", "AiBudget", "AiFigures", "AiProviderFigures"]


class AiProviderFigures(Document):
    """What one provider was asked for."""

    answers: Count = 0
    share: Share = Field(default=0.0, description="of all answers")
    cache_hits: Count = 0
    degraded: Count = Field(default=0, description="answers in the place of another provider")
    failures: dict[str, Count] = Field(default_factory=dict, description="by kind of fault")
    tokens: Count = 0
    cost_usd: Finite = 0.0
    latency_ms: Percentiles = Percentiles()


class AiBudget(Document):
    """What the AI of the run might cost, and did."""

    max_usd: Finite | None = None
    max_tokens: Count | None = None
    spent_usd: Finite = 0.0
    spent_tokens: Count = 0
    refused: Count = Field(default=0, description="questions that did not fit any more; Athena answered")
    forecast_usd: Finite | None = Field(default=None, description="what was expected before the run")


class AiBackground(Document):
    """Questions to providers that no visitor waited for."""

    asked: Count = 0
    answered: Count = 0
    failed: Count = 0
    dropped: Count = Field(default=0, description="too many waited already")


class AiFigures(Document):
    """What AI models were asked for; all zero where none was.

    A request is a question that the run put to its model: who visits, what a brief means, what personas prefer, what the figures say.
    What visitors decide with Athena, or with a provider's answer at hand, is no request but one of `decisions`.
    """

    provider: str = Field(default="", description="who was wanted; empty where nobody was")
    relevance: str = Field(default="", description="how Athena compared texts: embeddings or lexical")
    requests: Count = 0
    failed: Count = Field(
        default=0, description="questions that nobody answered; the visitors' own Athena decided"
    )
    cache_hits: Count = 0
    tokens: Count = 0
    cost_usd: Finite = 0.0
    price_is_known: bool = Field(default=True, description="false where a provider's price is counted as 0")
    degraded: bool = False
    degraded_answers: Count = Field(default=0, description="given by another provider than the one wanted")
    wasted_tokens: Count = Field(default=0, description="of the tokens, those of answers that were of no use")
    wasted_usd: Finite = Field(default=0.0, description="of the cost, that of answers that were of no use")
    latency_ms: Percentiles = Field(
        default=Percentiles(),
        description="how long visitors waited for what they did next, where an AI model had a say in it",
    )
    preparation_ms: Percentiles = Field(
        default=Percentiles(),
        description="how long answers took that were waited for before and after the visitors: people, plan, explanation",
    )
    background: AiBackground = AiBackground()
    by_task: dict[str, Count] = Field(default_factory=dict)
    by_provider: dict[str, AiProviderFigures] = Field(default_factory=dict)
    decisions: dict[str, Count] = Field(
        default_factory=dict,
        description="what visitors did next, by who decided: statistics, athena, openai...",
    )
    budget: AiBudget | None = None
