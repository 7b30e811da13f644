"""What a site asks of programs that look around."""

import pytest

from trafficflou.evidence.robots import RobotsRules

_FILE = """
# for everybody
User-agent: *
Disallow: /cart
Disallow: /*/edit$
Allow: /cart/help
Crawl-delay: 3
Sitemap: https://shop.example/sitemap.xml

User-agent: Greedy
User-agent: trafficflou/1.0
Disallow: /
"""


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("/", True),
        ("/cart", False),
        ("/cart/checkout?step=2", False),
        ("/cart/help", True),
        ("/wiki/page/edit", False),
        ("/wiki/page/edit/more", True),
        ("/edit", True),
    ],
)
def test_robots_the_longest_rule_that_matches_decides(path: str, is_allowed: bool) -> None:
    """RFC 9309, section 2.2.2; `*` stands for anything, `$` for the end."""
    assert RobotsRules.parse(_FILE, "somebody").allows(path) is is_allowed


def test_robots_a_group_of_ones_own_counts_alone() -> None:
    """The group that names the program replaces the one for everybody; a version behind the name says nothing."""
    assert not RobotsRules.parse(_FILE, "TrafficFlou").allows("/")
    assert not RobotsRules.parse(_FILE, "greedy").allows("/cart/help")


def test_robots_an_empty_rule_refuses_nothing() -> None:
    """`Disallow:` ends the naming of its group, so the next group is not its own."""
    rules = RobotsRules.parse("User-agent: a\nDisallow:\nUser-agent: *\nDisallow: /\n", "a")
    assert rules.allows("/anything")


def test_robots_of_two_rules_as_long_the_one_that_allows_wins() -> None:
    """RFC 9309: the least restrictive."""
    for lines in ("Allow: /a\nDisallow: /a", "Disallow: /a\nAllow: /a"):
        assert RobotsRules.parse(f"User-agent: *\n{lines}", "x").allows("/a")


def test_robots_names_sitemaps_whoever_asks() -> None:
    """A sitemap belongs to no group."""
    assert RobotsRules.parse(_FILE, "greedy").sitemaps == ("https://shop.example/sitemap.xml",)


@pytest.mark.parametrize(
    "text",
    ["", "\0\x1b[2J", "User-agent\nDisallow /", "Disallow: /", ":" * 9000, "User-agent: *\nDisallow: x"],
)
def test_robots_rubbish_refuses_nothing(text: str) -> None:
    """Rules without a program, and lines without a meaning, are passed over."""
    assert RobotsRules.parse(text, "x").allows("/a")


def test_robots_a_hostile_file_is_bounded() -> None:
    """A million rules, names and stars take no more than some."""
    text = "User-agent: *\n" + "Disallow: /" + "*a" * 240 + "$\n"
    rules = RobotsRules.parse(text + "Disallow: /b\n" * 10_000 + "Sitemap: /s\n" * 100, "x")
    assert len(rules.rules) == 500
    assert len(rules.sitemaps) == 20
    assert rules.allows("/" + "a" * 2000 + "c")
    names = "".join(f"User-agent: n{number}\n" for number in range(10_000))
    assert RobotsRules.parse(names + "Disallow: /", "n0").rules == ()


def test_robots_of_a_broken_site_are_taken_as_no() -> None:
    """RFC 9309, section 2.3.1.4: a file that cannot be had for the site's own fault refuses everything."""
    assert not RobotsRules.refusing().allows("/a")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a*b*c$", "/aXbYc", True),
        ("/a*b$", "/ab/b", True),
        ("/a*bb$", "/ab", False),
        ("/a*", "/a", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("*b", "/ab", True),
        ("/a*x*", "/ab", False),
    ],
)
def test_robots_patterns(pattern: str, path: str, matches: bool) -> None:
    """Each star takes as little as it can; the end is the end."""
    rules = RobotsRules.parse(f"User-agent: *\nDisallow: {pattern}", "x")
    assert rules.allows(path) is not matches
