"""What Athena's two kinds of relevance cost and how well they choose: `python -m benches.athena [embeddings|lexical]`.

Prints loading time, memory, time for a text, for a page of 100 links (new and known), for each task, and the quality on
`athena_relevance.toml`: how often the right link came first, and its mean reciprocal rank. Each kind runs in a process of
its own, so that memory and loading are its own.
"""

import asyncio
import resource
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trafficflou.ai_models.athena import AthenaFactory, AthenaModel, AthenaSettings, Relevance
from trafficflou.ai_models.tasks import (
    BRIEF_TO_PLAN,
    EXPLAIN,
    FILL,
    IMAGINE_POPULATION,
    PREFER,
    BriefRequest,
    FigureOf,
    FormField,
    FormRequest,
    Offer,
    PopulationRequest,
    PreferRequest,
    RunFigures,
    SiteFacts,
    TemplateFacts,
)

CASES = Path(__file__).with_name("athena_relevance.toml")
ROUNDS = 300


def quality(relevance: Relevance[Any], *, shared: bool | None = None) -> tuple[float, float]:
    """Return how often the right link came first (ties count as a miss), and the mean reciprocal rank (ties count as last)."""
    cases = [
        case
        for case in tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]
        if shared is None or case["shared"] is shared
    ]
    ranks = []
    for case in cases:
        right, *others = relevance.similarity([case["interest"]], case["links"])[0]
        ranks.append(1 + sum(score >= right for score in others))
    return sum(rank == 1 for rank in ranks) / len(ranks), statistics.mean(1 / rank for rank in ranks)


def median_us(work: Callable[[int], object], rounds: int = ROUNDS) -> float:
    """Return the median time of a call, microseconds."""
    taken = []
    for number in range(rounds):
        begun_ns = time.perf_counter_ns()
        work(number)
        taken.append(time.perf_counter_ns() - begun_ns)
    return statistics.median(taken) / 1000


def page_of(number: int) -> tuple[Offer, ...]:
    """Return a page of 100 links that no other number has."""
    things = ("Oak chair", "Brass desk lamp", "Garden bench", "Speckled mug", "Wool throw")
    return tuple(
        Offer(
            text=f"{things[link % 5]} {number}-{link}",
            template="/product/{id}",
            place="main",
            price=10.0 + link,
        )
        for link in range(100)
    )


def rss_mib() -> float:
    """Return the peak memory of this process, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(kind: str) -> None:
    """Measure one kind of relevance in this process and print."""
    before_mib, begun = rss_mib(), time.perf_counter()
    model = AthenaFactory(AthenaSettings.model_validate({"relevance": kind})).model()
    print(
        f"{model.model}: loaded in {time.perf_counter() - begun:.2f} s, peak memory +{rss_mib() - before_mib:.0f} MiB"
    )
    print(
        f"  a new text          {median_us(lambda i: model.relevance.vector(f'Garden chair number {i}')):8.1f} us"
    )
    asyncio.run(measure_answers(model))
    for name, shared in (("all", None), ("sharing a word", True), ("sharing none", False)):
        top, rank = quality(model.relevance, shared=shared)
        print(f"  right link first, {name:15} {top:5.0%}, mean reciprocal rank {rank:.2f}")


async def measure_answers(model: AthenaModel) -> None:
    """Measure preferences and whole answers."""
    site = SiteFacts(
        templates=tuple(
            TemplateFacts(template=name, share=0.2)
            for name in ("/", "/product/{id}", "/category/{id}", "/search", "/cart")
        ),
        devices={"desktop": 0.4, "mobile": 0.6},
        pages_per_session=4.0,
        one_page_share=0.3,
        is_measured=True,
    )
    population = await model.answer(IMAGINE_POPULATION, PopulationRequest(site=site, brief="garden lovers"))
    persona = population.value.personas[-1]
    pages = [page_of(number) for number in range(60)]
    vector, prepared = model.persona_vector(persona), model.prepare(pages[0])
    print(
        f"  100 known links     {median_us(lambda _: model.score(vector, prepared)):8.1f} us  (goal: under 100)"
    )
    print(
        f"  100 new links       {median_us(lambda i: model.score(vector, model.prepare(page_of(1000 + i))), 60):8.1f} us"
    )
    requests = [PreferRequest(persona=persona, offers=page) for page in pages]
    fields = tuple(FormField(name=name) for name in ("email", "name", "street", "city", "zip", "card number"))
    figures = RunFigures(
        verdict="fail",
        figures=tuple(
            FigureOf(place=f"series[{second}].{name}", value=float(second + 1))
            for second in range(60)
            for name in ("second", "active_visitors", "requests", "p95_ms")
        ),
    )
    brief = BriefRequest(
        brief="Black Friday: three times the visitors, a spike at nine, mostly phones", site=site
    )
    for name, task, asked in (
        ("imagine 6 personas", IMAGINE_POPULATION, [PopulationRequest(site=site, seed=n) for n in range(60)]),
        ("prefer, new page", PREFER, requests),
        ("prefer, known page", PREFER, requests[-30:]),
        ("fill 6 fields", FILL, [FormRequest(persona=persona, fields=fields)] * 60),
        ("explain 240 figures", EXPLAIN, [figures] * 60),
        ("brief to plan", BRIEF_TO_PLAN, [brief] * 60),
    ):
        print(f"  {name:19} {await slowest_ms(model, task, asked)}")


async def slowest_ms(model: AthenaModel, task: Any, requests: Sequence[Any]) -> str:
    """Return median and slowest answer as text."""
    taken = [(await model.answer(task, request)).latency_s * 1000 for request in requests]
    return f"{statistics.median(taken):8.2f} ms, slowest {max(taken):.2f} ms  (goal: under 5)"


def main() -> None:
    """Measure the kinds that were asked for, or both, each in a new process."""
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    for kind in ("embeddings", "lexical"):
        subprocess.run([sys.executable, "-m", "benches.athena", kind], check=True)


if __name__ == "__main__":
    main()
