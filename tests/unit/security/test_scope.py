"""Only loopback is played, judged by resolved addresses, before a byte is sent."""

import asyncio
import pickle
import socket
from collections.abc import Sequence

import pytest

from trafficflou.core import ExitCode, GrantError, TargetError, UsageError
from trafficflou.security import PermittedTarget, Resolver, resolve_permitted


def _resolver(*addresses: str) -> Resolver:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize(
    ("url", "addresses", "expected"),
    [
        ("http://localhost", ["127.0.0.1", "::1"], ("http", "localhost", 80, ("127.0.0.1", "::1"))),
        ("https://Shop.Test/", ["127.8.9.10"], ("https", "shop.test", 443, ("127.8.9.10",))),
        ("http://localhost.:8080", ["127.0.0.1"], ("http", "localhost.", 8080, ("127.0.0.1",))),
        ("http://[::1]:8080", ["::1"], ("http", "::1", 8080, ("::1",))),
        ("http://mapped.test", ["::ffff:127.0.0.1"], ("http", "mapped.test", 80, ("::ffff:127.0.0.1",))),
        ("http://twice.test", ["::1", "::1"], ("http", "twice.test", 80, ("::1",))),
        (" http://bücher.test ", ["127.0.0.1"], ("http", "xn--bcher-kva.test", 80, ("127.0.0.1",))),
    ],
)
async def test_resolve_permitted_allows_loopback(
    url: str, addresses: list[str], expected: tuple[str, str, int, tuple[str, ...]]
) -> None:
    """A target all of whose addresses are loopback is permitted, with exactly those addresses."""
    target = await resolve_permitted(url, _resolver(*addresses))
    assert (target.scheme, target.host, target.port, target.addresses) == expected


@pytest.mark.parametrize(
    "addresses",
    [
        ["8.8.8.8"],
        ["10.0.0.1"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["0.0.0.0"],
        ["::"],
        ["::127.0.0.1"],
        ["::ffff:8.8.8.8"],
        ["::ffff:0.0.0.0"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["fe80::1"],
        ["::1%lo"],
        ["127.0.0.1", "8.8.8.8"],
        ["::1", "127.0.0.1", "2001:db8::1"],
        ["not-an-address"],
        ["127.1"],
        [f"127.0.0.{number}" for number in range(100)],
    ],
)
async def test_resolve_permitted_refuses_every_other_address(addresses: list[str]) -> None:
    """One address that is not loopback refuses the target, with exit code 3 and what is possible instead."""
    with pytest.raises(GrantError) as caught:
        await resolve_permitted("http://shop.test", _resolver(*addresses))
    assert caught.value.exit_code is ExitCode.NOT_PERMITTED
    assert "shop.test" in caught.value.message
    assert "grants" in caught.value.hint
    assert "127.0.0.0/8" in caught.value.hint


async def test_resolve_permitted_names_the_foreign_address() -> None:
    """The refusal says which address was the reason."""
    with pytest.raises(GrantError, match=r"resolves to 8\.8\.8\.8, one of its 2 addresses"):
        await resolve_permitted("http://shop.test", _resolver("127.0.0.1", "8.8.8.8"))


@pytest.mark.parametrize(
    "url", ["http://127.1", "http://0x7f.1:81", "http://2130706433", "http://0177.0.0.1"]
)
async def test_resolve_permitted_judges_odd_spellings_by_what_they_mean(url: str) -> None:
    """Every spelling of 127.0.0.1 that the system understands is that address, and only it is connected to."""
    assert (await resolve_permitted(url)).addresses == ("127.0.0.1",)


@pytest.mark.parametrize(
    "url",
    [
        "http://0.0.0.0:8080",
        "http://0",
        "http://169.254.169.254/",
        "http://[::]",
        "http://[::ffff:8.8.8.8]",
        "http://0x08080808",
        "http://134744072",
    ],
)
async def test_resolve_permitted_refuses_literal_addresses_that_are_not_loopback(url: str) -> None:
    """Literal addresses go the same way as names; 0.0.0.0 is not loopback although it often reaches it."""
    with pytest.raises(GrantError):
        await resolve_permitted(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "127.0.0.1:8080",
        "//127.0.0.1",
        "ftp://127.0.0.1",
        "http://",
        "http://:80",
        "http:///x",
        "http://user:secret@127.0.0.1",
        "http://127.0.0.1@8.8.8.8",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:http",
        "http://127.0.0.1/shop",
        "http://127.0.0.1?x",
        "http://127.0.0.1/#x",
        "http://127.0.0.1\\@8.8.8.8",
        "http://127.0.0.1\r\nX: 1",
        "http://a b",
        "http://127.0.0.1\x00.evil.example",
        "http://[::1",
        "http://[::1]x",
        "http://[fe80::1%25lo]",
        "http://%31.test",
        "http://a..b",
        "http://" + "a" * 64,
        "http://" + "a" * 3000,
    ],
)
async def test_resolve_permitted_refuses_what_is_no_origin(url: str) -> None:
    """A malformed target is the operator's mistake: exit code 2, without resolving anything and without its secrets."""

    async def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError(f"{host} was resolved")

    with pytest.raises(UsageError) as caught:
        await resolve_permitted(url, never)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.hint
    assert "secret" not in str(caught.value)
    assert len(caught.value.message) < 300


async def test_resolve_permitted_reports_a_name_that_does_not_resolve() -> None:
    """A name without an address is an unreachable target: exit code 5."""

    async def fails(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolver in (fails, _resolver()):
        with pytest.raises(TargetError, match=r"shop\.test") as caught:
            await resolve_permitted("http://shop.test", resolver)
        assert caught.value.exit_code is ExitCode.UNREACHABLE
        assert caught.value.hint


async def test_resolve_permitted_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer ends in an unreachable target."""
    monkeypatch.setattr("trafficflou.security.scope._RESOLUTION_TIMEOUT_S", 0.01)

    async def hangs(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    with pytest.raises(TargetError, match="not resolved within"):
        await resolve_permitted("http://shop.test", hangs)


async def test_resolve_permitted_asks_once_for_host_and_port() -> None:
    """The name is resolved exactly once; later answers of the resolver cannot matter."""
    asked: list[tuple[str, int]] = []

    async def counts(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ("127.0.0.1",) if len(asked) == 1 else ("8.8.8.8",)

    assert (await resolve_permitted("http://rebind.test:8080", counts)).addresses == ("127.0.0.1",)
    assert asked == [("rebind.test", 8080)]


def test_permitted_target_survives_pickling() -> None:
    """The permission crosses to the worker processes unchanged."""
    target = PermittedTarget(scheme="http", host="localhost", port=80, addresses=("127.0.0.1",))
    assert pickle.loads(pickle.dumps(target)) == target  # noqa: S301 - our own bytes
