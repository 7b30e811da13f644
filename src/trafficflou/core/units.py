"""Quantities as people write them: `60s`, `10/s`, `1%`, `2MB`. Every quantity carries its unit.

Each parser raises `ValueError` with a sentence that shows valid forms; callers add where the text came from.
"""

import math
import re

__all__ = [
    "format_bytes",
    "format_count",
    "format_duration",
    "format_share",
    "parse_duration_s",
    "parse_rate_rps",
    "parse_share",
    "parse_size_bytes",
]

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|s|m|h|d)")
_SECONDS_PER = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m|min|h|d)")
_PER_SECOND = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(B|kB|KB|MB|GB|KiB|MiB|GiB)", re.IGNORECASE)
_BYTES_PER = {"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def parse_duration_s(text: str) -> float:
    """Read a duration such as `60s`, `1m30s`, `250ms`, `2h`.

    Returns:
        Seconds, >= 0, finite.

    Raises:
        ValueError: The text is not a duration; a bare number is refused because its unit is missing.
    """
    compact = text.strip().replace(" ", "")
    parts = _DURATION_PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f"{text!r} is not a duration; write it with a unit, such as 30s, 1m30s or 250ms")
    return math.fsum(float(number) * _SECONDS_PER[unit] for number, unit in parts)


def parse_rate_rps(text: str) -> float:
    """Read a rate such as `10/s`, `600/min`, `5000/h`.

    Returns:
        Events per second, > 0.

    Raises:
        ValueError: The text is not a rate, or the rate is zero.
    """
    match = _RATE.fullmatch(text.strip().replace(" ", ""))
    if match is None:
        raise ValueError(
            f"{text!r} is not a rate; write it per unit of time, such as 10/s, 600/min or 5000/h"
        )
    rate_rps = float(match[1]) / _PER_SECOND[match[2]]
    if rate_rps <= 0:
        raise ValueError(f"{text!r} is zero; a rate must be above 0, such as 10/s")
    return rate_rps


def parse_share(text: str) -> float:
    """Read a share such as `1%` or `0.01`.

    Returns:
        A fraction, 0..1.

    Raises:
        ValueError: The text is neither, or lies outside 0..1.
    """
    stripped = text.strip()
    match = _PERCENT.fullmatch(stripped)
    try:
        share = float(match[1]) / 100 if match else float(stripped)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} is not a share; write a percentage such as 1% or a fraction such as 0.01")
    return share


def parse_size_bytes(text: str) -> int:
    """Read a size such as `512KiB`, `10MB`.

    Returns:
        Bytes, >= 0.

    Raises:
        ValueError: The text is not a size; a bare number is refused because its unit is missing.
    """
    match = _SIZE.fullmatch(text.strip().replace(" ", ""))
    if match is None:
        raise ValueError(f"{text!r} is not a size; write it with a unit, such as 512KiB or 10MB")
    return round(float(match[1]) * _BYTES_PER[match[2].lower()])


def format_duration(seconds: float) -> str:
    """Write a duration for people: `340 µs`, `12.5 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`."""
    # The limits are those of rounding to three digits: no "1000 ms", no "60 s".
    if seconds < 0.0009995:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s:02d} s"
    hours, rest_min = divmod(minutes, 60)
    return f"{hours} h {rest_min:02d} min"


def format_bytes(size: float) -> str:
    """Write a size for people, decimal units: `999 B`, `12.3 kB`, `4.50 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def format_count(number: float) -> str:
    """Write a count for people, thousands apart: `12,345`."""
    return f"{number:,.0f}"


def format_share(share: float) -> str:
    """Write a fraction as a percentage: `0 %`, `0.12 %`, `12.3 %`."""
    return "0 %" if share == 0 else f"{share * 100:.3g} %"
