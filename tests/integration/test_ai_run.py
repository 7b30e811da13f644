"""A run with AI models: on Athena alone, with a provider that fails half of the time, recorded and played again."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from trafficflou.demo.server import DemoShop
from trafficflou.testing.ai_server import (
    AiRequest,
    AiServer,
    Reaction,
    good_answer,
    hang,
    html_page,
    http_error,
    json_body,
    slow_drip,
)
from trafficflou.testing.fault import Script

KEY: Final = "sk-canary-run-A1B2C3D4E5F6"
BRIEF: Final = "A quiet evening: half the visitors, mostly phones, a spike at nine"
DURATION_S: Final = 4


class Finished(NamedTuple):
    """What a run left."""

    code: int
    out: str
    err: str
    wall_s: float
    command_lines: str

    @property
    def is_fine(self) -> bool:
        """Whether the site passed; on a machine that others keep busy a run may give no verdict, which says nothing about AI."""
        return self.code == 0 or (self.code == 4 and self.summary["generator"]["saturated"])

    @property
    def summary(self) -> dict[str, Any]:
        """The summary that it printed."""
        document: dict[str, Any] = json.loads(self.out)
        return document


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The demo shop's address."""
    with DemoShop(0) as open_shop:
        yield open_shop.url


def _configure(folder: Path, base_url: str) -> None:
    (folder / "trafficflou.toml").write_text(
        f"""
        [ai.openai]
        base_url = "{base_url}"
        model = "gpt-test"
        input_usd_per_million = 1.0
        output_usd_per_million = 2.0
        [ai.primal-genesis]
        cache_file = "{folder / "answers.sqlite3"}"
        """
    )


async def _run(folder: Path, target: str, *args: str, key: str = "") -> Finished:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TRAFFICFLOU_", "OPENAI_"))
    }
    started_s = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trafficflou", "run", target, *args),
        *("--duration", f"{DURATION_S}s", "--seed", "7", "--workers", "1", "--visitors", "6"),
        *("--think-time", "x0.05", "--slo", "errors<1%", "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environment | ({"OPENAI_API_KEY": key} if key else {}),
    )
    watching = asyncio.ensure_future(_command_lines())
    out, err = await asyncio.wait_for(process.communicate(), 90)
    watching.cancel()
    assert process.returncode is not None
    lines = (await asyncio.gather(watching, return_exceptions=True))[0]
    wall_s = time.monotonic() - started_s
    return Finished(process.returncode, out.decode(), err.decode(), wall_s, str(lines))


async def _command_lines() -> str:
    """Return the command lines of all processes, as they are some seconds into a run."""
    await asyncio.sleep(3)
    return _read_all(_processes())


def _read_all(paths: Iterable[Path]) -> str:
    """Return what can be read of files; processes come and go."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().decode(errors="replace"))
    return "\n".join(found)


def _processes() -> Iterable[Path]:
    return Path("/proc").glob("[0-9]*/cmdline")


def _written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _put_away(folder: Path) -> None:
    """Take the run's folder out of the way of the next."""
    (folder / "trafficflou-runs").rename(folder / "first")


def _kept(folder: Path, name: str) -> str:
    (path,) = folder.glob(f"trafficflou-runs/*/{name}")
    return path.read_text()


def _failing_half() -> Reaction:
    """Answer every second question well, and the others in ways that providers have of not answering.

    Those that never answer are kept for what nobody waits for: a run waits for its people as long as that takes.
    """
    turns = count()
    quick = (http_error(500), json_body({"choices": []}), html_page())
    slow = (hang(), slow_drip(), http_error(429, retry_after="3600"))

    def react(request: AiRequest) -> Script:
        turn = next(turns)
        failures = (*quick, *slow) if request.function == "prefer" else quick
        return good_answer()(request) if turn % 2 else failures[turn // 2 % len(failures)](request)

    return react


@pytest.fixture
async def flaky() -> AsyncIterator[AiServer]:
    """A provider that fails half of the time."""
    async with AiServer([_failing_half()], lifetime_s=120) as server:
        yield server


async def test_run_on_athena_alone_needs_nothing_but_the_address(shop: str, tmp_path: Path) -> None:
    """People are imagined, a brief is followed, decisions are counted, findings are told; nothing is spent, nothing leaves."""
    run = await _run(tmp_path, shop, "--brief", BRIEF, "--yes")
    summary = run.summary
    assert run.is_fine, run.err
    assert summary["run"]["strategy"] == "phantom-flair"
    assert "3" in summary["run"]["workload"]
    assert any("6 visitors at once become 3" in sentence for sentence in summary["run"]["plan"])
    assert any(sentence.startswith("Not played: A spike at 9:00") for sentence in summary["run"]["plan"])
    assert summary["run"]["people"]["given_by"] == "athena"
    phones = sum(each["share"] for each in summary["run"]["people"]["personas"] if each["device"] == "mobile")
    assert phones == pytest.approx(0.8, abs=0.05)
    ai = summary["ai"]
    assert (ai["provider"], ai["cost_usd"], ai["tokens"], ai["degraded"]) == ("athena", 0, 0, False)
    assert ai["by_task"] == {"brief_to_plan": 1, "imagine_population": 1, "explain": 1}
    assert set(ai["decisions"]) <= {"athena", "statistics"}
    assert ai["decisions"]["athena"] > 0
    assert ai["latency_ms"]["p95"] < 100
    assert all(finding["cites"] for finding in summary["findings"] if finding["source"] == "ai")
    assert json.loads(_kept(tmp_path, "personas.json"))["brief"] == BRIEF
    assert "prompts.jsonl" not in {path.name for path in _written(tmp_path)}


async def test_run_with_a_provider_that_fails_half_of_the_time_is_the_same_run(
    shop: str, flaky: AiServer, tmp_path: Path
) -> None:
    """Same verdict, no stall, every figure of cost and degradation there, and the key nowhere."""
    _configure(tmp_path, flaky.openai_url)
    run = await _run(tmp_path, shop, "--ai", "openai", "--ai-max-usd", "0.5", "--show-prompts", key=KEY)
    summary = run.summary
    assert run.is_fine, run.err
    assert abs(summary["run"]["duration_s"] - DURATION_S) < 2
    assert run.wall_s < 30
    ai = summary["ai"]
    assert ai["provider"] == "openai"
    assert ai["degraded"]
    assert sum(ai["by_provider"]["openai"]["failures"].values()) > 0
    assert ai["tokens"] > 0
    assert ai["cost_usd"] > 0
    assert ai["budget"]["max_usd"] == 0.5
    assert ai["budget"]["forecast_usd"] > 0
    assert ai["budget"]["spent_usd"] <= 0.5
    assert ai["latency_ms"]["p95"] < 100
    assert ai["decisions"]["athena"] > 0
    assert "AI: up to" in run.err
    assert flaky.asked
    prompts = [json.loads(line) for line in _kept(tmp_path, "prompts.jsonl").splitlines()[1:]]
    assert {prompt["task"] for prompt in prompts} >= {"imagine_population", "prefer"}
    assert "# imagine_population to openai" in run.err
    everything = (run.out, run.err, run.command_lines, _read_all(_written(tmp_path)))
    assert not any(KEY in text for text in everything)
    assert any(request.headers.get("authorization") == f"Bearer {KEY}" for request in flaky.asked)


async def test_run_that_was_recorded_is_played_again_without_a_provider(shop: str, tmp_path: Path) -> None:
    """The same people and the same preferences, without a key and with nobody to ask."""
    async with AiServer(lifetime_s=60) as server:
        _configure(tmp_path, server.openai_url)
        first = await _run(tmp_path, shop, "--ai", "openai", "--record-ai", "c.jsonl", key=KEY)
        asked = len(server.asked)
        assert asked > 2
    people = json.loads(_kept(tmp_path, "personas.json"))
    _put_away(tmp_path)
    second = await _run(tmp_path, shop, "--ai", "openai", "--replay-ai", "c.jsonl")
    assert first.is_fine, first.err
    assert second.is_fine, second.err
    assert json.loads(_kept(tmp_path, "personas.json")) == people
    ai = second.summary["ai"]
    assert (ai["tokens"], ai["cost_usd"]) == (0, 0)
    assert ai["by_provider"]["openai"]["answers"] > 0
    assert ai["decisions"].get("openai", 0) > 0
    assert KEY not in (tmp_path / "c.jsonl").read_text()
