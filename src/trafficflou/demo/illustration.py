"""Pictures of the products, drawn by code: no binary files in the tree, and the same bytes on every machine.

Each category has a motif of a few shapes; a product's own generator varies colours, patterns and details. Cards come
to about 6 kB and large pictures to about 10 kB, as small photographs would at this size.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from trafficflou.core import derive_rng
from trafficflou.demo.goods import SEED

__all__ = ["draw_hero", "draw_icon", "draw_product"]


@dataclass(frozen=True, slots=True)
class _Ink:
    """The colours of one picture, as CSS colours from light to dark."""

    pale: str
    soft: str
    main: str
    deep: str
    dark: str


def _ink(hue: float, rng: Random) -> _Ink:
    hue = (hue + rng.uniform(-14, 14)) % 360
    other = (hue + rng.choice((24, -28, 160))) % 360
    return _Ink(
        f"hsl({hue:.0f} 42% 93%)",
        f"hsl({other:.0f} 38% 82%)",
        f"hsl({hue:.0f} 46% 58%)",
        f"hsl({hue:.0f} 44% 42%)",
        f"hsl({hue:.0f} 32% 24%)",
    )


def _lamp(ink: _Ink, rng: Random) -> str:
    tilt = rng.randint(-12, 12)
    return (
        f'<ellipse cx="200" cy="316" rx="62" ry="11" fill="{ink.dark}"/>'
        f'<path d="M196 312V170h8v142z" fill="{ink.deep}"/>'
        f'<g transform="rotate({tilt} 200 160)"><path d="M158 96h84l38 84H120z" fill="{ink.main}"/>'
        f'<path d="M158 96h30l-24 84h-44z" fill="{ink.deep}" opacity=".35"/>'
        f'<path d="M120 180h160l60 130H60z" fill="#fff6d8" opacity=".45"/></g>'
    )


def _mug(ink: _Ink, rng: Random) -> str:
    band = rng.randint(190, 250)
    return (
        f'<path d="M262 176c62-8 66 92-6 92v-18c40 0 38-58 4-54z" fill="{ink.deep}"/>'
        f'<path d="M124 140h144l-10 150q-4 26-30 26h-64q-26 0-30-26z" fill="{ink.main}"/>'
        f'<ellipse cx="196" cy="140" rx="72" ry="15" fill="{ink.dark}"/>'
        f'<path d="M127 {band}h138l-2 22H129z" fill="{ink.pale}" opacity=".8"/>'
        f'<path d="M170 112c-12-18 14-24 2-44M206 112c-12-18 14-24 2-44" fill="none" stroke="{ink.deep}" stroke-width="4" opacity=".4"/>'
    )


def _chair(ink: _Ink, rng: Random) -> str:
    slats = rng.randint(2, 5)
    bars = "".join(
        f'<rect x="140" y="{96 + index * (86 // slats)}" width="120" height="{52 // slats}" rx="5" fill="{ink.main}"/>'
        for index in range(slats)
    )
    return (
        f'<path d="M132 84h12v238h-12zM256 84h12v238h-12z" fill="{ink.deep}"/>{bars}'
        f'<path d="M120 204h160l16 34H104z" fill="{ink.main}"/><path d="M104 238h192v12H104z" fill="{ink.dark}"/>'
        f'<path d="M110 250h12l-8 76h-10zM278 250h12l8 76h-10z" fill="{ink.deep}"/>'
    )


def _cushion(ink: _Ink, rng: Random) -> str:
    step = rng.choice((18, 22, 28))
    stripes = "".join(
        f'<path d="M{118 + offset} 116q10 86 0 172" fill="none" stroke="{ink.pale}" stroke-width="{rng.randint(2, 8)}"/>'
        for offset in range(0, 166, step)
    )
    return (
        f'<path d="M96 100q104 18 208 0q-18 104 0 208q-104-18-208 0q18-104 0-208z" fill="{ink.main}"/>{stripes}'
        f'<path d="M96 308q104-18 208 0q-4-22-5-40q-98 26-198 0q-1 18-5 40z" fill="{ink.deep}" opacity=".4"/>'
    )


def _plant(ink: _Ink, rng: Random) -> str:
    leaves = "".join(
        f'<path d="M200 236q{_at(angle, 60)} {_at(angle, 128)}q{_at(angle + 26, -52)} {_at(angle, -128)}z"'
        f' fill="hsl({rng.randint(96, 150)} {rng.randint(24, 42)}% {rng.randint(30, 52)}%)"/>'
        for angle in range(-150, -20, rng.choice((14, 18, 24)))
    )
    return (
        f'{leaves}<path d="M136 232h128l-16 88q-2 10-12 10h-72q-10 0-12-10z" fill="{ink.main}"/>'
        f'<path d="M128 222h144v22H128z" fill="{ink.deep}"/>'
    )


def _at(angle: float, length: float) -> str:
    return f"{math.cos(math.radians(angle)) * length:.1f} {math.sin(math.radians(angle)) * length:.1f}"


def _clock(ink: _Ink, rng: Random) -> str:
    ticks = "".join(
        f'<path d="M200 112v{16 if index % 3 == 0 else 8}" stroke="{ink.dark}" stroke-width="4" transform="rotate({index * 30} 200 204)"/>'
        for index in range(12)
    )
    return (
        f'<circle cx="200" cy="204" r="112" fill="{ink.deep}"/><circle cx="200" cy="204" r="100" fill="#fffdf7"/>{ticks}'
        f'<g stroke="{ink.dark}" stroke-linecap="round"><path d="M200 204v-52" stroke-width="8" transform="rotate({rng.randrange(360)} 200 204)"/>'
        f'<path d="M200 204v-76" stroke-width="5" transform="rotate({rng.randrange(360)} 200 204)"/></g><circle cx="200" cy="204" r="7" fill="{ink.main}"/>'
    )


def _book(ink: _Ink, rng: Random) -> str:
    lines = "".join(
        f'<path d="M158 {y}h{rng.randint(40, 96)}" stroke="{ink.pale}" stroke-width="5" stroke-linecap="round"/>'
        for y in range(140, 200, 18)
    )
    return (
        f'<path d="M126 92h150q12 0 12 12v212H126z" fill="{ink.main}"/><path d="M126 92h18v224h-18z" fill="{ink.deep}"/>'
        f'<path d="M126 316h162v12H138q-12 0-12-12z" fill="#fffdf7"/>{lines}'
        f'<path d="M{rng.randint(230, 262)} 92v84l-10-10-10 10V92z" fill="{ink.dark}"/>'
    )


def _bag(ink: _Ink, rng: Random) -> str:
    pocket = rng.randint(226, 250)
    return (
        f'<path d="M158 158q0-70 42-70t42 70" fill="none" stroke="{ink.deep}" stroke-width="10"/>'
        f'<path d="M112 150h176l18 162q2 16-14 16H108q-16 0-14-16z" fill="{ink.main}"/>'
        f'<path d="M136 {pocket}h128v66H136z" fill="{ink.deep}" opacity=".45"/>'
        f'<path d="M112 150h176l3 26H109z" fill="{ink.dark}" opacity=".5"/>'
    )


_MOTIFS: Final[dict[str, Callable[[_Ink, Random], str]]] = {
    "lamp": _lamp,
    "mug": _mug,
    "chair": _chair,
    "cushion": _cushion,
    "plant": _plant,
    "clock": _clock,
    "book": _book,
    "bag": _bag,
}


def _texture(ink: _Ink, rng: Random, dots: int) -> str:
    """A grain over the backdrop: what gives a drawn picture the weight of a small photograph."""
    return "".join(
        f'<circle cx="{rng.randrange(400)}" cy="{rng.randrange(400)}" r="{rng.uniform(0.6, 2.4):.1f}" fill="{ink.deep}" opacity="{rng.uniform(0.04, 0.16):.2f}"/>'
        for _ in range(dots)
    )


def _scene(motif: str, hue: float, rng: Random, *, dots: int) -> str:
    ink = _ink(hue, rng)
    horizon = rng.randint(268, 300)
    return (
        f'<rect width="400" height="400" fill="{ink.pale}"/>'
        f'<circle cx="{rng.randint(90, 310)}" cy="{rng.randint(80, 180)}" r="{rng.randint(60, 110)}" fill="{ink.soft}" opacity=".7"/>'
        f'<rect y="{horizon}" width="400" height="{400 - horizon}" fill="{ink.soft}"/>{_texture(ink, rng, dots)}'
        f'<ellipse cx="200" cy="330" rx="128" ry="14" fill="{ink.dark}" opacity=".16"/>{_MOTIFS[motif](ink, rng)}'
    )


def _document(body: str, width: int = 400, height: int = 400) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return f"{head}{body}</svg>\n".encode()


def draw_product(number: int, motif: str, hue: float, *, large: bool) -> bytes:
    """Draw a product.

    Args:
        number: The product's number; it seeds the picture, so both sizes show the same thing.
        motif: A key of the motifs, such as `lamp`.
        hue: Base colour, degrees on the colour wheel.
        large: Whether to draw the large picture, with more detail.

    Returns:
        An SVG document of about 6 kB, or about 10 kB when large.
    """
    rng = derive_rng(SEED, "picture", number, large)
    return _document(
        _scene(motif, hue, derive_rng(SEED, "picture", number), dots=60) + _detail(hue, rng, large)
    )


def _detail(hue: float, rng: Random, large: bool) -> str:
    if not large:
        return ""
    threads = "".join(
        f'<path d="M0 {y}q100 {rng.randint(-9, 9)} 200 0t200 0" stroke="hsl({hue:.0f} 30% 40%)" opacity=".05" fill="none"/>'
        for y in range(8, 400, 8)
    )
    return threads + '<path d="M0 0h400v400H0z" fill="none" stroke="#0001" stroke-width="2"/>'


def draw_hero() -> bytes:
    """Draw the picture at the top of the home page: a shelf with one thing of every kind."""
    rng = derive_rng(SEED, "hero")
    parts = ['<rect width="1200" height="420" fill="hsl(36 44% 92%)"/>']
    parts.append('<circle cx="930" cy="150" r="170" fill="hsl(30 60% 84%)"/>')
    parts.append('<rect y="318" width="1200" height="102" fill="hsl(28 30% 80%)"/>')
    for index, (motif, draw) in enumerate(_MOTIFS.items()):
        ink = _ink(rng.choice((20, 38, 160, 205)), rng)
        scale = 0.6 if motif in {"chair", "lamp", "plant"} else 0.36
        x, y = 400 + index * 96, 336 - 330 * scale
        parts.append(f'<g transform="translate({x} {y:.0f}) scale({scale})">{draw(ink, rng)}</g>')
    return _document("".join(parts), 1200, 420)


def draw_icon() -> bytes:
    """Draw the favicon: a small house with a lit window."""
    return _document(
        '<rect width="64" height="64" rx="14" fill="#24443c"/><path d="M12 34 32 15l20 19v17H12z" fill="#f4ead9"/>'
        '<rect x="27" y="35" width="10" height="16" fill="#e0a33a"/>',
        64,
        64,
    )
