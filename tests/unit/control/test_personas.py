"""`personas.json`, written by a run and changed by people."""

import json
from pathlib import Path
from typing import Any

import pytest

from trafficflou.ai_models.tasks import Population
from trafficflou.control.personas import MAX_PERSONAS_BYTES, PERSONAS_SCHEMA, load_personas, personas_document
from trafficflou.core import UsageError
from trafficflou.testing.ai_model import sample_persona

PEOPLE = Population(
    personas=tuple(sample_persona(name).model_copy(update={"weight": 0.5}) for name in ("Ann", "Böb")),
    origin="fitted",
)


def _document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(personas_document(PEOPLE, given_by="openai", brief="a quiet day"))
    return document | changes


def test_personas_come_back_as_they_were(tmp_path: Path) -> None:
    """What one run imagined another plays."""
    path = tmp_path / "personas.json"
    path.write_text(personas_document(PEOPLE, given_by="openai", brief="a quiet day"))
    assert load_personas(path) == (PEOPLE, "openai")
    assert _document()["schema"] == PERSONAS_SCHEMA
    assert _document()["brief"] == "a quiet day"


def test_personas_weights_are_relative(tmp_path: Path) -> None:
    """Whoever writes 3 and 1 by hand means three quarters and one."""
    document = _document()
    for persona, weight in zip(document["personas"], (3, 1), strict=True):
        persona["weight"] = weight
    (tmp_path / "p.json").write_text(json.dumps(document))
    population, _ = load_personas(tmp_path / "p.json")
    assert [persona.weight for persona in population.personas] == [0.75, 0.25]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "no personas of this version"),
        ('{"schema": "trafficflou/personas@9", "personas": []}', "no personas of this version"),
        (json.dumps(_document(personas={})), "no personas of this version"),
        (json.dumps(_document(personas=[])), "personas"),
        (json.dumps(_document(personas=[5])), "personas.0"),
        (json.dumps(_document(personas=[{"weight": 1}])), "personas.0.name: Field required"),
        (json.dumps(_document(personas=[{"weight": "much"}])), "cannot be played"),
        (json.dumps(_document(personas=_document()["personas"][:1] * 2)), "the same name"),
        (json.dumps(_document(origin="dreamt")), "origin"),
        (" " * (MAX_PERSONAS_BYTES + 1), "larger than any"),
    ],
)
def test_personas_of_a_broken_file_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file and what is wrong in it."""
    path = tmp_path / "p.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_personas(path)
    assert str(path) in caught.value.message


def test_personas_of_no_file_are_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is the user's to mend."""
    with pytest.raises(UsageError, match="No such file"):
        load_personas(tmp_path / "none.json")
