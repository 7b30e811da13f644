"""A site on paper: documents by path, which strategies walk through without any network."""

import json
from collections.abc import Mapping
from typing import Any, Final

from trafficflou.core import derive_rng
from trafficflou.http import Origin, read_page
from trafficflou.traffic import Page, Step, StrategyContext

__all__ = ["ORIGIN", "Document", "PaperSite", "context"]

ORIGIN: Final = Origin.parse("http://127.0.0.1:8080")


Document = str | tuple[int, str] | dict[str, Any]
"""HTML, a status with HTML, or what is written as JSON."""


class PaperSite:
    """Answers steps, and keeps them.

    Attributes:
        steps: All that were asked for, of all visitors.
    """

    def __init__(self, documents: Mapping[str, Document]) -> None:
        """Take documents by path without query; others are not found."""
        self._documents = documents
        self.steps: list[Step] = []

    def answer(self, step: Step) -> Page:
        """Return the page of a step."""
        self.steps.append(step)
        found = self._documents.get(step.path.partition("?")[0], (404, "<title>Not here</title>"))
        status, document = found if isinstance(found, tuple) else (200, found)
        if isinstance(document, dict):
            return Page(step.path, step.template, status, 0.1, body=json.dumps(document).encode())
        body = document.encode()
        content = read_page(body, path=step.path, origin=ORIGIN)
        return Page(step.path, step.template, status, 0.1, content=content, body=body)

    def walk(self, strategy: Any, *, visitor: int = 0, seed: int = 7, most: int = 100) -> list[Step]:
        """Let one visitor walk to its end; returns its steps."""
        visit = strategy.begin(derive_rng(seed, "visitor", visitor))
        taken: list[Step] = []
        step = strategy.next_step(visit, None)
        while step is not None and len(taken) < most:
            taken.append(step)
            step = strategy.next_step(visit, self.answer(step))
        return taken


def context(label: str = "shop.py", **given: Any) -> StrategyContext:
    """Make what a run gives."""
    return StrategyContext(label=label, **given)
