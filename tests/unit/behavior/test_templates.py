"""Templates out of paths."""

import random

import pytest

from trafficflou.behavior.templates import MAX_DEPTH, coarser, has_secret, infer_templates, is_parametric

WORDS = [
    f"{first}-{second}"
    for first in ("red", "blue", "green", "grey")
    for second in ("lamp", "chair", "rug", "vase")
]


def templates_of(*paths: str) -> set[str]:
    """Infer templates where each path was viewed once."""
    return set(infer_templates(dict.fromkeys(paths, 1)).values())


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/product/17", "/product/{id}"),
        ("/product/17/reviews", "/product/{id}/reviews"),
        ("/item/17.html", "/item/{id}.html"),
        ("/u/3f2504e0-4f89-41d3-9a0c-0305e82c3301", "/u/{uuid}"),
        ("/commit/9fceb02d0ae598e9", "/commit/{hex}"),
        ("/reset/d41d8cd98f00b204e9800998ecf8427e", "/reset/{key}"),
        ("/invite/aB3xK9mQ2pL7vR5t", "/invite/{token}"),
        ("/invite/QwErTyUiOpAsDfGhJk", "/invite/{token}"),
        ("/verify/eyjhbgcioijiuzinisinrscciikpxvcj", "/verify/{token}"),
        ("/unsubscribe/jo@example.org", "/unsubscribe/{email}"),
        ("/unsubscribe/jo%40example.org", "/unsubscribe/{email}"),
        ("/card/4111111111111111", "/card/{key}"),
        ("/day/2026-03-10", "/day/{date}"),
        ("/2015/05/22/a-post/", "/{year}/{month}/{day}/a-post/"),
        ("/2015/13/", "/{year}/{id}/"),
        ("/archive/1815/", "/archive/{id}/"),
        ("/about", "/about"),
        ("/v2/docs", "/v2/docs"),
        ("/docs/class_triton_1_1_breaking_waves_parameters-members.html",) * 2,
        ("/SilverLiningTestApplication", "/SilverLiningTestApplication"),
    ],
)
def test_form_decides_for_a_single_path(path: str, template: str) -> None:
    """Numbers, dates, keys, tokens and addresses are parameters even when seen once; words and names are not."""
    assert templates_of(path) == {template}


def test_many_words_beside_each_other_are_slugs() -> None:
    """A collection's names are one template, also the most popular of them; a few words stay a list."""
    views = {f"/product/{word}": 1 for word in WORDS} | {"/product/red-lamp": 5000, "/product/search": 3}
    found = infer_templates(views)
    assert found["/product/red-lamp"] == found["/product/blue-rug"] == "/product/{slug}"
    assert found["/product/search"] == "/product/search"
    assert templates_of(*(f"/help/{word}" for word in WORDS[:6])) == {f"/help/{word}" for word in WORDS[:6]}


def test_subtrees_of_slugs_are_merged() -> None:
    """What stands below the members of a collection is one template too, trailing slash or not."""
    paths = [f"/product/{word}/{part}" for word in WORDS for part in ("", "reviews", "specs")]
    assert templates_of(*paths) == {"/product/{slug}/", "/product/{slug}/reviews", "/product/{slug}/specs"}


def test_pages_of_a_manual_keep_their_extension() -> None:
    """Documents with an extension are a collection of their own."""
    paths = [f"/docs/html/{word}.html" for word in WORDS] + ["/docs/html/start"]
    assert templates_of(*paths) == {"/docs/html/{page}.html", "/docs/html/start"}


def test_numbered_names_share_their_prefix() -> None:
    """`item-1`, `item-2` are one template where there are several; a version is a word."""
    assert templates_of(*(f"/item-{number}" for number in range(5))) == {"/item-{id}"}
    assert templates_of("/item-1", "/v1/a") == {"/item-1", "/v1/a"}


def test_root_keeps_its_popular_words() -> None:
    """Beside hundreds of rare articles at the root, what visitors use all the time stays itself."""
    views = {f"/story-of-{first}-{second}/": 1 for first in WORDS for second in WORDS}
    views |= {"/cart/": 900, "/our-shop/": 500, "/about/": 2}
    found = infer_templates(views)
    assert found["/cart/"] == "/cart/"
    assert found["/our-shop/"] == "/our-shop/"
    assert found["/about/"] == "/about/"
    assert found["/story-of-red-lamp-red-rug/"] == "/{slug}/"


def test_language_is_a_hub() -> None:
    """Below `/en/` the same holds as at the root."""
    views = {f"/en/{first}-{second}": 1 for first in WORDS for second in WORDS} | {"/en/our-shop": 500}
    found = infer_templates(views)
    assert found["/en/our-shop"] == "/en/our-shop"
    assert found["/en/red-lamp-red-rug"] == "/en/{slug}"


def test_sections_unlike_one_another_make_a_hub() -> None:
    """A node whose children have subtrees of their own is not a collection of things alike."""
    sections = {f"/site/{word}/{word}-{part}": 50 for word in WORDS[:4] for part in ("one", "two", "three")}
    rare = {f"/site/{word}": 1 for word in WORDS[4:]}
    extra = {f"/site/odd-{word}": 1 for word in WORDS}
    found = infer_templates(sections | rare | extra)
    assert found["/site/red-lamp/red-lamp-one"] == "/site/red-lamp/red-lamp-one"
    assert found["/site/odd-red-lamp"] == "/site/{slug}"


def test_deep_paths_are_bounded() -> None:
    """A path of a thousand segments cannot make a deep tree."""
    template = infer_templates({"/a" * 400: 1})["/a" * 400]
    assert template.count("/") == MAX_DEPTH
    assert template.endswith("/{rest}")


def test_templates_among_the_paths_stay_and_take_in_their_like() -> None:
    """Templates of an earlier round are themselves again, and a rare word joins them without further company."""
    found = infer_templates({"/product/{slug}": 100, "/product/red-lamp": 1, "/item-{id}": 3, "/item-7": 1})
    assert found["/product/{slug}"] == found["/product/red-lamp"] == "/product/{slug}"
    assert found["/item-7"] == "/item-{id}"


def test_order_of_paths_does_not_matter() -> None:
    """The same paths in any order have the same templates."""
    views = {f"/{word}/{number}/{word}.html": number for word in WORDS for number in range(1, 9)}
    shuffled = list(views.items())
    random.Random(3).shuffle(shuffled)
    assert infer_templates(dict(shuffled)) == infer_templates(views)


def test_coarser_hides_one_word_after_the_other() -> None:
    """From the end, until nothing is left to hide."""
    chain = ["/docs/{id}/intro.html"]
    while (following := coarser(chain[-1])) is not None:
        chain.append(following)
    assert chain[1:] == ["/docs/{id}/{page}.html", "/docs/{id}/{slug}", "/{slug}/{id}/{slug}"]
    assert coarser("/") is None


def test_secrets_are_seen_anywhere_in_a_path() -> None:
    """Addresses, tokens and long keys, with an extension too; ordinary names and numbers are none."""
    assert has_secret("/a/jo@example.org/b")
    assert has_secret("/file/aB3xK9mQ2pL7vR5t.html")
    assert has_secret("/k/d41d8cd98f00b204e9800998ecf8427e")
    assert not has_secret("/product/17/red-lamp.html")


def test_parametric_tells_templates_from_paths() -> None:
    """Braces stand in templates only."""
    assert is_parametric("/product/{id}")
    assert not is_parametric("/product/%7Bid%7D")
