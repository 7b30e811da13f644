"""The body of a request that an author writes himself."""

import json as json_module
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from trafficflou.traffic.journeys.mistake import JourneyError

__all__ = ["Payload", "payload_of"]


class Payload(NamedTuple):
    """A body and what it is."""

    body: bytes = b""
    content_type: str = ""


def payload_of(
    *, data: Mapping[str, Any] | None, json: Any, body: bytes | str | None, content_type: str
) -> Payload:
    """Write a body.

    Args:
        data: Fields, as a form sends them.
        json: Anything that JSON can hold.
        body: The body itself.
        content_type: Instead of the usual one of the kind.

    Raises:
        JourneyError: More than one of them is given, or JSON cannot hold it.
    """
    if sum(value is not None for value in (data, json, body)) > 1:
        raise JourneyError("a request has one body: give data, json or body")
    if data is not None:
        return Payload(
            urlencode(data, doseq=True).encode(), content_type or "application/x-www-form-urlencoded"
        )
    if json is not None:
        try:
            return Payload(json_module.dumps(json).encode(), content_type or "application/json")
        except (TypeError, ValueError, RecursionError) as error:
            raise JourneyError(f"this cannot be written as JSON: {error}") from error
    if body is None:
        return Payload()
    content = body.encode() if isinstance(body, str) else bytes(body)
    return Payload(content, content_type or "application/octet-stream")
