"""What a site asks of programs that look around: `robots.txt` (RFC 9309).

The longest rule that matches decides, and of two as long as one another the one that allows. `*` in a rule stands for anything, `$` at
its end for the end of the path. The file comes from the site, so its length, its rules and their lengths are bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

__all__ = ["MAX_ROBOTS_BYTES", "RobotsRules"]

MAX_ROBOTS_BYTES: Final = 500 * 1024
"""What is read of a file: RFC 9309, section 2.5, asks for that much at least."""

_MAX_RULES: Final = 500
_MAX_NAMES: Final = 50
_MAX_RULE_CHARS: Final = 500
_MAX_SITEMAPS: Final = 20
_MAX_SITEMAP_CHARS: Final = 2048
_ANY_AGENT: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """The rules for one program.

    Attributes:
        rules: Patterns of paths and whether they allow, in the order of the file.
        sitemaps: The addresses of sitemaps that the file names, for anybody.
    """

    rules: tuple[tuple[str, bool], ...] = ()
    sitemaps: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, agent: str) -> Self:
        """Read a file; lines that mean nothing are passed over, as the RFC wants it.

        Args:
            text: The file; what is longer than `MAX_ROBOTS_BYTES` characters is cut.
            agent: The program's product token. Its own group counts, or else the one for everybody.
        """
        groups: dict[str, list[tuple[str, bool]]] = {}
        sitemaps: list[str] = []
        names: list[str] = []
        is_naming = False
        for key, value in _lines(text[:MAX_ROBOTS_BYTES]):
            if key == "user-agent":
                names = [*names[-_MAX_NAMES:], _product(value)] if is_naming else [_product(value)]
            elif key in {"allow", "disallow"}:
                for name in names:
                    _add_rule(groups.setdefault(name, []), value, allows=key == "allow")
            elif key == "sitemap" and len(sitemaps) < _MAX_SITEMAPS and 0 < len(value) <= _MAX_SITEMAP_CHARS:
                sitemaps.append(value)
            is_naming = key == "user-agent" or (is_naming and key not in {"allow", "disallow"})
        rules = groups.get(agent.lower(), groups.get(_ANY_AGENT, []))
        return cls(rules=tuple(rules), sitemaps=tuple(sitemaps))

    @classmethod
    def refusing(cls) -> Self:
        """Return the rules of a site whose file cannot be had for the site's own fault (RFC 9309, section 2.3.1.4)."""
        return cls(rules=(("/", False),))

    def allows(self, path: str) -> bool:
        """Whether the site lets the program ask for a path (with its query)."""
        best, is_allowed = -1, True
        for pattern, allows in self.rules:
            length = len(pattern)
            if length < best or (length == best and not allows) or not _matches(pattern, path):
                continue
            best, is_allowed = length, allows
        return is_allowed


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _product(value: str) -> str:
    """Return the product token that a group is for, without a version."""
    words = value.lower().partition("/")[0].split()
    return words[0] if words else ""


def _add_rule(rules: list[tuple[str, bool]], pattern: str, *, allows: bool) -> None:
    """Add a rule; an empty one refuses nothing, and one that is no path means nothing."""
    if len(rules) < _MAX_RULES and len(pattern) <= _MAX_RULE_CHARS and pattern.startswith(("/", "*")):
        rules.append((pattern, allows))


def _matches(pattern: str, path: str) -> bool:
    """Match a pattern from the beginning of a path, each piece at its first place: that is enough, and takes no second try."""
    is_anchored = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not pieces:
        return not is_anchored or at == len(path)
    *middle, last = pieces
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if is_anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0
