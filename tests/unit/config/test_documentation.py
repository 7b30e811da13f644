"""The documentation says what the program does: every setting, flag, command and exit code."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest

import trafficflou
from trafficflou.api import run
from trafficflou.cli.endings import BROKEN_PIPE_EXIT
from trafficflou.cli.shell import execute
from trafficflou.config import SECTIONS, SETTINGS, RunConfig, RunConfigBuilder, Setting
from trafficflou.core import ExitCode

DOCS = Path(__file__).parents[3] / "docs"


def _document(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_documentation_of_a_setting_is_the_table(setting: Setting) -> None:
    """The page lists key, flag, variable, default, meaning and valid values as the program has them."""
    default = f"`{setting.default}`" if setting.default else "none"
    row = f"`{setting.key}` | `{setting.flag}` | `{setting.variable}` | {default} | {setting.help} | {setting.valid}"
    text = _document("configuration.md").replace("\\|", "|")
    section = text.partition(f"### `[{setting.section}]`")[2].partition("###")[0]
    assert f"| {row} |" in section


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_documentation_of_the_command_line_names_every_flag(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each setting is a flag of `run`, in the help and on the page."""
    assert re.search(rf"`?{setting.flag}\b", _document("cli.md"))
    assert execute(["run", "--help"]) == 0
    assert setting.flag in capsys.readouterr().out


def test_documentation_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """No command of the help is missing on the page."""
    assert execute(["--help"]) == 0
    commands = re.findall(r"^│ ([a-z]+)  ", capsys.readouterr().out, flags=re.MULTILINE)
    assert len(commands) >= 8
    page = _document("cli.md")
    assert all(f"| `trafficflou {command}" in page for command in commands)


def test_documentation_lists_every_exit_code() -> None:
    """Number and name of each exit code stand in one row."""
    page = _document("exit-codes.md")
    assert all(f"| {code.value} | `{code.name}` |" in page for code in ExitCode)
    assert f"| {BROKEN_PIPE_EXIT} |" in page


def test_documentation_examples_of_the_file_are_valid(tmp_path: Path) -> None:
    """The TOML on the page can be copied as it is."""
    for example in re.findall(r"```toml\n(.*?)```", _document("configuration.md"), flags=re.DOTALL):
        assert set(tomllib.loads(example)) <= set(SECTIONS)
        path = tmp_path / "trafficflou.toml"
        path.write_text(example)
        assert RunConfigBuilder().with_defaults().with_file(path).build().visitors == 50


def test_documentation_names_all_of_the_python_api() -> None:
    """Every public name is on the page, and every example compiles."""
    page = _document("python-api.md")
    assert all(f"`trafficflou.{name}`" in page for name in trafficflou.__all__)
    for example in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        compile(example, "python-api.md", "exec", flags=0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def test_python_api_has_the_defaults_of_the_settings() -> None:
    """`trafficflou.run` shows its defaults in its signature; they are those of the table."""
    parameters = inspect.signature(run).parameters
    given = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name not in {"target", "model", "observers", "stop", "control", "out", "ai_settings"}
    }
    builder = RunConfigBuilder().with_arguments(
        {"slo" if name == "slos" else name: value for name, value in given.items()}
        | {"target": "http://localhost"}
    )
    assert builder.build() == RunConfig(target="http://localhost")
