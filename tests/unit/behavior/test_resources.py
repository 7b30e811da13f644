"""Normal paths, and what they are."""

import pytest

from trafficflou.behavior.resources import MAX_PATH_CHARS, Role, normalise_path, referrer_path, resource_of


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/a/b", "/a/b"),
        ("/", "/"),
        ("//a///b/", "/a/b/"),
        ("http://shop.example/a", "/a"),
        ("https://shop.example", "/"),
        ("/cart;jsessionid=0A1B/x;y=1", "/cart/x"),
        ("/a#top", "/a"),
        ("/%7Euser/%41", "/~user/A"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/cafÃ©", "/caf%C3%A9"),
        ("/a b", "/a%20b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a{b}", "/a%7Bb%7D"),
        ("/100%", "/100%25"),
        ("/.well-known/x", "/.well-known/x"),
        ("/...", "/..."),
    ],
)
def test_paths_have_one_normal_form(path: str, normal: str) -> None:
    """Spellings of one path become the same, and what braces mean stays ours."""
    assert normalise_path(path) == normal
    assert normalise_path(normal) == normal


@pytest.mark.parametrize(
    "path",
    [
        "",
        "*",
        "index.html",
        "/a/../b",
        "/%2e%2e/etc",
        "/./a",
        "/a%00b",
        "/a%0d%0aX: y",
        "/\x7f",
        "/" + "a" * MAX_PATH_CHARS,
    ],
)
def test_paths_without_a_normal_form_are_refused(path: str) -> None:
    """Traversal, control characters and absurd lengths are nobody's page."""
    assert normalise_path(path) is None
    assert resource_of(path).role is Role.ODD


def test_encoding_cannot_make_a_path_too_long() -> None:
    """The limit holds for the normal form too."""
    assert normalise_path("/" + "é" * (MAX_PATH_CHARS - 1)) is None


@pytest.mark.parametrize(
    ("target", "role"),
    [
        ("/", Role.PAGE),
        ("/product/17?utm=x", Role.PAGE),
        ("/index.php?p=1", Role.PAGE),
        ("/2015/05/vert.x-intro", Role.PAGE),
        ("/style.css?v=3", Role.FILE),
        ("/a/photo.JPG", Role.FILE),
        ("/font.woff2", Role.FILE),
        ("/data.json", Role.DATA),
        ("/api/items", Role.DATA),
        ("/favicon.ico", Role.PLUMBING),
        ("/robots.txt", Role.PLUMBING),
        ("/sitemap_index.xml", Role.PLUMBING),
        ("/blog/feed/", Role.PLUMBING),
        ("/wp-json/oembed/1.0/embed", Role.PLUMBING),
        ("/wp-admin/admin-ajax.php", Role.PLUMBING),
        ("/manual.pdf", Role.PLUMBING),
        ("/?feed=rss2", Role.PLUMBING),
        ("/shop/?wc-ajax=get_refreshed_fragments", Role.PLUMBING),
        ("/healthz", Role.HEALTH),
        ("/wp-cron.php?doing_wp_cron=1", Role.HEALTH),
    ],
)
def test_paths_have_a_role(target: str, role: Role) -> None:
    """Pages, files, data and plumbing are told apart by the path, and by queries that name machinery."""
    assert resource_of(target).role is role


@pytest.mark.parametrize(
    "target",
    [
        "/.env",
        "/.git/config",
        "/phpMyAdmin/index.php",
        "/cgi-bin/luci",
        "/xmlrpc.php",
        "/../etc/passwd",
        "/%2e%2e/x/..",
    ],
)
def test_probes_are_known(target: str) -> None:
    """What only scanners ask for is marked."""
    assert resource_of(target).is_probe
    assert not resource_of("/product/17").is_probe


def test_referrer_is_its_path() -> None:
    """A referrer counts by its path, normalised like a request's; anything else is none."""
    assert referrer_path("https://shop.example/a//b?c=d") == "/a/b"
    assert referrer_path("https://shop.example") == "/"
    assert referrer_path("") == ""
    assert referrer_path("about:blank") == ""
    assert referrer_path("https://shop.example/%00") == ""
