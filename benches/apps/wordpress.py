"""WordPress from Debian's package: installed by its own form, filled through its own XML-RPC interface.

A blog with 30 posts in five categories, tags, eight pages, comments, a search and a menu, in the theme that comes with it. The code
is copied from the package, because WordPress looks for its settings beside itself and must not find the system's.
"""

import json
import secrets
import shutil
import urllib.parse
import urllib.request
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benches.apps.app import HOST, App, AppError, AppMissingError, claimed, install_packages
from benches.apps.mariadb import MARIADB_PACKAGES, Database, check_mariadb, mariadb
from benches.apps.php_site import PHP_PACKAGES, check_php, php_site
from benches.apps.topics import Subject, subjects

__all__ = ["install", "start"]

_PACKAGES: Final = (
    "wordpress",
    "wordpress-theme-twentytwentythree",
    "php-mysql",
    "php-gd",
    *MARIADB_PACKAGES,
    *PHP_PACKAGES,
)
_CODE: Final = Path("/usr/share/wordpress")
_ADMIN: Final = "editor"
_POSTS: Final = 30
_FIRST_DAY: Final = datetime(2024, 1, 9, 8, tzinfo=UTC)
_KEYS: Final = ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
_LIMIT_S: Final = 120.0
_REPLIES: Final = (
    "I tried this last week and it worked at once. Thank you for writing about {name}.",
    "Does that also hold in the mountains?",
    "My grandmother did it the other way round, and hers was better.",
)
_PAGES: Final = {
    "About": "<p>Two people, one allotment, too many hobbies.</p>",
    "Contact": "<p>Write to us; we answer within a week, except in August.</p>",
    "Search": '<!-- wp:search {"label":"Search this blog","buttonText":"Search"} /-->',
    "Archive": "<!-- wp:archives /--><!-- wp:categories /-->",
    "Topics": "<!-- wp:tag-cloud /-->",
    "Talk": '<!-- wp:latest-comments {"displayAvatar":false} /-->',
    "Newest": '<!-- wp:latest-posts {"postsToShow":10} /-->',
    "Imprint": "<p>This blog is on no network and sells nothing.</p>",
}
_MENU: Final = ("About", "Archive", "Topics", "Newest", "Search", "Contact")


def install() -> None:
    """Install WordPress and what it needs from Debian's packages."""
    install_packages(_PACKAGES)


def start(folder: Path, port: int) -> App:
    """Start the blog, installed and filled at the first time (some seconds); see `app`.

    Args:
        folder: Where everything is kept.
        port: Where to listen on the loopback interface.

    Raises:
        AppMissingError: Packages are missing.
        AppError: It could not be installed or did not start.
    """
    check_php()
    check_mariadb()
    if not (_CODE / "wp-load.php").exists():
        raise AppMissingError("WordPress is not installed on this machine")
    return App(_serving(folder, port))


@contextmanager
def _serving(folder: Path, port: int) -> Iterator[str]:
    root = folder / "wordpress"
    admin = "rewrite ^(/wp-admin)/?$ $1/index.php last;"
    with claimed(folder) as filled:
        password = _password(folder / "password")
        if not root.exists():
            shutil.copytree(_CODE, root, ignore=shutil.ignore_patterns(".htaccess", "wp-config.php"))
        with mariadb(folder / "mariadb", password) as database:
            (root / "wp-config.php").write_text(_config(database, f"http://{HOST}:{port}"), encoding="utf-8")
            with php_site(folder / "php", root, port, directives=admin) as url:
                if not filled.exists():
                    _install(url, password)
                    _settle_addresses(url, password)
                    _fill(_Author(url, password))
                    filled.touch()
                yield url


def _password(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(12), encoding="ascii")
    return file.read_text(encoding="ascii")


def _config(database: Database, url: str) -> str:
    values: dict[str, str | bool] = {
        "DB_NAME": database.name,
        "DB_USER": database.user,
        "DB_PASSWORD": database.password,
        "DB_HOST": database.host,
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
        "WP_HOME": url,
        "WP_SITEURL": url,
        # Nothing leaves the machine, and nothing happens in the background while something is measured.
        "WP_HTTP_BLOCK_EXTERNAL": True,
        "AUTOMATIC_UPDATER_DISABLED": True,
        "DISABLE_WP_CRON": True,
        **{f"{key}_{kind}": database.password + key for key in _KEYS for kind in ("KEY", "SALT")},
    }
    # A JSON string is a PHP string as long as nothing in it is a `$`.
    lines = "".join(f"define({json.dumps(name)}, {json.dumps(value)});\n" for name, value in values.items())
    return (
        f"<?php\n{lines}$table_prefix = 'wp_';\n"
        "if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');\nrequire_once ABSPATH . 'wp-settings.php';\n"
    )


def _install(url: str, password: str) -> None:
    form = {
        "weblog_title": "The Field Notebook",
        "user_name": _ADMIN,
        "admin_password": password,
        "admin_password2": password,
        "pw_weak": "on",
        "admin_email": "editor@example.org",
        "blog_public": "1",
        "language": "",
    }
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{url}/wp-admin/install.php?step=2", body, _LIMIT_S) as response:  # noqa: S310 - ours
        answer = response.read().decode("utf-8", "replace")
    if "wp-login.php" not in answer:
        raise AppError(f"WordPress could not be installed: {answer[-2000:]}")


def _settle_addresses(url: str, password: str) -> None:
    """Open the page on permalinks, as an editor would once.

    The installer chooses readable addresses before WordPress has made the rules for categories and tags; seeing that page makes them.
    """
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = urllib.parse.urlencode({"log": _ADMIN, "pwd": password, "testcookie": "1"}).encode()
    browser.open(f"{url}/wp-login.php", timeout=_LIMIT_S).close()
    browser.open(f"{url}/wp-login.php", form, _LIMIT_S).close()
    with browser.open(f"{url}/wp-admin/options-permalink.php", timeout=_LIMIT_S) as response:
        if response.url.partition("?")[0].endswith("wp-login.php"):
            raise AppError("the editor of WordPress could not log in")


class _Author:
    """Who writes the blog, through XML-RPC."""

    def __init__(self, url: str, password: str) -> None:
        self._site = xmlrpc.client.ServerProxy(f"{url}/xmlrpc.php")
        self._password = password

    def call(self, method: str, *values: Any) -> Any:
        """Call a method that takes blog, name and password first."""
        return self._site.__getattr__(method)(0, _ADMIN, self._password, *values)

    def write(self, kind: str, title: str, content: str, **more: Any) -> str:
        """Publish something and return its number."""
        post = {"post_type": kind, "post_status": "publish", "post_title": title, "post_content": content}
        return str(self.call("wp.newPost", {**post, **more}))


def _fill(author: _Author) -> None:
    for title, content in _PAGES.items():
        author.write("page", title, content, comment_status="closed")
    links = "".join(
        f'<!-- wp:navigation-link {{"label":"{title}","url":"/{title.lower()}/","kind":"custom"}} /-->'
        for title in _MENU
    )
    author.write("wp_navigation", "Menu", links)
    blog = subjects(_POSTS)
    # A year of posts, one every twelve days, so that the archive has months.
    dates = {subject.name: _FIRST_DAY + timedelta(days=12 * number) for number, subject in enumerate(blog)}
    for number, subject in enumerate(blog):
        post = _publish(author, subject, dates)
        for reply in _REPLIES[: number % (len(_REPLIES) + 1)]:
            author.call("wp.newComment", post, {"content": reply.format(name=subject.name)})


def _publish(author: _Author, subject: Subject, dates: Mapping[str, datetime]) -> str:
    links = ", ".join(f'<a href="{_address(name, dates[name])}">{name}</a>' for name in subject.related)
    paragraphs = [*subject.paragraphs, f"See also {links}."]
    return author.write(
        "post",
        subject.name,
        "".join(f"<!-- wp:paragraph --><p>{words}</p><!-- /wp:paragraph -->" for words in paragraphs),
        post_date=xmlrpc.client.DateTime(dates[subject.name]),
        terms_names={"category": [subject.topic], "post_tag": list(subject.tags)},
        comment_status="open",
    )


def _address(name: str, date: datetime) -> str:
    """Return the path that WordPress gives a post."""
    return f"/{date:%Y/%m/%d}/{name.lower().replace(' ', '-')}/"
