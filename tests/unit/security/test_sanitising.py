"""Foreign text is made harmless."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficflou.security import clean_text, fence_untrusted
from trafficflou.security.sanitising import UNTRUSTED_BEGIN, UNTRUSTED_END

HOSTILE = (
    "\x1b", "\x9b", "\x9d", "\x07", "\x1b\\", "\x9c", "]8;;", "[31m", "<", ">", "</", "<!--", "-->", "<script>", "</script>", "&lt;", "&#60;",
    "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\ufe0f", "\U000e0041", "http", "https://", "javascript:", "//", "\\\\", "@",
    "evil.example", ".", "．", "。", "｡", "/", ":", "1.2.3.4", "[::1]", "mailto:", "a", "Z", "0", " ", "\n", "…", "<<<untrusted text", "untrusted text>>>",
    "ﬁ", "½", "\u0301", "\ud800", "\U0010ffff", "日本",
)  # fmt: skip

texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(HOSTILE), max_size=24).map("".join))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words, 12.50 EUR (20 %)", "plain words, 12.50 EUR (20 %)"),
        ("Größe naïve 日本語 ﬁne", "Größe naïve 日本語 fine"),
        ("two\n\t lines\u00a0here", "two lines here"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07", "click"),
        ("\x9d0;title\x9cafter", "after"),
        ("\x1bP dcs \x1b\\after", "after"),
        ("\x1bcreset", "reset"),
        ("abc\u202egnp\u202c", "abcgnp"),
        ("in\u200bvis\u00adible\ufeff", "invisible"),
        ("a" + "\u0301" * 50, "á" + "\u0301" * 3),
        ("<b>bold</b> text", "bold text"),
        ("x<script>alert(1)</script>y", "x y"),
        ("x<!-- hidden -->y", "x y"),
        ("1 < 2 and 3 > 2", "1 ‹ 2 and 3 › 2"),
        ("&lt;b&gt; AT&T", "& lt;b& gt; AT&T"),
        ("see https://evil.example/x", "see https[:]//evil[.]example/x"),
        ("see //evil.example", "see evil[.]example"),
        ("http:\\\\evil.example", "http[:]\\\\evil[.]example"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("java\u200bscript:alert(1)", "javascript[:]alert(1)"),
        ("data: URLs", "data[:] URLs"),
        ("write to me@example.org", "write to me[at]example[.]org"),
        ("full．width｡com", "full[.]width[.]com"),
        ("10.0.0.1 and [fe80::1]", "10[.]0[.]0[.]1 and fe80[:][:]1"),
        ("time 12:30. Next", "time 12:30. Next"),
        ("v3.11 and 1. e4", "v3.11 and 1. e4"),
        ("", ""),
    ],
)
def test_clean_text_leaves_words(text: str, expected: str) -> None:
    """Each way to steer a reader is taken out; what people write stays."""
    assert clean_text(text, 200) == expected


@given(texts, st.integers(min_value=1, max_value=60))
def test_cleaned_text_is_harmless(text: str, limit: int) -> None:
    """Whatever comes in: printable, one line, within the limit, no markup, nothing that opens, links or resolves."""
    cleaned = clean_text(text, limit)
    assert len(cleaned) <= limit
    assert cleaned.isprintable()
    assert not {"<", ">"} & set(cleaned)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in cleaned)
    assert not re.search(r"\w\.[A-Za-z]|\w@\w|[a-z]:/|(?i:\b(?:javascript|data|mailto)\s*:)|&#?\w+;", cleaned)


@given(texts, st.integers(min_value=1, max_value=60))
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    """Nothing that was taken out lets something else appear."""
    cleaned = clean_text(text, limit)
    assert clean_text(cleaned, limit) == cleaned


def test_clean_text_says_that_it_cut() -> None:
    """An ellipsis stands for what is missing, also where the work itself was bounded."""
    assert clean_text("x" * 50, 10) == "x" * 9 + "…"
    assert clean_text("<b>" * 1000 + "end", 9) == "…"
    assert clean_text("ab", 1) == "…"


def test_clean_text_is_quick_on_hostile_sizes() -> None:
    """The work is bounded by the limit, not by what a page sends."""
    for piece in ("<", "<script>", "\x1b]", "a.", "&lt", "[::", "/" * 3, "1.1.1."):
        begun_s = time.perf_counter()
        clean_text(piece * 500_000, 2000)
        assert time.perf_counter() - begun_s < 0.5


def test_deeply_nested_tricks_build_nothing() -> None:
    """What is inside out after one pass is cleaned again."""
    assert "<" not in clean_text("<scr" * 40 + "ipt>" * 40, 400)
    assert clean_text("java\x1bc" * 3 + " java\x1bcscript:", 400).endswith(" javascript[:]")


@given(texts)
def test_fence_cannot_be_left(text: str) -> None:
    """The marks stand exactly once, at the ends."""
    fenced = fence_untrusted(text, 100)
    assert fenced.startswith(f"{UNTRUSTED_BEGIN}\n")
    assert fenced.endswith(f"\n{UNTRUSTED_END}")
    assert fenced.count(UNTRUSTED_BEGIN) == fenced.count(UNTRUSTED_END) == 1
    assert fenced.count("\n") == 2
