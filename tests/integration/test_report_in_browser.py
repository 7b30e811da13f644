"""The page in a real browser: it draws, it obeys its own policy, it asks nobody for anything, it fits a phone."""

import json
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import CHROMIUM, Browser, Tab
from trafficflou.metrics import Summary
from trafficflou.report import render_html

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture(scope="module")
def documents(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """Return summaries of runs as they come, from the unit tests' samples."""
    path = request.config.rootpath / "tests" / "unit" / "report" / "conftest.py"
    spec = spec_from_file_location("report_samples", path)
    assert spec is not None
    assert spec.loader is not None
    samples = module_from_spec(spec)
    spec.loader.exec_module(samples)
    shop = samples.shop_document()
    evil = "</script><script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"
    hostile = shop | {"reasons": [evil], "run": shop["run"] | {"name": evil, "target": evil}}
    hostile["templates"] = [shop["templates"][0] | {"template": evil}]
    return {
        "shop": shop,
        "second": samples.shop_document(1),
        "empty": samples.empty_document(),
        "hostile": hostile,
    }


@pytest.fixture(scope="module")
def pages(documents: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Render every sample into a file."""
    folder = tmp_path_factory.mktemp("pages")
    for name, document in documents.items():
        (folder / f"{name}.html").write_text(render_html(Summary.model_validate(document)), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in documents}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start one browser for all tests of this file."""
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """Open a page of its own for a test."""
    opened = Tab(browser)
    yield opened
    opened.close()


# A chart is drawn if its canvas is not of one colour.
DRAWN = """[...document.querySelectorAll('.plot')].map(plot => {
  const canvas = plot.querySelector('canvas');
  if (!canvas || !canvas.width) { return false; }
  const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return new Set(pixels).size > 20;
})"""


@pytest.mark.parametrize("name", ["shop", "second"])
@pytest.mark.parametrize("dark", [False, True])
def test_page_draws_every_chart_without_complaint(
    tab: Tab, pages: dict[str, Path], name: str, dark: bool
) -> None:
    """All six charts are drawn, in light and in dark, and the browser has nothing to complain about."""
    tab.show(pages[name], dark=dark)
    assert tab.evaluate(DRAWN) == [True] * 6
    assert tab.evaluate("document.documentElement.dataset.charts") == "6"
    assert tab.complaints() == []


def test_page_without_a_second_has_no_charts_and_no_complaint(tab: Tab, pages: dict[str, Path]) -> None:
    """A run that ended before its first second is a page like any other."""
    tab.show(pages["empty"])
    assert tab.evaluate("document.documentElement.dataset.charts") == "0"
    assert tab.evaluate("document.querySelectorAll('.plot .empty').length") == 6
    assert tab.complaints() == []


@pytest.mark.parametrize("name", ["shop", "hostile"])
def test_page_asks_nobody_for_anything(tab: Tab, pages: dict[str, Path], name: str) -> None:
    """The only request is the one for the page itself."""
    tab.show(pages[name])
    assert tab.requested() == [pages[name].as_uri()]


def test_page_runs_no_hostile_script(tab: Tab, pages: dict[str, Path]) -> None:
    """Markup in names is text, and the charts are drawn all the same."""
    tab.show(pages["hostile"])
    assert "hacked" not in str(tab.evaluate("document.title")).replace("document.title='hacked'", "")
    assert tab.evaluate("document.images.length") == 0
    assert tab.evaluate("document.scripts.length") == 3
    assert tab.evaluate(DRAWN) == [True] * 6
    assert tab.complaints() == []


def test_page_policy_stops_a_script_that_is_not_its_own(
    tab: Tab, pages: dict[str, Path], tmp_path: Path
) -> None:
    """Even if markup came through, the policy would not run it: the second line of defence holds."""
    broken = tmp_path / "broken.html"
    text = pages["shop"].read_text(encoding="utf-8")
    broken.write_text(
        text.replace("<main ", "<script>document.title='hacked'</script><main ", 1), encoding="utf-8"
    )
    tab.show(broken)
    assert tab.evaluate("document.title") != "hacked"
    assert any("Content Security Policy" in json.dumps(complaint) for complaint in tab.complaints())


# A table is as wide as its place, or its place scrolls.
REACHABLE = """table => table.offsetWidth <= table.parentElement.clientWidth
  || getComputedStyle(table.parentElement).overflowX === 'auto'"""


@pytest.mark.parametrize("width", [360, 420, 768, 1280, 1920])
def test_page_fits_the_screen(tab: Tab, pages: dict[str, Path], width: int) -> None:
    """No screen, a phone's included, has to scroll sideways; wide tables scroll within themselves."""
    tab.show(pages["shop"], width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        tab.evaluate("[...document.querySelectorAll('.plot')].every(p => p.scrollWidth <= p.clientWidth)")
        is True
    )


def test_page_sorts_its_templates(tab: Tab, pages: dict[str, Path]) -> None:
    """A heading sorts by its figure, greatest first, then the other way round; names sort from A."""
    tab.show(pages["shop"])
    headings = "document.querySelectorAll('table[data-sortable] th button')"
    column = "[...document.querySelectorAll('table[data-sortable] tbody tr')].map(row => Number(row.cells[5].dataset.v))"
    tab.evaluate(f"{headings}[5].click()")
    falling = tab.evaluate(column)
    assert falling == sorted(falling, reverse=True)
    assert falling[0] > falling[-1]
    assert tab.evaluate(f"{headings}[5].closest('th').getAttribute('aria-sort')") == "descending"
    tab.evaluate(f"{headings}[5].click()")
    assert tab.evaluate(column) == falling[::-1]
    tab.evaluate(f"{headings}[0].click()")
    first = "document.querySelector('table[data-sortable] tbody code').textContent"
    assert tab.evaluate(first) == "(image)"
    assert tab.evaluate("document.querySelectorAll('[aria-sort]').length") == 1


def test_page_changes_to_a_logarithmic_scale(tab: Tab, pages: dict[str, Path]) -> None:
    """The button of the latency chart changes its scale, and says so to a screen reader."""
    tab.show(pages["shop"])
    picture = "document.querySelector('#plot-latency canvas').toDataURL()"
    before = tab.evaluate(picture)
    tab.evaluate("document.querySelector('[data-log=latency]').click()")
    assert tab.evaluate("document.querySelector('[data-log=latency]').getAttribute('aria-pressed')") == "true"
    assert tab.evaluate(picture) != before
    assert tab.evaluate(DRAWN) == [True] * 6
    assert tab.complaints() == []


# Relative luminance and contrast as WCAG 2.2 defines them; the nearest opaque background counts.
FAINT = """(() => {
  const parse = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = node => { for (; node; node = node.parentElement) {
    const colour = parse(getComputedStyle(node).backgroundColor); if (colour.length && colour[3] !== 0) { return colour; } } };
  const found = [];
  for (const node of document.querySelectorAll('main *, header *, footer *')) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || node.closest('svg, .skip, [hidden]')) { continue; }
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) { found.push(node.className + ': ' + node.textContent.trim().slice(0, 30)); }
  }
  return found;
})()"""


@pytest.mark.parametrize("name", ["shop", "empty"])
@pytest.mark.parametrize("dark", [False, True])
def test_page_has_enough_contrast(tab: Tab, pages: dict[str, Path], name: str, dark: bool) -> None:
    """Every text has a contrast of at least 4.5 to 1 (WCAG AA), in light and in dark."""
    tab.show(pages[name], dark=dark)
    assert tab.evaluate(FAINT) == []


def test_page_prints(tab: Tab, pages: dict[str, Path]) -> None:
    """The page prints, from a dark screen too, and draws its charts for paper and again for the screen."""
    tab.show(pages["shop"], dark=True)
    printed = tab.call("Page.printToPDF", printBackground=True)["data"]
    assert len(printed) > 50_000
    assert tab.evaluate(DRAWN) == [True] * 6
    assert tab.complaints() == []
