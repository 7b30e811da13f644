"""Where a reference leads: origins, and references resolved against a page (RFC 3986 section 5, read as browsers do).

Everything that comes out of here can stand in a request line: percent-encoded ASCII without blanks, controls or line ends,
so a hostile link or `Location` cannot split a request. What leaves the origin comes back as the foreign origin's name only:
it is recorded and never followed.
"""

import re
import socket
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

__all__ = ["LONGEST_REFERENCE_CHARS", "NOT_FETCHABLE", "Origin", "Resolved", "resolve"]

LONGEST_REFERENCE_CHARS: Final = 8192
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_HOST_CHARS: Final = 253
# Only short references are cached: with 8,192 places this bounds the cache to about 8 MB in the worst case.
_LONGEST_CACHED_CHARS: Final = 256

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_HOST_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_TABS_AND_LINE_ENDS: Final = re.compile(r"[\t\r\n]")
_C0_AND_BLANK: Final = "".join(map(chr, range(0x21)))
# What may not stand raw in a request target: the path and query percent-encode sets of the URL standard together, plus
# everything outside ASCII. "%" stays: what was encoded must not be encoded twice.
_UNSAFE_PATH: Final = re.compile(r"[^!$%&'()*+,\-./0-9:;=@A-Z\[\]_a-z|~]")
_UNSAFE_QUERY: Final = re.compile(r"[^!$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z|~\\^`{}]")
# Most links are like this: rooted, nothing to encode, no segment that begins with a dot. They are done with at a glance.
_PLAIN_REFERENCE: Final = re.compile(
    r"(?!//)(?:/(?!\.|%2[eE])[!$%&'()*+,\-.0-9:;=@A-Z\[\]_a-z|~]*+)++(?:\?[!$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z|~]++)?"
)
_DOT_SEGMENT: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
_SINGLE_DOTS: Final = frozenset({".", "%2e"})
_DOUBLE_DOTS: Final = frozenset({"..", ".%2e", "%2e.", "%2e%2e"})


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, a host and a port: what a visitor's connections, cookies and cache belong to.

    Attributes:
        scheme: `http` or `https`.
        host: Lower case; an internationalised name in its ASCII form; an IPv6 address without brackets.
        port: 1..65535.
        host_header: The value of the `Host` field; without the port where it is the scheme's own.

    Raises:
        ValueError: A part is not valid; `parse` is the way in for text.
    """

    scheme: str
    host: str
    port: int
    host_header: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.scheme not in _DEFAULT_PORTS:
            raise ValueError(f"{self.scheme!r} is not a scheme that is played; use http or https")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"{self.port} is not a port; use 1 to 65535")
        if _canonical_host(self._bracketed_host()) != self.host:
            raise ValueError(f"{self.host!r} is not a host in its canonical form; use Origin.parse")
        object.__setattr__(self, "host_header", self._authority().encode("ascii"))

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """Read an origin such as `http://127.0.0.1:8080`; a path, query and fragment after it are left out.

        Raises:
            ValueError: The text is not an absolute http or https URL, or it carries a user name, or its host or port
                is not valid.
        """
        scheme, separator, rest = text.strip(_C0_AND_BLANK).partition("://")
        if not separator:
            raise ValueError(f"{text!r} is not an origin; write it like http://127.0.0.1:8080")
        authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
        if "@" in authority:
            raise ValueError("a user name or password in a URL is not sent; leave it out")
        return _origin_of(scheme.lower(), authority)

    def __str__(self) -> str:
        return f"{self.scheme}://{self._authority()}"

    def __hash__(self) -> int:
        """Hash the header: an origin is part of a cache key in the hot path, and bytes remember their hash."""
        return hash(self.host_header)

    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def _authority(self) -> str:
        host = self._bracketed_host()
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a reference leads; both are `None` where it is nothing to fetch (`mailto:`, `data:`, malformed, too long).

    Attributes:
        path: Path and query on the same origin, ready for a request line: starts with `/`, printable ASCII only.
        foreign: The other origin, such as `https://cdn.example`.
    """

    path: str | None
    foreign: str | None


NOT_FETCHABLE: Final = Resolved(None, None)


def resolve(base_path: str, reference: str, origin: Origin) -> Resolved:
    """Resolve a link, a subresource or a `Location` against the page that named it.

    Args:
        base_path: Path (and query) of that page, or of its `<base href>`, on `origin`; starts with `/`.
        reference: As it was found; anything at all.
        origin: The visitor's origin.

    Returns:
        The place on this origin, the name of another origin, or nothing to fetch. Never raises. Short references are
        answered from a bounded cache.
    """
    # Only relative references depend on the base; all others share one place in the cache.
    if reference[:1] == "/":
        base_path = "/"
    if len(reference) <= _LONGEST_CACHED_CHARS and len(base_path) <= _LONGEST_CACHED_CHARS:
        return _resolve_cached(base_path, reference, origin)
    return _resolve(base_path, reference, origin)


def _resolve(base_path: str, reference: str, origin: Origin) -> Resolved:
    if len(reference) > LONGEST_REFERENCE_CHARS:
        return NOT_FETCHABLE
    if _PLAIN_REFERENCE.fullmatch(reference):
        return Resolved(reference, None)
    # The URL standard: blanks around are dropped, tabs and line ends anywhere, and the fragment never leaves the browser.
    text = _TABS_AND_LINE_ENDS.sub("", reference.strip(_C0_AND_BLANK)).partition("#")[0]
    scheme = origin.scheme
    is_absolute = False
    if match := _SCHEME.match(text):
        scheme = match[1].lower()
        if scheme not in _DEFAULT_PORTS:
            return NOT_FETCHABLE
        text = text[match.end() :]
        # "http:page" is relative where the page itself is http; "https:page" is not.
        is_absolute = scheme != origin.scheme or text[:1] in {"/", "\\"}
        if is_absolute and scheme == origin.scheme and text[1:2] not in {"/", "\\"}:
            is_absolute = False
    text, question_mark, query = text.partition("?")
    text = text.replace("\\", "/")
    if is_absolute or text.startswith("//"):
        return _resolve_absolute(scheme, text.lstrip("/"), question_mark + query, origin)
    return _target(_merged(base_path, text, has_query=bool(question_mark)), question_mark + query)


_resolve_cached = lru_cache(maxsize=8192)(_resolve)


def _resolve_absolute(scheme: str, text: str, query: str, origin: Origin) -> Resolved:
    authority, slash, path = text.partition("/")
    try:
        # What stands before "@" is a user name; it is dropped, as browsers do for a subresource.
        found = _origin_of(scheme, authority.rpartition("@")[2])
    except ValueError:
        return NOT_FETCHABLE
    return _target(slash + path, query) if found == origin else Resolved(None, str(found))


def _merged(base_path: str, path: str, *, has_query: bool) -> str:
    """Merge paths (RFC 3986 section 5.2.3); an empty reference is the page itself with its query."""
    if path.startswith("/"):
        return path
    base, question_mark, base_query = base_path.partition("?")
    if not path:
        return base if has_query else base + question_mark + base_query
    return base[: base.rfind("/") + 1] + path


def _target(path: str, query: str) -> Resolved:
    if not query:
        # An empty reference brings the query of its base along inside the path.
        path, question_mark, rest = path.partition("?")
        query = question_mark + rest
    if not path.startswith("/"):
        path = "/" + path
    if _DOT_SEGMENT.search(path):
        path = _without_dot_segments(path)
    target = _UNSAFE_PATH.sub(_percent_encoded, path)
    if query:
        target += _UNSAFE_QUERY.sub(_percent_encoded, query)
    return Resolved(target, None) if len(target) <= LONGEST_REFERENCE_CHARS else NOT_FETCHABLE


def _without_dot_segments(path: str) -> str:
    """Remove `.` and `..` segments, also where their dots are percent-encoded (URL standard, path state)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for position, segment in enumerate(segments):
        name = segment.lower()
        is_last = position == len(segments) - 1
        if name in _DOUBLE_DOTS:
            if kept:
                kept.pop()
        elif name not in _SINGLE_DOTS:
            kept.append(segment)
            continue
        if is_last:
            kept.append("")
    return "/" + "/".join(kept)


def _percent_encoded(match: re.Match[str]) -> str:
    # A lone surrogate has no UTF-8 form; the URL standard puts U+FFFD in its place.
    encoded = match[0].encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    return "".join(f"%{byte:02X}" for byte in encoded)


def _origin_of(scheme: str, authority: str) -> Origin:
    host, port_text = _split_port(authority)
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"{scheme!r} is not a scheme that is played; use http or https")
    if port_text and not _PORT.fullmatch(port_text):
        raise ValueError(f"{port_text!r} is not a port; use 1 to 65535")
    return Origin(scheme, _canonical_host(host), int(port_text) if port_text else _DEFAULT_PORTS[scheme])


def _split_port(authority: str) -> tuple[str, str]:
    """Split `host:port`; a colon inside the brackets of an IPv6 address is not the one."""
    if authority.endswith("]") or ":" not in authority:
        return authority, ""
    host, _, port_text = authority.rpartition(":")
    return host, port_text


@lru_cache(maxsize=1024)
def _canonical_host(host: str) -> str:
    """Write a host in the one form in which it is compared and sent.

    Raises:
        ValueError: The host is empty, too long, or has characters that no host has.
    """
    if host.startswith("["):
        return _canonical_ipv6(host)
    name = _to_ascii(host).lower() if len(host) <= _LONGEST_HOST_CHARS + 1 else ""
    if len(name) > _LONGEST_HOST_CHARS + name.endswith(".") or not _HOST_NAME.fullmatch(name):
        raise ValueError(f"{host[:80]!r} is not a host name")
    last_label = name.rstrip(".").rpartition(".")[2]
    if last_label.isdigit() or last_label.startswith("0x"):
        return _canonical_ipv4(name.rstrip("."))
    return name


def _canonical_ipv6(host: str) -> str:
    try:
        address = IPv6Address(host[1:-1] if host.endswith("]") else "")
    except AddressValueError as error:
        raise ValueError(f"{host[:80]!r} is not an IPv6 address") from error
    if address.scope_id is not None:
        raise ValueError(f"{host[:80]!r} names a network interface, which a URL cannot")
    return address.compressed


def _canonical_ipv4(name: str) -> str:
    """Write an IPv4 address in four decimals: `127.1`, `0x7f.1` and `2130706433` are all `127.0.0.1`."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError as error:
        raise ValueError(f"{name[:80]!r} is not an IPv4 address") from error


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"{host[:80]!r} is not an internationalised host name") from error
