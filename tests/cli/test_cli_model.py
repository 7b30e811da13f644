"""`trafficflou model show` on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trafficflou.behavior import parse_model, save_model
from trafficflou.cli.model import model_app
from trafficflou.core import ModelError
from trafficflou.testing.models import sample_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Write the sample model to a file."""
    path = tmp_path / "model.json"
    save_model(sample_model(), path)
    return path


def invoke(*args: object) -> Result:
    """Run the command; errors of ours come out as they are, since the shell maps them."""
    return CliRunner().invoke(model_app, [str(arg) for arg in args], catch_exceptions=False)


def test_show_prints_the_model_without_colour_when_piped(model: Path) -> None:
    """Piped, the tables come as plain text of 80 columns at most."""
    result = invoke("show", model)
    assert result.exit_code == 0
    assert "Traffic model sample shop" in result.stdout
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_show_json_prints_the_document(model: Path) -> None:
    """`--json` prints exactly the document."""
    result = invoke("show", model, "--json")
    assert json.loads(result.stdout)["schema"] == "trafficflou/model@1"
    assert parse_model(result.stdout, source="stdout") == sample_model()


def test_show_limit_shortens_the_tables(model: Path) -> None:
    """`--limit` shows the most viewed templates only."""
    assert "and 4 more" in invoke("show", model, "--limit", 1).stdout


def test_show_refuses_what_is_no_model(tmp_path: Path) -> None:
    """Another file is told to be no model."""
    path = tmp_path / "x.json"
    path.write_text("{}")
    with pytest.raises(ModelError, match="not a usable traffic model"):
        invoke("show", path)


def test_model_without_a_command_prints_help() -> None:
    """The bare word shows what there is."""
    assert "show" in invoke().output
