"""nginx and php-fpm before a folder of PHP, as most sites run it: four workers, byte code cached, static files from nginx."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benches.apps.app import (
    BOUND_TO_PARENT,
    HOST,
    AppMissingError,
    find_program,
    free_port,
    is_listening,
    running,
)
from tests.support.nginx_server import NginxMissingError, NginxServer, NginxSettings, find_nginx

__all__ = ["PHP_PACKAGES", "check_php", "php_site"]

PHP_PACKAGES: Final = (
    "nginx",
    "php-fpm",
    "php-cli",
    "php-apcu",
    "php-curl",
    "php-intl",
    "php-mbstring",
    "php-xml",
)
_WORKERS: Final = 4
_SYSTEM_FOLDERS: Final = (Path("/usr/sbin"), Path("/usr/local/sbin"))
_PARAMETERS: Final = {
    "QUERY_STRING": "$query_string",
    "REQUEST_METHOD": "$request_method",
    "CONTENT_TYPE": "$content_type",
    "CONTENT_LENGTH": "$content_length",
    "SCRIPT_FILENAME": "$document_root$fastcgi_script_name",
    "SCRIPT_NAME": "$fastcgi_script_name",
    "PATH_INFO": "$fastcgi_path_info",
    "REQUEST_URI": "$request_uri",
    "DOCUMENT_URI": "$document_uri",
    "DOCUMENT_ROOT": "$document_root",
    "SERVER_PROTOCOL": "$server_protocol",
    "REQUEST_SCHEME": "$scheme",
    "GATEWAY_INTERFACE": "CGI/1.1",
    "REMOTE_ADDR": "$remote_addr",
    "REMOTE_PORT": "$remote_port",
    "SERVER_ADDR": "$server_addr",
    "SERVER_PORT": "$server_port",
    "SERVER_NAME": HOST,
    "REDIRECT_STATUS": "200",
}


def check_php() -> None:
    """Make sure that nginx and php-fpm are there.

    Raises:
        AppMissingError: One of them is not.
    """
    _find_fpm()
    try:
        find_nginx()
    except NginxMissingError as error:
        raise AppMissingError(str(error)) from error


def _find_fpm() -> str:
    """Return the newest php-fpm; Debian puts the version of PHP into the program's name."""
    named = sorted(path for folder in _SYSTEM_FOLDERS for path in folder.glob("php-fpm[0-9]*"))
    return str(named[-1]) if named else find_program("php-fpm")


@contextmanager
def php_site(
    folder: Path,
    root: Path,
    port: int,
    *,
    directives: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Serve a folder of PHP for the length of a block.

    Args:
        folder: Where configuration, logs and temporary files go.
        root: The PHP files; what is no file there is answered by `/index.php`.
        port: Where to listen on the loopback interface.
        directives: Lines for nginx's server block.
        environment: Variables that the PHP scripts see.

    Yields:
        The site's origin.

    Raises:
        AppError: php-fpm did not start.
        RuntimeError: nginx did not.
    """
    fpm_port = free_port()
    (folder / "sessions").mkdir(parents=True, exist_ok=True)
    config = folder / "php-fpm.conf"
    config.write_text(_fpm_config(folder, fpm_port, environment or {}), encoding="utf-8")
    as_root = ["--allow-to-run-as-root"] if os.geteuid() == 0 else []
    command = [_find_fpm(), "--nodaemonize", "--fpm-config", str(config), *as_root]
    settings = NginxSettings(
        cache_control="",
        root=root,
        otherwise="/index.php?$args",
        port=port,
        prefix=BOUND_TO_PARENT,
        extra=_nginx_extra(fpm_port, directives),
    )
    with (
        running(command, folder / "php-fpm.log", lambda: is_listening(fpm_port)),
        NginxServer(folder / "nginx", {}, settings) as server,
    ):
        yield server.url


def _fpm_config(folder: Path, port: int, environment: Mapping[str, str]) -> str:
    owner = "user = root\ngroup = root\n" if os.geteuid() == 0 else ""
    variables = "".join(f"env[{name}] = {value}\n" for name, value in environment.items())
    return f"""[global]
error_log = {folder}/php-fpm-errors.log
[site]
{owner}listen = {HOST}:{port}
listen.allowed_clients = {HOST}
pm = static
pm.max_children = {_WORKERS}
catch_workers_output = yes
{variables}; Nothing leaves the machine, no mail either.
php_admin_value[sendmail_path] = /bin/true
php_admin_value[session.save_path] = {folder}/sessions
php_admin_value[memory_limit] = 256M
"""


def _nginx_extra(fpm_port: int, directives: str) -> str:
    parameters = "".join(f"fastcgi_param {name} {value};\n" for name, value in _PARAMETERS.items())
    return f"""client_max_body_size 8m;
index index.php;
{directives}
location ~ [^/]\\.php(/|$) {{
    fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
    if (!-f $document_root$fastcgi_script_name) {{ return 404; }}
    fastcgi_read_timeout 60s;
    fastcgi_buffers 64 16k;
    fastcgi_pass {HOST}:{fpm_port};
    {parameters}}}
"""
