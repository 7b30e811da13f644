"""What the machine's short names mean, in the words that the page and the terminal share."""

from http import HTTPStatus
from typing import Final

from trafficflou.core.units import format_duration
from trafficflou.metrics import RunEvent, Summary
from trafficflou.report._text import visible

__all__ = ["VERDICT_WORDS", "event_time", "explain_error", "slo_words", "status_phrase", "verdict_sentence"]

VERDICT_WORDS: Final = {"pass": "Passed", "fail": "Failed", "invalid": "Invalid"}

# The failure kinds of the HTTP client; an unknown kind is shown by its name alone.
_ERROR_KINDS: Final = {
    "connect_refused": "the site refused the connection",
    "connect_failed": "the connection could not be made",
    "connect_timeout": "the connection was not made in time",
    "out_of_sockets": "this machine had no socket or port left for the generator; not the site's fault",
    "tls": "the TLS handshake failed",
    "reset": "the site broke the connection off",
    "closed_early": "the site closed the connection before the answer was complete",
    "timeout": "no complete answer in time",
    "protocol": "the answer was not valid HTTP",
    "redirect_loop": "redirects led round and round",
    "foreign_redirect": "a redirect led to another origin, which is never followed",
    "decoding": "the answer's content encoding was broken",
    "unusable_path": "what was asked for is no path on the target, so nothing was sent",
    "too_large": "the answer was larger than allowed",
    "unfinished": "no complete answer when the run had ended and nobody waited any longer",
}


def event_time(event: RunEvent) -> str:
    """Say when in its run something happened: `After 30 s`."""
    return f"After {format_duration(event.at_s)}"


def explain_error(kind: str) -> str:
    """Say what an error kind (`timeout`, `http_503`) means; empty where we do not know it."""
    if kind.startswith("http_"):
        return f"the site answered {status_phrase(kind.removeprefix('http_'))}".rstrip()
    return _ERROR_KINDS.get(kind, "")


def status_phrase(status: str | int) -> str:
    """Write an HTTP status with its standard phrase: `503 Service Unavailable`; the bare number where it has none."""
    try:
        known = HTTPStatus(int(status))
    except ValueError:
        return visible(status, 20)
    return f"{known.value} {known.phrase}"


def slo_words(passed: bool) -> str:
    """Return the one word for an objective's result."""
    return "met" if passed else "missed"


def verdict_sentence(summary: Summary) -> str:
    """Say in one or two sentences what the verdict means."""
    sentence = _sentence(summary)
    if summary.run.stopped_early:
        sentence += f" It was stopped by the user after {format_duration(summary.run.duration_s)}; the figures cover that time."
    return sentence


def _sentence(summary: Summary) -> str:
    total = len(summary.slos)
    missed = sum(not slo.passed for slo in summary.slos)
    if summary.verdict == "invalid":
        return "This run gives no verdict on the site."
    if summary.verdict == "fail":
        return (
            f"The site missed {missed} of {total} {_objectives(total)}."
            if missed
            else "The site did not hold up."
        )
    if total == 0:
        return "The run is complete and its measurement is sound. No objectives were set (--slo), so nothing could fail."
    return "The site met the objective." if total == 1 else f"The site met all {total} objectives."


def _objectives(count: int) -> str:
    return "objective" if count == 1 else "objectives"
