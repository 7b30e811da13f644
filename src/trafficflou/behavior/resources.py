"""What a request asks for: a page, a file that belongs to a page, data, or plumbing; told by the path, the query aside.

The path is normalised first: no query, no fragment, no path parameters (`;jsessionid=...`), no doubled slashes, percent-encoding
only where it is needed. A path that cannot be normalised (control characters, `..`, too long) is nobody's page.
"""

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

__all__ = ["MAX_PATH_CHARS", "Resource", "Role", "normalise_path", "referrer_path", "resource_of"]

MAX_PATH_CHARS: Final = 1024
"""Longer paths are no pages; they are attacks on buffers or state smuggled into the path."""


class Role(Enum):
    """The part that a resource plays in a page view."""

    PAGE = auto()
    FILE = auto()
    """A subresource by its extension."""
    DATA = auto()
    """A subresource if it follows a page that refers to it, otherwise plumbing."""
    PLUMBING = auto()
    """Feeds, `robots.txt`, icons, downloads, administration: neither page nor subresource."""
    HEALTH = auto()
    """Probes and scheduled jobs of the site itself."""
    ODD = auto()
    """Not a usable path."""


class Resource:
    """What one path is."""

    __slots__ = ("is_login", "is_probe", "is_robots", "path", "role")

    def __init__(self, path: str, role: Role, *, is_probe: bool = False) -> None:
        """Describe a path.

        Args:
            path: Normalised; `""` where it is odd.
            role: Its part in a page view.
            is_probe: Only a scanner asks for this.
        """
        self.path = path
        self.role = role
        self.is_probe = is_probe
        self.is_robots = path == "/robots.txt"
        self.is_login = path.endswith("/wp-login.php")


_FILES = re.compile(
    r"css|js|mjs|map|png|jpg|jpeg|gif|svg|webp|avif|bmp|ico|cur|woff|woff2|ttf|otf|eot|mp4|webm|ogv"
    r"|mp3|ogg|m4a|wav|vtt|swf|wasm|htc"
)
_DATA = re.compile(r"json|jsonp|xml|webmanifest|geojson")
_DOWNLOADS = re.compile(
    r"txt|pdf|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|msi|dmg|pkg|deb|rpm|apk|iso|jar|doc|docx|xls|xlsx|ppt"
    r"|pptx|odt|csv|epub|rss|atom|rdf|ics|torrent|bin|dat|sql|bak|log|yml|yaml|ini|conf|asc|sig|env"
)
_PLUMBING = re.compile(
    r"/(?:favicon\.ico|apple-touch-icon[^/]*|browserconfig\.xml|manifest\.json|site\.webmanifest|robots\.txt|ads\.txt|humans\.txt"
    r"|[^/]*sitemap[^/]*\.xml|wlwmanifest\.xml|xmlrpc\.php|wp-login\.php|wp-trackback\.php|trackback|wp-comments-post\.php"
    r"|feed|rss2?|atom|feeds|opensearch\.xml|admin-ajax\.php|load-(?:styles|scripts)\.php)/?$"
    r"|/wp-admin(?:/|$)|/wp-json(?:/|$)|/\.well-known/|/feed/(?:atom|rss2?|rdf)/?$|/__\w+/|/cdn-cgi/|/_next/data/",
    re.IGNORECASE,
)
_API = re.compile(
    r"/(?:api|ajax|graphql|rpc|xhr|rest|_data|trpc|socket\.io|ws|beacon|collect|events?/track)(?:/|$)",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    r"^/(?:wp-cron\.php|_?health(?:z|check|-check|_check)?|livez|readyz|healthz/\w+|ping|_?status/?(?:health)?|server-status"
    r"|nginx_status|stub_status|actuator(?:/.*)?|metrics)/?$",
    re.IGNORECASE,
)
_PROBES = re.compile(
    r"/\.env|/\.git(?:/|$)|/\.svn|/\.aws|/\.ssh|/\.ht(?:access|passwd)|phpmyadmin|/pma/|/myadmin|/cgi-bin/|/wp-config|/etc/passwd"
    r"|phpunit|eval-stdin|/boaform|/hnap1|/solr/admin|/manager/html|/shell\b|/xmlrpc\.php|/owa/auth|/phpinfo|/setup\.cgi"
    r"|/autodiscover/|/remote/login|/console/|/_ignition/|/web-inf|/timthumb\.php|/uploadify|/fckeditor|\.(?:sql|bak|old|swp)$"
    r"|/config\.(?:json|php|ya?ml)$|/credentials",
    re.IGNORECASE,
)
_QUERY_PLUMBING = re.compile(
    r"(?:^|&)(?:feed|rest_route|wc-ajax|doing_wp_cron|action=heartbeat|_wpnonce)(?:=|&|$)"
)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_TO_ENCODE = re.compile(r"[^A-Za-z0-9/\-._~!$&'()*+,=:@]")
_PARAMETERS = re.compile(r";[^/]*")
_SLASHES = re.compile(r"/{2,}")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,20}://[^/?#]*")
_SAFE = "-._~!$&'()*+,=:@"
_PATHS_REMEMBERED = 65_536


def resource_of(target: str) -> Resource:
    """Tell what a request target is.

    Args:
        target: As in the request line, with its query; one character a byte (Latin-1).
    """
    path, _, query = target.partition("?")
    resource = _resource_of_path(path)
    if query and resource.role is Role.PAGE and _QUERY_PLUMBING.search(query):
        return Resource(resource.path, Role.PLUMBING)
    return resource


@lru_cache(maxsize=_PATHS_REMEMBERED)
def _resource_of_path(path: str) -> Resource:
    normalised = normalise_path(path)
    is_probe = _PROBES.search(normalised or path) is not None or (normalised is None and ".." in path)
    if normalised is None:
        return Resource("", Role.ODD, is_probe=is_probe)
    return Resource(normalised, _role(normalised), is_probe=is_probe)


def _role(path: str) -> Role:
    if _HEALTH.match(path):
        return Role.HEALTH
    if _PLUMBING.search(path):
        return Role.PLUMBING
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    extension = extension.lower() if dot else ""
    if _FILES.fullmatch(extension):
        return Role.FILE
    if _DATA.fullmatch(extension) or _API.search(path):
        return Role.DATA
    return Role.PLUMBING if _DOWNLOADS.fullmatch(extension) else Role.PAGE


def normalise_path(path: str) -> str | None:
    """Write a path in its one normal form.

    Args:
        path: A request target without its query (Latin-1: one character a byte); `http://host/path` is cut to its path.

    Returns:
        A path that begins with `/`, of unreserved characters, sub-delimiters and `%XX`; `None` where there is no such form: not a
        path, `..` segments, control characters, or longer than `MAX_PATH_CHARS`.
    """
    origin = _ORIGIN.match(path)
    if origin is not None:
        path = path[origin.end() :] or "/"
    path = path.partition("#")[0]
    if not path.startswith("/") or len(path) > MAX_PATH_CHARS:
        return None
    if ";" in path:
        path = _PARAMETERS.sub("", path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if _TO_ENCODE.search(path) is not None:
        segments = [unquote_to_bytes(segment.encode("latin-1", "replace")) for segment in path.split("/")]
        if any(_CONTROL.search(segment) for segment in segments):
            return None
        path = "/".join(quote(segment, safe=_SAFE) for segment in segments)
    if "/." in path and not {".", ".."}.isdisjoint(path.split("/")):
        return None
    return path if len(path) <= MAX_PATH_CHARS else None


@lru_cache(maxsize=_PATHS_REMEMBERED)
def referrer_path(referrer: str) -> str:
    """Return the normalised path of a `Referer`; `""` where it has none. Its host is not looked at: logs do not know their own."""
    if "://" not in referrer:
        return ""
    return normalise_path(referrer.partition("?")[0]) or ""
