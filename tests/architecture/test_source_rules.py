"""Rules of the house that a linter does not know, read from the sources' syntax trees.

Every list of exceptions here may only shrink: an exception that is no longer needed fails too.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import trafficflou

SOURCE = Path(str(trafficflou.__file__)).parent
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))

MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60

LONG_MODULES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()
"""As `package/module.py:function`."""

PROCESS_STATE_READERS = {
    "demo/server.py": "the demo shop's own process is told its socket in argv",
}
"""Modules outside `cli` that may read argv, the environment or signals, each with the reason."""

_PROCESS_STATE = {
    "sys": {"argv"},
    "os": {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"},
}
_SIGNAL_METHODS = {"add_signal_handler", "remove_signal_handler"}


@cache
def tree_of(module: str) -> ast.Module:
    """Return the module's syntax tree."""
    return ast.parse((SOURCE / module).read_text(encoding="utf-8"), filename=module)


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Walk all functions and methods, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def process_state_uses(tree: ast.Module) -> list[str]:
    """Return a sentence for each place that reads argv, the environment or signals."""
    return [
        f"line {node.lineno}: {use}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Attribute)
        for use in _uses(node)
    ]


def _uses(node: ast.Import | ast.ImportFrom | ast.Attribute) -> list[str]:
    if isinstance(node, ast.Import):
        return ["import signal" for alias in node.names if alias.name == "signal"]
    if isinstance(node, ast.ImportFrom):
        forbidden = _PROCESS_STATE.get(node.module or "", set())
        names = [alias.name for alias in node.names if alias.name in forbidden or node.module == "signal"]
        return [f"from {node.module} import {name}" for name in names]
    if node.attr in _SIGNAL_METHODS:
        return [node.attr]
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    return [f"{owner}.{node.attr}"] if node.attr in _PROCESS_STATE.get(owner, set()) else []


def stray_tasks(tree: ast.Module) -> list[int]:
    """Return the lines that start a task on an event loop, where no task group owns it.

    `asyncio.create_task` itself is banned by the linter; this finds the way around it.
    """
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "create_task"
        and "loop" in ast.unparse(node.func.value)
    ]


def long_functions(module: str, tree: ast.Module) -> dict[str, int]:
    """Return the length of each function that is too long, by `module:function`.

    Only the body counts: a command's options and a public function's documentation make its head long, not hard to read.
    """
    lengths = {f"{module}:{node.name}": body_lines(node) for node in functions_of(tree)}
    return {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function's statements take, comments and blank lines between them included."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def public_objects(module: str) -> Iterator[tuple[str, object]]:
    """Import a module and walk what it names in `__all__`."""
    name = ".".join(["trafficflou", *Path(module).with_suffix("").parts]).removesuffix(".__init__")
    imported = import_module(name)
    for public in getattr(imported, "__all__", ()):
        yield f"{name}.{public}", getattr(imported, public)


def undocumented(name: str, public: object) -> list[str]:
    """Return the names of a class, its public methods, or a function that have no docstring of their own."""
    if inspect.isfunction(public):
        return [] if public.__doc__ else [name]
    if not inspect.isclass(public) or not public.__module__.startswith("trafficflou"):
        return []
    methods = {f"{name}.{key}": value for key, value in vars(public).items() if not key.startswith("_")}
    missing = [key for key, value in methods.items() if _is_method(value) and not inspect.getdoc(value)]
    return missing if public.__dict__.get("__doc__") else [name, *missing]


def _is_method(value: object) -> bool:
    return inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod)


def test_process_state_is_read_by_the_command_line_only() -> None:
    """Everything below `cli` is told what it needs, so that it can be called from Python and from tests."""
    readers = {
        module: uses
        for module in MODULES
        if not module.startswith("cli/") and (uses := process_state_uses(tree_of(module)))
    }
    strangers = {module: uses for module, uses in readers.items() if module not in PROCESS_STATE_READERS}
    assert not strangers, f"only cli reads argv, the environment and signals: {strangers}"
    assert readers.keys() == PROCESS_STATE_READERS.keys(), "an exception is no longer needed"


def test_tasks_have_an_owner() -> None:
    """A task that nobody waits for loses its errors; task groups own theirs."""
    found = [f"{module}:{line}" for module in MODULES for line in stray_tasks(tree_of(module))]
    assert not found, f"start tasks in an asyncio.TaskGroup: {found}"


def test_modules_are_short() -> None:
    """A module of more than 500 lines has more than one subject."""
    lengths = {module: len((SOURCE / module).read_text(encoding="utf-8").splitlines()) for module in MODULES}
    long = {module: lines for module, lines in lengths.items() if lines > MAX_MODULE_LINES}
    assert long.keys() == LONG_MODULES, f"more than {MAX_MODULE_LINES} lines, or no longer: {long}"


def test_functions_are_short() -> None:
    """A function of more than 60 lines cannot be seen whole."""
    long = {
        name: lines for module in MODULES for name, lines in long_functions(module, tree_of(module)).items()
    }
    assert long.keys() == LONG_FUNCTIONS, f"more than {MAX_FUNCTION_LINES} lines, or no longer: {long}"


@pytest.mark.parametrize("module", MODULES)
def test_public_names_exist_and_are_documented(module: str) -> None:
    """What `__all__` promises is there, and its classes, methods and functions say what they do."""
    missing = [place for name, public in public_objects(module) for place in undocumented(name, public)]
    assert not missing, f"no docstring: {missing}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import sys\nprint(sys.argv)", "line 2: sys.argv"),
        ("import os\nos.environ['A']", "line 2: os.environ"),
        ("from os import getenv", "line 1: from os import getenv"),
        ("import signal", "line 1: import signal"),
        ("loop.add_signal_handler(2, stop)", "line 1: add_signal_handler"),
    ],
)
def test_process_state_is_found(source: str, found: str) -> None:
    """The rule itself works, with each way to get at the state."""
    assert process_state_uses(ast.parse(source)) == [found]


def test_stray_task_is_found_and_an_owned_one_is_not() -> None:
    """The rule itself works: a loop's task is a stray, a group's is owned."""
    assert stray_tasks(ast.parse("self._loop.create_task(work())\ngroup.create_task(work())")) == [1]


def test_long_function_is_found() -> None:
    """The rule itself works: 60 lines of body pass, 61 do not, wherever the function stands."""
    body = "".join(f"        x = {number}\n" for number in range(60))
    fits = f"class A:\n    def fits(\n        self,\n    ):\n        'Docstring.'\n{body}"
    assert not long_functions("m.py", ast.parse(fits))
    assert long_functions("m.py", ast.parse(fits + "        return x\n")) == {"m.py:fits": 61}


def _without_docstring() -> None:
    pass


class _WithMethod:
    """Documented."""

    def method(self) -> None:
        pass


@pytest.mark.parametrize(
    ("public", "missing"),
    [(_without_docstring, ["it"]), (test_functions_are_short, []), (len, []), (1, [])],
)
def test_missing_docstring_is_found(public: Callable[..., object] | int, missing: list[str]) -> None:
    """The rule itself works: our functions need one, foreign ones and constants do not."""
    assert undocumented("it", public) == missing


def test_missing_docstring_of_a_method_is_found() -> None:
    """The rule itself works for methods; the class of another project is not ours to document."""
    _WithMethod.__module__ = "trafficflou.example"
    assert undocumented("it", _WithMethod) == ["it.method"]
    assert (
        undocumented("it", type("Foreign", (), {"method": _without_docstring, "__module__": "other"})) == []
    )
