"""What pyproject.toml declares is what the sources import and what the documents say."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent.parent

NOT_IMPORTED = {
    "python-multipart": "starlette reads form bodies with it",
}
"""Declared, though no module of ours imports it, with the reason."""

COMPANIONS = {
    "markupsafe": "jinja2",
    "pydantic_core": "pydantic",
    "numpy": "wordllama",
    **dict.fromkeys(("anthropic", "openai", "genai-prices", "httpx2", "httpcore2"), "pydantic-ai-slim"),
}
"""Imported, though not declared: the other half of a declared one, which cannot be without it."""


@cache
def declared() -> frozenset[str]:
    """Return the names of the run-time dependencies, in the spelling of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return frozenset(re.split(r"[<>=;\[ ]", requirement)[0] for requirement in project["dependencies"])


@cache
def optional() -> frozenset[str]:
    """Return the names of what the extras bring; `ai_models` and others import them only when they are asked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return frozenset(
        re.split(r"[<>=;\[ ]", requirement)[0]
        for extra, requirements in extras.items()
        if extra != "dev"
        for requirement in requirements
    )


@cache
def imported() -> frozenset[str]:
    """Return the distributions whose modules the sources import."""
    graph = grimp.build_graph("trafficflou", include_external_packages=True, cache_dir=None)
    modules = {module for module in graph.modules if graph.is_module_squashed(module)}
    foreign = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"trafficflou"}
    distributions = packages_distributions()
    return frozenset(name.lower() for module in foreign for name in distributions.get(module, [module]))


def test_every_import_is_declared() -> None:
    """What another package happens to bring along may be gone with its next version."""
    assert not {COMPANIONS.get(name, name) for name in imported()} - declared() - optional()


def test_every_dependency_is_needed() -> None:
    """A dependency that nothing imports is a cost without a use."""
    assert not declared() - imported() - NOT_IMPORTED.keys()


def test_every_dependency_has_its_reason() -> None:
    """The decision record names each dependency, at run time, with what it is for."""
    record = (ROOT / "docs/adr/0002-dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z0-9-]+)` \|", record, re.MULTILINE))
    assert declared() <= explained
