"""What a browser sends for a form that somebody filled in (HTML standard, "constructing the entry list" and the three encodings)."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import quote_plus

from trafficflou.http.page_content import Form, FormField

__all__ = ["FilledForm", "encode_form"]

_NOTHING_GIVEN: Final[Mapping[str, str]] = MappingProxyType({})
_BUTTONS: Final = frozenset({"button", "image", "submit"})
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class FilledForm(NamedTuple):
    """A form as it is sent.

    Attributes:
        path: Path and query, printable ASCII; of a GET form the query is what was filled in.
        body: Empty for a GET form.
        content_type: The `Content-Type` of the body; empty for a GET form.
    """

    path: str
    body: bytes
    content_type: str


class _Entry(NamedTuple):
    name: str
    value: str
    is_file: bool = False


def encode_form(
    form: Form, values: Mapping[str, str] = _NOTHING_GIVEN, *, boundary: str = "TrafficFlouFormBoundary"
) -> FilledForm:
    """Write a form as a browser would send it.

    A given value wins over what stands in a field. A box is ticked by any value but the empty one, which unticks it; of several boxes with one name
    that whose value is given. A box always sends its own value. A button is pressed by giving its name; else the first one is, as by the Enter key.
    The value of a file is its content. A hidden field keeps its value where a field that is seen has the same name. Names that the form does not have
    are sent after its own fields. Nothing is checked against `is_required`, `max_length` or the options.

    Args:
        form: The form.
        values: What was filled in, by name.
        boundary: What divides the parts of a multipart body; it is made longer where a value contains it.

    Returns:
        What is to be requested. Never raises; lone surrogates become `?`.
    """
    entries = _entries(form, values)
    if form.method == "GET":
        return FilledForm(f"{form.path.partition('?')[0]}?{_urlencoded(entries)}", b"", "")
    if form.encoding == "multipart/form-data":
        while any(boundary in entry.name or boundary in entry.value for entry in entries):
            boundary += "x"
        body = _multipart(entries, boundary)
        return FilledForm(form.path, body, f"multipart/form-data; boundary={boundary}")
    if form.encoding == "text/plain":
        lines = "".join(f"{entry.name}={entry.value}\r\n" for entry in entries)
        return FilledForm(form.path, lines.encode("utf-8", "replace"), "text/plain")
    return FilledForm(form.path, _urlencoded(entries).encode("ascii"), "application/x-www-form-urlencoded")


def _entries(form: Form, values: Mapping[str, str]) -> list[_Entry]:
    seen_names = {field.name for field in form.fields if field.kind != "hidden"}
    boxes: dict[str, list[str]] = {}
    for field in form.fields:
        if field.kind == "checkbox":
            boxes.setdefault(field.name, []).append(field.value)
    button = _pressed(form.fields, values)
    entries: list[_Entry] = []
    for field in form.fields:
        given = values.get(field.name)
        if field.kind in _BUTTONS:
            entries.extend(_of_button(field) if field is button else ())
        elif field.kind == "checkbox":
            entries.extend(_of_box(field, given, boxes[field.name]))
        else:
            is_kept = field.kind == "hidden" and field.name in seen_names
            entries.extend(_of_field(field, None if is_kept else given))
    own = {field.name for field in form.fields}
    entries.extend(_Entry(name, value) for name, value in values.items() if name and name not in own)
    return [_Entry(_crlf(entry.name), _crlf(entry.value), entry.is_file) for entry in entries]


def _pressed(fields: Iterable[FormField], values: Mapping[str, str]) -> FormField | None:
    buttons = [field for field in fields if field.kind in _BUTTONS]
    named = [field for field in buttons if field.name in values]
    for field in named:
        if field.value == values[field.name]:
            return field
    return named[0] if named else next((field for field in buttons if field.kind != "button"), None)


def _of_button(field: FormField) -> list[_Entry]:
    if field.kind == "image":
        # Where it was clicked; the Enter key clicks its corner.
        return [_Entry(f"{field.name}.x", "0"), _Entry(f"{field.name}.y", "0")]
    return [_Entry(field.name, field.value)]


def _of_box(field: FormField, given: str | None, values_of_name: list[str]) -> list[_Entry]:
    if given is None or (given and len(values_of_name) > 1 and given not in values_of_name):
        is_ticked = field.is_checked
    elif len(values_of_name) > 1:
        is_ticked = bool(given) and given == field.value
    else:
        is_ticked = bool(given)
    return [_Entry(field.name, field.value)] if is_ticked else []


def _of_field(field: FormField, given: str | None) -> list[_Entry]:
    if field.kind == "file":
        return [_Entry(field.name, given or "", is_file=True)]
    if given is not None:
        return [_Entry(field.name, given)]
    if field.kind == "hidden" and field.name == "_charset_":
        return [_Entry(field.name, "UTF-8")]
    return [_Entry(field.name, field.value)] if _is_sent_untouched(field) else []


def _is_sent_untouched(field: FormField) -> bool:
    """Judge whether a field with a choice has one made."""
    if field.kind == "radio":
        return field.is_checked
    if field.kind in {"select", "select-multiple"} and not field.value:
        return field.kind == "select" and any(not value for value, _ in field.options)
    return True


def _crlf(text: str) -> str:
    return _LINE_END.sub("\r\n", text) if "\n" in text or "\r" in text else text


def _urlencoded(entries: list[_Entry]) -> str:
    # Of a file this encoding sends the name only; none was chosen.
    return "&".join(
        f"{_quoted(entry.name)}={_quoted('' if entry.is_file else entry.value)}" for entry in entries
    )


def _quoted(text: str) -> str:
    return quote_plus(text, safe="*", errors="replace").replace("~", "%7E")


def _multipart(entries: list[_Entry], boundary: str) -> bytes:
    parts: list[str] = []
    for entry in entries:
        name = entry.name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        head = f'Content-Disposition: form-data; name="{name}"'
        if entry.is_file:
            filename = "upload.txt" if entry.value else ""
            media_type = "text/plain" if entry.value else "application/octet-stream"
            head += f'; filename="{filename}"\r\nContent-Type: {media_type}'
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n{entry.value}\r\n")
    parts.append(f"--{boundary}--\r\n")
    return "".join(parts).encode("utf-8", "replace")
