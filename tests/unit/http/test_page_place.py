"""Where on a page something stands."""

import pytest

from trafficflou.http import Origin, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")


def place_in(html: str) -> str:
    """Return where the link in this stands."""
    (link,) = read_page(html.replace("LINK", "<a href=/a>x</a>").encode(), path="/", origin=ORIGIN).links
    return link.place


@pytest.mark.parametrize(
    ("html", "place"),
    [
        ("LINK", "unknown"),
        ("<header>LINK</header>", "header"),
        ("<nav>LINK</nav>", "navigation"),
        ("<main>LINK</main>", "main"),
        ("<aside>LINK</aside>", "aside"),
        ("<footer>LINK</footer>", "footer"),
        ("<article>LINK</article>", "main"),
        ("<section>LINK</section>", "main"),
        ("<div role=banner>LINK</div>", "header"),
        ("<div role=navigation>LINK</div>", "navigation"),
        ("<ul role=menubar>LINK</ul>", "navigation"),
        ("<div role=main>LINK</div>", "main"),
        ("<div role=complementary>LINK</div>", "aside"),
        ("<div role=contentinfo>LINK</div>", "footer"),
        ("<nav role=presentation>LINK</nav>", "unknown"),
        ("<main><nav>LINK</nav></main>", "navigation"),
        ("<header><nav>LINK</nav></header>", "navigation"),
        ("<header><nav></nav>LINK</header>", "header"),
        ("<main><aside>LINK</aside></main>", "aside"),
        ("<footer><section>LINK</section></footer>", "footer"),
        ("<section><footer>LINK</footer></section>", "main"),
        ("<main><article><header>LINK</header></article></main>", "main"),
        ("<article><footer>LINK</footer></article>", "main"),
        ("<main></main>LINK", "unknown"),
        ("<nav><div></nav>LINK", "unknown"),
        ("<main><div class=sidebar>LINK</div></main>", "main"),
    ],
)
def test_landmark(html: str, place: str) -> None:
    """The nearest landmark counts; headers and footers of articles are parts of them (HTML Accessibility API Mappings)."""
    assert place_in(html) == place


@pytest.mark.parametrize(
    ("html", "place"),
    [
        ("<div id=header>LINK</div>", "header"),
        ("<div class='site-header clearfix'>LINK</div>", "header"),
        ("<div class=header-inner>LINK</div>", "header"),
        ("<ul class=main-menu>LINK</ul>", "navigation"),
        ("<ul class=mainmenu>LINK</ul>", "navigation"),
        ("<div class='breadcrumb'>LINK</div>", "navigation"),
        ("<div class=nav_bar>LINK</div>", "navigation"),
        ("<div id=left-sidebar>LINK</div>", "aside"),
        ("<div id=rightSidebar>LINK</div>", "aside"),
        ("<div id=footer>LINK</div>", "footer"),
        ("<div class=footer-links>LINK</div>", "footer"),
        ("<div id=content>LINK</div>", "main"),
        ("<div class=post>LINK</div>", "main"),
        ("<section id=sidebar>LINK</section>", "aside"),
        ("<div id=p-personal>LINK</div>", "navigation"),
        ("<div class=p-4>LINK</div>", "unknown"),
        ("<body class='nav-open has-sidebar page'>LINK</body>", "unknown"),
        ("<div class='has-sidebar menu-open no-footer'>LINK</div>", "unknown"),
        ("<div class=card-footer>LINK</div>", "unknown"),
        ("<div id=footer><ul class=menu>LINK</ul></div>", "footer"),
        ("<div id=header><ul class=menu>LINK</ul></div>", "navigation"),
        ("<div id=content><div class=header>LINK</div></div>", "main"),
        ("<div id=content><header>LINK</header></div>", "main"),
        ("<div id=content><div class=sidebar>LINK</div></div>", "aside"),
        ("<div id=content><div id=footer>LINK</div></div>", "footer"),
        ("<div class=sidebar><div class=post>LINK</div></div>", "aside"),
        ("<div class=nav-page-wrapper><div id=content>LINK</div></div>", "main"),
        ("<div class=menu><div class=content>LINK</div></div>", "navigation"),
        (f"<div class={'menu' * 20}>LINK</div>", "unknown"),
    ],
)
def test_words_where_there_is_no_landmark(html: str, place: str) -> None:
    """Classes and identifiers say it, unless they speak of the state of the whole page."""
    assert place_in(html) == place


def test_form_stands_somewhere_too() -> None:
    """A form is where it begins."""
    (form,) = read_page(b"<header><form><input name=q></header></form>", path="/", origin=ORIGIN).forms
    assert form.place == "header"
