"""The think-time setting."""

import pytest

from trafficflou.traffic import ThinkTime


@pytest.mark.parametrize(
    ("text", "factor"), [("model", 1), ("none", 0), ("x0.5", 0.5), ("x2", 2), ("x100", 100), ("x1", 1)]
)
def test_think_time_reads_its_forms(text: str, factor: float) -> None:
    """`model`, `none` and factors are read."""
    assert ThinkTime.parse(text).factor == factor


@pytest.mark.parametrize("text", ["model", "none", "x0.5", "x20"])
def test_think_time_is_written_as_it_is_read(text: str) -> None:
    """What was read is written back."""
    assert str(ThinkTime.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "x", "0.5", "x0", "x100.1", "x-1", "xnan", "1s", "Model", "x1e3", "x" + "9" * 40]
)
def test_think_time_refuses_other_forms_and_shows_the_valid_ones(text: str) -> None:
    """Anything else is refused with the forms that are valid."""
    with pytest.raises(ValueError, match=r"model .*none.*x0\.5"):
        ThinkTime.parse(text)
