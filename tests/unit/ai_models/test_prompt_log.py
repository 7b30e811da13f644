"""What leaves for a provider can be shown and is kept."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trafficflou.ai_models.prompt_log import MAX_HELD, PromptLog, SentPrompt
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.testing.virtual_time import LoopClock, virtual_time

PROMPT = SentPrompt(
    at="",
    task="prefer",
    prompt_version=1,
    provider="openai",
    model="gpt",
    system="Choose.",
    user="line one\nline two",
    function="prefer",
)


def entries(path: Path) -> list[dict[str, Any]]:
    """Return what a log holds, without its first line."""
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def send(log: PromptLog, prompt: SentPrompt = PROMPT) -> None:
    """Let a call end well."""
    with log.call(prompt) as call:
        call.ended("answered", 100, 20)


def test_log_holds_what_is_sent_before_there_is_a_file(tmp_path: Path) -> None:
    """What is asked before a run has its folder is kept there too; a log that was closed holds nothing more."""
    log = PromptLog(holds=True)
    for number in range(MAX_HELD + 5):
        send(log, replace(PROMPT, user=f"early {number}"))
    assert log.statistics() == {"sent": MAX_HELD + 5, "stored": 0}
    path = tmp_path / "prompts.jsonl"
    log.keep_in(path)
    send(log, replace(PROMPT, user="later"))
    log.close()
    send(log)
    assert [entry["user"] for entry in entries(path)][-2:] == [f"early {MAX_HELD - 1}", "later"]
    assert log.statistics() == {"sent": MAX_HELD + 7, "stored": MAX_HELD + 1}
    unkept = PromptLog(holds=True)
    send(unkept)
    unkept.close()


@virtual_time
async def test_entry_says_what_was_sent_when_and_how_it_ended(tmp_path: Path) -> None:
    """One line of JSON for each call, under a line that names the schema; the listener hears the same."""
    heard: list[SentPrompt] = []
    path = tmp_path / "prompts.jsonl"
    log = PromptLog(path, heard.append, clock=LoopClock())
    with log.call(PROMPT) as call:
        await asyncio.sleep(1.5)
        call.ended("answered", 100, 20)
    log.close()
    assert json.loads(path.read_text().splitlines()[0]) == {"schema": "trafficflou/prompts@1"}
    assert entries(path) == [
        {
            "at": "2026-01-01T00:00:00.000+00:00",
            "task": "prefer",
            "prompt_version": 1,
            "provider": "openai",
            "model": "gpt",
            "system": "Choose.",
            "user": "line one\nline two",
            "function": "prefer",
            "is_repair": False,
            "outcome": "answered",
            "input_tokens": 100,
            "output_tokens": 20,
            "latency_ms": 1500.0,
        }
    ]
    assert SentPrompt(**entries(path)[0]) == heard[0]
    assert log.statistics() == {"sent": 1, "stored": 1}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ProviderError("limited", fault=ProviderFault.RATE_LIMITED), "rate_limited"),
        (asyncio.CancelledError(), "cancelled"),
    ],
)
def test_call_that_fails_is_kept_too(tmp_path: Path, error: BaseException, outcome: str) -> None:
    """It left all the same; the failure passes through."""
    path = tmp_path / "prompts.jsonl"
    log = PromptLog(path)
    with pytest.raises(type(error)), log.call(PROMPT):
        raise error
    log.close()
    assert [entry["outcome"] for entry in entries(path)] == [outcome]


def test_file_is_made_with_the_first_prompt(tmp_path: Path) -> None:
    """A run in which nothing was sent leaves none."""
    path = tmp_path / "prompts.jsonl"
    log = PromptLog(path)
    assert not path.exists()
    log.close()
    assert not path.exists()


def test_log_without_a_file_only_counts() -> None:
    """As it is where nobody wants it."""
    log = PromptLog()
    send(log)
    log.close()
    assert log.statistics() == {"sent": 1, "stored": 0}


def test_log_continues_its_own_file(tmp_path: Path) -> None:
    """Two processes, or a run after another, write into one."""
    path = tmp_path / "prompts.jsonl"
    for _ in range(2):
        log = PromptLog(path)
        send(log)
        log.close()
    assert len(entries(path)) == 2


def test_size_is_bounded_and_the_rest_counted(tmp_path: Path) -> None:
    """A run that asks for ever does not fill the disk."""
    path = tmp_path / "prompts.jsonl"
    log = PromptLog(path, max_bytes=1000)
    for _ in range(10):
        send(log)
    log.close()
    assert path.stat().st_size <= 1000
    assert log.statistics() == {"sent": 10, "stored": len(entries(path))}
    assert 0 < len(entries(path)) < 10


def test_disk_that_takes_nothing_disturbs_no_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is missing, somebody else's file, a disk that is full: told once, and the call goes on."""
    foreign = tmp_path / "notes.txt"
    foreign.write_text("my notes\n")
    for path in (tmp_path / "none" / "prompts.jsonl", foreign):
        log = PromptLog(path)
        send(log)
        send(log)
        assert log.statistics() == {"sent": 2, "stored": 0}
        log.close()
    assert foreign.read_text() == "my notes\n"
    assert len([record for record in caplog.records if "not kept" in record.message]) == 2

    full = PromptLog(tmp_path / "prompts.jsonl")
    send(full)

    def no_space(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", no_space)
    send(full)
    monkeypatch.undo()
    full.close()
    assert full.statistics() == {"sent": 2, "stored": 1}


def test_closed_log_only_counts(tmp_path: Path) -> None:
    """Calls that end after the run, as cancelled ones do, change no file."""
    path = tmp_path / "prompts.jsonl"
    log = PromptLog(path)
    send(log)
    log.close()
    log.close()
    send(log)
    assert log.statistics() == {"sent": 2, "stored": 1}
    early = PromptLog(tmp_path / "never.jsonl")
    early.close()
    send(early)
    assert not (tmp_path / "never.jsonl").exists()


def test_listener_that_breaks_hears_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; the calls go on."""
    heard: list[SentPrompt] = []

    def breaks(prompt: SentPrompt) -> None:
        heard.append(prompt)
        raise ZeroDivisionError

    log = PromptLog(on_prompt=breaks)
    send(log)
    send(log)
    assert len(heard) == 1
    assert "hears no more" in caplog.text


def test_prompt_is_shown_as_people_read_it() -> None:
    """Who was asked what and how it ended; nothing in it moves a terminal's cursor."""
    heard: list[SentPrompt] = []
    log = PromptLog(on_prompt=heard.append)
    send(log)
    told = heard[0].text()
    assert told.startswith("# prefer to openai (gpt) at 20")
    assert "answered" in told
    assert "function prefer" in told
    assert told.endswith("## System\nChoose.\n\n## User\nline one\nline two\n")
    hostile = replace(
        PROMPT, model="m\x1b[31m", system="a\x00b", user="\u202eabc", function="", is_repair=True
    )
    assert not any(not char.isprintable() for char in hostile.text().replace("\n", ""))
    assert "asked again" in hostile.text()
    assert "JSON in the text" in hostile.text()
