"""Prices in the words of a page, however they are written: "€ 1,299.00", "1.299,00 €", "$12", "12.50 EUR", "¥1200"."""

import re
from typing import Final

__all__ = ["single_price"]

# The first ones are letters and must not be part of a word.
_CURRENCY: Final = (
    r"(?:(?<![A-Za-z])(?:EUR|USD|GBP|CHF|JPY|CNY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|INR|TRY|ZAR|US\$|CA\$|AU\$|A\$|C\$|NZ\$|HK\$|R\$"
    r"|Fr\.|kr\.?|zł|Kč|Ft|lei|Rs\.?)(?![A-Za-z])|[$€£¥₹₽₩₺₴₪₫฿₦₱])"
)
# Groups of three with a separator, or digits; then perhaps cents. A blank divides groups only where it cannot break a line: "iPhone 15 999 €"
# has two numbers. ".–" and ",-" are how whole amounts are written in some places.
_NUMBER: Final = (
    r"(\d{1,3}(?:[.,'’\u00a0\u2009\u202f]\d{3})++(?:[.,]\d{1,2})?+|\d{1,9}+(?:[.,]\d{1,2})?+)(?![\d])"
)
_PRICE: Final = re.compile(
    # Most places of a text are done with at their first character.
    rf"(?=[\dA-Zfklz$€£¥₹₽₩₺₴₪₫฿₦₱])(?:{_CURRENCY}[\s\u00a0]{{0,3}}+{_NUMBER}|(?<![\d.,]){_NUMBER}(?:[.,][-–—]{{1,2}})?+[\s\u00a0]{{0,3}}+{_CURRENCY})"
)
_CENTS: Final = re.compile(r"[.,](\d{1,2})\Z")
_NO_DIGIT: Final = re.compile(r"\D")
_MOST_PRICES: Final = 16


def single_price(text: str) -> tuple[int, float | None]:
    """Find the price in a text.

    Args:
        text: A short text; its time is linear.

    Returns:
        How many different prices there are (at most 16 are looked at), and the price where it is one.
    """
    amounts: set[float] = set()
    for count, match in enumerate(_PRICE.finditer(text)):
        if count >= _MOST_PRICES:
            break
        amounts.add(_amount(match[1] or match[2]))
    return len(amounts), next(iter(amounts)) if len(amounts) == 1 else None


def _amount(number: str) -> float:
    cents = _CENTS.search(number)
    whole = number[: cents.start()] if cents else number
    digits = _NO_DIGIT.sub("", whole)
    return float(f"{digits}.{cents[1]}" if cents else digits)
