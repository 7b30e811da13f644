"""Imports code of the user's: a file by its path, or a module by its name; what goes wrong there is told with file and line.

Worker processes run with `-P`, so nothing beside a script is importable by itself. Its folder is therefore appended to the search path: last, so that a
user's `types.py` or `http.py` never takes the place of a module that somebody else needs.
"""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Final

from trafficflou.core import TrafficFlouError, UsageError
from trafficflou.traffic.script_error import place_in_script

__all__ = ["find_file", "import_script"]

_PREFIX: Final = "trafficflou_script_"
_MOST_LISTED: Final = 8


def find_file(source: str, folder: Path) -> Path:
    """Return where a file of the user's is.

    Args:
        source: As it was written.
        folder: What it is relative to.

    Raises:
        UsageError: There is none; the hint names those that are near.
    """
    path = (folder / Path(source).expanduser()).resolve()
    if path.is_file():
        return path
    with contextlib.suppress(OSError):
        there = sorted(entry.name for entry in path.parent.iterdir() if entry.suffix == path.suffix)
        near = get_close_matches(path.name, there, n=1)
        question = f"Did you mean {near[0]}? " if near else ""
        listed = f"{path.parent} has {', '.join(there[:_MOST_LISTED])}." if there else ""
        raise UsageError(f"there is no file {path}", hint=question + listed)
    raise UsageError(f"there is no file {path}", hint="Its folder is not there either.")


def import_script(source: str, folder: Path) -> ModuleType:
    """Import a module of the user's anew.

    Args:
        source: A file (`shop.py`, `tests/shop.py`) or a module (`shop.visitors`).
        folder: Where a file is relative to; modules are found in it too.

    Raises:
        UsageError: It is not there, or its code cannot be run; the message says where.
    """
    if source.endswith(".py") or "/" in source:
        path = find_file(source, folder)
        with _told(source, path.parent):
            _make_importable(path.parent)
            return _run(path)
    with _told(source, folder):
        _make_importable(folder.resolve())
        return importlib.import_module(source)


def _run(path: Path) -> ModuleType:
    # Not under its own name: "test.py" or "site.py" would take the place of a module of Python's.
    name = _PREFIX + "".join(char if char.isalnum() else "_" for char in path.stem)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file", hint="Its name ends in .py.")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    # Whatever looks a class up by the name of its module, such as a dataclass, has to find it.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    return module


def _make_importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


@contextlib.contextmanager
def _told(source: str, folder: Path) -> Iterator[None]:
    """Turn what the user's code raises into an error that says what and where; what it prints does not mix with our output."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except TrafficFlouError as error:
        place = place_in_script(error.__traceback__, folder)
        where = f" at {place}" if place and _is_inside(error, folder) else ""
        raise type(error)(f"{error.message}{where}", hint=error.hint) from error
    except SyntaxError as error:
        raise UsageError(
            f"{source} cannot be read: {error.msg} at {Path(error.filename or source).name}:{error.lineno}",
            hint="Python refuses this line; correct it and try again.",
        ) from error
    except ModuleNotFoundError as error:
        raise _missing(source, folder, error) from error
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"{source} cannot be used: {type(error).__name__}: {error} at {place_in_script(error.__traceback__, folder)}",
            hint="Its code is run once before the visitors come; correct it and try again.",
        ) from error


def _is_inside(error: BaseException, folder: Path) -> bool:
    traceback = error.__traceback__
    while traceback is not None:
        if Path(traceback.tb_frame.f_code.co_filename).is_relative_to(folder):
            return True
        traceback = traceback.tb_next
    return False


def _missing(source: str, folder: Path, error: ModuleNotFoundError) -> UsageError:
    if error.name and (error.name == source or source.startswith(f"{error.name}.")):
        return UsageError(
            f"there is no module {error.name}",
            hint=f"Modules are found where TrafficFlou is installed and in {folder}; a file is written as shop.py.",
        )
    return UsageError(
        f"{source} needs the module {error.name}, which is not there, at {place_in_script(error.__traceback__, folder)}",
        hint=f"Install it where TrafficFlou is installed, or put {error.name}.py beside the script.",
    )
