"""What the coordinator tells every worker process: plain values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trafficflou.ai_models.athena.factory import AthenaSettings
from trafficflou.security import PermittedTarget
from trafficflou.traffic import SiteKnowledge, StrategySwitch

__all__ = ["FleetPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A run, ready to be split over worker processes.

    Attributes:
        target: Where to, resolved and permitted.
        model_json: The traffic model document; `None` where the run has none.
        strategy: Who plays, as people write it: one strategy or a blend.
        think_time: `model`, `none` or a factor such as `x0.5`.
        visitors: Visitors at once (closed workload); `None` where `arrivals` is set.
        arrivals: Session arrivals (partly-open workload), such as `10/s` or `model`; `None` where `visitors` is set.
        duration_s: How long new page views may begin.
        ramp_s: How long the workload takes to come to its level.
        seed: The run's seed.
        workers: Number of worker processes.
        run_id: Identifies the run in every request.
        wall_start_s: Seconds since the epoch at which the run counts as started (for arrivals by hour of day).
        ca_file: PEM file of certificate authorities to trust besides the system's.
        connect_timeout_s: Limit for the TCP and TLS handshakes.
        timeout_s: Limit from a request to the last byte of its response.
        max_body_bytes: Largest response taken.
        subresources: `auto`, `page`, `model` or `none`.
        log_file: Where the workers' logs go, if anywhere.
        population_json: The personas, as a document; `None` where nobody imagined any.
        site: What is known of the site.
        allow_forms: Purposes of forms that visitors may send.
        allow_destructive: Words that they may trigger although these destroy, end or cost something.
        switches: Who plays from some time on, in the order of time.
        strategy_settings: For each strategy that has such a setting and is not set otherwise, by field; `None` where nothing was said.
        athena: How the workers' own Athena is set up.
        asks_providers: Somebody but Athena may answer the workers' questions.
    """

    target: PermittedTarget
    model_json: str | None
    strategy: str
    think_time: str
    visitors: int | None
    arrivals: str | None
    duration_s: float
    ramp_s: float
    seed: int
    workers: int
    run_id: str
    wall_start_s: float
    ca_file: str | None = None
    connect_timeout_s: float = 10.0
    timeout_s: float = 30.0
    max_body_bytes: int = 64 * 1024 * 1024
    subresources: str = "auto"
    log_file: str | None = None
    population_json: str | None = None
    site: SiteKnowledge = field(default_factory=SiteKnowledge)
    allow_forms: tuple[str, ...] = ("search",)
    allow_destructive: tuple[str, ...] = ()
    switches: tuple[StrategySwitch, ...] = ()
    strategy_settings: Mapping[str, object] = field(default_factory=dict)
    athena: AthenaSettings = field(default_factory=AthenaSettings)
    asks_providers: bool = False
