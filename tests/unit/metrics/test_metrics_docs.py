"""What the documents say of the measurement is what the program does."""

import re
from pathlib import Path
from typing import Any

import pytest

from trafficflou.metrics import Summary, generator_health, parse_slo, saturation, summary_json_schema

DOCS = Path(__file__).parents[3] / "docs"


def documented_slos() -> list[str]:
    """Return the objectives of the table and the command in docs/slo.md."""
    text = (DOCS / "slo.md").read_text()
    return re.findall(r"^\| `([^`]*[<>][^`]*)` \|", text, re.MULTILINE) + re.findall(r"--slo '([^']+)'", text)


@pytest.mark.parametrize("expression", documented_slos())
def test_documented_objective_is_valid(expression: str) -> None:
    """Every objective that the page shows can be given."""
    assert parse_slo(expression).expression == expression


def test_documents_show_objectives() -> None:
    """The test above has something to look at."""
    assert len(documented_slos()) >= 14


def keys_of(schema: dict[str, Any]) -> set[str]:
    """Return every key that a summary may hold."""
    models = [schema, *schema["$defs"].values()]
    return {key for model in models for key in model.get("properties", {})}


def test_every_key_of_the_summary_is_documented() -> None:
    """docs/summary-json.md names every key."""
    documented = set(re.findall(r"`([a-z0-9_]+)`", (DOCS / "summary-json.md").read_text()))
    assert keys_of(summary_json_schema()) <= documented


def test_every_top_level_key_has_its_row_in_order() -> None:
    """The table lists the keys as the document does."""
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "summary-json.md").read_text(), re.MULTILINE)
    assert rows == [field.alias or name for name, field in Summary.model_fields.items()]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (saturation.SCHEDULE_LAG_P95_LIMIT_MS, "schedule lag p95 | above {:.0f} ms"),
        (saturation.LOOP_DELAY_P99_LIMIT_MS, "loop delay p99 | above {:.0f} ms"),
        (generator_health.BUSY_CPU_SHARE * 100, "CPU of {:.0f} % or more together"),
        (generator_health.BUSY_LAG_MS, "(p95) above {:.0f} ms, in a quarter"),
        (generator_health.FLAT_OUT_CPU_SHARE * 100, "CPU of {:.0f} % or more in half"),
        (saturation.NOT_STARTED_SHARE_LIMIT * 100, "more than {:.0f} %"),
        (saturation.MIN_MEASURED_S, "at least {:.0f} measured seconds"),
    ],
)
def test_documented_limits_of_saturation_are_those_in_use(value: float, words: str) -> None:
    """docs/measurement.md gives the limits that decide."""
    assert words.format(value) in (DOCS / "measurement.md").read_text()
