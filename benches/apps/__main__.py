"""Real applications that nobody here wrote, on loopback: to try visitors on.

    python -m benches.apps wordpress --serve
    python -m benches.apps mediawiki --crawl 500
    python -m benches.apps oscar --install --serve

Everything of an application lies in its folder (`--folder`, by default one below `benches/.apps` that stays, so that the second
start takes seconds). `--install` gets what is missing with apt-get or pip, where this user may.
"""

import argparse
import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NoReturn, Protocol, cast

from benches.apps.app import App, AppError, AppMissingError, free_port
from benches.apps.crawl import crawl, describe

_CRAWL_LIMIT_S: Final = 600.0
_FOLDERS: Final = Path(__file__).parents[1] / ".apps"
APPS: Final = ("wordpress", "mediawiki", "oscar")


class _AppModule(Protocol):
    """What each application's module has."""

    def install(self) -> None: ...

    def start(self, folder: Path, port: int) -> App: ...


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benches.apps", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("name", choices=APPS)
    parser.add_argument("--serve", action="store_true", help="stay until Ctrl-C")
    parser.add_argument("--crawl", type=int, metavar="PAGES", help="count what a crawler reaches")
    parser.add_argument("--install", action="store_true", help="first install what it needs (apt-get, pip)")
    parser.add_argument("--folder", type=Path, help="where the application keeps everything")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    return parser.parse_args()


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _count_pages(url: str, most: int) -> None:
    begun_s = time.monotonic()
    statuses = crawl(url, pages=most, seconds=_CRAWL_LIMIT_S)
    took_s = time.monotonic() - begun_s
    print(f"crawled {len(statuses)} pages in {took_s:.1f} s: {describe(statuses)}")


def main() -> None:
    """Start an application and do with it what was asked; it ends with this program."""
    options = _options()
    module = cast("_AppModule", importlib.import_module(f"benches.apps.{options.name}"))
    folder = (options.folder or _FOLDERS / options.name).absolute()
    signal.signal(signal.SIGTERM, _end)
    try:
        if options.install:
            module.install()
        with module.start(folder, options.port or free_port()) as app:
            print(f"{options.name} is open at {app.url}/  (kept in {folder})", flush=True)
            if options.crawl:
                _count_pages(app.url, options.crawl)
            while options.serve:
                signal.pause()
    except KeyboardInterrupt:
        print("closed")
    except AppMissingError as error:
        sys.exit(f"{error}; --install installs what {options.name} needs")
    except (AppError, OSError, subprocess.SubprocessError, RuntimeError) as error:
        sys.exit(f"{options.name}: {error}")


if __name__ == "__main__":
    main()
