"""How long visitors think between page views, relative to what was learned: `model`, `none` or a factor such as `x0.5`."""

import re
from dataclasses import dataclass
from typing import Final, Self

__all__ = ["ThinkTime"]

MAX_FACTOR: Final = 100.0
_FACTOR: Final = re.compile(r"x(\d{1,9}(?:\.\d{1,9})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkTime:
    """A setting of think time.

    Attributes:
        factor: What a learned think time is multiplied by; 1 for `model`, 0 for `none`.
    """

    factor: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `model`, `none` or a factor such as `x0.5`.

        Raises:
            ValueError: It is none of these, or the factor is not above 0 and at most `MAX_FACTOR`.
        """
        known = {"model": 1.0, "none": 0.0}
        if text in known:
            return cls(factor=known[text])
        match = _FACTOR.fullmatch(text)
        if match is None or not 0 < float(match[1]) <= MAX_FACTOR:
            raise ValueError(
                f"{text!r} is not a think time; write model (as learned), none, "
                f"or a factor above x0 and up to x{MAX_FACTOR:g} such as x0.5"
            )
        return cls(factor=float(match[1]))

    def __str__(self) -> str:
        return {1.0: "model", 0.0: "none"}.get(self.factor, f"x{self.factor:g}")
