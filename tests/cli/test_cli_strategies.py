"""`trafficflou strategies`."""

import json
from pathlib import Path

import pytest

from trafficflou.cli.shell import execute
from trafficflou.traffic import known_strategies

SCRIPT = '''
"""A shop's visitors."""

from pydantic import BaseModel, Field

from trafficflou import journey


class Settings(BaseModel):
    """What a buyer can be set to."""

    patience_s: float = Field(default=30.0, gt=0, description="how long a slow page is waited for")
    goods: str


class Buyer:
    """Buys what is cheap."""

    settings_type = Settings
    needs_model = True

    def __init__(self, settings):
        self.settings = settings

    def next_step(self, visit, page):
        return None


@journey
async def look(v):
    """Looks around."""
    await v.get("/")
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a script."""
    (tmp_path / "shop.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_strategies_are_listed_with_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its summary, and how to learn more."""
    assert execute(["strategies"]) == 0
    out = capsys.readouterr().out
    for name, kind in known_strategies().items():
        assert f"{name}  " in out
        assert kind.summary in out
    assert "needs a traffic model (--model)" in out
    assert "trafficflou strategies NAME" in out


def test_strategy_tells_its_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, default, meaning and valid values of each, and how they are written."""
    assert execute(["strategies", "phantom-flair"]) == 0
    out = capsys.readouterr().out
    assert "Settings, written as phantom-flair[intensity=0.7]:" in out
    assert "  intensity  default 0.7\n" in out
    assert "    valid: a number from 0 up to 1\n" in out


def test_strategy_of_a_file_describes_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A class of the user's like ours; a number with a unit is written with it."""
    assert execute(["strategies", "shop.py:Buyer"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("shop.py:Buyer: Buys what is cheap.\nneeds a traffic model")
    assert "Settings, written as shop.py:Buyer[patience=30s]:" in out
    assert (
        "  patience  default 30s\n    how long a slow page is waited for\n    valid: a duration with its unit"
        in out
    )
    assert "  goods  must be given\n    valid: text\n" in out
    assert execute(["strategies", "shop.py:look"]) == 0
    assert "It has no settings." in capsys.readouterr().out


def test_strategies_are_told_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document, for one or for all."""
    assert execute(["strategies", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "trafficflou/strategies@1"
    assert [entry["name"] for entry in document["strategies"]] == list(known_strategies())
    assert execute(["strategies", "shop.py:Buyer", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["strategies"]
    assert (entry["name"], entry["needs_model"], entry["needs_population"]) == ("shop.py:Buyer", True, False)
    assert entry["settings"][1] == {
        "key": "goods",
        "default": None,
        "required": True,
        "valid": "text",
        "description": "",
    }


@pytest.mark.parametrize(
    ("name", "error", "hint"),
    [
        ("organc", "there is no strategy named 'organc'", "Did you mean organic-mimicry?"),
        ("shop.py:Bayer", "shop.py has no Bayer", "Did you mean shop.py:Buyer?"),
        ("a,b", "a blend has several strategies", "Name one of them."),
        ("a[", "this bracket is not closed", "trafficflou strategies"),
    ],
)
def test_wrong_name_is_answered_with_the_right_one(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, error: str, hint: str
) -> None:
    """Exit code 2, what is wrong, and what was probably meant."""
    assert execute(["strategies", name]) == 2
    err = capsys.readouterr().err
    assert error in err
    assert hint in err
