"""Imports go down, never sideways, never in a circle, and privately named modules stay private.

The graph comes from grimp (the library below import-linter). It holds every import statement: those inside functions and those
under `TYPE_CHECKING` too. `ARCHITECTURE.md` and `docs/adr/0001-architecture.md` say why the layers are these.
"""

import copy
import re
import sys
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import grimp
import pytest
from grimp import ImportGraph, Layer

import trafficflou

ROOT = "trafficflou"
SOURCE = Path(str(trafficflou.__file__)).parent

LAYERS = (
    {"__main__"},
    {"cli"},
    {"api"},
    {"control", "report", "demo"},
    {"fleet"},
    {"engine", "config"},
    {"traffic"},
    {"ai_models"},
    {"http", "behavior", "evidence", "logs", "metrics", "resilience", "security", "settings", "stores"},
    {"core"},
    {"_version"},
)
"""Highest first; the members of one layer do not know each other."""

BESIDE = {"testing"}
"""Public doubles: may import everything, nothing may import them."""

STANDARD_LIBRARY_ONLY = "core"

VENDORS = {"anthropic", "genai_prices", "httpx2", "openai", "pydantic_ai", "wordllama"}
"""Libraries of AI models: `ai_models` alone knows them, so that everything else works without."""

CIRCULAR: set[tuple[str, str]] = set()
"""Imports (inside a function) that close a circle and have to go; this list may only shrink."""


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    """The imports between our modules, as they stand in the sources."""
    return grimp.build_graph(ROOT, cache_dir=None)


def illegal_imports(graph: ImportGraph) -> list[str]:
    """Return a sentence for each import that goes up or sideways; what goes wrong by way of another package counts for that one."""
    layers = [Layer(*members, independent=True) for members in LAYERS]
    found = graph.find_illegal_dependencies_for_layers(layers=layers, containers={ROOT})
    return sorted(
        f"{dependency.importer} may not know {dependency.imported}: "
        + "; ".join(
            " -> ".join(f"{importer} ({_lines(graph, importer, imported)})" for importer, imported in steps)
            + f" -> {steps[-1][1]}"
            for steps in _routes(dependency)
        )
        for dependency in found
    )


def _routes(dependency: grimp.PackageDependency) -> list[list[tuple[str, str]]]:
    """Return each route as its steps (importer, imported)."""
    routes = []
    for route in dependency.routes:
        modules = [min(route.heads), *route.middle, min(route.tails)]
        routes.append(list(pairwise(modules)))
    return routes


def _lines(graph: ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    return "line " + ", ".join(str(detail["line_number"]) for detail in details)


def import_cycle(graph: ImportGraph) -> list[str]:
    """Return the modules of one import cycle, first and last the same; empty where there is none."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in sorted(graph.modules)}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle[::-1]
    return []


def hand_made(*imports: tuple[str, str]) -> ImportGraph:
    """Return a graph with an empty package for every layer and the given imports (without the root's name)."""
    graph = ImportGraph()
    graph.add_module(ROOT)
    for name in sorted(set().union(*LAYERS)):
        graph.add_module(f"{ROOT}.{name}")
    for importer, imported in imports:
        graph.add_import(
            importer=f"{ROOT}.{importer}",
            imported=f"{ROOT}.{imported}",
            line_number=7,
            line_contents="import",
        )
    return graph


def test_every_package_has_its_layer() -> None:
    """A package that no layer names, or a layer that names no package, is a hole in the rule."""
    on_disk = {
        path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert on_disk - {"__init__"} == set().union(*LAYERS) | BESIDE


def test_imports_go_down(graph: ImportGraph) -> None:
    """No module imports from a higher layer or from a neighbour in its own."""
    assert not illegal_imports(graph), "\n".join(illegal_imports(graph))


def test_imports_make_no_circle(graph: ImportGraph) -> None:
    """No chain of imports comes back to where it began, within a package or across."""
    open_graph = copy.deepcopy(graph)
    for importer, imported in CIRCULAR:
        assert graph.direct_import_exists(importer=f"{ROOT}.{importer}", imported=f"{ROOT}.{imported}"), (
            f"{importer} no longer imports {imported}: take it off CIRCULAR"
        )
        open_graph.remove_import(importer=f"{ROOT}.{importer}", imported=f"{ROOT}.{imported}")
    assert not import_cycle(open_graph), " -> ".join(import_cycle(open_graph))


def test_nothing_imports_what_stands_beside_the_layers(graph: ImportGraph) -> None:
    """The doubles of `testing` are for tests: the program never leans on them."""
    for package in BESIDE:
        inside = {f"{ROOT}.{package}"} | graph.find_descendants(f"{ROOT}.{package}")
        users = {
            user for module in inside for user in graph.find_modules_that_directly_import(module)
        } - inside
        assert not users, f"{sorted(users)} import {package}"


def test_private_modules_stay_in_their_package(graph: ImportGraph) -> None:
    """A module whose name starts with `_` is imported only from its own package; `_version` belongs to all."""
    strangers = [
        f"{user} imports {module}"
        for module in sorted(graph.modules - {f"{ROOT}._version"})
        if module.rpartition(".")[2].startswith("_")
        for user in graph.find_modules_that_directly_import(module)
        if not user.startswith(module.rpartition(".")[0])
    ]
    assert not strangers, "\n".join(strangers)


def test_core_needs_the_standard_library_only() -> None:
    """`core` is imported by everything, so it may cost and demand nothing."""
    graph = grimp.build_graph(ROOT, include_external_packages=True, cache_dir=None)
    foreign = [
        f"{module} imports {imported}"
        for module in sorted(graph.find_descendants(f"{ROOT}.{STANDARD_LIBRARY_ONLY}"))
        for imported in sorted(graph.find_modules_directly_imported_by(module))
        if imported.partition(".")[0] not in sys.stdlib_module_names | {ROOT}
    ]
    assert not foreign, "\n".join(foreign)


def test_ai_models_alone_know_the_vendors() -> None:
    """Nothing outside of `ai_models` imports a vendor's library, not even inside a function."""
    graph = grimp.build_graph(ROOT, include_external_packages=True, cache_dir=None)
    strangers = [
        f"{user} imports {vendor}"
        for vendor in sorted(VENDORS & graph.modules)
        for user in sorted(graph.find_modules_that_directly_import(vendor))
        if not user.startswith((f"{ROOT}.ai_models.", f"{ROOT}.testing."))
    ]
    assert not strangers, "\n".join(strangers)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("core", "http"),
        ("http.url", "metrics"),
        ("fleet", "control"),
        ("control", "report"),
        ("traffic", "cli"),
    ],
)
def test_a_wrong_import_is_found(importer: str, imported: str) -> None:
    """The rule itself works: an upward or sideways import is named with its line."""
    graph = hand_made((importer, imported))
    (complaint,) = illegal_imports(graph)
    assert f"{ROOT}.{importer} (line 7) -> {ROOT}.{imported}" in complaint


def test_a_right_import_is_not_found() -> None:
    """Downward imports are fine, over any distance."""
    assert not illegal_imports(hand_made(("cli", "core"), ("control", "fleet"), ("engine", "http")))


def test_a_circle_is_found() -> None:
    """The rule itself works: a circle is named from its start back to its start, importer first."""
    cycle = import_cycle(hand_made(("http.a", "http.b"), ("http.b", "http.c"), ("http.c", "http.a")))
    assert cycle[0] == cycle[-1]
    assert {
        f"{first.rpartition('.')[2]}>{second.rpartition('.')[2]}" for first, second in pairwise(cycle)
    } == {
        "a>b",
        "b>c",
        "c>a",
    }


def test_architecture_page_shows_the_layers() -> None:
    """The table of ARCHITECTURE.md has every package, and orders the levels as the rule does."""
    page = (SOURCE.parent.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+|-) \| `(\w+)` \|", page, re.MULTILINE)
    by_level: dict[str, set[str]] = {}
    for level, package in rows:
        by_level.setdefault(level, set()).add(package)
    assert by_level.pop("-") == BESIDE
    shown = [by_level[level] for level in sorted(by_level, key=int, reverse=True)]
    assert shown == [layer for layer in LAYERS if not any(name.startswith("_") for name in layer)]
