"""The settings of a run as a value."""

import pytest
from pydantic import ValidationError

from trafficflou.config import RunConfig
from trafficflou.config.settings import DEFAULT_VISITORS, SETTINGS


def test_run_config_has_exactly_the_settings_of_the_table() -> None:
    """The table and the model are two views of one thing; each field is described."""
    assert list(RunConfig.model_fields) == [setting.field for setting in SETTINGS]
    assert all(field.description for field in RunConfig.model_fields.values())


def test_run_config_defaults_are_those_of_the_table() -> None:
    """The defaults that people read are the ones that are used."""
    config = RunConfig(target="http://localhost")
    assert (config.duration_s, config.connect_timeout_s, config.max_body_bytes) == (60, 10, 16_000_000)
    assert (config.visitors, config.arrivals, config.seed) == (DEFAULT_VISITORS, None, None)
    assert (config.slos, config.quiet, config.json_output) == ((), False, False)
    assert config.workers == "auto"


def test_run_config_takes_words_apart_at_commas() -> None:
    """`--allow-forms search,cart` and two flags say the same; each word counts once."""
    config = RunConfig.model_validate(
        {
            "target": "http://localhost",
            "allow_forms": ["Search, cart", "cart"],
            "allow_destructive": "Log out,",
        }
    )
    assert config.allow_forms == ("search", "cart")
    assert config.allow_destructive == ("log out",)
    assert RunConfig(target="http://localhost").allow_forms == ("search",)


def test_run_config_is_frozen() -> None:
    """Nobody changes the settings of a run under way."""
    config = RunConfig(target="http://localhost")
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 5  # type: ignore[misc]


def test_run_config_survives_its_own_json() -> None:
    """`config.json` of a run folder can be read back."""
    config = RunConfig(target="http://localhost", arrivals="model", slos=("p95<1s",), workers=3, seed=1)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("HTTP://LocalHost/", "http://localhost"),
        ("http://localhost:80", "http://localhost"),
        ("https://localhost:443/", "https://localhost"),
        ("https://localhost:80", "https://localhost:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://bücher.test", "http://xn--bcher-kva.test"),
    ],
)
def test_target_is_brought_into_normal_form(written: str, origin: str) -> None:
    """The target is kept as an origin: scheme, host, and the port unless it is the scheme's own."""
    assert RunConfig(target=written).target == origin


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("", "scheme is missing"),
        ("localhost:8080", "write http://localhost:8080"),
        ("ftp://localhost", "the scheme is 'ftp'"),
        ("http://", "no usable host"),
        ("http://:80", "no usable host"),
        ("http://localhost:0", "no usable host and port"),
        ("http://localhost:99999", "not a URL"),
        ("http://localhost:http", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http://user:secret@localhost", "user name or password"),
        ("http://@localhost", "user name or password"),
        ("http://localhost/#top", "fragment"),
        ("http://localhost/shop", "it has a path"),
        ("http://localhost?q=1", "it has a path"),
        ("http://local host", "characters that a URL cannot have"),
        ("http://localhost\\@evil", "characters that a URL cannot have"),
        ("http://local\x00host", "characters that a URL cannot have"),
        ("http://local\nhost", "characters that a URL cannot have"),
        ("http://-x-", "no usable host"),
        ("http://a..b", "not a valid name"),
        ("http://" + "a" * 400, "more than 300 characters"),
    ],
)
def test_target_is_refused_with_the_reason(target: str, reason: str) -> None:
    """A target is an origin and nothing else; the reason says what is too much or missing."""
    with pytest.raises(ValidationError, match=reason):
        RunConfig(target=target)


def test_one_slo_may_be_given_without_a_list() -> None:
    """A single expression is a list of one."""
    assert RunConfig.model_validate({"target": "http://localhost", "slos": "p95<1s"}).slos == ("p95<1s",)


def test_run_config_takes_blends_and_switches_in_their_plain_form() -> None:
    """Files are named, not opened: a settings file can be judged where they are not."""
    config = RunConfig(
        target="http://localhost",
        strategy=" organic-mimicry : 0.50, missing.py:Buyer ",
        switches=("phantom-flair  at 30s  over 500ms",),
        intensity=0.3,
    )
    assert config.strategy == "organic-mimicry:0.5,missing.py:Buyer"
    assert config.switches == ("phantom-flair at 30s over 0.5s",)
    assert config.strategy_settings == {"intensity": 0.3, "sophistication": None}
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
