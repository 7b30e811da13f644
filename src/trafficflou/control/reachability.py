"""Can the site be spoken to at all? One connection before the run, no request."""

import asyncio
import os
import ssl
from dataclasses import replace

from trafficflou.core import TargetError
from trafficflou.security import PermittedTarget

__all__ = ["check_reachable"]

# Numbers of OpenSSL's X509_V_ERR_*.
_CERTIFICATE_HINTS = {
    9: "It is not valid yet: is this machine's clock right?",
    10: "It has expired and must be renewed.",
    62: "Name the target as the certificate does.",
    64: "Name the target as the certificate does: it does not stand for this address.",
}


async def check_reachable(
    target: PermittedTarget, tls: ssl.SSLContext | None, timeout_s: float
) -> PermittedTarget:
    """Connect once to each address of the target, with TLS where it is https, and send nothing.

    Args:
        target: Where to.
        tls: Decides whom to trust; `None` for http.
        timeout_s: Longest wait for one address.

    Returns:
        The target with the addresses that answered: `localhost` is often two, of which a site listens on one.

    Raises:
        TargetError: No address answers, or the certificate is not trusted.
    """
    failures = {address: await _try(target, address, tls, timeout_s) for address in target.addresses}
    reachable = tuple(address for address, failure in failures.items() if failure is None)
    if reachable:
        return replace(target, addresses=reachable)
    failure = next(failure for failure in failures.values() if failure is not None)
    raise TargetError(
        f"{target.host} port {target.port} cannot be reached: {_reason(failure)}", hint=_hint(failure)
    ) from failure


async def _try(
    target: PermittedTarget, address: str, tls: ssl.SSLContext | None, timeout_s: float
) -> OSError | None:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(
                address, target.port, ssl=tls, server_hostname=target.host if tls else None
            )
    except OSError as error:  # TimeoutError and ssl.SSLError are OSErrors
        return error
    # Not waited for: a polite TLS goodbye from the site is not needed to know that it is there.
    writer.transport.abort()
    return None


def _reason(failure: OSError) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({failure.verify_message})"
    if isinstance(failure, ssl.SSLError):
        return f"TLS failed ({failure.reason or failure})"
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    # asyncio puts words of its own into strerror, the system's are behind the number.
    return os.strerror(failure.errno).lower() if failure.errno else str(failure)


def _hint(failure: OSError) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return _CERTIFICATE_HINTS.get(
            failure.verify_code, "Give the certificate of its authority with --ca-file."
        )
    if isinstance(failure, ssl.SSLError):
        return "Is this port meant for https? If it speaks plain http, write http://."
    return "Is the site running, and is this its port?"
