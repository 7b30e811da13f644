"""Planted keys are searched for in everything that a process writes or shows while its AI calls fail in every way."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from trafficflou.testing.ai_exchange import AiRequest, message_of_call, plausible_answer

CANARIES = {
    "variable": "sk-canary-variable-A1B2C3D4E5F6",
    "second": "canary.second+A1B2C3D4E5F6",
    "ours": "canary-ours-A1B2C3D4E5F6",
    "anthropic": "sk-ant-canary-A1B2C3D4E5F6",
    "file": "canary/of/file-A1B2C3D4E5F6",
}


class Echo(BaseHTTPRequestHandler):
    """Answers each call as its path begins: well, or with a failure, and repeats the key that it was sent wherever it can."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer or fail, loudly."""
        server: Any = self.server
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        key = self.headers.get("authorization") or self.headers.get("x-api-key") or ""
        server.keys.append(key.removeprefix("Bearer "))
        server.prompts.append(sent.decode(errors="replace"))
        _, behaviour, path = self.path.split("/", 2)
        if behaviour == "good":
            request = AiRequest(path=f"/{path}", headers={}, body=json.loads(sent))
            answer = plausible_answer(request, f"Twice, says {key.removeprefix('Bearer ')}")
            status, body = 200, json.dumps(message_of_call(request, answer)).encode()
        else:
            status, make_body = FAILURES[behaviour]
            body = make_body(key).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-echo", key)
        if status == 429:
            self.send_header("retry-after", "3600")
        if status == 307:
            self.send_header("location", f"http://127.0.0.1:9/?key={key}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def _error(key: str) -> str:
    return json.dumps({"error": {"message": f"Incorrect API key provided: {key}", "type": "x", "code": key}})


FAILURES = {
    "unauthorized": (401, _error),
    "limited": (429, _error),
    "quota": (429, lambda key: json.dumps({"error": {"message": key, "code": "insufficient_quota"}})),
    "missing": (404, _error),
    "refused": (400, _error),
    "broken": (500, _error),
    "moved": (307, _error),
    "page": (200, lambda key: f"<html>{key}</html>"),
    "nonsense": (
        200,
        lambda key: json.dumps({"choices": [{"message": {"content": key, "role": "assistant"}}]}),
    ),
    "empty": (200, lambda _key: "{}"),
}


@contextlib.contextmanager
def echo_server(prompts: list[str] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Serve on a free port; the keys it was sent are its list, what it was asked goes into yours."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.keys = []
    server.prompts = [] if prompts is None else prompts
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.keys
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def leaks(text: str) -> list[str]:
    """Return the names of the canaries in a text; half of one counts too."""
    return [name for name, value in CANARIES.items() if value in text or value[: len(value) // 2 + 4] in text]


def process_list() -> str:
    """Return the command lines of all processes, as anybody on the machine may read them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(lines)


def environment(url: str) -> dict[str, str]:
    """Return the variables of a process with canaries in them."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("TRAFFICFLOU_", "OPENAI_", "ANTHROPIC_"))
    }
    return kept | {
        "OPENAI_API_KEY": f"{CANARIES['variable']},{CANARIES['second']}",
        "OPENAI_BASE_URL": f"{url}/v1",
        "TRAFFICFLOU_AI_OPENAI_API_KEY": CANARIES["ours"],
        "ANTHROPIC_API_KEY": CANARIES["anthropic"],
        "ANTHROPIC_BASE_URL": url,
        "TRAFFICFLOU_AI_COMPATIBLE_BASE_URL": f"{url}/v1",
        "TRAFFICFLOU_AI_COMPATIBLE_MODEL": "m",
        "TRAFFICFLOU_AI_COMPATIBLE_KEY_FILE": "keys",
        "TRAFFICFLOU_AI_PRIMAL_GENESIS_CACHE_FILE": "answers.sqlite3",
        "TRAFFICFLOU_AI_PRIMAL_GENESIS_ATTEMPTS": "1",
    }


def run(folder: Path, url: str, *arguments: str, code: str = "") -> tuple[int, str]:
    """Run the command line in a folder with the canaries.

    Returns:
        Its exit code, and all that it wrote and left behind, with the process list.
    """
    (folder / "keys").write_text(CANARIES["file"] + "\n")
    (folder / "keys").chmod(0o600)
    program = ["-c", code] if code else ["-m", "trafficflou", *arguments]
    process = subprocess.Popen(
        [sys.executable, *program],
        cwd=folder,
        env=environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    listed: list[str] = []
    while process.poll() is None and len(listed) < 3:
        listed.append(process_list())
        time.sleep(0.2)
    written, _ = process.communicate(timeout=100)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "keys"]
    kept = [path.read_bytes().decode(errors="replace") for path in files]
    return process.returncode, "\n".join([written, *listed, *kept])


EVERY_FAILURE = f"""
import os
from pathlib import Path
from trafficflou.cli.shell import execute
from trafficflou.logs import log_to_file
root = os.environ["ANTHROPIC_BASE_URL"]
for failure in {list(FAILURES)}:
    os.environ["ANTHROPIC_BASE_URL"] = f"{{root}}/{{failure}}"
    os.environ["OPENAI_BASE_URL"] = os.environ["TRAFFICFLOU_AI_COMPATIBLE_BASE_URL"] = f"{{root}}/{{failure}}/v1"
    with log_to_file(Path("run.log"), level=10):
        print(failure, "exit", execute(["-vv", "ai", "check"]), flush=True)
"""
"""All in one process, because the vendors' libraries take seconds to load."""


def test_keys_are_nowhere_when_calls_fail(tmp_path: Path) -> None:
    """Every provider fails in every way and repeats its key; everything is logged; no key is to be found."""
    with echo_server() as (url, keys):
        code, everything = run(tmp_path, url, code=EVERY_FAILURE)
    assert code == 0, everything
    assert set(keys) == set(CANARIES.values())  # they were really sent
    assert [
        everything.count(f"{failure} exit 2") + everything.count(f"{failure} exit 5") for failure in FAILURES
    ] == [1] * len(FAILURES)
    assert "Traceback" not in everything
    assert leaks(everything) == []


EVERY_PROVIDER = f"""
import asyncio, os
from pathlib import Path
from trafficflou.ai_models import FactoryRegistry, open_run_model
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.tasks import BRIEF_TO_PLAN, PREFER, BriefRequest, Offer, PreferRequest
from trafficflou.config import AiSettingsBuilder
from trafficflou.core import ProviderError
from trafficflou.logs import log_to_file
from trafficflou.testing.ai_model import sample_persona

root = os.environ["ANTHROPIC_BASE_URL"]
careless = " ".join(value for name, value in os.environ.items() if name.endswith("_API_KEY"))
page = PreferRequest(persona=sample_persona(), page_title=careless, offers=(Offer(text=careless), Offer(text="Roses")))

async def play(behaviour):
    os.environ["ANTHROPIC_BASE_URL"] = f"{{root}}/{{behaviour}}"
    os.environ["OPENAI_BASE_URL"] = os.environ["TRAFFICFLOU_AI_COMPATIBLE_BASE_URL"] = f"{{root}}/{{behaviour}}/v1"
    settings = AiSettingsBuilder().with_environment(os.environ).build()
    log = PromptLog(Path("prompts.jsonl"), lambda sent: print(sent.text()))
    async with FactoryRegistry(settings.setups, prompt_log=log) as registry:
        for provider in ("openai", "anthropic", "compatible"):
            async with open_run_model(registry, provider, record=Path("cassette.jsonl")) as model:
                brief = BriefRequest(brief=f"Twice the visitors for {{provider}}, {{behaviour}}; {{careless}}")
                answer = await model.answer(BRIEF_TO_PLAN, brief)
                print(behaviour, provider, "answered by", answer.provider)
                if behaviour == "good":
                    print(answer.value)
                try:
                    print((await model.ask_provider(PREFER, page)).value)
                except ProviderError as error:
                    print(error, error.hint)
                print(model.statistics())
    log.close()

for behaviour in {["good", *FAILURES]}:
    with log_to_file(Path("run.log"), level=10):
        asyncio.run(play(behaviour))
"""
"""Answers and failures of all providers, asked as a run asks, with cassette, prompts and cache in files, and keys in brief and page."""


def test_keys_are_nowhere_in_what_a_run_keeps_of_its_ai(tmp_path: Path) -> None:
    """Providers write keys back in answers and failures, brief and page hold them: they are in no file, no prompt and no figure."""
    prompts: list[str] = []
    with echo_server(prompts) as (url, keys):
        code, everything = run(tmp_path, url, code=EVERY_PROVIDER)
    assert code == 0, everything
    assert set(keys) == set(CANARIES.values())  # they were really sent
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "keys"}
    assert {"cassette.jsonl", "prompts.jsonl", "answers.sqlite3", "run.log"} <= set(files)
    assert all(len(content) > 100 for content in files.values())
    for provider in ("openai", "anthropic", "compatible"):
        assert f"good {provider} answered by {provider}" in everything
        assert f"broken {provider} answered by athena" in everything
    assert "Twice, says [redacted]" in everything
    assert len(prompts) == files["prompts.jsonl"].count(b"\n") - 1
    assert leaks("\n".join(prompts)) == []
    assert leaks(everything) == []


def test_keys_rotate_when_one_is_refused(tmp_path: Path) -> None:
    """All keys of a ring were tried before the check gave up."""
    with echo_server() as (url, keys):
        code, everything = run(
            tmp_path, f"{url}/unauthorized", "ai", "check", "--provider", "openai", "--json"
        )
    assert code == 2, everything
    assert keys == [CANARIES["ours"], CANARIES["variable"], CANARIES["second"]]
    assert leaks(everything) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("-vv", "config", "show"),
        ("-vv", "config", "check"),
        ("ai", "check", "--provider", "athena", "--json"),
        ("runs", "--json"),
    ],
)
def test_keys_are_nowhere_in_what_other_commands_show(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Commands that read the same environment."""
    code, everything = run(tmp_path, "http://127.0.0.1:9", *arguments)
    assert code == 0, everything
    assert leaks(everything) == []


def test_search_finds_a_key() -> None:
    """The search itself works: a whole key, half of one, and one on a command line are found."""
    assert leaks(f"x {CANARIES['file']} y") == ["file"]
    assert leaks(CANARIES["variable"][:22]) == ["variable"]
    sleeper = [sys.executable, "-c", "input('ready\\n')", CANARIES["ours"]]
    with subprocess.Popen(sleeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            assert "ours" in leaks(process_list())
        finally:
            process.communicate(b"\n")
