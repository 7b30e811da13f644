"""Does a provider work? One tiny call, and in plain words what is wrong if it does not."""

import time
from dataclasses import dataclass, field, replace
from typing import Any, Final

from trafficflou.ai_models._asking import ask_within, timed_out, usage_of
from trafficflou.ai_models.factory import AiModelFactory
from trafficflou.ai_models.model import Answer, Usage
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.ai_models.tasks import NAME_GROUPS, Group, NameGroupsRequest, TemplateFacts
from trafficflou.core import ConfigError, ExitCode, ProviderError, ProviderFault
from trafficflou.core.secret import redact
from trafficflou.logs import get_logger
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = ["CheckResult", "check_provider", "result_of_silence"]

MAX_MODEL_CHARS: Final = 120

_OF_THE_SETTINGS: Final = {
    ProviderFault.NO_KEY,
    ProviderFault.WRONG_KEY,
    ProviderFault.NO_MODEL,
    ProviderFault.BAD_REQUEST,
    ProviderFault.OVER_BUDGET,
}
"""Faults that the operator's settings are the cause of; the rest lies with the provider or the way to it."""

_WE_KNOW_BETTER: Final = {ProviderFault.NO_KEY, ProviderFault.WRONG_KEY, ProviderFault.NO_MODEL}
"""Faults where the name of the variable or setting helps more than the provider's own hint."""

_log = get_logger(__name__)

_QUESTION: Final = NameGroupsRequest(
    groups=(
        Group(
            key="a",
            share=1.0,
            top_templates=(TemplateFacts(template="/cart", share=1.0, title="Cart"),),
            pages_per_session=3.0,
            think_median_s=10.0,
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found.

    Attributes:
        provider: The provider's name.
        model: Its model; empty where it was not opened.
        exit_code: 0 works, 2 the settings are wrong, 5 the provider cannot be had.
        message: In plain words; one sentence.
        hint: What to do; empty where it works.
        fault: What was wrong; `None` where it works and for mistakes in the settings.
        answered_by: Who gave the answer, where it is somebody else (a gateway's choice).
        latency_s: How long the call took.
        usage: What it took, as far as the provider told.
    """

    provider: str
    model: str = ""
    exit_code: ExitCode = ExitCode.PASS
    message: str = "it works"
    hint: str = ""
    fault: ProviderFault | None = None
    answered_by: str = ""
    latency_s: float = 0.0
    usage: Usage = field(default_factory=Usage)

    @property
    def works(self) -> bool:
        """Whether an answer came."""
        return self.exit_code is ExitCode.PASS


async def check_provider(
    registry: FactoryRegistry, setup: ProviderSetup, deadline: Deadline, keeper: TaskKeeper
) -> CheckResult:
    """Ask a provider the smallest question there is.

    Args:
        registry: Opens the factory and closes it later.
        setup: The provider.
        deadline: For the answer, the opening included; it holds whatever the provider's model does.
        keeper: Owns the call; one that does not end stays with it.

    Returns:
        What was found; a provider that does not work is a result and no error.
    """
    begun_s = time.monotonic()
    model = ""
    try:
        factory = registry.open_setup(setup)
        model = _shown_name(factory.model().model)
        answer = await _ask(factory, deadline, keeper)
    except ConfigError as error:
        return CheckResult(
            provider=setup.name,
            model=model,
            exit_code=ExitCode.USAGE,
            message=redact(error.message),
            hint=redact(error.hint),
        )
    except ModuleNotFoundError as error:
        return _library_missing(setup, model, error)
    except ProviderError as error:
        return _failed(setup, model, error, time.monotonic() - begun_s)
    except Exception as error:  # noqa: BLE001 - a foreign factory's bug is a finding about that provider; the others are still checked
        _log.warning("the check of an AI provider failed", provider=setup.name, exc_info=error)
        unforeseen = ProviderError(
            f"{setup.name} failed with {type(error).__name__}, which its factory should explain"
        )
        return _failed(setup, model, unforeseen, time.monotonic() - begun_s)
    return CheckResult(
        provider=setup.name,
        model=model,
        answered_by="" if answer.provider == setup.name else _shown_name(answer.provider),
        latency_s=time.monotonic() - begun_s,
        usage=answer.usage,
    )


def _shown_name(name: str) -> str:
    # It comes from settings or from the provider.
    printable = "".join(char for char in name if char.isprintable())
    return redact(printable)[:MAX_MODEL_CHARS]


def result_of_silence(setup: ProviderSetup, after_s: float) -> CheckResult:
    """Return what is to be said of a provider whose check did not end."""
    return _failed(setup, "", timed_out(setup.name, after_s), after_s)


async def _ask(factory: AiModelFactory, deadline: Deadline, keeper: TaskKeeper) -> Answer[Any]:
    task = replace(NAME_GROUPS, deadline_s=deadline.remaining_s)
    try:
        return await ask_within(keeper, factory.model(), task, _QUESTION, deadline)
    except ProviderError as error:
        if isinstance(error.__cause__, (ConfigError, ModuleNotFoundError)):
            raise error.__cause__ from None  # found out late, and still a mistake in the settings
        raise


def _failed(setup: ProviderSetup, model: str, error: ProviderError, latency_s: float) -> CheckResult:
    is_of_settings = error.fault in _OF_THE_SETTINGS
    return CheckResult(
        provider=setup.name,
        model=model,
        exit_code=ExitCode.USAGE if is_of_settings else ExitCode.UNREACHABLE,
        message=redact(error.message),
        hint=_hint(setup, error),
        fault=error.fault,
        latency_s=latency_s,
        usage=usage_of(error),
    )


def _hint(setup: ProviderSetup, error: ProviderError) -> str:
    table = f"[ai.{setup.name}] of trafficflou.toml"
    variable = setup.key_variable
    wait = f" It asks for {error.retry_after_s:.0f} s." if error.retry_after_s else ""
    hints = {
        ProviderFault.NO_KEY: f"Set {variable}, or key_file in {table}. Without any key: --provider athena.",
        ProviderFault.WRONG_KEY: f"Look at {variable} or key_file in {table}: is the key complete, alive, and of this provider?",
        ProviderFault.NO_MODEL: f"Set model in {table} to one that your key may use.",
        ProviderFault.NO_QUOTA: "Look at the plan and the limits of the account. Athena costs nothing: --provider athena.",
        ProviderFault.RATE_LIMITED: f"Try again later, or give further keys, separated by commas.{wait}",
        ProviderFault.NO_ROUTE: f"Is base_url in {table} right, and may this machine connect to it?",
        ProviderFault.TIMEOUT: f"Is base_url in {table} right? A server that loads its model first needs a second try.",
        ProviderFault.BAD_ANSWER: f"Is base_url in {table} the root of the API (often it ends in /v1), and the model able to answer in JSON?",
        ProviderFault.REDIRECTED: f"Set base_url in {table} to the address that it names, if you trust it.",
        ProviderFault.BAD_REQUEST: f"Look at model and base_url in {table}.",
    }
    if error.fault not in _WE_KNOW_BETTER and error.hint:
        return redact(error.hint)
    return hints.get(error.fault, "Try again later; runs go on with Athena meanwhile.")


def _library_missing(setup: ProviderSetup, model: str, error: ModuleNotFoundError) -> CheckResult:
    library = (error.name or "a library").partition(".")[0]
    return CheckResult(
        provider=setup.name,
        model=model,
        exit_code=ExitCode.USAGE,
        message=f"the library {library} is not installed",
        hint=f"pip install 'trafficflou[{setup.factory_type.extra or 'ai'}]'",
    )
