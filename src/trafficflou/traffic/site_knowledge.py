"""What is known of a site before the first visitor comes: found by a short survey, or taken from a traffic model."""

from dataclasses import dataclass

__all__ = ["KnownPage", "SiteKnowledge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """A page that answered.

    Attributes:
        path: Path and query.
        title: Its title; empty where it was not looked at.
        status: Its HTTP status; 0 where it was not asked for.
        links: How many links lead to it on the pages that were looked at.
    """

    path: str
    title: str = ""
    status: int = 0
    links: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKnowledge:
    """A site, as far as it is known.

    Attributes:
        name: What it calls itself.
        entries: Paths at which sessions may begin, the front page first; never empty.
        pages: Pages that were looked at or are linked from those.
        listed: Paths that its sitemap lists.
        is_complete: The survey saw all that it wanted to see.
    """

    name: str = ""
    entries: tuple[str, ...] = ("/",)
    pages: tuple[KnownPage, ...] = ()
    listed: tuple[str, ...] = ()
    is_complete: bool = True
