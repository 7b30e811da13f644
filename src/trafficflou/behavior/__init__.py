"""Level 1: sessions, learning, the traffic model, sampling from it and bending it."""

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
from trafficflou.behavior.template_map import TemplateMap
from trafficflou.behavior.visit_counts import expected_page_views
from trafficflou.behavior.what_if import (
    CompressTime,
    DeviceShare,
    Edit,
    ScaleVisitors,
    Spike,
    TemplateFactor,
    ThinkFactor,
    apply_edits,
    visitors_factor,
)

__all__ = [
    "EXIT",
    "MAX_THINK_S",
    "MODEL_SCHEMA",
    "THINK_QUANTILES",
    "Arrivals",
    "CompressTime",
    "DeviceMix",
    "DeviceShare",
    "Edit",
    "LearnOptions",
    "LearnReport",
    "Learner",
    "ModelSampler",
    "PathExample",
    "Provenance",
    "Reason",
    "ScaleVisitors",
    "Spike",
    "Subresource",
    "Template",
    "TemplateFactor",
    "TemplateMap",
    "ThinkFactor",
    "TrafficModel",
    "apply_edits",
    "expected_page_views",
    "load_model",
    "parse_model",
    "save_model",
    "visitors_factor",
]
