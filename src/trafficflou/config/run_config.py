"""The settings of one run, validated: what every part below the command line takes."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from trafficflou.ai_models import known_providers
from trafficflou.config.settings import DEFAULT_VISITORS, setting_named
from trafficflou.core import UsageError
from trafficflou.core.problem import nearest
from trafficflou.core.units import parse_duration_s, parse_rate_rps, parse_size_bytes
from trafficflou.metrics import parse_slo
from trafficflou.traffic import ALL_FORMS, FormPurpose, StrategySwitch, ThinkTime, check_strategies

__all__ = ["RunConfig"]

MAX_DURATION_S = 30 * 86400.0
"""A bound on what one run may be asked for; its series keeps an entry a second."""

MAX_TIMEOUT_S = 3600.0
MAX_TARGET_CHARS = 300
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|[0-9A-Fa-f:.]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _duration(value: object) -> object:
    return parse_duration_s(value) if isinstance(value, str) else value


def _size(value: object) -> object:
    return parse_size_bytes(value) if isinstance(value, str) else value


def _origin(value: str) -> str:
    """Check a target and return its origin in normal form (lower case, no default port, no slash)."""
    if len(value) > MAX_TARGET_CHARS:
        raise ValueError(f"it has more than {MAX_TARGET_CHARS} characters")
    if not value.isprintable() or " " in value or "\\" in value:
        raise ValueError("it has characters that a URL cannot have")
    if "://" not in value:
        raise ValueError(f"the scheme is missing; write http://{value}")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"it is not a URL: {error}") from error
    _check_only_origin(parts.scheme, parts.path, parts.query, parts.fragment, userinfo="@" in parts.netloc)
    host = _ascii_host(parts.hostname or "")
    if _HOST.fullmatch(host) is None or port == 0:
        raise ValueError("it has no usable host and port")
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}"


def _ascii_host(host: str) -> str:
    try:
        return host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError("its host is not a valid name") from error


def _check_only_origin(scheme: str, path: str, query: str, fragment: str, *, userinfo: bool) -> None:
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"the scheme is {scheme!r}, not http or https")
    if userinfo:
        raise ValueError("it holds a user name or password, which would end up in reports")
    if fragment:
        raise ValueError("it has a fragment (#...), which is never sent to a site")
    if path not in {"", "/"} or query:
        raise ValueError(
            "it has a path; the target is a whole site and the paths come from the traffic model"
        )


def _arrivals(value: str) -> str:
    if value != "model":
        parse_rate_rps(value)
    return value


def _think_time(value: str) -> str:
    ThinkTime.parse(value)
    return value


def _strategy(value: str) -> str:
    try:
        return check_strategies(value)
    except UsageError as error:
        raise _explained(error.message) from error


def _explained(message: str) -> PydanticCustomError:
    """Say what is wrong and what is valid, so that nobody needs to add the latter."""
    return PydanticCustomError("explained", "{message}", {"message": message})


def _switch(value: str) -> str:
    try:
        switch = StrategySwitch.parse(value)
    except UsageError as error:
        raise _explained(". ".join(filter(None, (error.message, error.hint))).removesuffix(".")) from error
    return str(replace(switch, strategy=_strategy(switch.strategy)))


def _http(value: object) -> object:
    if value == "2":
        raise ValueError("HTTP/2 is not in this version of TrafficFlou; it speaks HTTP/1.1")
    return value


def _flat(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("it is empty or holds control characters")
    return value.strip()


def _slo(value: str) -> str:
    return parse_slo(_flat(value)).expression


def _some_path(value: object) -> object:
    text = str(value) if isinstance(value, str | os.PathLike) else "a path"
    if text.strip() in {"", "."}:
        raise ValueError("it is empty")
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    return value


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _words(value: object) -> object:
    """Take words apart that are separated by commas, in one text or in several, and put them into lower case."""
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        return value
    words = (word.strip().lower() for text in texts for word in text.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _form_purpose(value: str) -> str:
    known = (*FormPurpose, ALL_FORMS)
    if value not in known:
        meant = nearest(value, known)
        question = f"; did you mean {meant}" if meant else ""
        raise ValueError(f"{value[:40]!r} is no purpose of a form{question}")
    return value


def _provider(value: str) -> str:
    known = known_providers()
    if value not in known:
        meant = nearest(value, known)
        question = f"; did you mean {meant}" if meant else ""
        raise ValueError(f"there is no such AI provider ({', '.join(known)}){question}")
    return value


def _text(value: str) -> str:
    text = value.strip()
    if not text or not all(char.isprintable() or char in "\n\t" for char in text):
        raise ValueError("it is empty or holds control characters")
    return text


_Seconds = Annotated[float, BeforeValidator(_duration), Field(ge=0, allow_inf_nan=False)]
_TimeoutS = Annotated[_Seconds, Field(gt=0, le=MAX_TIMEOUT_S)]
_Path = Annotated[Path, BeforeValidator(_some_path)]


def _from_table(field: str, *, required: bool = False) -> Any:
    setting = setting_named(field)
    assert setting is not None, field  # noqa: S101 - the two tables are in one package, and a test compares them
    if required:
        return Field(description=setting.help)
    default: object = (setting.default or ()) if setting.is_list else setting.default
    return Field(default=default, description=setting.help)


def _disagreement(message: str, *fields: str) -> PydanticCustomError:
    """Name the fields, so that the builder can say where each of the values came from."""
    return PydanticCustomError("disagreement", "{message}", {"message": message, "fields": list(fields)})


class RunConfig(BaseModel):
    """The settings of a run; frozen, complete, in base units.

    Text values are read with their unit (`duration_s="30s"`); numbers are taken in the unit of the field's name.
    Build one with `RunConfigBuilder`, which layers file, environment and flags and explains every mistake.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, protected_namespaces=())

    target: Annotated[str, AfterValidator(_origin)] = _from_table("target", required=True)
    model: _Path | None = _from_table("model")
    strategy: Annotated[str, AfterValidator(_strategy)] | None = _from_table("strategy")
    switches: Annotated[
        tuple[Annotated[str, AfterValidator(_switch)], ...], BeforeValidator(_one_or_many)
    ] = _from_table("switches")
    visitors: Annotated[int, Field(ge=1, le=100_000)] | None = _from_table("visitors")
    arrivals: Annotated[str, AfterValidator(_arrivals)] | None = _from_table("arrivals")
    subresources: Literal["auto", "page", "model", "none"] = _from_table("subresources")
    duration_s: Annotated[_Seconds, Field(gt=0, le=MAX_DURATION_S)] = _from_table("duration_s")
    ramp_s: _Seconds = _from_table("ramp_s")
    warmup_s: _Seconds = _from_table("warmup_s")
    think_time: Annotated[str, AfterValidator(_think_time)] | None = _from_table("think_time")
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = _from_table("seed")
    slos: Annotated[tuple[Annotated[str, AfterValidator(_slo)], ...], BeforeValidator(_one_or_many)] = (
        _from_table("slos")
    )
    intensity: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = _from_table("intensity")
    sophistication: Annotated[int, Field(ge=1, le=5)] | None = _from_table("sophistication")
    personas: _Path | None = _from_table("personas")
    ai: Annotated[str, AfterValidator(_provider)] | None = _from_table("ai")
    brief: Annotated[str, AfterValidator(_text), Field(max_length=2000)] | None = _from_table("brief")
    yes: bool = _from_table("yes")
    ai_max_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = _from_table("ai_max_usd")
    ai_max_tokens: Annotated[int, Field(ge=0)] | None = _from_table("ai_max_tokens")
    record_ai: _Path | None = _from_table("record_ai")
    replay_ai: _Path | None = _from_table("replay_ai")
    show_prompts: bool = _from_table("show_prompts")
    allow_forms: Annotated[
        tuple[Annotated[str, AfterValidator(_form_purpose)], ...], BeforeValidator(_words)
    ] = _from_table("allow_forms")
    allow_destructive: Annotated[
        tuple[Annotated[str, Field(max_length=40), AfterValidator(_flat)], ...],
        BeforeValidator(_words),
        Field(max_length=50),
    ] = _from_table("allow_destructive")
    workers: Annotated[int, Field(ge=1, le=256)] | Literal["auto"] = _from_table("workers")
    http: Annotated[Literal["auto", "1.1"], BeforeValidator(_http)] = _from_table("http")
    ca_file: _Path | None = _from_table("ca_file")
    timeout_s: _TimeoutS = _from_table("timeout_s")
    connect_timeout_s: _TimeoutS = _from_table("connect_timeout_s")
    max_body_bytes: Annotated[int, BeforeValidator(_size), Field(ge=1024, le=2**30)] = _from_table(
        "max_body_bytes"
    )
    out: _Path = _from_table("out")
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")] = _from_table("name")
    quiet: bool = _from_table("quiet")
    json_output: bool = _from_table("json_output")

    @model_validator(mode="before")
    @classmethod
    def _has_one_workload(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("visitors") is None and data.get("arrivals") is None:
            return {**data, "visitors": DEFAULT_VISITORS}
        return data

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if self.visitors is not None and self.arrivals is not None:
            raise _disagreement(
                "a workload is either closed (visitors) or partly open (arrivals)", "visitors", "arrivals"
            )
        if self.ramp_s > self.duration_s:
            raise _disagreement("the ramp is longer than the run", "ramp_s", "duration_s")
        if self.record_ai is not None and self.replay_ai is not None:
            raise _disagreement("a run either records a cassette or plays one", "record_ai", "replay_ai")
        if self.warmup_s >= self.duration_s:
            raise _disagreement("the warm-up leaves nothing of the run to measure", "warmup_s", "duration_s")
        if any(StrategySwitch.parse(switch).at_s >= self.duration_s for switch in self.switches):
            raise _disagreement("a switch comes when the run is over", "switches", "duration_s")
        return self

    @property
    def strategy_settings(self) -> dict[str, object]:
        """What holds for each strategy that has such a setting and is not set otherwise; `None` where nothing was said."""
        return {"intensity": self.intensity, "sophistication": self.sophistication}
