"""Level 3: strategies and workloads; pure decisions, no I/O, no sleeping."""

from trafficflou.traffic.strategy import Page, Step, Strategy, Visit

__all__ = ["Page", "Step", "Strategy", "Visit"]
