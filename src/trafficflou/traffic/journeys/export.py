"""Writes the way to something that was found as a journey in YAML, so that it can be tried again: `--strategy finding.yaml`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from trafficflou.security import clean_text

__all__ = ["TakenStep", "write_journey"]

_MAX_STEPS: Final = 200
_MAX_COMMENT: Final = 80
_MAX_NAME: Final = 100


class TakenStep(Protocol):
    """A step that a visitor took: one of a journal's trails, or of a finding."""

    @property
    def action(self) -> str:
        """`open`, `click` or `submit`."""
        ...

    @property
    def path(self) -> str:
        """Where it led."""
        ...

    @property
    def text(self) -> str:
        """The words of the link or button."""
        ...

    @property
    def values(self) -> Mapping[str, str] | Sequence[tuple[str, str]]:
        """What was filled in, by field name."""
        ...


def write_journey(trail: Sequence[TakenStep], *, name: str = "finding", summary: str = "") -> str:
    """Write the steps of a trail as a journey.

    Links and forms are found again by where they lead, which is surer than by their words; the words stand beside as comments. What a form
    holds already, tokens too, is taken from the page as it is then.

    Args:
        trail: The steps, the entry first; at least one.
        name: Of the journey.
        summary: What was found; one sentence.

    Returns:
        YAML that `read_document` reads.
    """
    lines = [f"name: {_quoted(name[:_MAX_NAME] or 'finding')}"]
    if summary:
        lines.append(f"summary: {_quoted(clean_text(summary, 300))}")
    lines.append("steps:")
    for number, step in enumerate(trail[:_MAX_STEPS]):
        lines += _step_lines(step, is_first=number == 0)
    return "\n".join(lines) + "\n"


def _step_lines(step: TakenStep, *, is_first: bool) -> Iterator[str]:
    values = dict(step.values)
    comment = clean_text(step.text, _MAX_COMMENT) if step.text else ""
    remark = f"  # {comment}" if comment else ""
    if step.action == "submit":
        # Without the page before there is no form to be filled in.
        verb, where = ("post", step.path) if is_first else ("submit", step.path.partition("?")[0])
        yield f"  - {verb}: {_text(where)}{remark}"
        if values:
            yield f"    {'data' if is_first else 'values'}:"
            for key, value in values.items():
                yield f"      {_quoted(key)}: {_text(value)}"
        return
    verb = "click" if step.action == "click" and not is_first else "get"
    yield f"  - {verb}: {_text(step.path)}{remark}"


def _text(value: str) -> str:
    """Write a text in which braces stand for themselves."""
    return _quoted(value.replace("{", "{{").replace("}", "}}"))


def _quoted(value: str) -> str:
    """Write a text in double quotes, all but printable ASCII escaped; a lone surrogate becomes `?`."""
    text = value.encode("utf-8", "replace").decode()
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return f"\\{char}"
    if " " <= char <= "~":
        return char
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"
