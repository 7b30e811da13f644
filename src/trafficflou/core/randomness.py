"""Chance as an argument: every random stream of a run is derived from its one seed.

A stream is named by what it is for and for whom, so visitor *i* makes the same choices on 1 worker or 50, and
adding a new consumer of chance does not shift the others.
"""

import hashlib
from random import Random

__all__ = ["derive_rng"]


def derive_rng(seed: int, *name: str | int) -> Random:
    """Make the random stream of one consumer.

    Args:
        seed: The run's seed.
        name: What the stream is for, most general first: `("visitor", 17)`, `("arrivals",)`.

    Returns:
        A generator that depends on nothing but the arguments (also across Python versions and machines).
    """
    text = "\x1f".join((str(seed), *map(str, name)))
    return Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big"))
