"""Learning a traffic model from requests, one after the other, in bounded memory.

    request -> who sent it (clients) -> what it asks for (resources) -> sessions -> counters (tally) -> document (assembly)

Sessions without a single subresource are counted apart: whether their clients are headless, or the log just does not hold the site's
files because another server sends them, shows only at the end.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from trafficflou.behavior.assembly import assemble
from trafficflou.behavior.clients import Agent, Reason, classify_agent
from trafficflou.behavior.coverage import Coverage
from trafficflou.behavior.model import TrafficModel
from trafficflou.behavior.resources import Resource, Role, resource_of
from trafficflou.behavior.sessions import DEFAULT_SESSION_GAP_S, Hit, Session, Sessioniser
from trafficflou.behavior.tally import Tally
from trafficflou.core import EvidenceError, UsageError

__all__ = ["DEFAULT_K_ANONYMITY", "KEEPABLE", "LearnOptions", "LearnReport", "Learner"]

DEFAULT_K_ANONYMITY: Final = 5
KEEPABLE: Final = (Reason.BOTS, Reason.HEALTH_CHECKS, Reason.SCANNERS, Reason.SYNTHETIC, Reason.NO_ASSETS)
"""What is left out unless asked for."""

_MAX_K: Final = 1000
_MAX_GAP_S: Final = 24 * 3600.0
_LEAST_ASSET_SHARE: Final = 0.05
_VISITORS_REMEMBERED: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOptions:
    """How to learn.

    Raises:
        UsageError: A value is out of its range.
    """

    name: str = ""
    session_gap_s: float = DEFAULT_SESSION_GAP_S
    """So long without a request ends a session, seconds; 1 second to 24 hours."""
    k_anonymity: int = DEFAULT_K_ANONYMITY
    """Visitors that a path needs to be named; 1 to 1000."""
    keep: frozenset[Reason] = frozenset()
    """Which of `KEEPABLE` to learn all the same."""

    def __post_init__(self) -> None:
        if not 1 <= self.k_anonymity <= _MAX_K:
            raise UsageError(f"a k-anonymity of {self.k_anonymity} is not possible; choose 1 to {_MAX_K}")
        if not 1 <= self.session_gap_s <= _MAX_GAP_S:
            raise UsageError(f"a session gap of {self.session_gap_s:g} s is not possible; choose 1s to 24h")
        if not self.keep <= set(KEEPABLE):
            raise UsageError(f"what may be kept is {', '.join(KEEPABLE)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnReport:
    """What was done on the way to the model; the counts that belong to it are in its provenance."""

    requests: int
    other_requests: int
    """Of the visitors learned from: neither page views nor subresources (forms, redirects, errors, feeds)."""
    covered_h: float
    """Hours of the log that have lines."""
    merged_templates: int
    dropped_templates: int
    dropped_page_views: int
    withheld_paths: int
    notes: tuple[str, ...]
    """Sentences on what is unusual about this log."""


class Learner:
    """Takes requests with `add`, makes the model with `finish`; used once."""

    def __init__(self, options: LearnOptions) -> None:
        """Start with nothing learned."""
        self._options = options
        self._keep = options.keep
        self._sessioniser = Sessioniser(self._take, gap_s=options.session_gap_s)
        self._coverage = Coverage()
        self._with_files = Tally(options.k_anonymity)
        self._without_files = Tally(options.k_anonymity)
        self._skipped: Counter[Reason] = Counter()
        self._requests = 0
        self._synthetic_sessions = 0
        self._robots: dict[int, None] = {}
        self._browsers: dict[int, None] = {}
        self._notes: list[str] = []

    def add(self, hit: Hit) -> None:
        """Take one request; out of order by less than the session gap at most."""
        self._requests += 1
        self._coverage.add(hit.at_s, hit.utc_offset_s)
        agent = classify_agent(hit.agent)
        if agent.reason is not None and agent.reason not in self._keep:
            self._skipped[agent.reason] += 1
            return
        if not hit.method:
            self._skipped[Reason.MALFORMED] += 1
            return
        resource = resource_of(hit.target)
        if resource.role is Role.HEALTH:
            if Reason.HEALTH_CHECKS not in self._keep:
                self._skipped[Reason.HEALTH_CHECKS] += 1
                return
            resource = Resource(resource.path, Role.PAGE)
        self._sessioniser.add(hit, resource, agent)

    def finish(self, *, lines: int, unparsed_lines: int) -> tuple[TrafficModel, LearnReport]:
        """Make the model.

        Args:
            lines: Lines of evidence read, for the provenance.
            unparsed_lines: Those that were not understood.

        Raises:
            EvidenceError: Nothing remains to learn from, or nothing may be named; the hint says which rule to relax.
        """
        self._sessioniser.end_all()
        tally = self._choose()
        if not tally.sessions:
            raise self._nothing_left()
        skipped = {reason.value: count for reason, count in self._skipped.items() if count}
        sessions, page_views = tally.sessions, tally.page_views
        assembly = assemble(
            tally,
            self._coverage,
            k_anonymity=self._options.k_anonymity,
            name=self._options.name,
            kind="synthetic-log" if 2 * self._synthetic_sessions > sessions else "access-log",
            lines=lines,
            unparsed_lines=unparsed_lines,
            skipped=skipped,
        )
        if assembly is None:
            raise self._too_few(sessions)
        self._note_limits(tally)
        report = LearnReport(
            requests=self._requests,
            other_requests=max(tally.requests - page_views - tally.subresources, 0),
            covered_h=self._coverage.covered_h,
            merged_templates=assembly.merged_templates,
            dropped_templates=assembly.dropped_templates,
            dropped_page_views=assembly.dropped_page_views + tally.lost_page_views,
            withheld_paths=assembly.withheld_paths,
            notes=tuple(self._notes),
        )
        return assembly.model, report

    def _take(self, session: Session) -> None:
        """Judge an ended session and count it."""
        visitor = session.visitor()
        if session.reads_robots:
            _remember(self._robots, visitor)
        reason = session.reason()
        if reason is None and visitor in self._robots:
            reason = Reason.BOTS
        if reason in self._keep:
            reason = None if session.page_views else Reason.NO_PAGE_VIEWS
        if reason is not None:
            self._skipped[reason] += session.requests
            return
        self._synthetic_sessions += session.agent.reason is Reason.SYNTHETIC
        if session.subresources:
            _remember(self._browsers, visitor)
        # A browser with a warm cache fetches nothing on its second visit: what it did before counts for it.
        if session.subresources or visitor in self._browsers or self._is_exempt(session.agent):
            self._with_files.add(session)
        else:
            self._without_files.add(session)

    def _is_exempt(self, agent: Agent) -> bool:
        """Machines that are kept on request need not behave like browsers."""
        return agent.reason is not None or Reason.NO_ASSETS in self._keep

    def _choose(self) -> Tally:
        """Decide on the sessions without subresources, now that all are counted."""
        tally, doubtful = self._with_files, self._without_files
        total = tally.sessions + doubtful.sessions
        if doubtful.sessions and tally.sessions < _LEAST_ASSET_SHARE * total:
            self._notes.append(
                f"Only {tally.sessions:,} of {total:,} sessions fetched a stylesheet, script or image, so the files seem to come from "
                "another server: sessions without any are learned too."
            )
            tally.absorb(doubtful)
        else:
            self._skipped[Reason.NO_ASSETS] += doubtful.requests
        return tally

    def _note_limits(self, tally: Tally) -> None:
        if tally.compactions:
            self._notes.append(
                "The site has so many pages that rarely viewed ones were counted by template only."
            )
        if self._sessioniser.ended_early:
            self._notes.append(
                f"{self._sessioniser.ended_early:,} sessions were ended early because too many were open at once."
            )
        if self._sessioniser.time_jumps:
            self._notes.append(
                f"The log time fell back {self._sessioniser.time_jumps:,} times by more than the session gap; visits were "
                "cut there. Name the logs one by one, not put together."
            )
        if not tally.think:
            self._notes.append(
                "No session has a second page view, so the think times are assumed, not learned."
            )

    def _nothing_left(self) -> EvidenceError:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in self._skipped.most_common() if count)
        keepable = [reason for reason, count in self._skipped.most_common() if count and reason in KEEPABLE]
        return EvidenceError(
            f"nothing to learn from: all {self._requests:,} requests were left out ({counts or 'no request'})",
            hint=f"Learn them all the same with `--keep {keepable[0]}`." if keepable else "",
        )

    def _too_few(self, sessions: int) -> EvidenceError:
        k = self._options.k_anonymity
        return EvidenceError(
            f"the log is too small: no page was viewed by {k} different visitors (sessions in all: {sessions:,}), and pages seen by "
            "fewer are not named in a model, to protect them",
            hint="Learn from more log, or, if the visitors are your own, name every page with `--k-anonymity 1`.",
        )


def _remember(visitors: dict[int, None], visitor: int) -> None:
    visitors[visitor] = None
    if len(visitors) > _VISITORS_REMEMBERED:
        del visitors[next(iter(visitors))]
