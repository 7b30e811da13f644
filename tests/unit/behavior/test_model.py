"""The traffic model document: what is valid, what is refused, and how it is read and written."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from trafficflou.behavior import load_model, parse_model, save_model
from trafficflou.behavior.model import MAX_MODEL_BYTES
from trafficflou.core import ModelError
from trafficflou.testing.models import sample_model


def document(**changes: Any) -> str:
    """Return the sample document with fields replaced."""
    return json.dumps(json.loads(sample_model().to_json()) | changes)


def refusal(text: str) -> str:
    """Return why a document is refused."""
    with pytest.raises(ModelError) as caught:
        parse_model(text, source="m.json")
    assert "trafficflou learn" in caught.value.hint
    return str(caught.value)


def test_document_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Writing and reading change nothing, and the order of keys is stable."""
    model = sample_model(bounce={"/": 0.25})
    save_model(model, tmp_path / "m.json")
    assert load_model(tmp_path / "m.json") == model
    assert (tmp_path / "m.json").read_text() == model.to_json() == load_model(tmp_path / "m.json").to_json()
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema": "trafficflou/model@2"}, "schema"),
        ({"surprise": 1}, "surprise"),
        ({"entry": {"/": 0.5}}, "entry must add up to 1"),
        ({"entry": {"/nowhere": 1.0}}, "'/nowhere', which is not a template"),
        ({"bounce": {"/nowhere": 0.5}}, "bounce names '/nowhere'"),
        ({"transitions": {"/": {"(exit)": 1.0}}}, "transitions have no row for"),
        ({"transitions": {"/nowhere": {"(exit)": 1.0}}}, "transitions name '/nowhere'"),
        ({"pace_correlation": 1.5}, "pace_correlation"),
        ({"devices": {"desktop": 0.5, "mobile": 0.1, "tablet": 0.1}}, "device mix must add up to 1"),
        (
            {"arrivals": {"sessions_per_day": 1, "by_hour": [1] + [0.5] * 23, "utc_offset": "+00:00"}},
            "by_hour must add",
        ),
        ({"templates": []}, "templates"),
    ],
)
def test_document_with_a_broken_rule_is_refused(changes: dict[str, Any], why: str) -> None:
    """The error names the file, the place and the rule."""
    message = refusal(document(**changes))
    assert message.startswith("m.json is not a usable traffic model")
    assert why in message


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"think_s": [1.0]}, "think_s must hold 9 quantiles"),
        ({"think_s": [9.0, 1.0] + [10.0] * 7}, "think_s must not decrease"),
        ({"think_s": [-1.0] + [1.0] * 8}, "think_s must hold finite seconds"),
        ({"template": "no-slash"}, "template"),
        ({"paths": [{"path": "/a b", "weight": 1}]}, "path"),
        ({"paths": [{"path": "/a\r\nX: y", "weight": 1}]}, "path"),
        ({"paths": [{"path": "/a?q=1", "weight": 1}]}, "path"),
        ({"paths": [{"path": "/ä", "weight": 1}]}, "path"),
        ({"paths": [{"path": "/a", "weight": 0}]}, "weight"),
    ],
)
def test_template_with_a_broken_rule_is_refused(changes: dict[str, Any], why: str) -> None:
    """A path that could split a request line, or hold a query value, is not a path."""
    templates = json.loads(sample_model().to_json())["templates"]
    templates[0] |= changes
    assert why in refusal(document(templates=templates))


def test_document_needs_a_path_to_play_and_names_each_template_once() -> None:
    """A model that nobody could play is refused when it is read, not in the middle of a run."""
    templates = json.loads(sample_model().to_json())["templates"]
    assert "no template has a path" in refusal(
        document(templates=[item | {"paths": []} for item in templates])
    )
    assert "the same name" in refusal(document(templates=[*templates, templates[0]]))


def test_what_is_not_a_document_is_refused(tmp_path: Path) -> None:
    """Text that is no JSON, a missing file and a huge one are clear errors."""
    assert "JSON" in refusal("hello")
    with pytest.raises(ModelError, match="No such file"):
        load_model(tmp_path / "missing.json")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(MAX_MODEL_BYTES + 1)
    with pytest.raises(ModelError, match="larger than 16 MiB"):
        load_model(huge)


def test_document_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder in the way is an error; no partial file stays."""
    (tmp_path / "m.json").mkdir()
    with pytest.raises(ModelError, match="cannot write"):
        save_model(sample_model(), tmp_path / "m.json")
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]


def test_saved_model_does_not_take_the_place_of_a_device_or_a_link(tmp_path: Path) -> None:
    """What is no regular file is written to, and a link keeps its file: `-o /dev/null` by root must not end /dev/null."""
    pipe, link = tmp_path / "pipe", tmp_path / "link.json"
    os.mkfifo(pipe)
    link.symlink_to("real.json")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save_model(sample_model(), pipe)
        assert os.read(reader, 1_000_000).decode() == sample_model().to_json()
    finally:
        os.close(reader)
    save_model(sample_model(), link)
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert load_model(tmp_path / "real.json") == sample_model()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "pipe", "real.json"]


def test_model_s_path_may_be_text(tmp_path: Path) -> None:
    """Callers of the Python API write paths as they are used to."""
    save_model(sample_model(), f"{tmp_path}/model.json")
    assert load_model(f"{tmp_path}/model.json") == sample_model()
