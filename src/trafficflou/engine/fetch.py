"""One request of a page view."""

from trafficflou.http import Revalidate
from trafficflou.metrics import Series

__all__ = ["Fetch", "Subresources"]

Subresources = tuple[tuple[str, str], ...]
"""Path and kind of each file that a document names; what the cache keeps with a document."""


class Fetch:
    """One request of a page view, and what is known of it before the response."""

    __slots__ = (
        "held",
        "intended_at_ns",
        "is_document",
        "learned",
        "path",
        "queued",
        "redirects",
        "series",
        "wanted_at_ns",
    )

    def __init__(
        self,
        path: str,
        series: Series,
        intended_at_ns: int,
        wanted_at_ns: int,
        *,
        is_document: bool,
        learned: bool,
    ) -> None:
        self.path = path
        self.series = series
        self.intended_at_ns = intended_at_ns
        self.wanted_at_ns = wanted_at_ns
        self.is_document = is_document
        self.learned = learned  # the path comes from the model, not from the live site
        self.redirects = 0
        self.queued = False
        self.held: Revalidate[Subresources] | None = None  # the cached response that a 304 would confirm
