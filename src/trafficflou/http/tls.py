"""Trust for HTTPS: the system's certificate authorities, and those of the operator."""

import ssl
from pathlib import Path

from trafficflou.core import UsageError

__all__ = ["make_tls_context"]


def make_tls_context(ca_file: str | Path | None) -> ssl.SSLContext:
    """Make a client context that verifies certificates and host names.

    Args:
        ca_file: PEM file of authorities to trust besides the system's.

    Raises:
        UsageError: The file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one too
            reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise UsageError(
                f"cannot use the CA file {ca_file}: {reason}",
                hint="Give a PEM file with the certificate of the authority, beginning with -----BEGIN CERTIFICATE-----.",
            ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context
