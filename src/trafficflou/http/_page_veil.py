"""Who sees what is inside of an element. Several of these can hold at once, so each is a bit."""

from typing import Final

__all__ = ["HIDDEN", "SEEN_ONLY", "SPOKEN_ONLY", "STRUCK", "UNPRICED", "UNREACHABLE"]

HIDDEN: Final = 1
"""Nobody sees it."""

SEEN_ONLY: Final = 2
"""`aria-hidden`: it may be seen, but it repeats what stands elsewhere, is a picture made of letters, or a dialog that waits."""

SPOKEN_ONLY: Final = 4
"""For screen readers; on the screen it is not seen."""

STRUCK: Final = 8
"""Crossed out."""

UNREACHABLE: Final = HIDDEN | SEEN_ONLY | SPOKEN_ONLY
"""What is there is not offered to be clicked."""

UNPRICED: Final = SPOKEN_ONLY | STRUCK
"""Prices that are there do not count."""
