"""Level 0: errors, clocks, chance and units; the standard library only."""

from trafficflou.core.clock import Clock, SystemClock
from trafficflou.core.errors import (
    ConfigError,
    EvidenceError,
    ExitCode,
    FleetError,
    GrantError,
    InternalError,
    ModelError,
    ProviderError,
    ProviderFault,
    Severity,
    StoreError,
    TargetError,
    TrafficFlouError,
    UsageError,
)
from trafficflou.core.randomness import derive_rng

__all__ = [
    "Clock",
    "ConfigError",
    "EvidenceError",
    "ExitCode",
    "FleetError",
    "GrantError",
    "InternalError",
    "ModelError",
    "ProviderError",
    "ProviderFault",
    "Severity",
    "StoreError",
    "SystemClock",
    "TargetError",
    "TrafficFlouError",
    "UsageError",
    "derive_rng",
]
