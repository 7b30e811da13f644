"""Templates of live paths: by what is known of a site, then by form; bounded, and the same everywhere."""

import pickle
import random
from collections.abc import Iterator, Mapping
from itertools import islice

import pytest

from trafficflou.behavior import PathExample, Template, TemplateMap, TrafficModel
from trafficflou.behavior.template_map import MAX_SURVEYED_PATHS, MAX_TEMPLATES, ODD_PATH
from trafficflou.testing.models import sample_model

BLOG = [
    f"/{year}/{month:02}/{words}/"
    for year in (2023, 2024)
    for month in range(1, 13)
    for words in ("a-b-c", "d-e-f")
]
COLOURS = ("red", "blue", "grey", "black", "white", "pink", "gold", "teal", "navy", "plum", "sand", "jade")
LAMPS = [f"/shop/lamps/{colour}-lamp" for colour in COLOURS]
HOSTILE_PATHS = 5000


def model_of(paths: Mapping[str, str]) -> TrafficModel:
    """Return a model of these templates, each with one example path."""
    templates = tuple(
        Template.model_validate(
            sample_model().templates[0].model_dump()
            | {"template": template, "paths": (PathExample(path=path, weight=1),)}
        )
        for path, template in paths.items()
    )
    return sample_model(
        templates=templates,
        entry={templates[0].template: 1.0},
        transitions={template.template: {"(exit)": 1.0} for template in templates},
    )


@pytest.mark.parametrize(
    ("path", "template"),
    [
        # WordPress and WooCommerce
        ("/?p=12", "/?p"),
        ("/?page_id=2&preview=true", "/?page_id&{query}"),
        ("/?s=red+shoes", "/?s"),
        ("/2024/05/17/hello-world/", "/{year}/{month}/{day}/{slug}/"),
        ("/hello-world/?replytocom=7", "/{slug}/?replytocom"),
        ("/category/news/page/2/", "/category/{slug}/page/{id}/"),
        ("/wp-login.php?action=lostpassword", "/wp-login.php?action=lostpassword"),
        ("/wp-admin/post.php?post=12&action=edit", "/wp-admin/post.php?action=edit&post"),
        ("/product/blue-lamp/?add-to-cart=17", "/product/{slug}/?add-to-cart"),
        ("/my-account/orders/", "/my-account/orders/"),
        # MediaWiki
        ("/index.php?title=Main_Page", "/index.php?title"),
        ("/index.php?title=Main_Page&action=history", "/index.php?action=history&title"),
        (
            "/index.php?title=X&oldid=12&diff=13&action=edit&section=2",
            "/index.php?action=edit&{query}",
        ),
        ("/index.php/Main_Page", "/index.php/{slug}"),
        ("/index.php/Special:Search", "/index.php/Special:Search"),
        ("/index.php?title=Special%3ASearch&search=x", "/index.php?search&title=Special:Search"),
        ("/index.php/Special%3ARecentChanges", "/index.php/Special:RecentChanges"),
        ("/wiki/Special:Contributions/Jo", "/wiki/Special:Contributions/{slug}"),
        ("/wiki/Special:MadeUp17", "/wiki/Special:{page}"),
        ("/wiki/User_talk:Jo", "/wiki/User_talk:{page}"),
        ("/wiki/12:30", "/wiki/{slug}"),
        # Wagtail and Django administration
        ("/admin/login/?next=/admin/", "/admin/login/?next"),
        ("/admin/pages/12/edit/", "/admin/pages/{id}/edit/"),
        ("/admin/images/chooser/", "/admin/images/chooser/"),
        ("/admin/polls/question/12/delete/", "/admin/{slug}/{slug}/{id}/delete/"),
        # Shops: facets are told apart no further, paging is
        ("/shop/?color=red", "/shop/?{query}"),
        ("/shop/?color=red&size=xl&orderby=price&paged=3", "/shop/?paged&{query}"),
        ("/shop/?color=red&size=xl&orderby=price&brand=x&paged=3&view=list", "/shop/?view=list&{query}"),
        ("/shop/?filter%5Bcolor%5D%5B%5D=red&view=list", "/shop/?view=list&{query}"),
        ("/shop?utm_source=mail&gclid=x", "/shop"),
        ("/shop?view=x1y2z3", "/shop?view"),
        # Sessions in the address
        ("/shop/cart.jsp;jsessionid=12AB34?id=4", "/shop/cart.jsp?id"),
        ("/;jsessionid=12AB34", "/"),
        ("/(S(lit3py55t21z5v55vlm25s55))/orders/", "/orders/"),
        ("/viewtopic.php?f=3&t=17&sid=4a5b", "/viewtopic.php?f&t"),
        # Forms of segments
        ("/u/3f2504e0-4f89-41d3-9a0c-0305e82c3301", "/u/{id}"),
        ("/reset/d41d8cd98f00b204e9800998ecf8427e", "/reset/{id}"),
        ("/invite/aB3xK9mQ2pL7vR5t", "/invite/{id}"),
        ("/unsubscribe/jo@example.org", "/unsubscribe/{id}"),
        ("/events/2024-05-17/", "/events/{date}/"),
        ("/item-17.html", "/item-{id}.html"),
        ("/lamp-17.html", "/{page}.html"),
        ("/photo.webp", "/{slug}"),
        ("/products/17/reviews", "/products/{id}/reviews"),
        ("/blog/how-to-bake-a-cake", "/blog/{slug}"),
        ("/about-us", "/about-us"),
        ("/en-GB/Products/Blue", "/{lang}/products/{slug}"),
        ("/xx/products/blue", "/{slug}/products/{slug}"),
        ("/r/python/comments/17/a-title/", "/{slug}/{slug}/comments/{id}/{slug}/"),
        # What is no usable path, and what only looks like one
        ("//double//slash/#part", "/{slug}/{slug}/"),
        ("/%7Bid%7D", "/{slug}"),
        ("", "/"),
        ("nowhere", ODD_PATH),
        ("/../etc", ODD_PATH),
        ("/" + "a" * 5000, ODD_PATH),
        ("/1/2/3/4/5/6/7/8", "/{id}/{id}/{id}/{id}/{id}/{id}/{rest}"),
        ("/1/2/3/4/5/6/", "/{id}/{id}/{id}/{id}/{id}/{id}/"),
        ("/shop/about/shop/about/shop", "/shop/about/{rest}"),
        ("/a/b/c/d", "/{slug}/{slug}/{slug}/{rest}"),
        ("/shop/?&=&[]&", "/shop/"),
    ],
)
def test_form_names_what_nobody_has_named(path: str, template: str) -> None:
    """Without a model and without a survey, the form of a path says what kind of page it is."""
    assert TemplateMap.plain().template_of(path) == template


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/product/17", "/product/{id}"),
        ("/product/18?ref=home", "/product/{id}"),
        ("/product/18/", "/product/{id}"),
        ("/product/new", "/product/new"),
        ("/product/blue-lamp", "/product/{slug}"),
        ("/product/18/reviews", "/product/{id}/reviews"),
        ("/item-9.html", "/item-{id}.html"),
        ("/item-x.html", "/{page}.html"),
        ("/story.html", "/{page}.html"),
        ("/about", "/about"),
        ("/cart", "/cart"),
        ("/anything", "/{slug}"),
        ("/index.php?title=X", "/index.php?title"),
        ("/2024/05/title/", "/{year}/{month}/{slug}/"),
        ("/2024/17/title/", "/{year}/{id}/{slug}/"),
        ("/key/0123456789abcdef", "/key/{hex}"),
        ("/key/0123456789abcdef0123456789abcdef", "/key/{hex}"),
        ("/deep/a/b/c", "/deep/{rest}"),
        ("/deep", "/{slug}"),
        ("/mail/jo@example.org", "/mail/{email}"),
        ("/files/readme", "/files/{name}"),
    ],
)
def test_model_names_first(path: str, template: str) -> None:
    """Exact templates go before patterns, narrow patterns before wide ones; a slash more or less is the same page."""
    known = TemplateMap.from_model(
        model_of(
            {
                "/product/17": "/product/{id}",
                "/product/new": "/product/new",
                "/item-1.html": "/item-{id}.html",
                "/tale.html": "/{page}.html",
                "/about": "/about",
                "/some-words": "/{slug}",
                "/2023/01/words/": "/{year}/{month}/{slug}/",
                "/key/0123456789abcdee": "/key/{hex}",
                "/deep/x/y": "/deep/{rest}",
                "/mail/jo@example.org": "/mail/{email}",
                "/files/x": "/files/{name}",
            }
        )
    )
    assert known.template_of(path) == template


def test_example_paths_have_the_templates_of_the_model() -> None:
    """What the model says of a path counts more than what its form says."""
    known = TemplateMap.from_model(model_of({"/product/best": "/product/{id}"}))
    assert known.template_of("/product/best") == "/product/{id}"
    assert known.template_of("/product/best?utm_source=x") == "/product/{id}"
    assert known.template_of("/product/best?tab=reviews") == "/product/{id}?tab=reviews"


def test_walk_takes_back_what_leads_nowhere() -> None:
    """A word that stands in the tree does not hide the pattern beside it."""
    known = TemplateMap.from_model(model_of({"/a/b/c": "/a/b/c", "/x/b/d": "/{slug}/b/d"}))
    assert known.template_of("/a/b/d") == "/{slug}/b/d"


def test_survey_names_first() -> None:
    """Templates inferred from the paths of a survey, whatever their order, and form for the rest."""
    surveyed = [*BLOG, *LAMPS, "/our-philosophy", "/shop/lamps", "/kiosk.php?stall=1", "/kiosk.php?stall=2"]
    known = TemplateMap.from_paths(surveyed)
    assert known.template_of("/2025/01/g-h-i/") == "/{year}/{month}/{slug}/"
    assert known.template_of("/shop/lamps/green-lamp") == "/shop/lamps/{slug}"
    assert known.template_of("/our-philosophy") == "/our-philosophy"
    assert known.template_of("/kiosk.php?stall=9") == "/kiosk.php?stall"
    assert known.template_of("/kiosk.php?stall=9&sort=name") == "/kiosk.php?{query}"
    assert known.template_of("/shop/chairs/green-chair") == "/shop/{slug}/{slug}"
    assert TemplateMap.from_paths(iter(surveyed[::-1])).template_of("/our-philosophy") == "/our-philosophy"


def test_survey_knows_the_values_of_views() -> None:
    """A short word that the site's own queries use tells one view from another."""
    known = TemplateMap.from_paths(["/?view=timeline", "/?view=17", "/../x?view=odd"])
    assert known.template_of("/?view=timeline&p=3") == "/?p&view=timeline"
    assert TemplateMap.plain().template_of("/?view=timeline&p=3") == "/?p&view"


def endless_paths(kind: str) -> Iterator[str]:
    """Paths as a trap makes them up."""
    rng = random.Random(7)

    def word() -> str:
        return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(1, 12)))

    words = ["news", "about", "contact", "shop", "team", "history", "edit", "page"]
    facets = ["color", "size", "brand", "price", "sort", "page", "view", "q"]
    while True:
        yield {
            "calendar": lambda: (
                f"/calendar/{rng.randint(1, 9999)}/{rng.randint(1, 12)}/{rng.randint(1, 31)}?view={word()}"
            ),
            "dates": lambda: (
                f"/events/{rng.randint(1900, 2099)}-{rng.randint(10, 12)}-{rng.randint(10, 28)}/{word()}"
            ),
            "tokens": lambda: f"/t/{rng.randbytes(rng.randint(2, 40)).hex()}/{rng.randbytes(9).hex()}",
            "words": lambda: "/" + "/".join(word() for _ in range(rng.randint(1, 12))),
            "documents": lambda: f"/{word()}/{word()}.{word()[:4]}",
            "facets": lambda: (
                "/shop?" + "&".join(f"{key}={word()}" for key in rng.sample(facets, rng.randint(1, 8)))
            ),
            "keys": lambda: "/shop?" + "&".join(f"{word()}={word()}" for _ in range(rng.randint(1, 30))),
            "own words": lambda: "/" + "/".join(rng.choices(words, k=rng.randint(1, 20))),
        }[kind]()


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("calendar", 8),
        ("dates", 1),
        ("tokens", 6),
        ("words", 80),
        ("documents", 20),
        ("facets", 16),
        ("keys", 80),
        ("own words", 1000),
    ],
)
@pytest.mark.parametrize("knowing", ["nothing", "a survey"])
def test_paths_without_end_have_few_templates(kind: str, most: int, knowing: str) -> None:
    """Calendars, tokens, random words, facets and ever deeper links make no templates without end."""
    found = TemplateMap.plain() if knowing == "nothing" else TemplateMap.from_paths([*BLOG, *LAMPS])
    templates = {found.template_of(path) for path in islice(endless_paths(kind), HOSTILE_PATHS)}
    assert len(templates) <= most, sorted(templates)[:: max(1, len(templates) // 40)]


def test_survey_of_a_trap_has_no_more_than_its_share_of_templates() -> None:
    """Templates inferred from a hostile survey are bounded too, and the survey itself is."""
    words = islice(endless_paths("own words"), 3000)
    surveyed = [*words, *(f"/x{number}/a{number}/b{number}" for number in range(MAX_SURVEYED_PATHS + 5))]
    known = TemplateMap.from_paths(surveyed)
    assert len({known.template_of(path) for path in surveyed}) <= 3 * MAX_TEMPLATES


def test_template_depends_on_the_path_alone() -> None:
    """Whatever was asked before, in whatever process: more paths than are remembered, pickled, asked again."""
    fresh, used = TemplateMap.from_paths(LAMPS), TemplateMap.from_paths(LAMPS)
    for number in range(10_000):
        used.template_of(f"/other/{number}")
    sent: TemplateMap = pickle.loads(pickle.dumps(used))  # noqa: S301 - our own bytes
    for path in (*LAMPS, "/shop/lamps/new?x=1", "/a" * 400, "/index.php?title=A&action=edit"):
        assert (
            fresh.template_of(path)
            == used.template_of(path)
            == used.template_of(path)
            == sent.template_of(path)
        )
