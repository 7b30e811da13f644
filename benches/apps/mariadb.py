"""A MariaDB of one's own: its files in a folder, its port on the loopback interface, one database and one user."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benches.apps.app import HOST, find_program, free_port, is_listening, run_to_end, running

__all__ = ["MARIADB_PACKAGES", "Database", "check_mariadb", "mariadb"]

MARIADB_PACKAGES: Final = ("mariadb-server-core",)
"""The programs without the system's own service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """How to reach it."""

    host: str
    name: str
    user: str
    password: str


def check_mariadb() -> None:
    """Make sure that MariaDB's programs are there.

    Raises:
        AppMissingError: They are not.
    """
    for program in ("mariadbd", "mariadb-install-db"):
        find_program(program)


@contextmanager
def mariadb(folder: Path, password: str) -> Iterator[Database]:
    """Run MariaDB for the length of a block.

    Args:
        folder: Where its files lie; made at the first time.
        password: For the one user, who owns the one database, and for MariaDB's root.

    Raises:
        AppError: It did not start.
    """
    data, port = folder / "data", free_port()
    if not (data / "mysql").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        install = [find_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        run_to_end(
            [*install, "--auth-root-authentication-method=normal", *_as_root()], folder / "install.log"
        )
    database = Database(host=f"{HOST}:{port}", name="site", user="site", password=password)
    first = folder / "first.sql"
    first.touch(mode=0o600)
    first.write_text(_accounts(database), encoding="utf-8")
    command = [
        find_program("mariadbd"),
        "--no-defaults",
        f"--datadir={data}",
        f"--bind-address={HOST}",
        f"--port={port}",
        # A name of its own, and short: the path of a socket may have 107 characters, that of a folder more.
        f"--socket=@trafficflou-{port}",
        f"--pid-file={folder}/pid",
        f"--init-file={first}",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--innodb-buffer-pool-size=64M",
        "--innodb-flush-log-at-trx-commit=2",
        *_as_root(),
    ]
    with running(command, folder / "mariadb.log", lambda: is_listening(port)):
        yield database


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _accounts(database: Database) -> str:
    """Return what MariaDB runs at each start, one statement a line."""
    word = database.password
    return (
        f"CREATE DATABASE IF NOT EXISTS {database.name} CHARACTER SET utf8mb4;\n"
        f"CREATE OR REPLACE USER {database.user}@'{HOST}' IDENTIFIED BY '{word}';\n"
        f"GRANT ALL ON {database.name}.* TO {database.user}@'{HOST}';\n"
        f"ALTER USER root@localhost IDENTIFIED BY '{word}';\n"
    )
