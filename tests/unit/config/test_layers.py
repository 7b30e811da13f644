"""Reading files and environments into layers."""

from pathlib import Path

import pytest

from trafficflou.config.layers import MAX_FILE_BYTES, read_defaults, read_environment, read_file, read_flags


def _problems_of(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return "\n".join(map(str, read_file(path).problems))


def test_file_layer_resolves_paths_against_its_own_folder(tmp_path: Path) -> None:
    """A path in a file means the same from wherever the command is called."""
    path = tmp_path / "t.toml"
    path.write_text('[run]\nmodel = "m/model.json"\n[report]\nout = "/abs"\n[engine]\nca_file = ""\n')
    values = read_file(path).values
    assert values["model"].value == str(tmp_path / "m/model.json")
    assert values["out"].value == "/abs"
    assert values["ca_file"].value == ""


def test_file_layer_keeps_types_and_lists(tmp_path: Path) -> None:
    """Numbers, switches and lists come as TOML has them."""
    path = tmp_path / "t.toml"
    path.write_text('[run]\nvisitors = 5\nslo = ["p95<1s", "errors<1%"]\n[report]\nquiet = true\n')
    values = read_file(path).values
    assert values["visitors"].value == 5
    assert values["slos"].value == ["p95<1s", "errors<1%"]
    assert values["quiet"].value is True


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[run]\nduration = 60\n", ":2 [run] duration = 60: its unit is missing"),
        (
            "[rum]\nx = 1\n",
            ":1 [rum]: there is no such table. Did you mean [run]? Valid: [run], [care], [engine], [report]",
        ),
        ("[qqqq]\n", "[qqqq]: there is no such table. Valid: [run]"),
        ("visitors = 5\n", ":1 visitors = 5: this setting stands in [run]"),
        ("zebra = 5\n", ":1 zebra = 5: it stands outside of any table"),
        ("run = 5\n", ":1 run = 5: it stands outside of any table"),
        ("[run]\ntimeout = '5s'\n", ':2 [run] timeout = "5s": this setting stands in [engine]'),
        ("[run]\nzebra = 1\n", ":2 [run] zebra = 1: there is no such setting. Valid: target, model"),
        ("run.zebra = 1\n", "[run] zebra = 1: there is no such setting"),
        ("[run\n", "it is no TOML: "),
        (b"\xff\xfe", "it is no text in UTF-8 (byte 0)"),
        (b" " * (MAX_FILE_BYTES + 1), "it is larger than 1024 KiB"),
    ],
)
def test_file_layer_names_each_mistake(tmp_path: Path, content: str | bytes, expected: str) -> None:
    """A mistake is told with file, line, table and key."""
    assert expected in _problems_of(tmp_path / "t.toml", content)


def test_file_layer_reports_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A named file that cannot be read is a mistake, not a crash."""
    (problem,) = read_file(tmp_path / "none.toml").problems
    assert "No such file" in str(problem)
    (problem,) = read_file(tmp_path).problems
    assert "directory" in str(problem)


def test_environment_layer_reads_only_our_variables() -> None:
    """Others are not looked at, empty ones are not set, lists are separated by semicolons."""
    layer = read_environment(
        {
            "HOME": "/root",
            "TRAFFICFLOU_SLO": " p95<1s ; errors<1% ;",
            "TRAFFICFLOU_MODEL": "  ",
            "TRAFFICFLOU_CONFIG": "x.toml",
            "TRAFFICFLOU_MAX_BODY": " 1MB ",
        }
    )
    assert layer.values["slos"].value == ["p95<1s", "errors<1%"]
    assert layer.values["max_body_bytes"].value == "1MB"
    assert set(layer.values) == {"slos", "max_body_bytes"}
    assert not layer.problems


def test_environment_layer_passes_over_what_kubernetes_puts_there() -> None:
    """A service named trafficflou must not break every pod beside it."""
    layer = read_environment(
        {
            "TRAFFICFLOU_SERVICE_HOST": "10.0.0.1",
            "TRAFFICFLOU_SERVICE_PORT": "80",
            "TRAFFICFLOU_SERVICE_PORT_HTTP": "80",
            "TRAFFICFLOU_PORT": "tcp://10.0.0.1:80",
            "TRAFFICFLOU_PORT_80_TCP_ADDR": "10.0.0.1",
        }
    )
    assert not layer.problems
    assert not layer.values


def test_flags_layer_passes_over_what_is_not_given() -> None:
    """`None` and an empty list are how the command line says "not given"; a zero is a value."""
    layer = read_flags({"seed": 0, "model": None, "slo": [], "quiet": False})
    assert {field: given.value for field, given in layer.values.items()} == {"seed": 0, "quiet": False}


def test_defaults_layer_holds_no_setting_without_a_default() -> None:
    """A setting without default has no value rather than an invented one."""
    assert "target" not in read_defaults().values
    assert read_defaults().values["duration_s"].value == "60s"


def test_file_layer_finds_files_of_strategies_from_its_own_folder(tmp_path: Path) -> None:
    """In blends and switches too; names and what cannot be read stay as they are."""
    path = tmp_path / "t.toml"
    path.write_text(
        '[run]\nstrategy = "phantom-flair:0.5,shop.py:Buyer"\nswitch = ["buy.yaml at 5s", "phantom-flair at 9s", "(("]\n'
    )
    values = read_file(path).values
    assert values["strategy"].value == f"phantom-flair:0.5,{tmp_path}/shop.py:Buyer"
    assert values["switches"].value == [f"{tmp_path}/buy.yaml at 5s", "phantom-flair at 9s", "(("]
    path.write_text("[run]\nstrategy = 5\n")
    assert read_file(path).values["strategy"].value == 5
