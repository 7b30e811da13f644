"""Level 1: sessions, learning, the traffic model and sampling from it."""

from trafficflou.behavior.clients import Reason
from trafficflou.behavior.learner import Learner, LearnOptions, LearnReport
from trafficflou.behavior.model import (
    EXIT,
    MODEL_SCHEMA,
    THINK_QUANTILES,
    Arrivals,
    DeviceMix,
    PathExample,
    Provenance,
    Subresource,
    Template,
    TrafficModel,
    load_model,
    parse_model,
    save_model,
)
from trafficflou.behavior.sampler import MAX_THINK_S, ModelSampler

__all__ = [
    "EXIT",
    "MAX_THINK_S",
    "MODEL_SCHEMA",
    "THINK_QUANTILES",
    "Arrivals",
    "DeviceMix",
    "LearnOptions",
    "LearnReport",
    "Learner",
    "ModelSampler",
    "PathExample",
    "Provenance",
    "Reason",
    "Subresource",
    "Template",
    "TrafficModel",
    "load_model",
    "parse_model",
    "save_model",
]
