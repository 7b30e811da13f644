"""Who answered, from where, how fast and for how much: what the report says of a run's AI."""

from collections import Counter
from typing import Any, Final

from trafficflou.ai_models._asking import usage_of
from trafficflou.ai_models.model import Answer, Usage
from trafficflou.core import ProviderError
from trafficflou.metrics.histogram import Histogram

__all__ = ["GatewayFigures"]

_PERCENTS: Final = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p999": 99.9}


class _OfProvider:
    """The figures of one provider."""

    def __init__(self) -> None:
        self.answers = self.cache_hits = self.cassette_hits = self.degraded = 0
        self.usage = Usage()
        self.wasted = Usage()
        self.failures: Counter[str] = Counter()
        self.times = Histogram()


class GatewayFigures:
    """Counts questions and answers."""

    def __init__(self) -> None:
        self._requests = self._failed = 0
        self._by_provider: dict[str, _OfProvider] = {}
        self._times = Histogram()
        self._by_task: Counter[str] = Counter()

    def answered(self, task_name: str, answer: Answer[Any], *, was_waited_for: bool = True) -> None:
        """Count an answer that somebody got; how long it took counts for the provider, and for the whole where it was waited for."""
        self._requests += 1
        self._by_task[task_name] += 1
        latency_ns = round(answer.latency_s * 1e9)
        if was_waited_for:
            self._times.record(latency_ns)
        figures = self._of(answer.provider)
        figures.answers += 1
        figures.times.record(latency_ns)
        figures.cache_hits += answer.source == "cache"
        figures.cassette_hits += answer.source == "cassette"
        figures.degraded += answer.is_degraded
        figures.usage += answer.usage

    def failed(self, task_name: str) -> None:
        """Count a question that got no answer from anybody."""
        self._requests += 1
        self._failed += 1
        self._by_task[task_name] += 1

    def spent(self, answer: Answer[Any]) -> None:
        """Count what an answer cost that nobody waited for."""
        self._of(answer.provider).usage += answer.usage

    def provider_failed(self, provider: str, error: ProviderError) -> None:
        """Count a provider's failure, and what it cost all the same."""
        figures = self._of(provider)
        figures.failures[error.fault] += 1
        figures.wasted += usage_of(error)

    def as_dict(self) -> dict[str, Any]:
        """Return everything, in the shape of `ai` in summary.json, with more."""
        providers = self._by_provider.values()
        degraded = sum(figures.degraded for figures in providers)
        wasted = sum((figures.wasted for figures in providers), Usage())
        taken = sum((figures.usage for figures in providers), wasted)
        by_fault: Counter[str] = sum((figures.failures for figures in providers), Counter())
        return {
            "requests": self._requests,
            "failed": self._failed,
            "cache_hits": sum(figures.cache_hits for figures in providers),
            "cassette_hits": sum(figures.cassette_hits for figures in providers),
            "tokens": _tokens(taken),
            "cost_usd": taken.cost_usd,
            "wasted_tokens": _tokens(wasted),
            "wasted_usd": wasted.cost_usd,
            "degraded": degraded > 0 or self._failed > 0,
            "degraded_answers": degraded,
            "by_fault": dict(by_fault),
            "latency_ms": _percentiles(self._times),
            "by_task": dict(self._by_task),
            "by_provider": {name: self._told(figures) for name, figures in self._by_provider.items()},
        }

    def _of(self, provider: str) -> _OfProvider:
        return self._by_provider.setdefault(provider, _OfProvider())

    def _told(self, figures: _OfProvider) -> dict[str, Any]:
        taken = figures.usage + figures.wasted
        return {
            "answers": figures.answers,
            "share": figures.answers / self._requests if self._requests else 0.0,
            "cache_hits": figures.cache_hits,
            "cassette_hits": figures.cassette_hits,
            "degraded": figures.degraded,
            "failures": dict(figures.failures),
            "tokens": _tokens(taken),
            "cost_usd": taken.cost_usd,
            "wasted_tokens": _tokens(figures.wasted),
            "wasted_usd": figures.wasted.cost_usd,
            "latency_ms": _percentiles(figures.times),
        }


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens


def _percentiles(times: Histogram) -> dict[str, float | None]:
    told = {name: times.percentile_ms(percent) for name, percent in _PERCENTS.items()}
    return told | {"max": times.max_ms, "mean": times.mean_ms}
