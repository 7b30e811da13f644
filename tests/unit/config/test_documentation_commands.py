"""Every command line that the documentation prints can be typed as it stands, and every link leads somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from trafficflou.cli.app import app
from trafficflou.config import RunConfigBuilder, setting_named

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

SHELL_FLAGS = {"--install-completion", "--show-completion"}
"""Made by Typer outside of our table of commands."""

_FENCE = re.compile(r"^```(sh|console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(trafficflou [^`]*)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PLACEHOLDER = re.compile(r"\[?[A-Z]{3,}\]?|\.\.\.|.*\.\.\.$")
"""Words such as MODEL, [RUN] or LOG..., for which the reader puts something of their own."""


def _lines(text: str) -> Iterator[str]:
    """Find the command lines in fenced blocks (after `$ ` where there is a prompt) and in running text."""
    for language, block in _FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ ") or language != "console":
                yield line.removeprefix("$ ")
    yield from (found.replace("\\|", "|") for found in _INLINE.findall(text))


def _commands(text: str) -> Iterator[list[str]]:
    """Split each line into the words of the `trafficflou` commands in it, without redirections."""
    for line in _lines(text):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        command: list[str] | None = None
        for word in [*lexer, ";"]:
            if command is None:
                command = [] if word.rpartition("/")[2] == "trafficflou" else None
            elif set(word) <= set("|;&<>"):
                yield command
                command = None
            else:
                command.append(word)


CASES = sorted(
    {(page.name, tuple(words)) for page in PAGES for words in _commands(page.read_text(encoding="utf-8"))}
)


@pytest.mark.parametrize(
    ("page", "words"), CASES, ids=lambda value: value if isinstance(value, str) else " ".join(value)
)
def test_command_of_the_documentation_can_be_typed(page: str, words: tuple[str, ...]) -> None:
    """Commands, flags and the form of their values are those of the program; nothing is executed."""
    command: Any = typer.main.get_command(app)  # click's, or Typer's own copy of it
    left = [word for word in words if word not in {"--help", "-h", "COMMAND"}]
    while left and hasattr(command, "commands") and not left[0].startswith("-"):
        name = left.pop(0)
        assert name in command.commands, f"{page}: there is no such command: {name}"
        command = command.commands[name]
    flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    used = {word.partition("=")[0] for word in left if re.match(r"--?[a-z]", word)}
    assert used <= flags | SHELL_FLAGS, f"{page}: {' '.join(words)}"
    if not used & SHELL_FLAGS and not any(map(_PLACEHOLDER.fullmatch, left)):
        # In running text a command is named without what it needs; what is given must be right all the same.
        context = command.context_class(command, info_name=command.name, resilient_parsing=True)
        command.parse_args(context, left)
        if command.name == "run":
            flags_given = {key: value for key, value in context.params.items() if setting_named(key)}
            RunConfigBuilder().with_defaults().with_flags(flags_given).check()


def test_documentation_has_commands_to_check() -> None:
    """The patterns above find what they are for."""
    assert len(CASES) >= 20
    assert ("cli.md", ("doctor", "--visitors", "5000")) in CASES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link names a file that exists, and a heading of it where it names one."""
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name}: {link}"
        if heading:
            titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert heading in anchors, f"{page.name}: {link}"
