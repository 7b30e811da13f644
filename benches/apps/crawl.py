"""What links reach: a breadth-first crawler, to hold Phantom Flair's coverage against.

    python -m benches.apps.crawl http://127.0.0.1:8080/ --pages 500 --seconds 60

It follows links of one origin on the loopback interface, asks for each path with its query once, sends no forms, and stops after so
many pages or seconds. It is the simplest thing that can be called a crawler, on purpose: what it lists is what anybody could reach.
"""

import argparse
import http.client
import ipaddress
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

__all__ = ["crawl", "describe"]

_MAX_BODY_BYTES: Final = 4 * 2**20
_MAX_URL_CHARS: Final = 2000
_MAX_LINKS: Final = 5000
_TIMEOUT_S: Final = 20.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {"accept": "text/html", "user-agent": "trafficflou-bench-crawler"}
_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"


class _Links(HTMLParser):
    """Collects the targets of links, and the base they are relative to."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if target is None:
            return
        if tag == "base" and not self.base:
            self.base = target
        elif tag in {"a", "area"} and len(self.targets) < _MAX_LINKS:
            self.targets.append(target)


def crawl(start: str, *, pages: int = 500, seconds: float = 60.0) -> dict[str, int]:
    """Ask for everything that links lead to, nearest first.

    Args:
        start: Where to begin: an `http` URL of this machine.
        pages: Most paths to ask for.
        seconds: When to stop asking.

    Returns:
        Path and query to HTTP status, in the order of asking; 0 where there was no answer.

    Raises:
        ValueError: `start` is not on the loopback interface.
    """
    origin = urlsplit(start)
    if origin.scheme != "http" or not _is_loopback(origin.hostname or ""):
        raise ValueError(f"{start} is not an http URL of this machine")
    end_s = time.monotonic() + seconds
    statuses: dict[str, int] = {}
    waiting = deque([_path(origin)])
    seen = set(waiting)
    connection = http.client.HTTPConnection(origin.netloc, timeout=_TIMEOUT_S)
    try:
        while waiting and len(statuses) < pages and time.monotonic() < end_s:
            path = waiting.popleft()
            statuses[path], targets = _visit(connection, path)
            for target in targets:
                found = _resolve(origin, path, target)
                if found and found not in seen:
                    seen.add(found)
                    waiting.append(found)
    finally:
        connection.close()
    return statuses


def describe(statuses: Mapping[str, int]) -> str:
    """Say how many pages had which status."""
    return ", ".join(f"{count} with {status}" for status, count in sorted(Counter(statuses.values()).items()))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _path(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _resolve(origin: SplitResult, path: str, target: str) -> str:
    """Return path and query of a link, empty where it leads elsewhere or nowhere."""
    try:
        url = urlsplit(urljoin(f"http://{origin.netloc}{path}", target.strip()))
    except ValueError:
        return ""
    if (url.scheme, url.netloc) != ("http", origin.netloc) or len(target) > _MAX_URL_CHARS:
        return ""
    return quote(_path(url), safe=_SAFE)


def _visit(connection: http.client.HTTPConnection, path: str) -> tuple[int, list[str]]:
    """Ask for one page and return its status and where it leads; a redirect leads to its target."""
    try:
        answer, body = _ask(connection, path)
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0, []
    if answer.status in _REDIRECTS:
        return answer.status, [answer.headers.get("location", "")]
    if answer.headers.get_content_type() not in {"text/html", "application/xhtml+xml"}:
        return answer.status, []
    found = _Links()
    found.feed(body.decode("utf-8", "replace"))
    return answer.status, [urljoin(found.base, target) for target in found.targets]


def _ask(connection: http.client.HTTPConnection, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Send one request; once more on a new connection where the old one was closed meanwhile (RFC 9112, section 9.3.1)."""
    was_open = connection.sock is not None
    try:
        connection.request("GET", path, headers=_HEADERS)
        answer = connection.getresponse()
    except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
        if not was_open:
            raise
        connection.close()
        return _ask(connection, path)
    body = answer.read(_MAX_BODY_BYTES)
    if not answer.isclosed():
        connection.close()
    return answer, body


def main() -> None:
    """Read the command line, crawl, print one line a page and the sum on standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--pages", type=int, default=500, help="most pages to ask for")
    parser.add_argument("--seconds", type=float, default=60.0, help="when to stop")
    parser.add_argument("--json", type=Path, help="write path to status to this file instead of printing it")
    options = parser.parse_args()
    try:
        statuses = crawl(options.url, pages=options.pages, seconds=options.seconds)
    except ValueError as error:
        parser.error(str(error))
    if options.json is not None:
        options.json.write_text(json.dumps(statuses, indent=1) + "\n", encoding="utf-8")
    else:
        for path, status in statuses.items():
            print(status, path)
    print(f"{len(statuses)} pages: {describe(statuses)}", file=sys.stderr)


if __name__ == "__main__":
    main()
