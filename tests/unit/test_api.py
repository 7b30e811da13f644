"""The Python API before a run begins: what callers get wrong, in their own words."""

from pathlib import Path
from typing import Any

import pytest

import trafficflou
from trafficflou.core import ConfigError, EvidenceError

TARGET = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"visitors": 0}, "argument visitors = 0: it is too small"),
        ({"slos": ["x"]}, "argument slos = "),
        ({"duration": "5"}, 'argument duration = "5"'),
        ({"visitors": 1, "arrivals": "1/s"}, "visitors (argument visitors) and arrivals (argument arrivals)"),
    ],
)
async def test_wrong_argument_is_called_by_its_name(arguments: dict[str, Any], words: str) -> None:
    """The message names the argument as the caller wrote it, and the hint leads to Python's own help."""
    with pytest.raises(ConfigError) as caught:
        await trafficflou.run(TARGET, "model.json", **arguments)
    assert words in caught.value.message
    assert "help(trafficflou.run)" in caught.value.hint


@pytest.mark.parametrize("as_text", [True, False])
def test_learn_takes_one_path_as_well_as_several(tmp_path: Path, as_text: bool) -> None:
    """A single path is not taken for a list of its letters."""
    log = tmp_path / "nothing.log"
    with pytest.raises(EvidenceError, match=r"nothing\.log does not exist"):
        trafficflou.learn(str(log) if as_text else log)


def test_learn_of_nothing_says_so() -> None:
    """An empty list is most often a pattern that matched no file."""
    with pytest.raises(EvidenceError, match="no log is given"):
        trafficflou.learn([])
