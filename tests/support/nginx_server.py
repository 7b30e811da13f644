"""A real nginx on loopback with static pages, for integration tests and benches.

It runs in the foreground as a child of ours, unprivileged, out of one folder: configuration, pages, logs and certificates all lie
below `folder`, so that several can run at once and nothing is left behind.
"""

import mimetypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Self
from urllib.parse import unquote

import trustme

__all__ = ["NginxMissingError", "NginxServer", "NginxSettings", "find_nginx", "write_pages"]

START_LIMIT_S: Final = 10.0
STOP_LIMIT_S: Final = 5.0
START_TRIES: Final = 3
"""A free port is found by asking the kernel and can be taken before nginx listens; then another one is tried."""

_SYSTEM_FOLDERS: Final = "/usr/sbin:/usr/local/sbin:/sbin:/opt/homebrew/bin"
"""Where distributions put nginx; not in the PATH of an ordinary user on Debian."""


class NginxMissingError(Exception):
    """There is no nginx on this machine; the message says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxSettings:
    """What varies between one nginx and another.

    Attributes:
        tls: Also listen with TLS, with a certificate for 127.0.0.1 and localhost from a new authority.
        access_log: Write a log; a bench leaves it off.
        log_format: What a line of it says, in nginx's own words; empty is the combined format.
        cache_control: Sent with every response, as it is; nothing where it is empty.
        root: Document root; `None` is a folder of its own, for the pages.
        otherwise: What answers for a path that is no file: the last word of nginx's `try_files`, such as `/index.php?$args`.
        port: Where to listen for plain HTTP; 0 takes a free one.
        prefix: Put before the command, such as `("taskset", "-c", "1")`.
        extra: Directives put into the server block, as they are.
    """

    tls: bool = False
    access_log: bool = True
    log_format: str = ""
    cache_control: str = "no-store"
    root: Path | None = None
    otherwise: str = "=404"
    port: int = 0
    prefix: Sequence[str] = ()
    extra: str = ""


def find_nginx() -> str:
    """Return the path of the nginx program.

    Raises:
        NginxMissingError: There is none.
    """
    found = shutil.which("nginx") or shutil.which("nginx", path=_SYSTEM_FOLDERS)
    if found is None:
        raise NginxMissingError("nginx is not installed (Debian, Ubuntu: apt-get install nginx-light)")
    return found


def write_pages(root: Path, pages: Mapping[str, bytes]) -> None:
    """Make the files that nginx serves under the given paths.

    A path whose name has a known file type becomes that file; every other path becomes `<path>/index.html`, so that `/product`
    and `/product/1` can both be pages.

    Args:
        root: Document root; made if missing.
        pages: Path (percent-encoded as in a URL, without query) to body.

    Raises:
        ValueError: A path does not begin with `/` or leaves the root.
    """
    for path, body in pages.items():
        relative = PurePosixPath(unquote(path)).relative_to("/")
        if ".." in relative.parts:
            raise ValueError(f"{path!r} leaves the document root")
        is_file = mimetypes.guess_type(relative.name)[0] is not None and not path.endswith("/")
        file = root / relative if is_file else root / relative / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


class NginxServer:
    """One running nginx; a context manager.

    Attributes:
        url: `http://127.0.0.1:PORT`.
        tls_url: `https://127.0.0.1:PORT`; empty without TLS.
        ca_file: The authority that signed the certificate, PEM; `None` without TLS.
    """

    def __init__(
        self, folder: Path, pages: Mapping[str, bytes], settings: NginxSettings | None = None
    ) -> None:
        """Write pages and certificates; `start` (or `with`) runs the server.

        Args:
            folder: An empty folder for everything that this server reads and writes.
            pages: Path to body, as `write_pages` takes them; written below the root.
            settings: What differs from a plain HTTP server with an access log.

        Raises:
            NginxMissingError: There is no nginx on this machine.
        """
        self._program = find_nginx()
        self._folder = folder
        self._settings = settings or NginxSettings()
        self._process: subprocess.Popen[bytes] | None = None
        self._status_port = 0
        self.url = ""
        self.tls_url = ""
        self.ca_file: Path | None = None
        self.root = self._settings.root or folder / "pages"
        for name in ("pages", "temp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        write_pages(self.root, pages)
        if self._settings.tls:
            self.ca_file = _write_certificates(folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the nginx master.

        Raises:
            RuntimeError: It does not run.
        """
        if self._process is None:
            raise RuntimeError("nginx is not running")
        return self._process.pid

    def start(self) -> None:
        """Run nginx and wait until it accepts connections.

        Raises:
            RuntimeError: It ended or did not listen in time; the message holds its error log.
        """
        for attempt in range(1, START_TRIES + 1):
            free, *others = _free_ports(3)
            ports = [self._settings.port or free, *others]
            self._write_config(*ports)
            self._process = subprocess.Popen(
                [*self._settings.prefix, self._program, "-c", str(self._folder / "nginx.conf")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
            )
            if self._wait_listening(ports):
                return
            self.stop()
            if attempt == START_TRIES:
                raise RuntimeError(f"nginx did not start:\n{self.error_log_text()}")

    def stop(self) -> None:
        """End nginx; doing it twice is fine."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def requests_served(self) -> int:
        """Return how many requests nginx has handled since it started, this question included."""
        # Third line: " accepts handled requests" as three numbers.
        return int(self._status_lines()[2].split()[2])

    def connections_open(self) -> int:
        """Return how many connections nginx holds now, without that of this question."""
        # First line: "Active connections: 3".
        return int(self._status_lines()[0].split()[2]) - 1

    def _status_lines(self) -> list[str]:
        with socket.create_connection(("127.0.0.1", self._status_port), timeout=START_LIMIT_S) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        return answer.split(b"\r\n\r\n", 1)[1].decode().splitlines()

    def access_log_lines(self) -> list[str]:
        """Return the access log so far; empty where `access_log` is off."""
        log = self._folder / "access.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def error_log_text(self) -> str:
        """Return the error log so far; a file that was asked for and does not exist stands there too."""
        return self._error_log.read_text(encoding="utf-8") if self._error_log.exists() else ""

    @property
    def _error_log(self) -> Path:
        return self._folder / "error.log"

    def _write_config(self, port: int, tls_port: int, status_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.tls_url = f"https://127.0.0.1:{tls_port}" if self._settings.tls else ""
        self._status_port = status_port
        config = _config(self._folder, self.root, self._settings, port, tls_port, status_port)
        (self._folder / "nginx.conf").write_text(config, encoding="utf-8")

    def _wait_listening(self, ports: Sequence[int]) -> bool:
        process = self._process
        wanted = [port for port in ports if port != ports[1] or self._settings.tls]
        deadline_s = time.monotonic() + START_LIMIT_S
        while process is not None and process.poll() is None and time.monotonic() < deadline_s:
            if all(_is_listening(port) for port in wanted):
                return True
            time.sleep(0.01)
        return False


def _config(
    folder: Path, root: Path, settings: NginxSettings, port: int, tls_port: int, status_port: int
) -> str:
    # A worker of a root-owned nginx would become nobody, who may not enter a private temporary folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    log_format = f"log_format own '{settings.log_format}';" if settings.log_format else ""
    log_name = "own" if settings.log_format else "combined"
    access_log = f"{folder}/access.log {log_name}" if settings.access_log else "off"
    tls = f"listen 127.0.0.1:{tls_port} ssl; ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;"
    temp = "".join(
        f"    {kind}_temp_path {folder}/temp/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""{user}daemon off;
worker_processes 1;
worker_rlimit_nofile {_open_files()};
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections {_open_files()}; }}
http {{
{temp}    types {{
        text/html html; text/css css; text/javascript js; image/svg+xml svg; image/png png; image/jpeg jpg jpeg;
        image/webp webp; image/gif gif; image/x-icon ico; font/woff2 woff2; application/json json; text/plain txt; application/xml xml;
    }}
    default_type application/octet-stream;
    {log_format}
    access_log {access_log};
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    open_file_cache max=10000 inactive=600s;
    open_file_cache_valid 600s;
    ssl_session_cache shared:TLS:10m;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        {tls if settings.tls else ""}
        root {root};
        add_header Cache-Control "{settings.cache_control}";
        {settings.extra}
        location / {{ try_files $uri/index.html $uri {settings.otherwise}; }}
    }}
    server {{
        listen 127.0.0.1:{status_port};
        access_log off;
        location / {{ stub_status; }}
    }}
}}
"""


def _open_files() -> int:
    return min(20_000, os.sysconf("SC_OPEN_MAX"))


def _write_certificates(folder: Path) -> Path:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost", "::1")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    (folder / "server.pem").write_bytes(chain)
    certificate.private_key_pem.write_to_path(str(folder / "server.key"))
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return ca_file


def _free_ports(count: int) -> list[int]:
    """Ask the kernel for ports that nobody listens on; all are held until the last is known, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
