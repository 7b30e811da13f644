"""The builder: layers, origins, and every mistake at once."""

from pathlib import Path

import pytest

from trafficflou.config import RunConfig, RunConfigBuilder
from trafficflou.config.settings import SETTINGS
from trafficflou.core import ConfigError

TARGET = {"target": "http://127.0.0.1:8080"}


def _config_file(folder: Path, text: str) -> Path:
    path = folder / "trafficflou.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _origins(builder: RunConfigBuilder) -> dict[str, str]:
    return {shown.setting.key: shown.given.origin for shown in builder.shown() if shown.given}


def _message_of(builder: RunConfigBuilder) -> str:
    with pytest.raises(ConfigError) as caught:
        builder.build()
    return caught.value.message


def test_builder_lets_the_later_layer_win(tmp_path: Path) -> None:
    """Defaults < file < environment < flags, setting by setting."""
    path = _config_file(tmp_path, '[run]\nduration = "1m"\nramp = "2s"\nwarmup = "3s"\n')
    builder = (
        RunConfigBuilder()
        .with_defaults()
        .with_file(path)
        .with_environment({"TRAFFICFLOU_RAMP": "4s", "TRAFFICFLOU_WARMUP": "5s"})
        .with_flags({**TARGET, "warmup": "6s"})
    )
    config = builder.build()
    assert (config.duration_s, config.ramp_s, config.warmup_s, config.timeout_s) == (60, 4, 6, 30)


def test_builder_remembers_where_each_value_came_from(tmp_path: Path) -> None:
    """A value's origin is the file with line, the variable, the flag, or the default."""
    path = _config_file(tmp_path, '# mine\n[run]\n"duration" = "1m"\n')
    builder = (
        RunConfigBuilder()
        .with_defaults()
        .with_file(path)
        .with_environment({"TRAFFICFLOU_SEED": "7"})
        .with_flags({**TARGET, "max_body": "1MB"})
    )
    found = _origins(builder)
    assert found["duration"] == f"{path}:3 [run] duration"
    assert found["seed"] == "TRAFFICFLOU_SEED"
    assert found["max_body"] == "--max-body"
    assert found["target"] == "TARGET"
    assert found["ramp"] == "default"
    assert "model" not in found


def test_builder_takes_back_the_other_workload_of_a_lower_layer(tmp_path: Path) -> None:
    """A flag for one workload replaces the other that a file chose; in one layer they exclude one another."""
    path = _config_file(tmp_path, "[run]\nvisitors = 50\n")
    config = RunConfigBuilder().with_file(path).with_flags({**TARGET, "arrivals": "10/s"}).build()
    assert (config.visitors, config.arrivals) == (None, "10/s")

    message = _message_of(RunConfigBuilder().with_flags({**TARGET, "visitors": 5, "arrivals": "10/s"}))
    assert "visitors (--visitors) and arrivals (--arrivals): a workload is either closed" in message


def test_builder_tells_all_mistakes_of_all_layers_at_once(tmp_path: Path) -> None:
    """One reading is enough to mend them all."""
    path = _config_file(tmp_path, '[run]\nduraton = "60s"\n[engine]\nworkers = "many"\n')
    message = _message_of(
        RunConfigBuilder()
        .with_defaults()
        .with_file(path)
        .with_environment({"TRAFFICFLOU_VISITERS": "5"})
        .with_flags({"ramp": "soon"})
    )
    assert message.splitlines()[0] == "5 mistakes in the settings:"
    assert f'{path}:2 [run] duraton = "60s": there is no such setting. Did you mean duration?' in message
    assert (
        f'{path}:4 [engine] workers = "many": it is not a whole number. Valid: a whole number from 1 to 256'
        in message
    )
    assert (
        'TRAFFICFLOU_VISITERS = "5": there is no such setting. Did you mean TRAFFICFLOU_VISITORS?' in message
    )
    assert "--ramp = \"soon\": 'soon' is not a duration" in message
    assert "target: it is not set; give it as TARGET, as target in [run] of trafficflou.toml" in message


def test_builder_does_not_complain_about_a_value_that_is_replaced(tmp_path: Path) -> None:
    """Only what is left after layering is judged."""
    path = _config_file(tmp_path, '[run]\nthink_time = "sometimes"\n')
    config = RunConfigBuilder().with_file(path).with_flags({**TARGET, "think_time": "none"}).build()
    assert config.think_time == "none"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"think_time": "modle"}, "Did you mean model?"),
        ({"subresources": "pages"}, "Did you mean page?"),
        (
            {"strategy": "organic-mimikry"},
            "'organic-mimikry' at character 1: there is no such strategy. Did you mean organic-mimicry? Valid: organic-mimicry,",
        ),
        ({"strategy": "zzz"}, "there is no such strategy. Valid: organic-mimicry"),
        (
            {"strategy": "organic-mimicry:0,phantom-flair[x=1]"},
            "2 mistakes in the strategy:\n  '0' at character 17",
        ),
        (
            {"switch": ["phantom-flair"]},
            "it does not say who plays and from when. Write a strategy and a time",
        ),
        ({"switch": ["phantom-flare at 3s"]}, "there is no such strategy. Did you mean phantom-flair?"),
        ({"switch": ["phantom-flair at 60s"]}, "a switch comes when the run is over"),
        ({"http": "2"}, "HTTP/2 is not in this version"),
        ({"visitors": 0}, "it is too small"),
        ({"visitors": 100_001}, "it is too large"),
        ({"visitors": 1.5}, "it is not a whole number"),
        ({"seed": -1}, "a whole number from 0"),
        ({"arrivals": "10"}, "is not a rate"),
        ({"arrivals": "0/s"}, "is zero"),
        ({"think_time": "x0"}, "is not a think time"),
        ({"think_time": "x101"}, "is not a think time"),
        ({"workers": 257}, "it is too large"),
        ({"max_body": "10"}, "is not a size"),
        ({"timeout": "0s"}, "it is too small"),
        ({"duration": "31d"}, "it is too large"),
        ({"duration": float("inf")}, "--duration"),
        ({"ramp": "2m"}, "ramp (--ramp) and duration (default): the ramp is longer"),
        ({"warmup": "60s"}, "warmup (--warmup) and duration (default): the warm-up leaves nothing"),
        ({"name": "../etc"}, "characters that are not allowed"),
        ({"out": ""}, "it is empty"),
        ({"model": "a\0b"}, "it holds a NUL character"),
        ({"quiet": "perhaps"}, "it is neither true nor false"),
        ({"slo": ["p95<1s", " "]}, "it is empty"),
        ({"slo": ["p95<300"]}, "--slo"),
        ({"allow_forms": ["search,chart"]}, "'chart' is no purpose of a form; did you mean cart"),
        ({"allow_forms": 5}, "--allow-forms"),
        ({"allow_destructive": ["x" * 41]}, "--allow-destructive"),
        ({"ai": "opennai"}, "did you mean openai"),
        ({"ai": "zzz"}, "there is no such AI provider ("),
        ({"brief": " "}, "it is empty"),
        ({"brief": "many\x1b[2J"}, "control characters"),
        ({"brief": "x" * 2001}, "--brief"),
        ({"intensity": 1.5}, "it is too large"),
        ({"sophistication": "0"}, "it is too small"),
        ({"ai_max_usd": "-1"}, "it is too small"),
        ({"record_ai": "a", "replay_ai": "b"}, "a run either records a cassette or plays one"),
        ({"visitor": 5}, "there is no setting 'visitor'. Did you mean visitors?"),
        ({"zzz": 5}, "there is no setting 'zzz'. Valid: target, model"),
    ],
)
def test_builder_refuses_a_value_and_says_why(flags: dict[str, object], expected: str) -> None:
    """Every mistake names the setting and what is wrong with the value."""
    assert expected in _message_of(RunConfigBuilder().with_defaults().with_flags({**TARGET, **flags}))


def test_builder_check_does_not_ask_for_what_is_not_given_yet() -> None:
    """`check` finds wrong values; that a target is missing is for `build` to say."""
    RunConfigBuilder().with_defaults().check()
    with pytest.raises(ConfigError, match="--seed"):
        RunConfigBuilder().with_flags({"seed": "x"}).check()


def test_builder_hides_control_characters_and_cuts_long_values() -> None:
    """What a file holds is shown, not obeyed by the terminal."""
    message = _message_of(RunConfigBuilder().with_flags({**TARGET, "think_time": "\x1b[31m" + "x" * 500}))
    assert "\x1b" not in message
    assert "…" in message


def test_builder_bounds_the_list_of_mistakes() -> None:
    """A foreign file does not fill the screen."""
    environment = {f"TRAFFICFLOU_{number:03}": "x" for number in range(100)}
    lines = _message_of(RunConfigBuilder().with_environment(environment).with_flags(TARGET)).splitlines()
    assert lines[0] == "100 mistakes in the settings:"
    assert lines[-1].strip() == "... and 70 more"


def test_builder_shows_every_setting_in_the_order_of_the_table() -> None:
    """`config show` misses none."""
    assert [shown.setting for shown in RunConfigBuilder().with_defaults().shown()] == list(SETTINGS)


def test_builder_takes_fields_and_numbers_from_python_callers() -> None:
    """A Python caller may give seconds and use the name of the field."""
    config = (
        RunConfigBuilder().with_arguments({**TARGET, "duration_s": 5, "ramp": 1.5, "model": None}).build()
    )
    assert (config.duration_s, config.ramp_s, config.model) == (5, 1.5, None)
    assert isinstance(config, RunConfig)
    assert 'argument seed = "x"' in _message_of(RunConfigBuilder().with_arguments({**TARGET, "seed": "x"}))
