"""The layers of AI settings, and what is said about mistakes in them."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field

from trafficflou.ai_models.factory import AiModelFactory
from trafficflou.ai_models.model import AiModel
from trafficflou.ai_models.registry import BUILT_IN, load_factory_type
from trafficflou.ai_models.settings import AiSettings
from trafficflou.config import AiSettingsBuilder, RunConfigBuilder
from trafficflou.config.ai_setting import ai_settings_of
from trafficflou.core import ConfigError

DOCS = Path(__file__).parents[3] / "docs"


def build(
    content: str = "",
    environment: Mapping[str, str] | None = None,
    provider: str | None = None,
    flags: Mapping[str, str | None] | None = None,
    *,
    folder: Path | None = None,
) -> AiSettings:
    """Lay the layers over one another."""
    builder = AiSettingsBuilder()
    if folder is not None:
        (folder / "t.toml").write_text(content)
        builder.with_file(folder / "t.toml")
    return builder.with_environment(environment or {}).with_flags(provider, flags).build()


def mistakes(
    content: str, environment: Mapping[str, str] | None = None, *, folder: Path, provider: str | None = None
) -> str:
    """Return what is said about wrong settings."""
    with pytest.raises(ConfigError) as caught:
        build(content, environment, provider, folder=folder)
    return caught.value.message


def test_ai_settings_need_nothing() -> None:
    """Without any setting there is Athena, and the providers on the network are known but not configured."""
    settings = build()
    assert settings.provider == "athena"
    assert settings.configured == ("athena",)
    assert settings.setups["openai"].keys is None
    assert "compatible" not in settings.setups  # it has no address


def test_ai_settings_are_layered(tmp_path: Path) -> None:
    """Vendor's variable < file < our variable < flag, each setting by itself."""
    content = '[ai]\nprovider = "openai"\n[ai.openai]\nmodel = "of-file"\nconnect_timeout = "2s"\nmax_connections = 3\n'
    environment = {
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "TRAFFICFLOU_AI_OPENAI_MODEL": "of-variable",
        "TRAFFICFLOU_AI_OPENAI_MAX_ANSWER": "1MB",
        "TRAFFICFLOU_AI_OPENAI_PROXY": "  ",
    }
    settings = build(content, environment, "openai", {"model": "of-flag", "base_url": None}, folder=tmp_path)
    openai = settings.setups["openai"].settings.model_dump()
    assert settings.provider == "openai"
    assert openai["base_url"] == "http://127.0.0.1:1/v1"
    assert openai["connect_timeout_s"] == 2
    assert openai["max_connections"] == 3
    assert openai["max_answer_bytes"] == 1_000_000
    assert openai["model"] == "of-flag"
    assert openai["proxy"] is None
    assert (
        build(content, environment, folder=tmp_path).setups["openai"].settings.model_dump()["model"]
        == "of-variable"
    )
    ours = build('[ai.openai]\nbase_url = "http://127.0.0.1:2"', environment, folder=tmp_path)
    assert ours.setups["openai"].settings.model_dump()["base_url"] == "http://127.0.0.1:2"


def test_ai_provider_can_be_chosen_in_the_environment() -> None:
    """A chosen provider counts as configured."""
    settings = build(environment={"TRAFFICFLOU_AI_PROVIDER": "openai"})
    assert settings.provider == "openai"
    assert settings.configured == ("openai", "athena")


def test_ai_keys_come_from_both_variables_and_never_enter_settings(tmp_path: Path) -> None:
    """Ours first; the ring has them, the settings and everything printed do not."""
    file = tmp_path / "own.key"
    file.write_text("key-of-file-0123\n")
    environment = {
        "TRAFFICFLOU_AI_OPENAI_API_KEY": "key-ours-0123",
        "OPENAI_API_KEY": "key-a-0123,key-b-0123",
    }
    settings = build('[ai.openai]\nkey_file = "own.key"\nrotate_every = "1h"\n', environment, folder=tmp_path)
    ring = settings.setups["openai"].keys
    assert ring is not None
    assert len(ring) == 4
    assert ring.current().reveal() == "key-ours-0123"
    assert "0123" not in repr(settings) + str(settings)
    assert "chmod 600" in settings.warnings[0]


def test_ai_provider_with_a_vendor_key_is_configured() -> None:
    """Setting a key is enough."""
    assert build(environment={"ANTHROPIC_API_KEY": "key-0123"}).configured == ("anthropic", "athena")


def test_ai_key_that_is_none_is_told_without_showing_it(tmp_path: Path) -> None:
    """A pasted sentence in place of a key."""
    told = mistakes("", {"OPENAI_API_KEY": "good-key,my secret words"}, folder=tmp_path)
    assert told.startswith("OPENAI_API_KEY: key 2 is no key")
    assert "my secret" not in told
    assert "good-key" not in told


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[ai]\nprovidr = 'x'\n", "t.toml:2 [ai] providr: there is no such setting. Did you mean provider?"),
        ("[ai]\nprovider = 'opnai'\n", 't.toml:2 [ai] provider = "opnai": there is no such AI provider. Did you mean openai?'),
        ("[ai]\nprovider = 5\n", "there is no such AI provider"),
        ("[ai.opnai]\nmodel = 'x'\n", "[ai.opnai]: there is no such AI provider. Did you mean openai?"),
        ("[ai.openai]\nmodle = 'x'\n", "t.toml:2 [ai.openai] modle: there is no such setting. Did you mean model?"),
        ("[ai.openai]\nzzzz = 'x'\n", "Valid: model, base_url, "),
        ("[ai.openai]\nmax_connections = 0\n", "t.toml:2 [ai.openai] max_connections = 0: it is too small. Valid: a whole number from 1 up to 256."),
        ("[ai.openai]\nmax_connections = 'many'\n", "it is not a whole number"),
        ("[ai.openai]\nconnect_timeout = 5\n", "t.toml:2 [ai.openai] connect_timeout = 5: its unit is missing. Valid: a duration"),
        ("[ai.openai]\nconnect_timeout = 'soon'\n", "'soon' is not a duration"),
        ("[ai.openai]\nconnect_timeout = true\n", "connect_timeout = true: its unit is missing"),
        ("[ai.openai]\nbase_url = 'ftp://x'\n", "it must be an address such as https://host/v1"),
        ("[ai.openai]\nkeyring = 'noslash'\n", "[ai.openai] keyring"),
        ("[ai.athena]\nrelevance = 'embedings'\n", "Did you mean embeddings? Valid: auto, embeddings or lexical"),
        ("[ai.athena]\nkey_file = 'x'\n", "[ai.athena] key_file: there is no such setting"),
        ("[ai.compatible]\nmodel = 'x'\n", "[ai.compatible] base_url: it is not set; write base_url in [ai.compatible] of trafficflou.toml, or set TRAFFICFLOU_AI_COMPATIBLE_BASE_URL"),
        ("[ai.openai]\nkey_file = 'none.key'\n", "the key file"),
        ("[ai\n", "it is no TOML"),
    ],
)  # fmt: skip
def test_ai_settings_name_each_mistake(tmp_path: Path, content: str, expected: str) -> None:
    """With file, line, table, key, value, what is valid, and what was probably meant."""
    assert expected in mistakes(content, folder=tmp_path)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("TRAFFICFLOU_AI_OPENAI_MODLE", "Did you mean TRAFFICFLOU_AI_OPENAI_MODEL?"),
        ("TRAFFICFLOU_AI_FOO", "TRAFFICFLOU_AI_FOO: there is no such setting"),
        ("TRAFFICFLOU_AI_OPENAI_MAX_CONNECTIONS", 'TRAFFICFLOU_AI_OPENAI_MAX_CONNECTIONS = "secret-4711": it is not a whole number'),
    ],
)  # fmt: skip
def test_ai_variables_name_each_mistake(tmp_path: Path, variable: str, expected: str) -> None:
    """A variable that is no setting is told by its name; its value, which may be a key, is not."""
    told = mistakes("", {variable: "secret-4711"}, folder=tmp_path)
    assert expected in told
    assert ("secret-4711" in told) == ("MAX_CONNECTIONS" in variable)


def test_ai_key_in_the_file_is_refused_without_showing_it(tmp_path: Path) -> None:
    """Such files are shared. A key under a mistyped name is not shown either."""
    told = mistakes('[ai.openai]\napi_key = "verysecret1"\napi_kye = "verysecret2"\n', folder=tmp_path)
    assert "keys are not kept in this file" in told
    assert "verysecret" not in told


def test_ai_settings_tell_all_mistakes_at_once(tmp_path: Path) -> None:
    """Of all layers and providers, also of one that cannot be loaded."""
    content = '[ai.openai]\nmodle = "x"\n[ai.athena]\nrelevance = "none"\n'
    told = mistakes(content, {"TRAFFICFLOU_AI_FOO": "1"}, folder=tmp_path, provider="zebra")
    assert told.startswith("4 mistakes in the settings:")


def test_ai_provider_that_cannot_be_loaded_matters_only_where_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken package of somebody's does not keep the others from working."""
    from trafficflou.config import ai  # noqa: PLC0415

    def load(name: str) -> type[AiModelFactory]:
        if name == "openai":
            raise ConfigError("openai is broken", hint="mend it")
        return load_factory_type(name)

    monkeypatch.setattr(ai, "load_factory_type", load)
    assert "openai" not in build().setups
    with pytest.raises(ConfigError, match="openai is broken") as caught:
        build(provider="openai")
    assert caught.value.hint == "mend it"
    assert "2 mistakes" in mistakes('[ai.athena]\nseed = "x"\n', folder=tmp_path, provider="openai")


def test_ai_settings_that_were_given_can_be_shown(tmp_path: Path) -> None:
    """With their origin; keys and mistyped names are left out."""
    (tmp_path / "t.toml").write_text('[ai.openai]\nmodel = "m"\napi_kye = "secret"\n[ai.opnai]\nx = 1\n')
    environment = {"TRAFFICFLOU_AI_OPENAI_API_KEY": "secret", "TRAFFICFLOU_AI_PROVIDER": "athena"}
    builder = AiSettingsBuilder().with_file(tmp_path / "t.toml").with_environment(environment)
    assert [(table, key, given.value) for table, key, given in builder.shown()] == [
        ("ai.openai", "model", "m"),
        ("ai", "provider", "athena"),
    ]


def test_run_settings_pass_over_those_of_ai(tmp_path: Path) -> None:
    """One file and one environment serve both; `ai` must be a table, though."""
    (tmp_path / "t.toml").write_text('[run]\nvisitors = 3\n[ai.openai]\nmodel = "m"\n')
    builder = RunConfigBuilder().with_defaults().with_file(tmp_path / "t.toml")
    builder.with_environment({"TRAFFICFLOU_AI_OPENAI_MODEL": "x"}).check()
    (tmp_path / "u.toml").write_text("ai = 5\n")
    with pytest.raises(ConfigError, match=r"this setting stands in \[run\]"):
        RunConfigBuilder().with_defaults().with_file(tmp_path / "u.toml").check()


def test_ai_settings_pass_over_those_of_a_run() -> None:
    """`TRAFFICFLOU_AI_MAX_USD` bounds a run, whoever answers; a mistyped one is no provider's either."""
    variables = {"TRAFFICFLOU_AI_MAX_USD": "0.5", "TRAFFICFLOU_AI": "openai"}
    assert AiSettingsBuilder().with_environment(variables).build().provider == "athena"
    config = (
        RunConfigBuilder().with_environment({**variables, "TRAFFICFLOU_TARGET": "http://localhost"}).build()
    )
    assert (config.ai, config.ai_max_usd) == ("openai", 0.5)
    with pytest.raises(ConfigError, match="TRAFFICFLOU_AI_MAX_USDD: there is no such setting"):
        AiSettingsBuilder().with_environment({"TRAFFICFLOU_AI_MAX_USDD": "1"}).build()


def test_key_under_a_wrong_variable_is_not_shown() -> None:
    """`TRAFFICFLOU_OPENAI_API_KEY` is a likely mistake."""
    builder = (
        RunConfigBuilder().with_defaults().with_environment({"TRAFFICFLOU_OPENAI_API_KEY": "verysecret"})
    )
    with pytest.raises(ConfigError, match="TRAFFICFLOU_OPENAI_API_KEY: there is no such setting") as caught:
        builder.check()
    assert "verysecret" not in caught.value.message


class Foreign(BaseModel):
    """Settings of a provider of another package."""

    model_config = ConfigDict(extra="forbid")

    table: dict[str, int] = Field(default_factory=dict)
    wait_s: float | None = 90.0


class ForeignFactory(AiModelFactory):
    """Of another package."""

    name: ClassVar = "my-model"
    settings_type: ClassVar[type[BaseModel]] = Foreign

    def model(self) -> AiModel:
        """Have none."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Hold nothing."""


def test_ai_setting_has_a_variable_of_its_own() -> None:
    """A provider of another package needs no line of its own for that; units are no part of names."""
    rows = ai_settings_of("my-model", ForeignFactory)
    assert [(row.provider, row.variable) for row in rows.values()] == [
        ("my-model", "TRAFFICFLOU_AI_MY_MODEL_TABLE"),
        ("my-model", "TRAFFICFLOU_AI_MY_MODEL_WAIT"),
    ]


def test_ai_settings_of_a_provider_with_keys_say_where_these_come_from() -> None:
    """The keys themselves are no setting."""
    rows = ai_settings_of("openai", load_factory_type("openai"))
    assert {"key_file", "keyring", "rotate_every"} <= rows.keys()
    assert "api_key" not in rows


def test_ai_variable_that_is_no_json_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder's words are no help."""
    from trafficflou.config import ai  # noqa: PLC0415

    monkeypatch.setattr(ai, "known_providers", lambda: ("my-model",))
    monkeypatch.setattr(ai, "load_factory_type", lambda _name: ForeignFactory)
    told = mistakes("", {"TRAFFICFLOU_AI_MY_MODEL_TABLE": "{broken"}, folder=tmp_path, provider="my-model")
    assert told == 'TRAFFICFLOU_AI_MY_MODEL_TABLE = "{broken": it is not valid JSON. Valid: a table.'


@pytest.mark.parametrize("name", BUILT_IN)
def test_documentation_lists_every_ai_setting(name: str) -> None:
    """Each with its default, what it does and what is valid, as the program has them."""
    page = (DOCS / "ai.md").read_text().replace("\\|", "|")
    for setting in ai_settings_of(name, load_factory_type(name)).values():
        default = f"`{setting.default}`" if setting.default else "none"
        assert f"| `{setting.key}` | {default} | {setting.help} | {setting.valid} |" in page
    assert f"`[ai.{name}]`" in page


def test_documentation_examples_of_ai_settings_are_valid(tmp_path: Path) -> None:
    """The TOML on the page can be copied as it is."""
    examples = re.findall(r"```toml\n(.*?)```", (DOCS / "ai.md").read_text(), flags=re.DOTALL)
    (tmp_path / "openai.key").write_text("a-key\n")
    (tmp_path / "openai.key").chmod(0o600)
    settings = [build(text, folder=tmp_path) for text in examples if "ai" in tomllib.loads(text)]
    assert [entry.provider for entry in settings] == ["compatible"]
