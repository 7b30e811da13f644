"""Which of an image's alternatives a desktop browser would fetch (HTML standard, "selecting an image source").

One stand-in screen decides, 1,280 pixels wide with one pixel a dot; `sizes` is not read, because it needs the page's layout.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

__all__ = ["choose_candidate", "media_matches"]

_WANTED_IMAGE_WIDTH: Final = 1000
_VIEWPORT_WIDTH_PX: Final = 1280
_MOST_CANDIDATES: Final = 64
_CANDIDATE_URL: Final = re.compile(r"[\s,]*+([^\s,]\S*+)")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_MEDIA_WIDTH: Final = re.compile(r"\((min|max)-width\s*:\s*(\d{1,6})(?:\.\d+)?px\s*\)")


def choose_candidate(srcset: str, src: str) -> str:
    """Choose as a desktop browser with one pixel a dot would: 1x, or the smallest that is 1,000 pixels wide."""
    if not srcset:
        return src
    widths: list[tuple[float, str]] = []
    densities: list[tuple[float, str]] = []
    for url, descriptor in islice(_candidates(srcset), _MOST_CANDIDATES):
        number = _number(descriptor[:-1])
        if descriptor.endswith("w") and number is not None:
            widths.append((number, url))
        elif not descriptor or (descriptor.endswith("x") and number is not None):
            densities.append((number if number is not None else 1.0, url))
    if widths:
        return _smallest_from(widths, _WANTED_IMAGE_WIDTH)
    if src:
        densities.append((1.0, src))
    return _smallest_from(densities, 1.0) if densities else ""


def _candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """Split a `srcset` (HTML standard, "parse a srcset attribute"); an address may itself contain commas."""
    position = 0
    while match := _CANDIDATE_URL.match(srcset, position):
        position = match.end()
        url = match[1]
        if url.endswith(","):
            yield url.rstrip(","), ""
            continue
        end = srcset.find(",", position)
        end = len(srcset) if end < 0 else end
        yield url, srcset[position:end].strip()
        position = end


def _smallest_from(options: list[tuple[float, str]], wanted: float) -> str:
    """Take the smallest option that is enough, else the largest; the first among equals."""
    enough = [option for option in options if option[0] >= wanted]
    if enough:
        return min(enough, key=_size)[1]
    return max(options, key=_size)[1]


def _size(option: tuple[float, str]) -> float:
    return option[0]


def _number(text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text) else None


def media_matches(media: str) -> bool:
    """Judge a media query by its widths in pixels; what cannot be judged is taken as not matching."""
    query = media.strip().lower()
    if query in {"", "all", "screen"}:
        return True
    widths = _MEDIA_WIDTH.findall(query)
    if not widths or "not" in query or "print" in query or "," in query:
        return False
    return all(
        int(px) <= _VIEWPORT_WIDTH_PX if edge == "min" else int(px) >= _VIEWPORT_WIDTH_PX
        for edge, px in widths
    )
