"""A visitor's cookies for its one origin: the part of RFC 6265 (and its successor draft, 6265bis) that matters here.

What is left out, because a jar serves a single origin and there is no page script: the public suffix list (a cookie for
`co.uk` could leak to nobody), `SameSite` (no cross-site requests are made) and `HttpOnly` (kept, hidden from nobody).
What a browser would refuse is refused here too: another site's `Domain`, `Secure` over plain http, broken `__Host-` and
`__Secure-` names, control characters, more than 4,096 bytes of name and value.
"""

import re
from collections.abc import Sequence
from math import inf
from typing import Final

from trafficflou.http.date import parse_date_s
from trafficflou.http.url import Origin

__all__ = ["CookieJar"]

_MOST_COOKIES: Final = 50
_LONGEST_COOKIE_BYTES: Final = 4096
_LONGEST_ATTRIBUTE_BYTES: Final = 1024
_MOST_PER_RESPONSE: Final = 200
# Browsers have no such limit, but they have one visitor: beyond this no usual web server reads the request any more.
_MOST_JAR_BYTES: Final = 32_768
# 6265bis section 5.5: no cookie lives longer than 400 days.
_LONGEST_LIFE_S: Final = 400 * 86_400.0
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_MAX_AGE: Final = re.compile(rb"-?[0-9]+")
_IP_ADDRESS: Final = re.compile(r"[0-9.]+|.*:.*")
_NO_HEADER: Final = b""


class _Cookie:
    """One stored cookie. `Secure` needs no place: a jar of a plain origin stores no such cookie."""

    __slots__ = ("expires_at_s", "name", "pair", "path")

    def __init__(self, name: bytes, pair: bytes, path: str, expires_at_s: float) -> None:
        self.name = name
        self.pair = pair
        self.path = path
        self.expires_at_s = expires_at_s


class CookieJar:
    """The cookies that one visitor holds for one origin.

    An empty jar holds no list; 5,000 visitors with a session cookie each take about 2 MB.
    """

    __slots__ = ("_cookies", "_header", "_header_path", "_header_until_s", "_origin")

    def __init__(self, origin: Origin) -> None:
        """Make an empty jar.

        Args:
            origin: Whose cookies these are; shared, not copied.
        """
        self._origin = origin
        # In the order of their creation; a list, because a search in a few cookies is cheaper than a dict's memory.
        self._cookies: list[_Cookie] | None = None
        self._header = _NO_HEADER
        # `None`: the header holds for every path.
        self._header_path: str | None = None
        self._header_until_s = inf

    def __len__(self) -> int:
        """Count the cookies held, those that expired since the last request included."""
        return len(self._cookies) if self._cookies else 0

    def store(self, set_cookie_values: Sequence[bytes], path: str, now_s: float) -> None:
        """Take the cookies of a response (RFC 6265 section 5.3); what is malformed or not for this origin is ignored.

        Args:
            set_cookie_values: The values of its `Set-Cookie` fields, in order; at most 200 are looked at.
            path: Path (and query) of the request.
            now_s: Wall clock, seconds since the Unix epoch.
        """
        for value in set_cookie_values[:_MOST_PER_RESPONSE]:
            cookie = _parse(value, self._origin, path, now_s)
            if cookie is not None:
                self._put(cookie, now_s)

    def header_for(self, path: str, now_s: float) -> bytes:
        r"""Return the request line for these cookies (RFC 6265 section 5.4).

        Args:
            path: Path (and query) of the request.
            now_s: Wall clock, seconds since the Unix epoch.

        Returns:
            `b"Cookie: a=b; c=d\r\n"`, longest path first, then oldest first; `b""` where there is none to send. The
            answer is kept until the jar changes, a cookie expires or another path needs another answer.
        """
        if self._cookies is None:
            return _NO_HEADER
        if now_s < self._header_until_s and (self._header_path is None or self._header_path == path):
            return self._header
        return self._rebuild_header(path, now_s)

    def _rebuild_header(self, path: str, now_s: float) -> bytes:
        self._cookies = [cookie for cookie in self._cookies or () if cookie.expires_at_s > now_s]
        request_path = path.partition("?")[0]
        sent = [cookie for cookie in self._cookies if _path_matches(request_path, cookie.path)]
        sent.sort(key=_path_length, reverse=True)
        self._header = (
            b"Cookie: %b\r\n" % b"; ".join([cookie.pair for cookie in sent]) if sent else _NO_HEADER
        )
        holds_everywhere = all(cookie.path == "/" for cookie in self._cookies)
        self._header_path = None if holds_everywhere else path
        self._header_until_s = min((cookie.expires_at_s for cookie in self._cookies), default=inf)
        if not self._cookies:
            self._cookies = None
        return self._header

    def _put(self, cookie: _Cookie, now_s: float) -> None:
        cookies = self._cookies
        if cookies is None:
            cookies = self._cookies = []
        self._header_until_s = -inf
        for position, held in enumerate(cookies):
            if held.name == cookie.name and held.path == cookie.path:
                # A cookie that is set again keeps its creation time, and so its place (section 5.3, step 11.3).
                cookies[position] = cookie
                break
        else:
            cookies.append(cookie)
        if cookie.expires_at_s <= now_s or len(cookies) > _MOST_COOKIES:
            cookies[:] = [held for held in cookies if held.expires_at_s > now_s]
            del cookies[: max(len(cookies) - _MOST_COOKIES, 0)]
        size_bytes = sum([len(held.pair) + len(held.path) for held in cookies])
        while size_bytes > _MOST_JAR_BYTES:
            oldest = cookies.pop(0)
            size_bytes -= len(oldest.pair) + len(oldest.path)


def _path_length(cookie: _Cookie) -> int:
    return len(cookie.path)


def _path_matches(request_path: str, cookie_path: str) -> bool:
    """Match paths (RFC 6265 section 5.1.4): equal, or a prefix that ends at a slash."""
    if cookie_path in {"/", request_path}:
        return True
    if not request_path.startswith(cookie_path):
        return False
    return cookie_path.endswith("/") or request_path[len(cookie_path)] == "/"


def _parse(value: bytes, origin: Origin, path: str, now_s: float) -> _Cookie | None:
    """Read one `Set-Cookie` value (6265bis section 5.6); `None` where the cookie is refused."""
    if _CONTROLS.search(value):
        return None
    pair, _, attributes_text = value.partition(b";")
    name, equals, cookie_value = pair.partition(b"=")
    if not equals:
        name, cookie_value = b"", pair
    name, cookie_value = name.strip(b" \t"), cookie_value.strip(b" \t")
    if (not name and not cookie_value) or len(name) + len(cookie_value) > _LONGEST_COOKIE_BYTES:
        return None
    attributes = _attributes(attributes_text)
    is_secure = b"secure" in attributes
    if is_secure and origin.scheme != "https":
        return None
    if not _domain_matches(attributes.get(b"domain", b""), origin.host):
        return None
    if not _prefix_holds(name, cookie_value, attributes, is_secure=is_secure):
        return None
    cookie_path = attributes.get(b"path", b"").decode("latin-1")
    if not cookie_path.startswith("/"):
        cookie_path = _default_path(path)
    rendered = name + b"=" + cookie_value if name else cookie_value
    return _Cookie(name, rendered, cookie_path, _expiry_s(attributes, now_s))


def _attributes(text: bytes) -> dict[bytes, bytes]:
    """Split the attributes; the last of a name wins, one of more than 1,024 bytes is ignored."""
    found: dict[bytes, bytes] = {}
    if not text:
        return found
    for part in text.split(b";"):
        name, _, value = part.partition(b"=")
        value = value.strip(b" \t")
        if len(value) <= _LONGEST_ATTRIBUTE_BYTES:
            found[name.strip(b" \t").lower()] = value
    return found


def _expiry_s(attributes: dict[bytes, bytes], now_s: float) -> float:
    """Work out when the cookie ends: `Max-Age` before `Expires`, else with the visitor."""
    max_age = attributes.get(b"max-age", b"")
    if _MAX_AGE.fullmatch(max_age):
        # More than 18 digits mean "for ever" (or "long ago"), and Python refuses to read thousands of them.
        life_s = float(max_age[:18])
        return now_s + min(life_s, _LONGEST_LIFE_S) if life_s > 0 else -inf
    expires_s = parse_date_s(attributes[b"expires"]) if b"expires" in attributes else None
    return inf if expires_s is None else min(expires_s, now_s + _LONGEST_LIFE_S)


def _domain_matches(domain: bytes, host: str) -> bool:
    """Match domains (RFC 6265 section 5.1.3): the host itself or, for a name, a parent with a dot in it."""
    if not domain:
        return True
    name = domain.decode("latin-1").lower().removeprefix(".")
    if name == host:
        return True
    return "." in name and host.endswith("." + name) and not _IP_ADDRESS.fullmatch(host)


def _prefix_holds(name: bytes, value: bytes, attributes: dict[bytes, bytes], *, is_secure: bool) -> bool:
    """Check what a `__Secure-` or `__Host-` name promises (6265bis section 4.1.3)."""
    lowered = (name or value)[:9].lower()
    if not name and lowered.startswith((b"__secure-", b"__host-")):
        # A cookie without a name is sent as its bare value, which a server would read as such a name.
        return False
    if lowered.startswith(b"__host-"):
        return is_secure and attributes.get(b"path") == b"/" and not attributes.get(b"domain")
    return is_secure or not lowered.startswith(b"__secure-")


def _default_path(path: str) -> str:
    """Take the folder of the request's path (RFC 6265 section 5.1.4)."""
    request_path = path.partition("?")[0]
    return request_path[: request_path.rfind("/")] or "/"
