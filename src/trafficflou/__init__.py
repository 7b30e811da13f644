"""TrafficFlou: realistic synthetic visitors for web sites whose owners agreed to receive them."""

from trafficflou._version import __version__

__all__ = ["__version__"]
