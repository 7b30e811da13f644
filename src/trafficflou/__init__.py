"""TrafficFlou: realistic synthetic visitors for web sites whose owners agreed to receive them.

    summary = await trafficflou.run(target="http://127.0.0.1:8080", model="model.json", visitors=50, duration="30s")

What is named here is imported when it is first used, so `import trafficflou` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from trafficflou._version import __version__

if TYPE_CHECKING:
    from trafficflou.api import learn, run
    from trafficflou.behavior import TrafficModel, load_model, save_model
    from trafficflou.control.commands import AbortRun, RunControl, StopRun, SwitchStrategy
    from trafficflou.core import TrafficFlouError
    from trafficflou.metrics import Journal, LiveFigures, RunInfo, RunObserver, Summary
    from trafficflou.traffic import Page, PageReading, Step, StrategyContext
    from trafficflou.traffic.journeys import (
        Journey,
        JourneyError,
        JourneyPage,
        JourneyVisitor,
        journey,
        read_rows,
    )

__all__ = [
    "AbortRun",
    "Journal",
    "Journey",
    "JourneyError",
    "JourneyPage",
    "JourneyVisitor",
    "LiveFigures",
    "Page",
    "PageReading",
    "RunControl",
    "RunInfo",
    "RunObserver",
    "Step",
    "StopRun",
    "StrategyContext",
    "Summary",
    "SwitchStrategy",
    "TrafficFlouError",
    "TrafficModel",
    "__version__",
    "journey",
    "learn",
    "load_model",
    "read_rows",
    "run",
    "save_model",
]

_HOMES = {
    "AbortRun": "trafficflou.control.commands",
    "Journal": "trafficflou.metrics",
    "Journey": "trafficflou.traffic.journeys",
    "JourneyError": "trafficflou.traffic.journeys",
    "JourneyPage": "trafficflou.traffic.journeys",
    "JourneyVisitor": "trafficflou.traffic.journeys",
    "LiveFigures": "trafficflou.metrics",
    "Page": "trafficflou.traffic",
    "PageReading": "trafficflou.traffic",
    "RunControl": "trafficflou.control.commands",
    "RunInfo": "trafficflou.metrics",
    "RunObserver": "trafficflou.metrics",
    "Step": "trafficflou.traffic",
    "StopRun": "trafficflou.control.commands",
    "StrategyContext": "trafficflou.traffic",
    "Summary": "trafficflou.metrics",
    "SwitchStrategy": "trafficflou.control.commands",
    "TrafficFlouError": "trafficflou.core",
    "TrafficModel": "trafficflou.behavior",
    "journey": "trafficflou.traffic.journeys",
    "learn": "trafficflou.api",
    "load_model": "trafficflou.behavior",
    "read_rows": "trafficflou.traffic.journeys",
    "run": "trafficflou.api",
    "save_model": "trafficflou.behavior",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
