"""MediaWiki from Debian's package, with SQLite: installed by its own script, filled by its own import.

A wiki of 60 articles in ten categories that link to each other, with its search, its histories and its special pages. The code is
served where the package put it; settings, data, caches and files are in the folder.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from benches.apps.app import HOST, App, AppMissingError, claimed, find_program, install_packages, run_to_end
from benches.apps.php_site import PHP_PACKAGES, check_php, php_site
from benches.apps.topics import TOPICS, Subject, subjects

__all__ = ["install", "start"]

_PACKAGES: Final = ("mediawiki", "php-sqlite3", *PHP_PACKAGES)
_CODE: Final = Path("/usr/share/mediawiki")
_ARTICLES: Final = 60
_AFTER_IMPORT: Final = (
    ("runJobs.php",),
    ("rebuildrecentchanges.php",),
    ("initSiteStats.php", "--update"),
    ("updateSpecialPages.php",),
)
_HIDDEN: Final = "^/(cache|config|includes|languages|maintenance|mw-config|vendor|LocalSettings)"
_PAGE: Final = """<page><title>{title}</title><ns>{space}</ns><revision><timestamp>{written}</timestamp>
<contributor><username>Admin</username></contributor><model>wikitext</model><format>text/x-wiki</format>
<text xml:space="preserve">{text}</text></revision></page>
"""


def install() -> None:
    """Install MediaWiki and what it needs from Debian's packages."""
    install_packages(_PACKAGES)


def start(folder: Path, port: int) -> App:
    """Start the wiki, installed and filled at the first time (a few seconds); see `app`.

    Args:
        folder: Where everything but the code is kept.
        port: Where to listen on the loopback interface.

    Raises:
        AppMissingError: Packages are missing.
        AppError: It could not be installed or did not start.
    """
    check_php()
    if not (_CODE / "index.php").exists():
        raise AppMissingError("MediaWiki is not installed on this machine")
    return App(_serving(folder, port))


@contextmanager
def _serving(folder: Path, port: int) -> Iterator[str]:
    settings = folder / "settings.php"
    environment = {"MW_CONFIG_FILE": str(settings)}
    hidden = f"location ~ {_HIDDEN} {{ return 404; }}"
    with claimed(folder) as filled:
        if not filled.exists():
            _install(folder)
        settings.write_text(_settings(folder, f"http://{HOST}:{port}"), encoding="utf-8")
        if not filled.exists():
            _fill(folder, environment)
            filled.touch()
        with php_site(folder / "php", _CODE, port, directives=hidden, environment=environment) as url:
            yield url


def _maintain(folder: Path, script: str, *arguments: str, environment: Mapping[str, str]) -> None:
    command = [find_program("php"), str(_CODE / "maintenance" / script), *arguments]
    run_to_end(command, folder / f"{script}.log", {**os.environ, **environment})


def _install(folder: Path) -> None:
    """Let MediaWiki's installer write `LocalSettings.php` and the database."""
    for name in ("data", "cache", "images", "install"):
        (folder / name).mkdir(exist_ok=True)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_hex(12), encoding="ascii")
    _maintain(
        folder,
        "install.php",
        "--dbtype=sqlite",
        "--dbname=wiki",
        f"--dbpath={folder / 'data'}",
        f"--confpath={folder / 'install'}",
        f"--server=http://{HOST}",
        "--scriptpath=",
        f"--passfile={password}",
        "Field Guide",
        "Admin",
        environment={"MW_CONFIG_FILE": str(folder / "none.php")},
    )


def _settings(folder: Path, url: str) -> str:
    """Return what is read instead of `LocalSettings.php`, which it reads first."""
    return f"""<?php
require '{folder}/install/LocalSettings.php';
$wgServer = '{url}';
$wgArticlePath = '/wiki/$1';
$wgUsePathInfo = true;
$wgUploadDirectory = '{folder}/images';
$wgCacheDirectory = '{folder}/cache';
$wgMainCacheType = CACHE_ACCEL;
$wgSessionCacheType = CACHE_DB;
$wgJobRunRate = 0;
$wgEnableEmail = false;
"""


def _fill(folder: Path, environment: Mapping[str, str]) -> None:
    dump = folder / "articles.xml"
    dump.write_text(_dump(subjects(_ARTICLES)), encoding="utf-8")
    _maintain(folder, "importDump.php", str(dump), environment=environment)
    for script, *arguments in _AFTER_IMPORT:
        _maintain(folder, script, *arguments, environment=environment)


def _dump(articles: list[Subject]) -> str:
    """Return an export file, as MediaWiki's own exports are (https://www.mediawiki.org/xml/export-0.11/)."""
    contents = "\n".join(
        f"* [[:Category:{topic}|{topic}]]: {', '.join(f'[[{name}]]' for name in names[:3])}, ..."
        for topic, names in TOPICS.items()
    )
    welcome = f"Welcome to the field guide: {len(articles)} articles, {len(TOPICS)} topics.\n\n{contents}\n"
    pages = [
        *(_page(article.name, 0, _wikitext(article)) for article in articles),
        *(_page(f"Category:{topic}", 14, f"Everything about {topic.lower()}.") for topic in TOPICS),
        _page("Main Page", 0, welcome),
    ]
    return f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">\n{"".join(pages)}</mediawiki>\n'


def _page(title: str, space: int, text: str) -> str:
    # Now: an import that is older than what the installer wrote would become history at once.
    written = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _PAGE.format(title=escape(title), space=space, written=written, text=escape(text))


def _wikitext(article: Subject) -> str:
    first, *others = article.paragraphs
    lead = f"'''{article.name}''' belongs to [[:Category:{article.topic}|{article.topic}]]. {first} See also [[{article.related[0]}]]."
    sections = [
        f"== {name} ==\n{words} More: [[{name}]]."
        for name, words in zip(article.related[1:], others, strict=True)
    ]
    return "\n\n".join([lead, *sections, f"[[Category:{article.topic}]]"])
