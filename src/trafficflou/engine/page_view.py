"""A page view under way: what was asked for, and what is known of it so far."""

from typing import Final

from trafficflou.http import PageContent
from trafficflou.metrics import Series
from trafficflou.traffic import Page, PageReading, Step

__all__ = ["NO_DOCUMENT", "Document", "PageView", "Subresources"]

Subresources = tuple[tuple[str, str], ...]
"""Path and kind of each file that a document names."""


class Document:
    """What is kept of a document after it was read; the visitor's cache keeps it with the response.

    Attributes:
        subresources: What a browser fetches with it.
        content: What a person sees of it, where the strategy wants to know.
        body: Its decoded bytes, where the strategy wants them.
    """

    __slots__ = ("body", "content", "subresources")

    def __init__(
        self,
        subresources: Subresources = (),
        content: PageContent | None = None,
        body: bytes | None = None,
    ) -> None:
        self.subresources = subresources
        self.content = content
        self.body = body


NO_DOCUMENT: Final = Document()
"""Of a response that was not looked into."""


class PageView:
    """The state of one page view.

    Attributes:
        step: What the strategy wanted.
        series: Where it is measured.
        reading: How much of the document the strategy wants to see.
        intended_at_ns: When the click was due.
        outstanding: Requests that have not ended.
        status: HTTP status of the document; 0 before it came.
        failure: Why there is no usable document.
        final_path: Where redirects have led.
        document: What is known of the document.
        document_at_ns: When it was there.
    """

    __slots__ = (
        "document",
        "document_at_ns",
        "failure",
        "final_path",
        "intended_at_ns",
        "outstanding",
        "reading",
        "series",
        "status",
        "step",
    )

    def __init__(self, step: Step, series: Series, reading: PageReading, intended_at_ns: int) -> None:
        self.step = step
        self.series = series
        self.reading = reading
        self.intended_at_ns = intended_at_ns
        self.outstanding = 1
        self.status = 0
        self.failure = ""
        self.final_path = step.path
        self.document = NO_DOCUMENT
        self.document_at_ns = 0

    def ended(self, load_ns: int) -> Page:
        """Return what the strategy is told of it.

        Args:
            load_ns: From the intended start to now.
        """
        step, document = self.step, self.document
        return Page(
            step.path,
            step.template,
            self.status,
            load_ns / 1e9,
            self.final_path,
            self.failure,
            (self.document_at_ns - self.intended_at_ns) / 1e9 if self.document_at_ns else 0.0,
            document.content,
            document.body,
        )
