"""A headless Chromium for tests, driven through its debugging pipe."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

__all__ = ["CHROMIUM", "Browser", "Tab"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TIMEOUT_S = 60.0


class Browser:
    """A headless Chromium, driven through its debugging pipe; no port is opened."""

    def __init__(self, profile: Path) -> None:
        command_read, self._commands = os.pipe()
        self._answers, answer_write = os.pipe()
        # The browser wants the pipe as descriptors 3 and 4, which Popen cannot arrange: a moment of Python in between can.
        script = (
            "import os, sys; reading, writing = (os.dup(int(fd)) for fd in sys.argv[1:3]); "
            "os.dup2(reading, 3); os.dup2(writing, 4); [os.set_inheritable(fd, True) for fd in (3, 4)]; "
            "os.execv(sys.argv[3], sys.argv[3:])"
        )
        flags = (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank",
        )  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", script, str(command_read), str(answer_write), str(CHROMIUM), *flags],
            pass_fds=(command_read, answer_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(command_read)
        os.close(answer_write)
        self._buffer = b""
        self._last_id = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close")
            self._process.wait(timeout=10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        finally:
            os.close(self._commands)
            os.close(self._answers)

    def call(self, method: str, session: str | None = None, **params: Any) -> Any:
        """Send a command and return its result; events that come meanwhile are kept."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params} | (
            {"sessionId": session} if session else {}
        )
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self._last_id:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def receive(self) -> dict[str, Any]:
        """Return the next message."""
        deadline = time.monotonic() + TIMEOUT_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._answers, 1 << 20)
            assert data, "the browser is gone"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        decoded: dict[str, Any] = json.loads(message)
        return decoded


class Tab:
    """One page in the browser."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """Send a command to this page."""
        return self._browser.call(method, self._session, **params)

    def show(self, path: Path, width: int = 1280, *, dark: bool = False) -> None:
        """Load a file of this width and wait until it is drawn."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.open(path.as_uri())
        # Two frames: what a resize or an observer starts has then been done.
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
        )

    def open(self, url: str) -> None:
        """Go to an address and wait until the page there is loaded."""
        before = len(self.seen("Page.loadEventFired"))
        self.call("Page.navigate", url=url)
        while len(self.seen("Page.loadEventFired")) == before:
            self._browser.events.append(self._browser.receive())

    def seen(self, method: str) -> list[dict[str, Any]]:
        """Return the events of one kind that this page has sent."""
        mine = (event for event in self._browser.events if event.get("sessionId") == self._session)
        return [event["params"] for event in mine if event["method"] == method]

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def complaints(self) -> list[Any]:
        """Return everything that a developer would see in red or yellow."""
        return [
            *self.seen("Runtime.exceptionThrown"),
            *self.seen("Log.entryAdded"),
            *self.seen("Runtime.consoleAPICalled"),
        ]

    def requested(self) -> list[str]:
        """Return every URL that the page has asked for."""
        return [event["request"]["url"] for event in self.seen("Network.requestWillBeSent")]

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)
