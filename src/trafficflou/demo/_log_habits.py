"""The numbers behind the people of the sample log: where they come from, what they do next, how long they look.

All of them are made up to be plausible for a small shop; none was fitted with the tool that will learn from the log.
"""

from typing import Final

__all__ = [
    "ADDRESSES",
    "AGENTS",
    "DAY_WEIGHTS",
    "ENTRIES",
    "HABITS",
    "HOUR_WEIGHTS",
    "PAUSE_SCALE_S",
    "SOURCES",
    "TEMPERS",
    "Weights",
]

Weights = dict[str, float]

HOUR_WEIGHTS: Final = (
    *(8, 5, 3, 2, 2, 4, 14, 46, 92, 98, 70, 52),
    *(56, 50, 40, 36, 38, 42, 48, 60, 82, 76, 44, 20),
)
"""Sessions by hour of the day: a morning peak, a small one at noon and a bump in the evening."""

DAY_WEIGHTS: Final = (1.06, 1.00, 1.02, 0.98, 0.92, 0.88, 1.14)
"""Monday to Sunday, without the Tuesday newsletter, which comes on top."""

SOURCES: Final[dict[str, tuple[float, str]]] = {
    "google": (34, "https://www.google.com/"),
    "bing": (5, "https://www.bing.com/"),
    "duckduckgo": (4, "https://duckduckgo.com/"),
    "direct": (30, "-"),
    "pinterest": (8, "https://www.pinterest.com/"),
    "instagram": (7, "https://l.instagram.com/"),
    "blog": (7, "https://slow-living.example/reading-list/"),
    "newsletter": (5, "-"),
}
"""Share of sessions and referrer, by where a visit comes from."""

_SEARCH_ENGINE: Final[Weights] = {"product": 48, "category": 26, "home": 15, "article": 10, "gone": 1.5}
_SOCIAL: Final[Weights] = {"product": 78, "category": 10, "home": 12}
ENTRIES: Final[dict[str, Weights]] = {
    "google": _SEARCH_ENGINE,
    "bing": _SEARCH_ENGINE,
    "duckduckgo": _SEARCH_ENGINE,
    "direct": {"home": 66, "category": 9, "product": 8, "orders": 9, "cart": 4, "article": 4},
    "pinterest": _SOCIAL,
    "instagram": _SOCIAL,
    "blog": {"article": 78, "home": 12, "product": 8, "gone": 2},
    "newsletter": {"campaign": 62, "category": 22, "product": 16},
}
"""Kind of the first page, by source; `gone` is an old link that no longer leads anywhere."""

HABITS: Final[dict[tuple[str, str], Weights]] = {
    # (page before, page now): what next. `*` stands for any page before; `-` for none (the first of a visit).
    ("-", "home"): {"category": 44, "shown": 20, "search": 15, "article": 4, "orders": 3, "leave": 44},
    ("*", "home"): {"category": 46, "shown": 16, "search": 16, "article": 6, "help": 3, "leave": 22},
    ("-", "category"): {"shown": 48, "next-page": 7, "category": 6, "search": 3, "leave": 56},
    ("home", "category"): {"shown": 64, "next-page": 9, "category": 10, "search": 4, "leave": 13},
    ("product", "category"): {"shown": 58, "next-page": 14, "category": 7, "cart": 1, "leave": 25},
    ("category", "category"): {"shown": 66, "back": 8, "category": 9, "leave": 17},
    ("*", "category"): {"shown": 60, "next-page": 8, "category": 10, "leave": 22},
    ("-", "product"): {
        "shown": 13,
        "its-category": 13,
        "add": 3,
        "home": 5,
        "search": 2,
        "help": 2,
        "leave": 78,
    },
    ("category", "product"): {"back": 46, "add": 6, "shown": 14, "help": 2, "leave": 32},
    ("search", "product"): {"back": 36, "add": 9, "shown": 14, "help": 2, "leave": 39},
    # Comparing: whoever saw two products in a row goes back to the first far more often than anyone else.
    ("product", "product"): {"back": 36, "its-category": 18, "shown": 15, "add": 8, "leave": 23},
    ("cart", "product"): {"back": 40, "shown": 18, "add": 12, "leave": 30},
    ("*", "product"): {"shown": 20, "its-category": 18, "add": 6, "home": 8, "leave": 48},
    ("*", "search"): {"shown": 64, "search": 17, "category": 6, "leave": 13},
    ("*", "empty-search"): {"search": 56, "category": 18, "home": 4, "leave": 22},
    ("-", "article"): {"article": 13, "journal": 7, "home": 9, "category": 8, "leave": 80},
    ("journal", "article"): {"back": 44, "article": 6, "category": 10, "leave": 40},
    ("*", "article"): {"article": 12, "journal": 18, "home": 10, "leave": 60},
    ("*", "journal"): {"article": 74, "home": 6, "leave": 20},
    ("product", "help"): {"back": 66, "contact": 6, "leave": 28},
    ("cart", "help"): {"back": 78, "leave": 22},
    ("*", "help"): {"contact": 20, "home": 14, "leave": 66},
    ("-", "cart"): {"checkout": 30, "home": 18, "leave": 52},
    ("*", "cart"): {
        "checkout": 30,
        "back": 16,
        "category": 13,
        "remove": 8,
        "help": 5,
        "search": 3,
        "leave": 25,
    },
    ("*", "checkout"): {"address": 68, "cart": 7, "help": 4, "leave": 21},
    ("*", "payment"): {"pay": 80, "cart": 5, "leave": 15},
    ("*", "thanks"): {"orders": 22, "home": 16, "leave": 62},
    ("*", "login"): {"login": 84, "home": 3, "leave": 13},
    ("*", "orders"): {"home": 20, "help": 9, "category": 8, "leave": 63},
    ("*", "gone"): {"home": 38, "search": 12, "leave": 50},
    ("*", "report"): {"leave": 60, "home": 10, "report": 30},
}
"""What follows, from the page before and the page now: a chain of second order."""

TEMPERS: Final[dict[str, tuple[float, Weights]]] = {
    "browser": (46, {}),
    "comparer": (24, {"back": 1.9, "shown": 1.5, "its-category": 1.4, "leave": 0.75}),
    "buyer": (16, {"add": 2.4, "checkout": 1.8, "search": 1.5, "leave": 0.7}),
    "reader": (14, {"article": 3.0, "journal": 2.5, "add": 0.2, "leave": 0.9}),
}
"""Share of visitors, and what they do more (or less) than the table says, by temper."""

PAUSE_SCALE_S: Final = {
    "home": 7.0,
    "category": 11.0,
    "product": 19.0,
    "search": 8.0,
    "empty-search": 5.0,
    "article": 58.0,
    "journal": 9.0,
    "help": 24.0,
    "cart": 13.0,
    "checkout": 41.0,
    "payment": 23.0,
    "thanks": 12.0,
    "login": 14.0,
    "orders": 15.0,
    "gone": 5.0,
    "report": 45.0,
}
"""Scale of the Weibull part of a pause, by the page that is looked at."""

_WEBKIT: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)
AGENTS: Final[tuple[tuple[float, str, str], ...]] = (
    (15, "desktop", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/133.0.0.0 Safari/537.36"),
    (6, "desktop", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/132.0.0.0 Safari/537.36"),
    (
        6,
        "desktop",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/133.0.0.0 Safari/537.36 Edg/133.0.0.0",
    ),
    (5, "desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:135.0) Gecko/20100101 Firefox/135.0"),
    (2, "desktop", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    (1, "desktop", f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Chrome/133.0.0.0 Safari/537.36"),
    (
        6,
        "desktop",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Chrome/133.0.0.0 Safari/537.36",
    ),
    (
        *(7, "desktop"),
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
    ),
    (12, "mobile", _IPHONE.format("18_3") + " Version/18.3 Mobile/15E148 Safari/604.1"),
    (5, "mobile", _IPHONE.format("17_7") + " Version/17.7 Mobile/15E148 Safari/604.1"),
    (3, "mobile", _IPHONE.format("18_3") + " CriOS/133.0.6943.84 Mobile/15E148 Safari/604.1"),
    (14, "mobile", f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/133.0.0.0 Mobile Safari/537.36"),
    (
        5,
        "mobile",
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
    ),
    (2, "mobile", "Mozilla/5.0 (Android 14; Mobile; rv:135.0) Gecko/135.0 Firefox/135.0"),
    (
        *(3, "tablet"),
        "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
    ),
    (2, "tablet", f"Mozilla/5.0 (Linux; Android 13; SM-X700) {_WEBKIT} Chrome/133.0.0.0 Safari/537.36"),
)
"""Share, class of device and User-Agent."""

ADDRESSES: Final = ("198.18", "198.19")
"""First halves of the people's addresses: 198.18.0.0/15, which belongs to nobody (RFC 2544)."""
