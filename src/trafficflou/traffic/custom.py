"""Strategies of the user's own: a class, journeys in Python or YAML, or a recording, by where they are.

    shop.py:Buyer      a class, or one journey
    shop.py            all journeys of a file, by their weights
    visitors.shop:buy  the same in a module
    buy.yaml, buy.har

Nothing but the reference and a folder goes to the workers: each loads it for itself.
"""

import inspect
from difflib import get_close_matches
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, Final

from trafficflou.core import UsageError
from trafficflou.traffic.journeys.definition import Journey
from trafficflou.traffic.journeys.kind import JourneyKind
from trafficflou.traffic.strategy_kind import StrategyKind
from trafficflou.traffic.user_class import UserClassKind, is_strategy
from trafficflou.traffic.user_module import find_file, import_script

__all__ = ["CustomKind", "load_custom", "strategy_of"]

CustomKind = JourneyKind | UserClassKind

_WHAT_TO_WRITE: Final = "A strategy is a class with next_step(self, visit, page), or a journey: @journey and `async def buy(v): ...`."


def load_custom(reference: str, folder: Path) -> StrategyKind:
    """Load a strategy of the user's; runs the code of a Python file or module.

    Args:
        reference: A file or a module, and where there are several a name in it: `shop.py:Buyer`.
        folder: What a file is relative to, and where modules are found.

    Raises:
        UsageError: It is not there or cannot be used; the message says where, the hint what to do.
    """
    kind = _load(reference, folder)
    kind.made_by = (load_custom, (reference, folder))
    return kind


def _load(reference: str, folder: Path) -> CustomKind:
    source, attribute = _split(reference)
    suffix = PurePath(source).suffix.lower()
    if suffix in {".yaml", ".yml", ".har"}:
        if attribute:
            raise UsageError(f"{source} holds one journey", hint=f"Write {source} without :{attribute}.")
        return _load_document(reference, find_file(source, folder))
    module = import_script(source, folder)
    file = getattr(module, "__file__", None)
    home = Path(file).resolve().parent if file else folder
    return strategy_of(
        _named(module, source, attribute) if attribute else _only(module, source), reference, home
    )


def strategy_of(found: object, reference: str, folder: Path) -> CustomKind:
    """Make a strategy of an object of the user's, wherever it was found.

    Args:
        found: A journey, a list of journeys, a class, or a complete strategy.
        reference: Its name.
        folder: Where its files lie.

    Raises:
        UsageError: It is none of these.
    """
    kind = _kind_for(found, reference, folder)
    kind.made_by = (strategy_of, (found, reference, folder))
    return kind


def _kind_for(found: object, reference: str, folder: Path) -> CustomKind:
    if isinstance(found, Journey):
        return JourneyKind(reference, (found,), folder)
    if isinstance(found, list | tuple) and found and all(isinstance(part, Journey) for part in found):
        return JourneyKind(reference, found, folder)
    if is_strategy(found):
        return UserClassKind(reference, found, folder)
    raise UsageError(f"{reference} is no strategy: it is {_kind_of(found)}", hint=_WHAT_TO_WRITE)


def _split(reference: str) -> tuple[str, str]:
    source, colon, attribute = reference.rpartition(":")
    if colon and source and attribute.isidentifier():
        return source, attribute
    return reference, ""


def _load_document(reference: str, path: Path) -> JourneyKind:
    if path.suffix.lower() == ".har":
        from trafficflou.traffic.journeys.recording import load_recording  # noqa: PLC0415 - a run of another kind needs none of it

        return JourneyKind(reference, (load_recording(path),), path.parent)
    from trafficflou.traffic.journeys.document import load_document  # noqa: PLC0415 - as above

    return JourneyKind(reference, (load_document(path),), path.parent)


def _named(module: ModuleType, source: str, attribute: str) -> object:
    found = getattr(module, attribute, None)
    if found is None:
        names = [*_journeys(module), *_classes(module)]
        near = get_close_matches(attribute, names, n=1)
        question = f"Did you mean {source}:{near[0]}? " if near else ""
        listed = f"It has {', '.join(names)}." if names else _WHAT_TO_WRITE
        raise UsageError(f"{source} has no {attribute}", hint=question + listed)
    return found


def _only(module: ModuleType, source: str) -> object:
    """Return what a module without a name in it means: what it calls its strategy, all of its journeys, or its only class."""
    if hasattr(module, "STRATEGY"):
        return module.STRATEGY
    journeys, classes = _journeys(module), _classes(module)
    if journeys:
        return list({id(found): found for found in journeys.values()}.values())
    if len(classes) == 1:
        return next(iter(classes.values()))
    if classes:
        choices = ", ".join(f"{source}:{name}" for name in classes)
        raise UsageError(f"{source} has several strategies", hint=f"Say which one: {choices}.")
    raise UsageError(f"{source} has no strategy and no journey", hint=_WHAT_TO_WRITE)


def _journeys(module: ModuleType) -> dict[str, Journey]:
    return {name: found for name, found in vars(module).items() if isinstance(found, Journey)}


def _classes(module: ModuleType) -> dict[str, type[Any]]:
    """Return the strategies that a module defines itself; what it imports is somebody else's."""
    return {
        name: found
        for name, found in vars(module).items()
        if inspect.isclass(found)
        and is_strategy(found)
        and found.__module__ == module.__name__
        and not name.startswith("_")
    }


def _kind_of(found: object) -> str:
    if inspect.iscoroutinefunction(found):
        return "a function without @journey"
    if inspect.isclass(found):
        return "a class without next_step"
    return f"a {type(found).__name__}"
