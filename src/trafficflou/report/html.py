"""`report.html`: one file for people, which works offline and trusts nothing that it shows.

Template names, paths and error texts come from logs and from the target. Four things keep them harmless: Jinja escapes every
value; the data for the charts sits in a script block that is not code, with `<`, `>`, `&` and all non-ASCII written as
JSON escapes; the Content-Security-Policy allows exactly our style sheet and two scripts, by their hash, and no network; and
no value ever becomes a URL, a style or a handler.
"""

import base64
import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from trafficflou._version import __version__
from trafficflou.metrics import Summary
from trafficflou.report._charts import CHARTS, describe, series_columns, series_note
from trafficflou.report._view import page_values

__all__ = ["render_html"]

_JSON_ESCAPES: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def render_html(summary: Summary) -> str:
    """Render the report of a run.

    Args:
        summary: The run; nothing else is needed, so an old run's page can be made again.

    Returns:
        A whole HTML document without any reference to another file. About 100 kB, and 150 kB more for a long run.
    """
    columns = series_columns(summary.series)
    assets = _assets()
    page: dict[str, Any] = page_values(summary, columns) | {
        "version": __version__,
        "charts": CHARTS,
        "describe": lambda chart: describe(chart, columns),
        "has_series": bool(summary.series),
        "series_note": series_note(summary.series, summary.run.warmup_s),
        "data": _script_json(
            {
                "columns": columns,
                "charts": [chart.for_script() for chart in CHARTS],
                "warmup_s": summary.run.warmup_s,
            }
        ),
        **asdict(assets),
    }
    return _environment().from_string(_resource("templates/report.html.j2")).render(page=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assets:
    """Our own files, the only markup that is not escaped."""

    css: Markup
    uplot_js: Markup
    report_js: Markup
    csp: str


@functools.cache
def _assets() -> _Assets:
    css = _resource("assets/uPlot.min.css") + "\n" + _resource("assets/report.css")
    # The page is a copy of uPlot, so its licence goes with it.
    uplot = f"/*\nuPlot: {_resource('assets/uPlot.LICENSE.txt')}*/\n{_resource('assets/uPlot.iife.min.js')}"
    scripts = uplot, _resource("assets/report.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src {_source_hash(css)}; script-src {' '.join(map(_source_hash, scripts))}"
    )
    # Files of this package, not data: escaping would break them.
    css_markup, uplot_js, report_js = (Markup(text) for text in (css, *scripts))  # noqa: S704
    return _Assets(css=css_markup, uplot_js=uplot_js, report_js=report_js, csp=policy)


@functools.cache
def _environment() -> Environment:
    return Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def _resource(name: str) -> str:
    text = files("trafficflou.report").joinpath(name).read_text(encoding="utf-8")
    # A browser hashes a script after it has normalised line ends, as we must.
    return text.replace("\r\n", "\n")


def _source_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _script_json(value: object) -> Markup:
    """Write JSON that cannot end its script block, nor break a line where JavaScript sees one (U+2028, U+2029)."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_JSON_ESCAPES))  # noqa: S704 - every character that HTML knows is escaped above
