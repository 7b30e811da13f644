"""Oscar, a shop written in Python on Django, from PyPI: filled by its own import commands, behind nginx.

120 books and posters in twenty categories, with pictures, search, reviews, wish lists, accounts, a basket and a checkout for guests.
It is installed into an environment of its own beside this file; data and files are in the folder.
"""

import csv
import json
import os
import secrets
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from benches.apps.app import (
    BOUND_TO_PARENT,
    HOST,
    App,
    AppMissingError,
    claimed,
    free_port,
    install_packages,
    is_listening,
    run_to_end,
    running,
)
from benches.apps.topics import Subject, subjects
from tests.support.nginx_server import NginxMissingError, NginxServer, NginxSettings, find_nginx

__all__ = ["install", "start"]

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parents[1]
ENVIRONMENT: Final = _HERE.parent / ".venv-oscar"
_PACKAGES: Final = ("nginx", "python3-venv")
_SUBJECTS: Final = 60
_WORKERS: Final = 2
_THREADS: Final = 2
_KINDS: Final = {"Books": ("The {name} handbook", 12, 40), "Posters": ("{name}, a poster", 8, 25)}
"""By category: how a product is called, and from which to which price in euros."""

_PICTURE_SIDE: Final = 320
_COUNTRIES: Final = {"DE": ("DEU", "Germany"), "FR": ("FRA", "France"), "GB": ("GBR", "United Kingdom")}


def install() -> None:
    """Install nginx, and Oscar with what it needs into its environment."""
    install_packages(_PACKAGES)
    subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
    requirements = _HERE / "oscar_site" / "requirements.txt"
    subprocess.run([ENVIRONMENT / "bin" / "pip", "install", "--quiet", "-r", requirements], check=True)


def start(folder: Path, port: int) -> App:
    """Start the shop, filled at the first time (about 30 s); see `app`.

    Args:
        folder: Where everything but the code is kept.
        port: Where to listen on the loopback interface.

    Raises:
        AppMissingError: nginx or the shop's environment is missing.
        AppError: It could not be filled or did not start.
    """
    try:
        find_nginx()
    except NginxMissingError as error:
        raise AppMissingError(str(error)) from error
    if not (ENVIRONMENT / "bin" / "gunicorn").exists():
        raise AppMissingError(f"Oscar is not installed in {ENVIRONMENT}")
    return App(_serving(folder, port))


@contextmanager
def _serving(folder: Path, port: int) -> Iterator[str]:
    django_port = free_port()
    command = [
        str(ENVIRONMENT / "bin" / "gunicorn"),
        f"--bind={HOST}:{django_port}",
        f"--workers={_WORKERS}",
        f"--threads={_THREADS}",
        "--preload",
        "--no-control-socket",
        "django.core.wsgi:get_wsgi_application()",
    ]
    settings = NginxSettings(
        cache_control="",
        root=folder / "public",
        otherwise="@django",
        port=port,
        prefix=BOUND_TO_PARENT,
        extra=f"location @django {{ proxy_pass http://{HOST}:{django_port}; proxy_set_header Host $http_host; }}",
    )
    with claimed(folder) as filled:
        environment = _environment(folder)
        if not filled.exists():
            _fill(folder, environment)
            filled.touch()
        with (
            running(command, folder / "gunicorn.log", lambda: is_listening(django_port), environment),
            NginxServer(folder / "nginx", {}, settings) as server,
        ):
            yield server.url


def _environment(folder: Path) -> dict[str, str]:
    secret = folder / "secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(32), encoding="ascii")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benches.apps.oscar_site.settings",
        "PYTHONPATH": str(_ROOT),
        "OSCAR_FOLDER": str(folder),
        "OSCAR_SECRET": secret.read_text(encoding="ascii"),
    }


def _fill(folder: Path, environment: Mapping[str, str]) -> None:
    """Make the database and fill it with Oscar's own commands."""
    pictures = folder / "pictures"
    for needed in (folder / "public" / "media", pictures):
        needed.mkdir(parents=True, exist_ok=True)
    goods, fixture = folder / "goods.csv", folder / "countries.json"
    _write_goods(goods, pictures)
    fixture.write_text(json.dumps(_countries()), encoding="utf-8")
    steps = (
        ("migrate",),
        ("collectstatic", "--no-input"),
        ("loaddata", str(fixture)),
        ("oscar_import_catalogue", str(goods)),
        ("oscar_import_catalogue_images", str(pictures)),
        ("rebuild_index", "--noinput"),
    )
    for step, *arguments in steps:
        command = [str(ENVIRONMENT / "bin" / "django-admin"), step, *arguments]
        run_to_end(command, folder / f"{step}.log", environment)


def _countries() -> list[dict[str, Any]]:
    return [
        {
            "model": "address.country",
            "pk": code,
            "fields": {
                "iso_3166_1_a3": code_3,
                "printable_name": name,
                "name": name,
                "is_shipping_country": True,
            },
        }
        for code, (code_3, name) in _COUNTRIES.items()
    ]


def _write_goods(goods: Path, pictures: Path) -> None:
    """Write what is for sale as the file that Oscar imports, and a picture of each, named by its number."""
    rng = Random(1)
    with goods.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, escapechar="\\", quoting=csv.QUOTE_ALL)
        for number, (kind, subject) in enumerate(_assortment(), start=1):
            pattern, low, high = _KINDS[kind]
            title = pattern.format(name=subject.name)
            price = rng.randint(low, high) - 0.1
            sku = f"rr{number:04}"
            shelf = f"{kind} > {subject.topic}"
            text = " ".join(subject.paragraphs)
            rows.writerow(
                [kind, shelf, sku, title, text, "Reading Room", sku, f"{price:.2f}", rng.randint(3, 99)]
            )
            colours = [(rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(2)]
            (pictures / f"{sku}.png").write_bytes(_picture(*colours))


def _assortment() -> list[tuple[str, Subject]]:
    return [(kind, subject) for kind in _KINDS for subject in subjects(_SUBJECTS)]


def _picture(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> bytes:
    """Draw a gradient as a PNG (RFC 2083, section 3)."""
    rows = b"".join(
        b"\0"
        + bytes(a + (b - a) * row // _PICTURE_SIDE for a, b in zip(top, bottom, strict=True)) * _PICTURE_SIDE
        for row in range(_PICTURE_SIDE)
    )
    header = struct.pack(">IIBBBBB", _PICTURE_SIDE, _PICTURE_SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
