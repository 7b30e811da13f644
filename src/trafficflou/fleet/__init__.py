"""Level 5: splits a run over worker processes and hands their measurements on."""

from trafficflou.fleet.advising import Adviser
from trafficflou.fleet.channel import Channel
from trafficflou.fleet.coordinator import run_fleet
from trafficflou.fleet.plan import FleetPlan
from trafficflou.fleet.switching import Switchboard

__all__ = ["Adviser", "Channel", "FleetPlan", "Switchboard", "run_fleet"]
