"""One request of a page view."""

from trafficflou.engine.page_view import Document
from trafficflou.http import Revalidate
from trafficflou.metrics import Series
from trafficflou.traffic import Step

__all__ = ["Fetch"]


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
        "sent_with",
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
        sent_with: Step | None = None,
    ) -> None:
        self.path = path
        self.series = series
        self.intended_at_ns = intended_at_ns
        self.wanted_at_ns = wanted_at_ns
        self.is_document = is_document
        self.learned = learned  # the path comes from the model, not from the live site
        self.redirects = 0
        self.queued = False
        self.sent_with = (
            sent_with  # the step whose method, body and headers the request takes; None for a plain GET
        )
        self.held: Revalidate[Document] | None = None  # the cached response that a 304 would confirm
