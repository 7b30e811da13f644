"""Level 4: plays visitors against the site from one process, and measures."""

from trafficflou.engine.settings import EngineSettings, SubresourceSource
from trafficflou.engine.worker import Worker

__all__ = ["EngineSettings", "SubresourceSource", "Worker"]
