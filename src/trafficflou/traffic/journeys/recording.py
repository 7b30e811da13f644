"""A recorded visit as a journey: the same pages in the same order with the same pauses, against the live site.

What a site makes new for each visitor is not played back: of a form that was sent, hidden fields (tokens against forgery, numbers of a session) are
taken from the form on the live page that is sent to the same place, and only what the visitor filled in from the recording.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from trafficflou.evidence import HarRecording, HarRequest, read_har
from trafficflou.http import Form, FormField
from trafficflou.traffic.journeys.definition import Journey
from trafficflou.traffic.journeys.mistake import JourneyError
from trafficflou.traffic.journeys.visitor import JourneyVisitor

__all__ = ["journey_of", "load_recording"]

_FINE: Final = range(200, 400)
_ANY: Final = range(600)


def load_recording(path: Path) -> Journey:
    """Read a recording and make a journey of it.

    Raises:
        EvidenceError: As for `read_har`.
    """
    return journey_of(read_har(path), path.name)


def journey_of(recording: HarRecording, source: str) -> Journey:
    """Make a journey of a recording.

    Args:
        recording: What was recorded.
        source: The name of its file, for errors.
    """
    requests = recording.requests

    async def play(v: JourneyVisitor) -> None:
        for request in requests:
            try:
                await _play(v, request)
            except JourneyError as error:
                error.place = f"{source}, entry {request.number}"
                raise

    return Journey(name=Path(source).stem or "recording", play=play, summary=_summary(recording))


async def _play(v: JourneyVisitor, request: HarRequest) -> None:
    if request.think_s > 0:
        v.think(request.think_s)
    if request.kind == "data":
        await _play_data(v, request)
        return
    expected = _FINE if request.status < 400 else {request.status, *_FINE}
    if request.encoding:
        form = _live_form(v, request) or _recorded_form(request)
        await v.send_form(form, _filled_in(form, request), expect=expected)
    else:
        await v.request(
            request.method,
            request.path,
            body=request.body or None,
            content_type=request.content_type,
            expect=expected,
            subresources=True,
        )


async def _play_data(v: JourneyVisitor, request: HarRequest) -> None:
    """Ask as a script of the page did; where that is refused, a person would stay on the page all the same."""
    headers = dict(request.headers)
    if request.encoding:
        form = _live_form(v, request) or _recorded_form(request)
        await v.send_form(form, _filled_in(form, request), expect=_ANY, headers=headers, subresources=False)
        return
    await v.request(
        request.method,
        request.path,
        body=request.body or None,
        content_type=request.content_type,
        headers=headers,
        expect=_ANY,
    )


def _live_form(v: JourneyVisitor, request: HarRequest) -> Form | None:
    """Return the form of the open page that is sent to the same place; of several, whose hidden fields are most like the recorded ones."""
    if v.page is None:
        return None
    where = request.path.partition("?")[0]
    found = [form for form in v.page.forms if form.path.partition("?")[0] == where and form.method == "POST"]
    sent = set(request.fields)
    return max(
        found, key=lambda form: sum((each.name, each.value) in sent for each in form.fields), default=None
    )


def _recorded_form(request: HarRequest) -> Form:
    """Return a form that sends what was recorded, for a page that has none."""
    fields = tuple(FormField(name=name, kind="hidden", value=value) for name, value in request.fields)
    encoding = request.encoding or "application/x-www-form-urlencoded"
    return Form(path=request.path, method="POST", encoding=encoding, fields=fields)


def _filled_in(form: Form, request: HarRequest) -> Mapping[str, str]:
    """Return what a person filled in: all but the hidden fields of the form."""
    hidden = {each.name for each in form.fields if each.kind == "hidden"}
    return {name: value for name, value in request.fields if name not in hidden}


def _summary(recording: HarRecording) -> str:
    pages = sum(request.kind == "page" for request in recording.requests)
    foreign = sum(recording.foreign.values())
    text = f"{pages} page{'s' if pages != 1 else ''} recorded at {recording.origin}"
    if foreign:
        others = f"{len(recording.foreign)} other origin{'s' if len(recording.foreign) != 1 else ''}"
        text += f"; {foreign} request{'s' if foreign != 1 else ''} to {others} left out"
    return text
