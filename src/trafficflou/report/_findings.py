"""Findings as plain values: what was found, the figures it rests on, and the steps that lead there again."""

from collections.abc import Sequence
from typing import Any, Final

from trafficflou.core.units import format_count
from trafficflou.metrics import Finding, PathStep
from trafficflou.report._figures import show_ms, show_share
from trafficflou.report._text import visible
from trafficflou.traffic.journeys.export import write_journey

__all__ = ["FINDING_WORDS", "finding_rows", "step_words"]

_MAX_FINDINGS: Final = 100
_MAX_STEPS: Final = 40
_MAX_FIGURES: Final = 12
_MAX_JOURNEY_CHARS: Final = 8000

FINDING_WORDS: Final = {
    "form_fails": "Form fails",
    "server_error": "Page fails",
    "broken_link": "Broken link",
    "redirect_loop": "Redirect loop",
    "dead_end": "Dead end",
    "flaky_form": "Form fails at times",
    "flaky_page": "Fails at times",
    "slow_page": "Slow page",
    "slow_journey": "Slow journey",
    "form_refused": "Form refuses",
    "goal_rarely_reached": "Goal rarely reached",
    "unreachable_pages": "Not linked",
    "script_error": "Script error",
    "check_failed": "Check failed",
    "missing_paths": "Missing paths",
    "foreign_origins": "Other origins",
    "errors_without_slo": "Errors, no objective",
    "template_cap": "Many templates",
    "ai": "Explanation",
}
"""A few words for each kind; a kind that a newer version knows is shown by its name."""

_TONES: Final = (
    dict.fromkeys(
        ("form_fails", "server_error", "broken_link", "redirect_loop", "script_error", "check_failed"), "fail"
    )
    | dict.fromkeys(("dead_end", "flaky_form", "flaky_page", "slow_page", "slow_journey"), "invalid")
    | dict.fromkeys(("form_refused", "goal_rarely_reached", "unreachable_pages"), "invalid")
)


def finding_rows(findings: Sequence[Finding]) -> dict[str, list[dict[str, Any]]]:
    """Return what the page shows of findings: those that were measured, and those that an AI model wrote."""
    rows: dict[str, list[dict[str, Any]]] = {"measured": [], "ai": []}
    for finding in findings[:_MAX_FINDINGS]:
        rows[finding.source].append(_row(finding))
    return rows


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "word": FINDING_WORDS.get(finding.kind, visible(finding.kind.replace("_", " "), 40)),
        "tone": _TONES.get(finding.kind, ""),
        "message": visible(finding.message, 1000),
        "strategy": visible(finding.strategy, 80),
        "provider": visible(finding.provider, 80),
        "figures": _figures(finding),
        "steps": [step_words(step) for step in finding.path[:_MAX_STEPS]],
        "journey": _journey(finding),
        "cites": [
            f"{visible(cited.place, 120)} = {_shown(cited.place, cited.value)}"
            for cited in finding.cites[:_MAX_FIGURES]
        ],
    }


def _journey(finding: Finding) -> str:
    """Return the way as a journey that can be played; empty where there is none, or it is too long to be shown."""
    path = finding.path[:_MAX_STEPS]
    chars = sum(
        len(step.path) + sum(len(name) + len(value) for name, value in step.values.items()) for step in path
    )
    if not path or chars > _MAX_JOURNEY_CHARS:
        return ""
    return write_journey(path, name=finding.kind, summary=finding.message)


def _figures(finding: Finding) -> list[str]:
    shown = list(finding.figures.items())[:_MAX_FIGURES]
    return [
        f"{visible(name.removesuffix('_ms').replace('_', ' '), 60)} {_shown(name, value)}"
        for name, value in shown
    ]


def _shown(name: str, value: float | int | str | None) -> str:
    if isinstance(value, str) or value is None:
        return visible(value or "none", 200)
    if name.endswith("_ms") or "_ms." in name:
        return show_ms(float(value))
    if name.endswith("share"):
        return show_share(float(value))
    return format_count(value) if float(value).is_integer() else f"{value:.4g}"


def step_words(step: PathStep) -> str:
    """Say a step of a path in words: `click "Garden" → /category/garden`."""
    filled = ", ".join(f"{visible(name, 60)}={visible(value, 60)}" for name, value in step.values.items())
    said = f' "{visible(step.text, 80)}" →' if step.text else ""
    return f"{step.action}{said} {visible(step.path, 300)}" + (f" with {filled}" if filled else "")
