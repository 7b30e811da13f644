"""Reads what a browser recorded: the pages of a visit in order, what was sent, and how long the visitor stayed on each.

Theory of operation. A recording (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/) has an entry for every request. Kept are those that a person
caused, documents of the visited site (`page`), and those that its scripts made (`data`); what a page brings along is fetched again from the live page, and
what went to other origins is counted and left out. A redirect and what it led to are one page. Which entries are documents is told by the header
`Sec-Fetch-Dest`, which browsers since 2020 send; else by Chrome's `_resourceType`, else by what was accepted and what came. Nothing of a recording is
kept but this: no cookie, no response, no header but two of `data`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urljoin, urlsplit

from pydantic import ValidationError

from trafficflou.core import EvidenceError
from trafficflou.evidence._har_entry import HarEntry

__all__ = ["HarRecording", "HarRequest", "read_har"]

MAX_HAR_BYTES: Final = 128 * 1024 * 1024
MAX_ENTRIES: Final = 50_000
MAX_REQUESTS: Final = 2000
MAX_THINK_S: Final = 1799.0
"""A longer pause would have ended the session."""

_LOADING_S: Final = 10.0
"""What a page brings along begins within so many seconds; what begins later is something else that goes on in the background."""

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_DATA_TYPES: Final = frozenset({"fetch", "xhr"})
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_KEPT_HEADERS: Final = ("accept", "x-requested-with")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HarRequest:
    """Something that the visitor, or a script of a page, asked for.

    Attributes:
        number: Of its entry in the file, 1 first.
        kind: `page`: a document with what it brings along; `data`: a single request of a script.
        method: How.
        path: Path and query on the recorded origin.
        status: What the site answered, after redirects; 0 where nothing came.
        think_s: How long the visitor stayed on the page before, seconds; 0 for the first page and for data.
        fields: What a form sent.
        encoding: How the form was sent; empty where it is none.
        body: What was sent otherwise.
        content_type: Of the body.
        headers: `Accept` and `X-Requested-With` of data.
    """

    number: int
    kind: Literal["page", "data"]
    method: Method
    path: str
    status: int = 0
    think_s: float = 0.0
    fields: tuple[tuple[str, str], ...] = ()
    encoding: Literal["", "application/x-www-form-urlencoded", "multipart/form-data"] = ""
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HarRecording:
    """A visit.

    Attributes:
        origin: The site that was visited, such as `https://shop.example`.
        requests: What was asked for, in order; the first is a page.
        left_out: How many entries were not kept, by why: `subresource`, `redirected`, `failed`, `unreadable`, `too_many`, `method`.
        foreign: How many went to other origins, by origin.
    """

    origin: str
    requests: tuple[HarRequest, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    foreign: Mapping[str, int] = field(default_factory=dict)


def read_har(path: Path) -> HarRecording:
    """Read a recording; its site is that of the first document in it.

    Args:
        path: A file of at most 128 MiB.

    Raises:
        EvidenceError: It cannot be read, is no HAR, or holds no page.
    """
    entries, unreadable = _entries_of(path)
    reader = _Reader()
    reader.left_out["unreadable"] = unreadable
    reader.read(entries)
    if not reader.requests:
        raise EvidenceError(
            f"{path} holds no page",
            hint="Record in the browser's network panel with the log kept over pages, from the first page on.",
        )
    return HarRecording(
        origin=reader.origin,
        requests=tuple(reader.requests),
        left_out=dict(+reader.left_out),
        foreign=dict(reader.foreign),
    )


def _entries_of(path: Path) -> tuple[list[tuple[int, HarEntry]], int]:
    """Return the entries that can be read, by when they began, each with its number; and how many could not."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_HAR_BYTES + 1)
        if len(content) > MAX_HAR_BYTES:
            raise EvidenceError(
                f"{path} has more than {MAX_HAR_BYTES // 2**20} MiB",
                hint="Record without the contents of responses.",
            )
        document = json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{path} is no HAR file: it is no JSON ({str(error)[:80]})") from error
    log = document.get("log") if isinstance(document, dict) else None
    written = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(written, list):
        raise EvidenceError(
            f"{path} is no HAR file: it has no log.entries", hint="Export it from a browser as HAR."
        )
    entries: list[tuple[int, HarEntry]] = []
    for number, entry in enumerate(written[:MAX_ENTRIES], start=1):
        try:
            entries.append((number, HarEntry.model_validate(entry)))
        except ValidationError:
            continue
    entries.sort(key=lambda pair: pair[1].started)
    return entries, len(written) - len(entries)


class _Reader:
    """The state of reading a recording."""

    def __init__(self) -> None:
        self.origin = ""
        self.requests: list[HarRequest] = []
        self.left_out: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()
        self._page_began_s = 0.0
        self._page_ended_s = 0.0
        self._redirected_to = ""

    def read(self, entries: Sequence[tuple[int, HarEntry]]) -> None:
        """Take the entries, in the order of time."""
        for number, entry in entries:
            origin, path = _place_of(entry.request.url)
            kind = _kind_of(entry)
            if not self.origin and kind == "page" and origin and entry.response.status > 0:
                self.origin = origin
            if not origin:
                self.left_out["unreadable"] += 1
            elif origin != (self.origin or origin):
                self.foreign[origin] += 1
            elif self.origin:
                self._take(number, entry, kind, path)
            else:
                self.left_out["subresource"] += 1

    def _take(self, number: int, entry: HarEntry, kind: str, path: str) -> None:
        method = next((name for name in _METHODS if name == entry.request.method.upper()), None)
        if kind == "page" and self._is_redirected(entry, path):
            self._note_end(entry)
        elif kind == "other":
            self.left_out["subresource"] += 1
            if entry.started_s - self._page_began_s < _LOADING_S:
                self._page_ended_s = max(self._page_ended_s, entry.ended_s)
        elif method is None:
            self.left_out["method"] += 1
        elif entry.response.status <= 0:
            self.left_out["failed"] += 1
        elif len(self.requests) >= MAX_REQUESTS:
            self.left_out["too_many"] += 1
        elif kind == "page":
            self._add_page(number, entry, method, path)
        elif self.requests:
            self._add_data(number, entry, method, path)

    def _is_redirected(self, entry: HarEntry, path: str) -> bool:
        """Whether an entry is what the one before was redirected to; then it is no step of the visitor's."""
        expected, self._redirected_to = self._redirected_to, ""
        return bool(expected) and path == expected and bool(self.requests)

    def _note_end(self, entry: HarEntry) -> None:
        self.left_out["redirected"] += 1
        self._page_ended_s = max(self._page_ended_s, entry.ended_s)
        self._await_redirect(entry)
        last = self.requests[-1]
        self.requests[-1] = _with_status(last, entry.response.status)

    def _add_page(self, number: int, entry: HarEntry, method: Method, path: str) -> None:
        think_s = min(max(0.0, entry.started_s - self._page_ended_s), MAX_THINK_S) if self.requests else 0.0
        self.requests.append(
            HarRequest(
                number=number,
                kind="page",
                method=method,
                path=path,
                status=entry.response.status,
                think_s=think_s,
                **_sent(entry),
            )
        )
        self._page_began_s, self._page_ended_s = entry.started_s, entry.ended_s
        self._await_redirect(entry)

    def _add_data(self, number: int, entry: HarEntry, method: Method, path: str) -> None:
        headers = tuple((name, value) for name in _KEPT_HEADERS if (value := entry.header(name)))
        self.requests.append(
            HarRequest(
                number=number,
                kind="data",
                method=method,
                path=path,
                status=entry.response.status,
                headers=headers,
                **_sent(entry),
            )
        )

    def _await_redirect(self, entry: HarEntry) -> None:
        target = entry.response.redirect_url if 300 <= entry.response.status < 400 else ""
        origin, path = _place_of(target, base=entry.request.url) if target else ("", "")
        self._redirected_to = path if origin == self.origin else ""


def _with_status(request: HarRequest, status: int) -> HarRequest:
    values = {name: getattr(request, name) for name in HarRequest.__dataclass_fields__}
    return HarRequest(**values | {"status": status})


def _place_of(url: str, base: str = "") -> tuple[str, str]:
    """Return the origin of an address, and path and query on it; nothing where it is none of the web's."""
    try:
        parts = urlsplit(urljoin(base, url))
        port = parts.port
    except ValueError:
        return "", ""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in {"http", "https"} or not host:
        return "", ""
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[scheme]:
        shown = f"{shown}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{shown}", f"{parts.path or '/'}{query}"


def _kind_of(entry: HarEntry) -> Literal["page", "data", "other"]:
    destination = entry.header("sec-fetch-dest")
    if destination:
        return {"document": "page", "empty": "data"}.get(destination, "other")  # type: ignore[return-value]
    if entry.resource_type:
        if entry.resource_type == "document":
            return "page"
        return "data" if entry.resource_type in _DATA_TYPES else "other"
    if entry.header("x-requested-with"):
        return "data"
    accepts_pages = "text/html" in entry.header("accept")
    is_page = entry.response.content.mime_type.lower().startswith(_PAGE_TYPES)
    if accepts_pages and (is_page or 300 <= entry.response.status < 400):
        return "page"
    return "data" if entry.request.method.upper() in _METHODS[1:] else "other"


def _sent(entry: HarEntry) -> dict[str, Any]:
    """Return what was sent, as the values of a `HarRequest`."""
    posted = entry.request.post_data
    kind = posted.mime_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        pairs = [(pair.name, pair.value) for pair in posted.params]
        fields = pairs or parse_qsl(posted.text, keep_blank_values=True, max_num_fields=1000)
        return {"fields": tuple(fields), "encoding": _FORM}
    if kind == _MULTIPART:
        return {"fields": tuple(_typed_in(posted.params)), "encoding": _MULTIPART}
    if not posted.text:
        return {}
    return {"body": posted.text.encode("utf-8", "replace"), "content_type": posted.mime_type[:200]}


def _typed_in(params: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for pair in params:
        if pair.file_name is None:
            yield pair.name, pair.value
