"""One request for each task, about a garden shop, and a way to open each provider against a local server."""

from typing import Any, Final

from trafficflou.ai_models._provider_factory import ProviderFactory
from trafficflou.ai_models.anthropic import AnthropicFactory, AnthropicSettings
from trafficflou.ai_models.compatible import CompatibleFactory, CompatibleSettings
from trafficflou.ai_models.openai import OpenAiFactory, OpenAiSettings
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.tasks import (
    BRIEF_TO_PLAN,
    EXPLAIN,
    FILL,
    IMAGINE_POPULATION,
    NAME_GROUPS,
    PREFER,
    PREFER_BATCH,
    BriefRequest,
    FigureOf,
    FormField,
    FormRequest,
    Group,
    NameGroupsRequest,
    Offer,
    Persona,
    PopulationRequest,
    PreferBatchRequest,
    PreferRequest,
    RunFigures,
    SiteFacts,
    Task,
    TaskName,
    TemplateFacts,
)
from trafficflou.core.secret import Secret
from trafficflou.security.key_ring import KeyRing
from trafficflou.testing.ai_server import AiServer

KEY: Final = "sk-canary-0123456789abcdefghij"
NETWORK_PROVIDERS: Final = ("openai", "anthropic", "compatible")

TEMPLATES: Final = (
    TemplateFacts(template="/", share=0.4, title="Garden & Home"),
    TemplateFacts(template="/product/{id}", share=0.5, title="Secateurs"),
    TemplateFacts(template="/cart", share=0.1, title="Your cart"),
)
SITE: Final = SiteFacts(name="Garden shop", templates=TEMPLATES, devices={"mobile": 0.6, "desktop": 0.4})
PERSONA: Final = Persona(
    name="Garden lover",
    description="Has a small garden and a birthday to think of",
    goals=("find a gift",),
    interests={"gardening": 1.0, "roses": 0.5},
    patience=0.5,
    pace=1.0,
    device="mobile",
    pages=6,
    weight=1.0,
)
REQUESTS: Final[dict[TaskName, tuple[Task[Any, Any], Any]]] = {
    task.name: (task, request)
    for task, request in (
        (IMAGINE_POPULATION, PopulationRequest(site=SITE, brief="People who love gardens", count=2)),
        (
            PREFER,
            PreferRequest(
                persona=PERSONA,
                page_title="Gifts",
                offers=(Offer(text="Roses"), Offer(text="Server racks"), Offer(kind="form", text="Search")),
            ),
        ),
        (
            PREFER_BATCH,
            PreferBatchRequest(
                items=(
                    PreferRequest(persona=PERSONA, offers=(Offer(text="Roses"), Offer(text="Shoes"))),
                    PreferRequest(persona=PERSONA, offers=(Offer(text="Secateurs"),)),
                )
            ),
        ),
        (
            FILL,
            FormRequest(
                persona=PERSONA,
                fields=(
                    FormField(name="user.name", label="Your name", is_required=True),
                    FormField(name="email", kind="email", is_required=True),
                    FormField(name="colour", kind="select", options=("Red", "Green")),
                    FormField(name="csrf", kind="hidden"),
                ),
            ),
        ),
        (
            NAME_GROUPS,
            NameGroupsRequest(
                groups=tuple(
                    Group(
                        key=f"g{number}",
                        share=0.5,
                        top_templates=TEMPLATES,
                        pages_per_session=3.0 * number,
                        think_median_s=5.0,
                    )
                    for number in (1, 2)
                )
            ),
        ),
        (
            EXPLAIN,
            RunFigures(
                verdict="fail",
                reasons=("p95 < 300 ms was not met",),
                figures=(
                    FigureOf(place="response_ms.p95", value=812.5),
                    FigureOf(place="templates[1].template", value="/product/{id}"),
                    FigureOf(place="requests.error_share", value=0.02),
                ),
            ),
        ),
        (BRIEF_TO_PLAN, BriefRequest(brief="Black Friday: three times the visitors", site=SITE)),
    )
}


def network_factory(
    provider: str,
    server: AiServer | str,
    *keys: str,
    prompt_log: PromptLog | None = None,
    **settings: Any,
) -> ProviderFactory:
    """Open a provider against a server, with one key where none are given."""
    origin = server if isinstance(server, str) else server.url
    ring = KeyRing(provider, [Secret(key) for key in keys or (KEY,)])
    if provider == "anthropic":
        return AnthropicFactory(AnthropicSettings(base_url=origin, **settings), ring, prompt_log=prompt_log)
    if provider == "openai":
        return OpenAiFactory(OpenAiSettings(base_url=f"{origin}/v1", **settings), ring, prompt_log=prompt_log)
    chosen = {"model": "tiny", **settings}
    return CompatibleFactory(
        CompatibleSettings(base_url=f"{origin}/v1", **chosen), ring, prompt_log=prompt_log
    )
