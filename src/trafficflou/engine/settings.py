"""What the engine needs to know of a run; plain values that cross to worker processes."""

from dataclasses import dataclass
from enum import StrEnum

from trafficflou.http import Origin

__all__ = ["EngineSettings", "SubresourceSource"]


class SubresourceSource(StrEnum):
    """Where a page view's subresources come from.

    `PAGE` fetches what the live document names, as a browser does. `MODEL` fetches what the log saw with the template.
    `AUTO` does the first and adds what only the log knows (a stylesheet's fonts, a script's data). `NONE` fetches documents only.
    """

    AUTO = "auto"
    PAGE = "page"
    MODEL = "model"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Settings of every worker of a run.

    Attributes:
        origin: The target's scheme, name and port.
        addresses: Its resolved addresses, all permitted; connections go nowhere else.
        ca_file: PEM file of certificate authorities to trust besides the system's, for HTTPS.
        run_id: Identifies the run in every request.
        seed: The run's seed.
        duration_s: How long new page views may begin.
        drain_s: How long page views under way may take to end after that.
        connect_timeout_s: Limit for the TCP and TLS handshakes of a connection.
        timeout_s: Limit from a request to the last byte of its response.
        max_body_bytes: Largest response taken, head included.
        subresources: Where subresources come from.
    """

    origin: Origin
    addresses: tuple[str, ...]
    run_id: str
    seed: int
    duration_s: float
    ca_file: str | None = None
    drain_s: float = 10.0
    connect_timeout_s: float = 10.0
    timeout_s: float = 30.0
    max_body_bytes: int = 64 * 1024 * 1024
    subresources: SubresourceSource = SubresourceSource.AUTO
