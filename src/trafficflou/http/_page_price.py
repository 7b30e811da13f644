"""Prices in the words of a page, however they are written: "€ 1,299.00", "1.299,00 €", "$12", "12.50 EUR", "¥1200"."""

import re
from typing import Final

__all__ = ["PIECE_END", "has_price_mark", "may_be_of_price", "single_price"]

PIECE_END: Final = "\x1e"
"""Stands between pieces of text that are to be taken as apart."""

_SIGN: Final = "[$€£¥₹₽₩₺₴₪₫฿₦₱]"
_CODE: Final = "(?:EUR|USD|GBP|CHF|JPY|CNY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|INR|TRY|ZAR|Fr\\.?|kr\\.?|zł|Kč|Ft|lei|Rs\\.?)(?![A-Za-z])"
_BLANKS: Final = "[ \t\r\n\u00a0\u2009\u202f]{0,3}+"
# Groups of three with a separator, or digits; then perhaps cents. A blank divides groups only where it cannot break a line: "iPhone 15 999 €" has
# two numbers. The first digit stands apart, because a search that begins with a set of characters is fast.
_MORE_DIGITS: Final = (
    "(?:[0-9]{0,2}+(?:[.,'’\u00a0\u2009\u202f][0-9]{3})++|[0-9]{0,8}+)(?:[.,][0-9]{1,2})?+(?![0-9])"
)
_NUMBER: Final = f"[0-9]{_MORE_DIGITS}"
# Whole amounts are written "12.–" and "12,-" in some places. A currency between two numbers belongs to the second: "Lamp 3 € 20" costs 20.
_AFTER: Final = f"(?:[.,]?[-–—]{{1,2}})?+{_BLANKS}"
_SIGNED: Final = re.compile(
    f"[0-9$€£¥₹₽₩₺₴₪₫฿₦₱](?:(?<={_SIGN}){_BLANKS}({_NUMBER})"
    f"|(?<=[0-9])(?<![0-9.,][0-9])({_MORE_DIGITS}){_AFTER}(?:US|CA|AU|NZ|HK|[ACR])?{_SIGN}(?!{_BLANKS}[0-9]))"
)
_CODED: Final = re.compile(
    f"(?<![A-Za-z]){_CODE}{_BLANKS}({_NUMBER})|(?<![0-9.,])({_NUMBER}){_AFTER}{_CODE}(?!{_BLANKS}[0-9])"
)
# What every price has of a currency, as it stands in a page, for a quick look before anything is decoded: "$", the signs of Latin 1, Thai and the
# block of currency signs, references that may be one of them, the codes above.
_MARK: Final = re.compile(
    rb"[$]|\xc2[\xa3\xa5]|\xe0\xb8\xbf|\xe2\x82|&(?:#|euro|pound|yen|dollar|curren)|EUR|USD|GBP|CHF|JPY|CNY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL"
    rb"|INR|TRY|ZAR|[0-9][\s.,-]*+(?:kr|z\xc5|K\xc4|Ft|lei)|(?:Fr|kr|Rs)\.?\s*+[0-9]"
)
_CENTS: Final = re.compile("[.,]([0-9]{1,2})\\Z")
_NO_DIGIT: Final = re.compile("[^0-9]")
_MOST_PRICES: Final = 16
_DIGIT: Final = re.compile(rb"[0-9]")
_LONGEST_CURRENCY_BYTES: Final = 12
_LONGEST_PIECE_BYTES: Final = 200


def has_price_mark(text: bytes) -> bool:
    """Judge quickly whether a piece of a page can have a price in it."""
    return _MARK.search(text) is not None


def may_be_of_price(text: bytes) -> bool:
    """Judge quickly whether a piece of a page can be part of a price: a longer one is prose, in which a price may be that of anything."""
    return len(text) <= _LONGEST_CURRENCY_BYTES or (
        len(text) <= _LONGEST_PIECE_BYTES and _DIGIT.search(text) is not None
    )


def single_price(text: str) -> tuple[int, float | None]:
    """Find the price in a text.

    Args:
        text: A short text, in pieces. A price across pieces counts only where no piece has one.

    Returns:
        How many different prices there are (16 at most are looked at), and the price where it is one. Linear.
    """
    prices = _prices(text)
    if not prices and PIECE_END in text:
        prices = _prices(text.replace(PIECE_END, " "))
    return len(prices), next(iter(prices)) if len(prices) == 1 else None


def _prices(text: str) -> set[float]:
    found: set[float] = set()
    for match in _SIGNED.finditer(text):
        found.add(_amount(match[1] or match[0][0] + match[2]))
        if len(found) >= _MOST_PRICES:
            break
    if not found:
        for match in _CODED.finditer(text):
            found.add(_amount(match[1] or match[2]))
            if len(found) >= _MOST_PRICES:
                break
    return found


def _amount(number: str) -> float:
    cents = _CENTS.search(number)
    whole = number[: cents.start()] if cents else number
    return float(f"{_NO_DIGIT.sub('', whole)}.{cents[1] if cents else 0}")
