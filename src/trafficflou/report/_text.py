"""Text from outside, made harmless for people's eyes: template names, paths, error texts and targets are untrusted.

HTML escaping and Rich markup are the renderer's business. This module deals with what survives both: control characters
that steer a terminal, and bidirectional marks that make a line read differently from what it says.
"""

import unicodedata
from typing import Final

__all__ = ["visible"]

# Cc control, Cf format (bidirectional marks, zero-width), Cs surrogate, Zl and Zp line and paragraph separators.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MAX_CHARS: Final = 400


def visible(text: object, max_chars: int = _MAX_CHARS) -> str:
    r"""Return `text` on one line, with every character that cannot be seen written as its escape (`\x1b`, `\u202e`).

    Args:
        text: Anything; it is converted with `str`.
        max_chars: Longer text is cut and ends in `…`.
    """
    raw = str(text)
    cut = raw[:max_chars] + "…" if len(raw) > max_chars + 1 else raw
    return "".join(_escape(char) if unicodedata.category(char) in _INVISIBLE else char for char in cut)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
