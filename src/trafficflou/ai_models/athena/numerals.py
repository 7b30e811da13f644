"""Numbers, factors, shares and hours as people write them: "three times", "50 % more", "a third", "9 pm", "noon"."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Factor", "find_factor", "find_hour", "find_share", "number_of", "tidy"]

_UNITS: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS: Final = (
    {word: float(value) for value, word in enumerate(_UNITS)}
    | {word: 10.0 * value for value, word in enumerate(_TENS, start=2)}
    | {"hundred": 100.0, "thousand": 1000.0, "dozen": 12.0}
)
_ONE: Final = "|".join(_WORDS)
_N: Final = rf"(?:\d{{1,9}}(?:\.\d{{1,6}})?|(?:{'|'.join(_TENS)})[- ](?:{'|'.join(_UNITS[1:10])})|(?:{_ONE})(?=\b|fold))"
_PERCENT: Final = r"\s*(?:%|percent\b|per cent\b)"
_MORE: Final = r"(?:more|higher|up|extra|busier|increase|growth|on top|above|longer)"
_LESS: Final = r"(?:less|fewer|lower|down|under|decrease|quieter|below|drop|shorter|off)"
_GROW: Final = r"(?:increase[sd]?|up|rise[sn]?|rose|grow[sn]?|grew|raise[sd]?|more|add)"
_SHRINK: Final = r"(?:decrease[sd]?|down|drop(?:s|ped)?|fall[s]?|fell|less|fewer|reduce[sd]?|cut)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A multiple, and whether its size was said (`more` says only the direction)."""

    value: float
    is_vague: bool = False


def number_of(text: str) -> float | None:
    """Read a number in digits or English words up to ninety-nine (and hundred, thousand, dozen)."""
    text = text.strip().lower()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII):
        return float(text)
    values = [_WORDS.get(part) for part in re.split(r"[- ]", text)]
    if not values or None in values:
        return None
    return sum(value for value in values if value is not None)


def tidy(text: str) -> str:
    """Write a sentence in the form that the patterns know."""
    text = text.lower().replace("×", "x").replace("’", "'").replace("½", " half ")
    text = re.sub(r"\b([ap])\.\s?m\.?(?=\W|$)", r"\1m", text)
    text = re.sub(r"(?<=\d)[,'](?=\d{3}\b)", "", text)
    text = re.sub(r"\b(\d{1,6}|one|two|three|four|five) and a half\b", _and_a_half, text)
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


def _and_a_half(match: re.Match[str]) -> str:
    return f"{(number_of(match[1]) or 0) + 0.5:g}"


_FACTORS: Final[tuple[tuple[re.Pattern[str], float | None, bool], ...]] = tuple(
    (re.compile(pattern), value, is_vague)
    for pattern, value, is_vague in (
        (rf"\b({_N}){_PERCENT}\s*{_MORE}\b", 1.0, False),
        (rf"\b({_N}){_PERCENT}\s*{_LESS}\b", -1.0, False),
        (rf"\b{_GROW}\b[^\d]{{0,40}}?\bby\s+({_N}){_PERCENT}", 1.0, False),
        (rf"\b{_SHRINK}\b[^\d]{{0,40}}?\bby\s+({_N}){_PERCENT}", -1.0, False),
        (rf"\b({_N}){_PERCENT}\s*of (?:the |its |our )?(?:usual|normal|present|current)", 0.0, False),
    )
)
_TIMES: Final = re.compile(
    rf"\b({_N})(?:\s*x\b|[- ]*times\b|[- ]?fold\b)|\bx\s*(\d{{1,9}}(?:\.\d{{1,6}})?)\b|\bby a factor of ({_N})"
)
_NAMED: Final = (
    (r"\b(?:doubl(?:e|es|ed|ing)|twice|twofold)\b", 2.0),
    (r"\b(?:tripl(?:e|es|ed|ing)|trebled?|thrice)\b", 3.0),
    (r"\bquadrupled?\b", 4.0),
    (r"\bhal(?:f|ve|ves|ved)\b", 0.5),
    (r"\b(?:a|one) third\b", 1 / 3),
    (r"\b(?:a|one) quarter\b|\bquarter(?:ed)?\b", 0.25),
)
_VAGUE: Final = (
    (r"\b(?:many|much|lots|a lot) more\b|\bfar more\b", 2.0),
    (r"\b(?:many|much|far) (?:fewer|less)\b", 0.5),
    (r"\b(?:more|busier|increased?|extra|higher|heavier|often)\b", 1.5),
    (r"\b(?:fewer|less|quieter|decreased?|lower|rarely)\b", 2 / 3),
)


def find_factor(text: str) -> Factor | None:
    """Find what a clause multiplies something with; `None` where it does not, or by nothing or less."""
    for pattern, sign, _ in _FACTORS:
        if match := pattern.search(text):
            part = (number_of(match[1]) or 0.0) / 100
            return Factor(value=1 + sign * part) if sign else Factor(value=part)
    if match := _TIMES.search(text):
        value = number_of(match[1] or match[2] or match[3])
        return None if value is None else Factor(value=value)
    for words, value in _NAMED:
        if re.search(words, text):
            return Factor(value=value)
    for words, value in _VAGUE:
        if re.search(words, text):
            return Factor(value=value, is_vague=True)
    return None


_SHARES: Final = (
    (r"\bhalf as\b|\bhalf the (?!visitors|people|users|traffic)\b|\bhalv", None),
    (r"\b(?:only|all|everyone|everybody|exclusively|entirely|nothing but)\b", 1.0),
    (r"\b(?:mostly|mainly|most|majority|predominantly|largely|chiefly)\b", 0.8),
    (r"\btwo thirds\b", 2 / 3),
    (r"\bthree quarters\b", 0.75),
    (r"\bhalf\b", 0.5),
    (r"\b(?:a|one) third\b", 1 / 3),
    (r"\b(?:a|one) quarter\b", 0.25),
    (r"\b(?:hardly any|few|barely any)\b", 0.1),
    (r"\b(?:no|without|zero)\b", 0.001),
)


def find_share(text: str) -> float | None:
    """Find which share of all a clause speaks of ("mostly", "80 %", "a third of"); `None` where it speaks of a change."""
    if any(pattern.search(text) for pattern, _, _ in _FACTORS) or _TIMES.search(text):
        return None
    if match := re.search(rf"({_N}){_PERCENT}", text):
        value = number_of(match[1])
        return None if value is None or not 0 < value <= 100 else value / 100
    return next((value for words, value in _SHARES if re.search(words, text)), None)


_CLOCK: Final = re.compile(r"\b(\d{1,2})[:h](\d{2})\b\s*(am|pm)?")
_HOUR_WORDS: Final = rf"(\d{{1,2}}|{'|'.join(_UNITS[:13])})"
_NEAR: Final = r"(?:at|around|about|from|by|towards?|after|before|@)"
_AT: Final = re.compile(
    rf"\b{_NEAR}\s+{_HOUR_WORDS}\b(?!\s*(?:%|x\b|times|percent|per cent|pages?|visitors|people|users|\.\d))\s*(am|pm|o'?clock)?"
)
_AM_PM: Final = re.compile(rf"\b{_HOUR_WORDS}\s*(am|pm|o'?clock)\b")
_DAYTIME: Final = {
    "midnight": 0,
    "morning": 9,
    "lunch": 12,
    "noon": 12,
    "midday": 12,
    "afternoon": 15,
    "evening": 19,
    "night": 22,
}


def find_hour(text: str) -> int | None:
    """Find the hour of the day, 0..23, that a clause names."""
    late = re.search(r"\b(?:afternoon|evening|night)\b", text) is not None
    match = _CLOCK.search(text)
    if match is not None:
        return _hour(int(match[1]), match[3], late=late) if int(match[2]) < 60 else None
    match = _AT.search(text) or _AM_PM.search(text)
    if match is not None:
        value = number_of(match[1])
        return None if value is None else _hour(int(value), match[2], late=late)
    for word, hour in _DAYTIME.items():
        if re.search(rf"\b{word}(?:s|time)?\b", text):
            return hour
    return None


def _hour(hour: int, half: str | None, *, late: bool) -> int | None:
    if half in {"am", "pm"}:
        return hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else None
    if late and 1 <= hour < 12:
        return hour + 12
    return hour if 0 <= hour <= 23 else None
