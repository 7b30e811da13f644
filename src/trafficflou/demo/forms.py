"""Reading forms: bounded, and only with the session's own token."""

import hmac
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from trafficflou.demo.sessions import Session
from trafficflou.demo.settings import ShopSettings

__all__ = ["read_form", "whole_number"]

_FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request, session: Session, settings: ShopSettings) -> dict[str, str]:
    """Read a form that one of this session's pages sent.

    Returns:
        The fields, stripped; of a field sent twice, the last.

    Raises:
        HTTPException: 415 not an HTML form; 413 too large; 400 not readable; 403 a token that is not this session's.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415, "The shop reads HTML forms only.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > settings.max_form_bytes:
            raise HTTPException(413, "That form is too large.")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=settings.max_form_fields,
        )
    except ValueError as error:
        raise HTTPException(400, "That form could not be read.") from error
    fields = {name: value.strip() for name, value in pairs}
    if not hmac.compare_digest(fields.get("csrf", "").encode(), session.csrf.encode()):
        raise HTTPException(403, "This form is out of date. Please reload the page and send it again.")
    return fields


def whole_number(text: str, *, low: int, high: int) -> int | None:
    """Read a whole number of at most nine digits; `None` where it is none or lies outside low..high."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    number = int(text)
    return number if low <= number <= high else None
