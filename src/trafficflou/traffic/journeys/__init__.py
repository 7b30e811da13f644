"""Hand-written journeys: `@journey async def buy(v): ...`, the same in YAML, and recordings of a browser."""

from trafficflou.traffic.journeys.definition import Journey, journey
from trafficflou.traffic.journeys.kind import JourneyKind
from trafficflou.traffic.journeys.mistake import JourneyError
from trafficflou.traffic.journeys.page import JourneyPage
from trafficflou.traffic.journeys.play import JourneyStrategy
from trafficflou.traffic.journeys.rows import read_rows
from trafficflou.traffic.journeys.visitor import JourneyVisitor

__all__ = [
    "Journey",
    "JourneyError",
    "JourneyKind",
    "JourneyPage",
    "JourneyStrategy",
    "JourneyVisitor",
    "journey",
    "read_rows",
]
