"""The visitor that an author of a journey speaks to: `await v.click("Garden")`.

Theory of operation. What leads to a page returns a `Request`, which is awaitable and yields itself: whoever plays the journey takes the step out of it,
and sends the page in when it is there. No event loop takes part, so a step costs microseconds. A request that nobody awaited is noticed at
the next one.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final, Literal, NoReturn, TypeVar
from urllib.parse import urlencode

from trafficflou.http import Form, Origin, PageContent, encode_form, resolve
from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.form_purpose import purpose_of
from trafficflou.traffic.journeys.fields import values_for
from trafficflou.traffic.journeys.ground import JourneyGround
from trafficflou.traffic.journeys.lookup import FormWanted, LinkWanted, find_form, find_link
from trafficflou.traffic.journeys.mistake import JourneyError, VisitorLeft
from trafficflou.traffic.journeys.page import JourneyPage
from trafficflou.traffic.journeys.payload import payload_of
from trafficflou.traffic.journeys.request import DONE, Done, Expected, Request
from trafficflou.traffic.strategy import Page, Step

__all__ = ["JourneyVisitor"]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
T = TypeVar("T")

_HERE: Final = Origin("http", "target.invalid", 80)
"""Stands for the target where only paths are reckoned with; never spoken to."""

_MOST_NAME_CHARS: Final = 200


class JourneyVisitor:
    """A visitor of a journey.

    Attributes:
        rng: Its own generator: what is drawn from it is the same for the same seed.
        device: `desktop`, `mobile` or `tablet`.
        visitor: A name of its own, the same for the same seed; for what has to be unique, such as a user name.
        data: Its row of the journey's data; empty where the journey has none.
        page: The page that is open; `None` before the first.
        memory: How it came here; kept for the report.
        forgotten: A request that was made and not awaited; empty where there is none.
    """

    __slots__ = (
        *(
            "_ground",
            "_reads_pages",
            "_think_s",
            "_usual_think_s",
            "data",
            "device",
            "forgotten",
            "memory",
            "page",
            "rng",
        ),
        "visitor",
    )

    def __init__(
        self,
        rng: Random,
        device: str,
        ground: JourneyGround,
        *,
        data: Mapping[str, Any] | None = None,
        think_s: tuple[float, float] | None = None,
        reads_pages: bool = True,
    ) -> None:
        """Begin a visit.

        Args:
            rng: The visitor's own generator.
            device: `desktop`, `mobile` or `tablet`.
            ground: What the strategy gives.
            data: Its row of data.
            think_s: Least and most seconds between two pages; `None` for none.
            reads_pages: Pages are read; else nothing can be clicked.
        """
        self.rng = rng
        self.device = device
        self.visitor = f"{rng.getrandbits(48):012x}"
        self.data: Mapping[str, Any] = {} if data is None else data
        self.page: JourneyPage | None = None
        self.memory = Memory()
        self.forgotten = ""
        self._ground = ground
        self._reads_pages = reads_pages
        self._usual_think_s = think_s
        self._think_s: float | None = None

    # -- going somewhere -----------------------------------------------------------------------------------------------

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        name: str = "",
        expect: Expected = None,
        subresources: bool = True,
    ) -> Request:
        """Open an address, as if it were typed.

        Args:
            path: Path and query on the target, or relative to the page that is open.
            params: Further fields of the query.
            headers: Further fields of the request; those that say who asks cannot be set.
            name: Under which it is measured; the path's template where it is empty.
            expect: The status that is as it should be.
            subresources: Fetch what the page names, as a browser does; without, it is a single request and no page.

        Returns:
            To be awaited; gives the page.

        Raises:
            JourneyError: The path leads nowhere on the target. Awaiting it raises one where the status is not as expected.
        """
        return self.request(
            "GET", path, params=params, headers=headers, name=name, expect=expect, subresources=subresources
        )

    def post(self, path: str, **options: Any) -> Request:
        """Send something with POST; options as for `request`."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Request:
        """Send something with PUT; options as for `request`."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Request:
        """Send something with PATCH; options as for `request`."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Request:
        """Ask with DELETE; options as for `request`."""
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        body: bytes | str | None = None,
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        name: str = "",
        expect: Expected = None,
        subresources: bool = False,
    ) -> Request:
        """Ask for anything.

        Args:
            method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
            path: As for `get`.
            params: As for `get`.
            data: Fields that are sent as a form sends them.
            json: What is sent as JSON.
            body: What is sent as it stands.
            content_type: Of the body.
            headers: As for `get`.
            name: As for `get`.
            expect: As for `get`.
            subresources: As for `get`; only a page has them.

        Raises:
            JourneyError: As for `get`; or there is more than one body.
        """
        target = self._target(path, params)
        payload = payload_of(data=data, json=json, body=body, content_type=content_type)
        step = Step(
            target,
            self._name(name, target),
            0.0,
            method=method,
            body=payload.body,
            content_type=payload.content_type,
            headers=tuple((headers or {}).items()),
            loads_subresources=subresources,
        )
        sent = tuple((key, str(value)) for key, value in (data or {}).items())
        return self._ask(Request(self, step, expect, "open" if method == "GET" else "submit", values=sent))

    def click(self, link: LinkWanted, *, name: str = "", expect: Expected = None) -> Request:
        """Click a link of the page that is open.

        Args:
            link: Its text, whole or in part, without regard to case; its path, or a pattern such as `/product/*`; a regular expression
                for text or path; or a function that is given each `Link`. Of several that fit one is drawn.
            name: Under which it is measured.
            expect: The status that is as it should be.

        Raises:
            JourneyError: There is no such link; the message names those there are.
        """
        found = find_link(self._content(), link, self._ground.policy, self.rng)
        step = Step(found.path, self._name(name, found.path), 0.0)
        return self._ask(Request(self, step, expect, "click", text=found.text))

    def submit(
        self,
        form: FormWanted = None,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        name_: str = "",
        expect_: Expected = None,
        **fields: Any,
    ) -> Request:
        """Fill in and send a form of the page that is open; what stands in it already, hidden tokens too, is sent along.

        Args:
            form: The text of its button, where it is sent, what it is for (`"search"`), a regular expression or a function; by default the
                only one that is no search.
            values: Values by a field's name or label.
            name_: Under which it is measured; with an underscore, as forms may have a field `name`.
            expect_: The status that is as it should be.
            fields: Values by a field's name.

        Raises:
            JourneyError: There is no such form, field or choice, or something must be filled in; the message names those there are.
        """
        found, pressed = find_form(self._content(), form, self._ground.policy, self.rng)
        given = values_for(found, {**(values or {}), **fields})
        return self.send_form(found, {**pressed, **given}, name=name_, expect=expect_)

    def send_form(
        self,
        form: Form,
        values: Mapping[str, str],
        *,
        name: str = "",
        expect: Expected = None,
        headers: Mapping[str, str] | None = None,
        subresources: bool = True,
    ) -> Request:
        """Send a form as it is, with values by the names of its fields; nothing is looked for and nothing checked, as `submit` does.

        Args:
            form: Of a page, or made by the author.
            values: What is filled in.
            name: As for `get`.
            expect: As for `get`.
            headers: As for `get`.
            subresources: As for `get`.
        """
        filled = encode_form(form, values)
        step = Step(
            filled.path,
            self._name(name, filled.path),
            0.0,
            method=form.method,
            body=filled.body,
            content_type=filled.content_type,
            headers=tuple((headers or {}).items()),
            loads_subresources=subresources,
        )
        secret = {field.name for field in form.fields if field.kind in {"password", "hidden"}}
        return self._ask(
            Request(
                self,
                step,
                expect,
                "submit",
                text=form.text,
                values=tuple((key, value) for key, value in values.items() if key not in secret),
                purpose=purpose_of(form),
            )
        )

    # -- in between ----------------------------------------------------------------------------------------------------

    def think(self, least_s: float | None = None, most_s: float | None = None) -> Done:
        """Stay on the page before the next request.

        Args:
            least_s: Seconds; `None` for the usual time: the journey's `think`, else what the traffic model knows of the page, else 2 to 8 s.
            most_s: Where it is given, the time is drawn between the two.
        """
        page = self.page.name if self.page is not None else ""
        bounds = self._usual_think_s
        if least_s is not None:
            bounds = (least_s, least_s if most_s is None else most_s)
        self._think_s = (self._think_s or 0.0) + self._ground.pause_s(bounds, page, self.rng)
        return DONE

    def check(self, name: str, condition: object) -> bool:
        """Count whether something holds; the session goes on either way.

        Args:
            name: What is checked; stands in the report with how often it held.
            condition: Anything; a page's `has` and `count` are of use here.

        Returns:
            Whether it held.
        """
        passed = bool(condition)
        self._ground.notes.note_check(name, passed=passed)
        return passed

    def choose(self, items: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Draw one of several, all alike or by weights.

        Raises:
            JourneyError: There is nothing to choose from.
        """
        if not items:
            raise JourneyError("there is nothing to choose from")
        return self.rng.choices(items, weights)[0]

    def chance(self, share: float) -> bool:
        """Return true with this probability, 0..1."""
        return self.rng.random() < share

    def leave(self) -> NoReturn:
        """Leave the site at once; whatever stands after it is not done."""
        raise VisitorLeft

    def open_page(self) -> JourneyPage:
        """Return the page that is open.

        Raises:
            JourneyError: There is none yet.
        """
        if self.page is None:
            raise JourneyError('no page is open yet; begin with `await v.get("/")`')
        return self.page

    # -- for whoever plays it ------------------------------------------------------------------------------------------

    def depart(self, *, is_page: bool) -> float:
        """Return how long the visitor thinks before what it asks for now, seconds: as was said, else the usual time between two pages."""
        self.forgotten = ""
        think_s, self._think_s = self._think_s, None
        if think_s is not None:
            return think_s
        if not is_page or self.page is None or self._usual_think_s is None:
            return 0.0
        return self._ground.pause_s(self._usual_think_s, self.page.name, self.rng)

    def arrive(self, page: Page, request: Request, expected: Expected) -> JourneyPage:
        """Look at what was asked for.

        Raises:
            JourneyError: Its status is not as expected.
        """
        self.page = found = JourneyPage(page)
        if expected is None:
            is_fine = page.is_ok
        else:
            is_fine = page.status == expected if isinstance(expected, int) else page.status in expected
        self._ground.notes.note_page(page, self.memory, purpose=request.purpose, is_fine=is_fine)
        if not is_fine:
            raise JourneyError(f"{request.step.method} {request.step.template} {_outcome(found)}")
        return found

    def _ask(self, request: Request) -> Request:
        if self.forgotten:
            raise JourneyError(f"{self.forgotten} was not awaited: write `await` before it")
        self.forgotten = f"{request.step.method} {request.step.template}"
        return request

    def _content(self) -> PageContent:
        if not self._reads_pages:
            raise JourneyError(
                "this journey reads no pages (reads_pages=False), so there is nothing to click or fill in"
            )
        return self.open_page().content

    def _target(self, path: str, params: Mapping[str, Any] | None) -> str:
        if params:
            path += ("&" if "?" in path else "?") + urlencode(params, doseq=True)
        found = resolve("/" if self.page is None else self.page.path, path, _HERE).path
        if found is None:
            raise JourneyError(f"{path[:100]!r} leads away from the target; write a path, such as /cart")
        return found

    def _name(self, name: str, path: str) -> str:
        return name[:_MOST_NAME_CHARS] if name else self._ground.template_of(path)


def _outcome(page: JourneyPage) -> str:
    if page.failure or not page.status:
        return f"failed: {page.failure or 'no response'}"
    title = f' ("{page.title[:60]}")' if page.title else ""
    return f"answered {page.status}{title}"
