"""A look at a site before visitors come."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping

import pytest

from trafficflou.control.site_reader import SiteReader
from trafficflou.control.survey import MAX_KNOWN, Survey, SurveyLimits, survey_site
from trafficflou.core import TargetError, UsageError
from trafficflou.security import resolve_permitted
from trafficflou.testing.fault import Drip, Endless, Hang, Reset, Script, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.traffic import FormPolicy

HTML = b"Content-Type: text/html; charset=utf-8"
QUICK = SurveyLimits(total_s=2.0, page_s=0.2)

Look = Callable[..., Awaitable[tuple[Survey, FaultServer]]]


def page(title: str, *links: str, status: bytes = b"200 OK") -> Script:
    """A page with links, each in the words of its path."""
    body = "".join(f'<a href="{link}">go to {link}</a> ' for link in links)
    text = f"<html><head><title>{title}</title></head><body><main>{body}</main></body></html>"
    return (response(text.encode(), HTML, status=status),)


def text(content: str | bytes, kind: bytes = b"text/plain", status: bytes = b"200 OK") -> Script:
    """A file that is no page."""
    body = content if isinstance(content, bytes) else content.encode()
    return (response(body, b"Content-Type: " + kind, status=status),)


@pytest.fixture
def look() -> Look:
    """Look at a site that answers with these scripts; what is not among them is not found."""

    async def work(scripts: Mapping[str, Script], limits: SurveyLimits = QUICK) -> tuple[Survey, FaultServer]:
        absent = text("no", status=b"404 Not Found")
        async with FaultServer({"/robots.txt": absent, "/sitemap.xml": absent, **scripts}) as server:
            reader = SiteReader(await resolve_permitted(server.url), None, "r1")
            try:
                return await survey_site(reader, FormPolicy(), limits), server
            finally:
                reader.close()

    return work


SHOP: Mapping[str, Script] = {
    "/": page("Shop", "/cart", "/p/1", "/p/2", "/p/3", "http://elsewhere.example/x", "/missing"),
    "/cart": page("Basket", "/", "/help"),
    "/help": page("Help"),
    "/p/1": page("Vase", "/p/4"),
    "/p/2": page("Bowl"),
    "/p/3": page("Cup"),
    "/p/4": page("Mug"),
}


async def test_survey_knows_pages_with_their_titles(look: Look) -> None:
    """What was read has a title and a status, what is only linked to has neither; other sites are not named."""
    survey, server = await look(SHOP)
    known = {known.path: (known.title, known.status) for known in survey.site.pages}
    assert known["/"] == ("Shop", 200)
    assert known["/p/4"] == ("Mug", 200)
    assert known["/missing"] == ("", 404)
    assert all(path.startswith("/") for path in known)
    assert {known.path: known.links for known in survey.site.pages}["/p/1"] == 1
    assert (survey.site.name, survey.site.entries[0], survey.site.is_complete) == ("Shop", "/", True)
    assert survey.pages_read == 7
    assert "7 pages were looked at" in survey.notes[0]
    assert all(b"run=r1" in head for head in server.requests)


async def test_survey_asks_every_path_once_and_first_for_what_is_unlike(look: Look) -> None:
    """A second basket says more than a second product, and few pages are enough to see both."""
    survey, server = await look(SHOP, SurveyLimits(pages=3, total_s=2.0, page_s=0.5, connections=1))
    asked = [head.split(b" ")[1].decode() for head in server.requests]
    assert sorted(asked[:3]) == ["/", "/robots.txt", "/sitemap.xml"]
    assert asked[3:] == ["/cart", "/p/1"]
    assert not survey.site.is_complete
    assert len(asked) == len(set(asked))


async def test_survey_lets_sessions_begin_at_some_pages_of_each_kind(look: Look) -> None:
    """As who comes from a search begins at a product; at addresses with a query only where there is little else."""
    survey, _ = await look(
        {**SHOP, "/": page("Shop", "/log?in=1", "/cart", "/p/1", "/p/2", "/p/3"), "/log": page("Log in")}
    )
    assert survey.site.entries == ("/", "/cart", "/p/1", "/help", "/p/2", "/p/3")
    few, _ = await look({"/": page("Wiki", "/index?title=A"), "/index": page("A")})
    assert few.site.entries == ("/", "/index?title=A")


async def test_survey_reads_sitemaps_and_their_indexes(look: Look) -> None:
    """What robots.txt and an index name is read too, packed or not; a copy of a site lists its original's addresses."""
    listing = "<urlset><url><loc>https://shop.example/far</loc></url><url><loc>/p/1</loc></url></urlset>"
    survey, _ = await look(
        {
            **SHOP,
            "/robots.txt": text("Sitemap: /index.xml\n"),
            "/index.xml": text("<sitemapindex><loc>/s1.xml.gz</loc><loc>/broken.gz</loc></sitemapindex>"),
            "/s1.xml.gz": text(gzip.compress(listing.encode()), b"application/gzip"),
            "/broken.gz": text(b"\x1f\x8bnothing", b"application/gzip"),
            "/far": page("Far away"),
        }
    )
    assert survey.site.listed == ("/far", "/p/1")
    assert "/far" in {known.path for known in survey.site.pages if known.title == "Far away"}
    assert "lists 2" in survey.notes[0]


async def test_survey_leaves_alone_what_the_site_asks_to_leave(look: Look) -> None:
    """The rules of robots.txt hold, and no link is followed that would change something."""
    survey, server = await look(
        {
            "/": page("Site", "/private/a", "/open", "/logout", "/delete?id=3"),
            "/robots.txt": text("User-agent: *\nDisallow: /private\n"),
            "/open": page("Open"),
        }
    )
    asked = [head.split(b" ")[1].decode() for head in server.requests]
    assert sorted(asked) == ["/", "/open", "/robots.txt", "/sitemap.xml"]
    assert "/private/a" in {known.path for known in survey.site.pages}


@pytest.mark.parametrize(
    "robots", [text("User-agent: *\nDisallow: /"), text("", status=b"503 Busy"), (Hang(),), (Reset(),)]
)
async def test_survey_of_a_site_that_wants_none_sees_the_front_page_only(look: Look, robots: Script) -> None:
    """Also where its rules cannot be had (RFC 9309, section 2.3.1.4); visitors come all the same."""
    survey, server = await look({**SHOP, "/robots.txt": robots})
    asked = {head.split(b" ")[1].decode() for head in server.requests}
    assert asked == {"/", "/robots.txt"}
    assert survey.site.entries == ("/",)
    assert "asks programs not to look around" in survey.notes[1]
    survey.check("http://it")


async def test_survey_takes_a_page_for_robots_as_no_rules(look: Look) -> None:
    """Many applications answer everything with their one page."""
    survey, _ = await look({**SHOP, "/robots.txt": SHOP["/"], "/sitemap.xml": SHOP["/"]})
    assert survey.pages_read == 7
    assert survey.site.listed == ()


async def test_survey_follows_redirects_within_the_site(look: Look) -> None:
    """Visitors begin at the front page, wherever that leads; where it led is not read twice."""
    survey, _ = await look(
        {
            "/": (response(b"", b"Location: /en/", status=b"302 Found"),),
            "/en/": page("Home", "/en/", "/en/a"),
            "/en/a": page("A"),
        }
    )
    assert survey.site.entries == ("/", "/en/a")
    assert survey.pages_read == 2
    survey.check("http://it")


async def test_survey_says_where_a_page_needs_a_script(look: Look) -> None:
    """A front page without links is worth a word."""
    survey, _ = await look({"/": page("App")})
    assert "without a script" in survey.notes[1]
    survey.check("http://it")


async def test_survey_begins_elsewhere_where_the_front_page_is_none(look: Look) -> None:
    """A site whose front page fails can be visited where its sitemap leads."""
    survey, _ = await look(
        {
            "/": page("", status=b"404 Not Found"),
            "/sitemap.xml": text("<urlset><loc>/a</loc></urlset>", b"application/xml"),
            "/a": page("A"),
        }
    )
    assert survey.site.entries == ("/a",)
    assert "visitors begin at pages that the sitemap lists" in survey.notes[1]
    survey.check("http://it")


async def test_survey_gives_an_error_of_the_moment_a_second_chance(look: Look) -> None:
    """One torn connection at the beginning is no reason not to begin."""
    survey, server = await look({"/": (Reset(),)})
    assert len([head for head in server.requests if head.startswith(b"GET / ")]) == 2
    assert survey.pages_read == 0


@pytest.mark.parametrize(
    ("front", "kind", "message"),
    [
        (page("", status=b"500 Oh no"), TargetError, "answers 500, and no sitemap names another page"),
        (page("", status=b"401 Who"), TargetError, "without logging in"),
        (page("", status=b"404 Not Found"), TargetError, "answers 404"),
        (
            (response(b"", b"Location: https://other.example/x", status=b"301 Moved"),),
            UsageError,
            "sends its visitors to https://other.example",
        ),
        ((response(b"", b"Location: /", status=b"301 Moved"),), TargetError, "it redirects without end"),
        ((response(b"", b"Location: mailto:x", status=b"301 Moved"),), TargetError, "bad redirect"),
        (text("{}", b"application/json"), UsageError, "no HTML page"),
        ((b"SSH-2.0-x\r\n\r\n",), TargetError, "does not speak HTTP/1.1"),
        ((Reset(),), TargetError, "cannot be read: reset"),
        (
            (response(b"\x1f\x8bx", HTML, b"Content-Encoding: gzip"),),
            TargetError,
            "content encoding is broken",
        ),
        ((Drip(response(b"<html></html>", HTML)),), TargetError, "does not answer in time"),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", Endless(bytes(65_536))),
            TargetError,
            "too large",
        ),
    ],
)
async def test_survey_refuses_a_site_that_cannot_be_visited(
    look: Look, front: Script, kind: type[Exception], message: str
) -> None:
    """Each says what is wrong in plain words; whoever must act is told by the kind of error."""
    survey, _ = await look({"/": front}, SurveyLimits(total_s=0.7, page_s=0.2))
    with pytest.raises(kind, match=message) as caught:
        survey.check("http://it")
    assert getattr(caught.value, "hint", "")


async def test_survey_is_bounded_whatever_the_site_does(look: Look) -> None:
    """A page of a hundred thousand links, pages that hang, drip, never end or are broken take the time that is given and no more."""
    many = [f"/n/{number}" for number in range(100_000)]
    traps: dict[str, Script] = {
        "/hang": (Hang(),),
        "/drip": (Drip(response(b"x", HTML)),),
        "/endless": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", Endless(bytes(65_536))),
        "/loop": (response(b"", b"Location: /loop", status=b"302 Found"),),
        "/rubbish": (bytes(range(256)) * 16,),
    }
    begun_s = asyncio.get_running_loop().time()
    survey, server = await look(
        {"/": page("Traps", *traps, *many), **traps}, SurveyLimits(total_s=3.0, page_s=0.3)
    )
    assert asyncio.get_running_loop().time() - begun_s < 4.5
    assert len(server.requests) <= 45
    assert len(survey.site.pages) <= MAX_KNOWN + 1
    assert not survey.site.is_complete


async def test_front_page_of_many_megabytes_is_told_with_its_bound(look: Look) -> None:
    """A browser opens it, so asking whether it does would lead astray."""
    body = b"<title>Long</title><main><a href='/p/1'>one</a>" + b"<p>lorem ipsum</p>" * 330_000
    survey, server = await look({"/": (response(body, HTML),)}, SurveyLimits(total_s=8.0, page_s=4.0))
    with pytest.raises(TargetError, match="it is too large") as caught:
        survey.check(server.url)
    assert "4 MB" in caught.value.hint


async def test_rate_limit_is_named(look: Look) -> None:
    """Who is told of a limit knows whom to ask."""
    survey, server = await look({"/": page("slow down", status=b"429 Too Many Requests")})
    with pytest.raises(TargetError, match="too many requests") as caught:
        survey.check(server.url)
    assert "limit of the site" in caught.value.hint


async def test_single_page_is_told_of_as_one(look: Look) -> None:
    """A site of one page reads as such."""
    survey, _ = await look({"/": page("Alone", "/contact"), "/contact": page("no", status=b"500 Oops")})
    assert "1 page was looked at" in survey.notes[0]
    assert survey.notes[0].endswith("which names 1 page.")
