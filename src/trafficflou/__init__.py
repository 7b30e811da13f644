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
    from trafficflou.core import TrafficFlouError
    from trafficflou.metrics import LiveFigures, RunInfo, RunObserver, Summary

__all__ = [
    "LiveFigures",
    "RunInfo",
    "RunObserver",
    "Summary",
    "TrafficFlouError",
    "TrafficModel",
    "__version__",
    "learn",
    "load_model",
    "run",
    "save_model",
]

_HOMES = {
    "LiveFigures": "trafficflou.metrics",
    "RunInfo": "trafficflou.metrics",
    "RunObserver": "trafficflou.metrics",
    "Summary": "trafficflou.metrics",
    "TrafficFlouError": "trafficflou.core",
    "TrafficModel": "trafficflou.behavior",
    "learn": "trafficflou.api",
    "load_model": "trafficflou.behavior",
    "run": "trafficflou.api",
    "save_model": "trafficflou.behavior",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
