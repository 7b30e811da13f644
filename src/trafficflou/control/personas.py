"""`personas.json`: who was imagined for a run, kept so that people can read it, change it and play it again.

    {"schema": "trafficflou/personas@1", "origin": "imagined", "given_by": "athena", "brief": "", "personas": [...]}

What people write by hand is taken as it is meant: weights are relative, and need not add up to 1.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from trafficflou.ai_models.tasks import Population
from trafficflou.core import UsageError

__all__ = ["PERSONAS_SCHEMA", "load_personas", "personas_document"]

PERSONAS_SCHEMA: Final = "trafficflou/personas@1"
MAX_PERSONAS_BYTES: Final = 1024 * 1024
_HINT: Final = "A run with imagined visitors leaves one in its folder."


def personas_document(population: Population, *, given_by: str, brief: str = "") -> str:
    """Write the document.

    Args:
        population: The personas.
        given_by: Who imagined them.
        brief: What they were imagined for.
    """
    document = {
        "schema": PERSONAS_SCHEMA,
        "origin": population.origin,
        "given_by": given_by,
        "brief": brief,
        "personas": [persona.model_dump(mode="json") for persona in population.personas],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def load_personas(path: Path) -> tuple[Population, str]:
    """Read a document; blocks.

    Returns:
        The personas with weights that add up to 1, and who imagined them.

    Raises:
        UsageError: The file cannot be read, is none, or a persona is not one; the error says which field.
    """
    document = _read(path)
    personas = document.get("personas")
    if document.get("schema") != PERSONAS_SCHEMA or not isinstance(personas, list):
        raise UsageError(f"{path} holds no personas of this version", hint=_HINT)
    given = {"personas": _weighed(personas), "origin": document.get("origin", "imagined")}
    try:
        population = Population.model_validate_json(json.dumps(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "personas"
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{path} cannot be played: {where}: {message}", hint="Mend that entry.") from error
    return population, str(document.get("given_by", ""))[:80]


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PERSONAS_BYTES + 1)
        if len(content) > MAX_PERSONAS_BYTES:
            raise UsageError(f"{path} is larger than any file of personas", hint=_HINT)
        document = json.loads(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} holds no personas: it is not JSON ({error})", hint=_HINT) from error
    return document if isinstance(document, dict) else {}


def _weighed(personas: list[Any]) -> list[Any]:
    """Make weights add up to 1, where each has one."""
    weights = [persona.get("weight") if isinstance(persona, dict) else None for persona in personas]
    numbers = [float(weight) for weight in weights if isinstance(weight, int | float) and 0 < weight < 1e9]
    if len(numbers) != len(personas) or not numbers:
        return personas
    total = sum(numbers)
    return [persona | {"weight": number / total} for persona, number in zip(personas, numbers, strict=True)]
