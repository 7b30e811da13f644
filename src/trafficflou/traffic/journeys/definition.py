"""What a journey is, and the decorator that makes one of a function."""

import inspect
import math
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, overload

from trafficflou.core import UsageError
from trafficflou.traffic.journeys.rows import Row, read_rows
from trafficflou.traffic.journeys.visitor import JourneyVisitor

__all__ = ["Journey", "Play", "journey"]

Play = Callable[[JourneyVisitor], Coroutine[Any, Any, None]]
"""What a visitor does: `async def buy(v): ...`."""

_DEVICES: Final = ("desktop", "mobile", "tablet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a visitor does from its first page to its last, and how many do it.

    Attributes:
        name: Under which it stands in the report.
        play: What a visitor does.
        summary: One sentence for lists.
        weight: How many visitors do it, beside the other journeys of the same file.
        devices: Share of `desktop`, `mobile` and `tablet` among them; need not add up to 1.
        think_s: Least and most seconds between two pages, unless the journey says so itself; `None` for none.
        rows: Of these each visitor gets one as `v.data`.
        uses_asyncio: It awaits other things than its visitor; each step is then made in a task, which is slower.
        reads_pages: It looks at pages; without, a visitor needs less time and memory, and cannot click.
    """

    name: str
    play: Play
    summary: str = ""
    weight: float = 1.0
    devices: tuple[tuple[str, float], ...] = (("desktop", 1.0),)
    think_s: tuple[float, float] | None = None
    rows: Sequence[Row] = ()
    uses_asyncio: bool = False
    reads_pages: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        if not (self.weight > 0 and math.isfinite(self.weight)):
            raise UsageError(f"the weight of the journey {self.name} is not above 0: {self.weight!r}")
        unknown = [device for device, share in self.devices if device not in _DEVICES or not share > 0]
        if unknown or not self.devices:
            raise UsageError(
                f"the device of the journey {self.name} cannot be used: {unknown or 'none is named'}",
                hint=f"Devices: {', '.join(_DEVICES)}, or their shares: {{'mobile': 0.7, 'desktop': 0.3}}.",
            )
        if self.think_s is not None and not 0 <= self.think_s[0] <= self.think_s[1] < math.inf:
            raise UsageError(
                f"the think time of the journey {self.name} is no range of seconds: {self.think_s!r}",
                hint="Write the least and the most: think=(2, 8).",
            )

    def __call__(self, visitor: JourneyVisitor) -> Coroutine[Any, Any, None]:
        """Play it inside another journey: `await browse(v)`."""
        return self.play(visitor)


@overload
def journey(play: Play, /) -> Journey: ...
@overload
def journey(
    *,
    name: str = "",
    weight: float = 1.0,
    device: str | Mapping[str, float] = "desktop",
    think: float | tuple[float, float] | None = None,
    data: str | Path | Sequence[Row] = (),
    uses_asyncio: bool = False,
    reads_pages: bool = True,
) -> Callable[[Play], Journey]: ...
def journey(
    play: Play | None = None,
    /,
    *,
    name: str = "",
    weight: float = 1.0,
    device: str | Mapping[str, float] = "desktop",
    think: float | tuple[float, float] | None = None,
    data: str | Path | Sequence[Row] = (),
    uses_asyncio: bool = False,
    reads_pages: bool = True,
) -> Journey | Callable[[Play], Journey]:
    """Make a journey of an async function that takes a visitor; with or without brackets.

    Args:
        play: The function, where there are no brackets.
        name: In the report; the function's where it is empty.
        weight: How many visitors do it, beside the other journeys of the file.
        device: `desktop`, `mobile`, `tablet`, or their shares.
        think: Seconds between two pages, or the least and the most; `v.think(...)` says it page by page.
        data: Rows, or a CSV, JSON or JSON Lines file beside this one; each visitor gets a row of it as `v.data`.
        uses_asyncio: It awaits other things than its visitor.
        reads_pages: It looks at pages.

    Raises:
        UsageError: The function or one of these cannot be used.
    """

    def decorate(function: Play) -> Journey:
        if not inspect.iscoroutinefunction(function):
            called = getattr(function, "__name__", "buy")
            raise UsageError(
                f"the journey {called} is no async function", hint=f"Write `async def {called}(v):`."
            )
        rows = data if not isinstance(data, str | Path) else read_rows(_folder_of(function) / data)
        return Journey(
            name=name or function.__name__,
            play=function,
            summary=(inspect.getdoc(function) or "").partition("\n")[0],
            weight=weight,
            devices=((device, 1.0),) if isinstance(device, str) else tuple(device.items()),
            think_s=(think, think) if isinstance(think, int | float) else think,
            rows=rows,
            uses_asyncio=uses_asyncio,
            reads_pages=reads_pages,
        )

    return decorate if play is None else decorate(play)


def _folder_of(function: Play) -> Path:
    module = sys.modules.get(function.__module__)
    return Path(getattr(module, "__file__", None) or "").parent
