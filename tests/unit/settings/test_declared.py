"""Settings that a part declares as fields of a class."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from trafficflou.settings import declared_settings


class Pace(StrEnum):
    """A closed set of words."""

    SLOW = "slow"
    QUICK = "quick"


class Inner(BaseModel):
    """A table in a table."""

    weight: int = 1


class Foreign(BaseModel):
    """Settings with every kind of field."""

    model_config = ConfigDict(extra="forbid")

    names: tuple[str, ...] = Field(default=("a", "b"), description="Names.")
    empty: tuple[str, ...] = ()
    inner: Inner = Inner()
    table: dict[str, int] = Field(default_factory=dict)
    switch: bool = True
    word: Literal["one", "two"] | None = None
    single: Literal["only"] = "only"
    path: Path | None = None
    number: Annotated[float, Field(gt=0, lt=5)] = 1.5
    wait_s: float | None = 90.0
    limit_bytes: int = 2**20
    odd_bytes: int = 1501
    week_s: float = 7 * 86400.0
    tiny_bytes: int = 7
    text_s: str = "not a quantity"
    pace: Pace = Pace.SLOW
    needed: int
    colour: str = Field(default="red", json_schema_extra={"enum": ["red", "blue"]})


@pytest.mark.parametrize(
    ("key", "default", "valid"),
    [
        ("names", "a, b", "a list, separated by commas, of: text"),
        ("empty", None, "a list, separated by commas, of: text"),
        ("inner", None, "a table"),
        ("switch", "true", "true or false"),
        ("word", None, "one or two"),
        ("single", "only", "only"),
        ("path", None, "a path"),
        ("number", "1.5", "a number above 0 below 5"),
        ("wait", "90s", "a duration with its unit, such as 30s, 1m30s or 250ms"),
        ("limit", "1MiB", "a size with its unit, such as 512KiB or 4MB"),
        ("week", "7d", "a duration with its unit, such as 30s, 1m30s or 250ms"),
        ("odd", "1501B", "a size with its unit, such as 512KiB or 4MB"),
        ("tiny", "7B", "a size with its unit, such as 512KiB or 4MB"),
        ("text_s", "not a quantity", "text"),
        ("pace", "slow", "slow or quick"),
        ("colour", "red", "red or blue"),
        ("needed", None, "a whole number"),
    ],
)
def test_setting_is_explained_by_its_field(key: str, default: str | None, valid: str) -> None:
    """A class needs nothing but its fields for that."""
    setting = declared_settings(Foreign)[key]
    assert (setting.default, setting.valid) == (default, valid)


def test_setting_reads_what_was_written(tmp_path: Path) -> None:
    """Text of a variable becomes what the field takes; what a file has is kept."""
    settings = declared_settings(Foreign)

    def read(key: str, value: object, *, is_text: bool = True, folder: Path | None = None) -> object:
        return settings[key].read(value, is_text=is_text, folder=folder)

    assert read("names", "x, y,") == ["x", "y"]
    assert read("names", '["x"]') == ["x"]
    assert read("names", ["x"], is_text=False) == ["x"]
    assert read("table", '{"a": 1}') == {"a": 1}
    assert read("path", "p", is_text=False, folder=tmp_path) == tmp_path / "p"
    assert read("path", "p") == Path("p")
    assert read("path", "/abs", is_text=False, folder=tmp_path) == Path("/abs")
    assert read("path", "~/p", is_text=False, folder=tmp_path) == Path.home() / "p"
    assert read("wait", "1m") == 60
    assert read("wait", [1], is_text=False) == [1]
    assert read("limit", "1KiB") == 1024
    assert read("text_s", "5") == "5"
    with pytest.raises(ValueError, match="unit is missing"):
        read("limit", 5, is_text=False)


def test_setting_knows_its_words_and_whether_it_must_be_given() -> None:
    """For "did you mean", and for what is missing."""
    settings = declared_settings(Foreign)
    assert settings["pace"].choices == ("slow", "quick")
    assert settings["word"].choices == ("one", "two")
    assert settings["colour"].choices == ("red", "blue")
    assert settings["names"].choices == ()
    assert [key for key, setting in settings.items() if setting.is_required] == ["needed"]
