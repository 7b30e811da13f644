"""The steps that a YAML journey can have: what may be written in each, and what a visitor then does."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from trafficflou.core.units import parse_duration_s
from trafficflou.http import Selector
from trafficflou.traffic.journeys.json_path import read_json_path
from trafficflou.traffic.journeys.mistake import JourneyError
from trafficflou.traffic.journeys.names import fill_in
from trafficflou.traffic.journeys.page import JourneyPage
from trafficflou.traffic.journeys.visitor import JourneyVisitor

__all__ = ["ACTIONS", "DocumentStep", "ThinkRange"]

MAX_THINK_S: Final = 1799.0
_MAX_ENTRIES: Final = 200

Names = dict[str, Any]


def _seconds(value: object) -> object:
    """Read `3s` or `2s..8s`."""
    example = "write 3s, or 2s..8s for the least and the most"
    if not isinstance(value, str):
        raise ValueError(f"its unit is missing; {example}")  # noqa: TRY004 - what pydantic takes for a mistake in a value
    least, _, most = value.partition("..")
    try:
        least_s = parse_duration_s(least.strip())
        most_s = parse_duration_s(most.strip()) if most else least_s
    except ValueError as error:
        raise ValueError(f"{error}; {example}") from error
    if not least_s <= most_s <= MAX_THINK_S:
        raise ValueError(f"it is no range from the least to the most, of {MAX_THINK_S:g}s at most")
    return least_s, most_s


def _usual(value: object) -> object:
    return None if value in {None, "usual"} else _seconds(value)


def _selector(value: str) -> str:
    Selector.parse(value)
    return value


def _expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    return value


def _json_path(value: str) -> str:
    try:
        read_json_path(value)
    except JourneyError as error:
        raise ValueError(str(error)) from error
    return value


Text = Annotated[str, Field(min_length=1, max_length=2000)]
Scalar = str | int | float | bool | None
Values = Annotated[dict[str, Scalar | list[Scalar]], Field(max_length=_MAX_ENTRIES)]
ThinkRange = Annotated[tuple[float, float], BeforeValidator(_seconds)]
Css = Annotated[Text, AfterValidator(_selector)]
Expression = Annotated[Text, AfterValidator(_expression)]
JsonPath = Annotated[Text, AfterValidator(_json_path)]
Status = Annotated[int, Field(ge=100, le=599)]
Statuses = Status | Annotated[list[Status], Field(min_length=1, max_length=50)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,60}$")]


class DocumentStep(BaseModel):
    """What all steps share."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    filled_in: ClassVar[tuple[str, ...]] = ()
    """The fields in which `{name}` is filled in."""

    @property
    def makes(self) -> tuple[str, ...]:
        """Names that stand for something after this step."""
        return ()

    def written(self) -> list[Any]:
        """Return what has names in it."""
        return [getattr(self, field) for field in self.filled_in]

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Do it.

        Args:
            v: The visitor.
            names: What names stand for; a step may add some.

        Raises:
            JourneyError: Something is not as expected.
        """
        raise NotImplementedError

    def _filled(self, names: Mapping[str, Any]) -> list[Any]:
        return [fill_in(value, names) for value in self.written()]


class _Going(DocumentStep):
    """A step that leads to a page."""

    name: Annotated[str, Field(max_length=200)] = ""
    status: Statuses | None = None


class GetStep(_Going):
    """Open an address."""

    filled_in: ClassVar[tuple[str, ...]] = ("get", "params", "headers")

    get: Text
    params: Values = {}
    headers: Annotated[dict[str, str], Field(max_length=_MAX_ENTRIES)] = {}
    subresources: bool = True

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Open it."""
        path, params, headers = self._filled(names)
        await v.get(
            path,
            params=params,
            headers=headers,
            name=self.name,
            expect=self.status,
            subresources=self.subresources,
        )


class _Sending(_Going):
    """A request with a body."""

    filled_in: ClassVar[tuple[str, ...]] = ("path", "params", "headers", "data", "json_body", "body")
    method: ClassVar[Literal["POST", "PUT", "PATCH", "DELETE"]]

    params: Values = {}
    headers: Annotated[dict[str, str], Field(max_length=_MAX_ENTRIES)] = {}
    data: Values | None = None
    json_body: Any = Field(default=None, alias="json")
    body: str | None = None
    content_type: Annotated[str, Field(max_length=200)] = ""

    @property
    def path(self) -> str:
        """Where it is sent."""
        return str(getattr(self, self.method.lower()))

    @model_validator(mode="after")
    def _has_one_body(self) -> "_Sending":
        if sum(value is not None for value in (self.data, self.json_body, self.body)) > 1:
            raise ValueError("a request has one body: data, json or body")
        return self

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Send it."""
        path, params, headers, data, json, body = self._filled(names)
        await v.request(
            self.method,
            path,
            params=params,
            headers=headers,
            data=data,
            json=json,
            body=body,
            content_type=self.content_type,
            name=self.name,
            expect=self.status,
        )


class PostStep(_Sending):
    """Send something with POST."""

    method = "POST"
    post: Text


class PutStep(_Sending):
    """Send something with PUT."""

    method = "PUT"
    put: Text


class PatchStep(_Sending):
    """Send something with PATCH."""

    method = "PATCH"
    patch: Text


class DeleteStep(_Sending):
    """Ask with DELETE."""

    method = "DELETE"
    delete: Text


class ClickStep(_Going):
    """Follow a link."""

    filled_in: ClassVar[tuple[str, ...]] = ("click",)

    click: Text

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Click it."""
        (link,) = self._filled(names)
        await v.click(link, name=self.name, expect=self.status)


class SubmitStep(_Going):
    """Fill in and send a form."""

    filled_in: ClassVar[tuple[str, ...]] = ("submit", "values")

    submit: Text | None
    values: Annotated[dict[str, Scalar], Field(max_length=_MAX_ENTRIES)] = {}

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Send it."""
        form, values = self._filled(names)
        await v.submit(form, values, name_=self.name, expect_=self.status)


class ThinkStep(DocumentStep):
    """Stay on the page."""

    think: Annotated[tuple[float, float] | None, BeforeValidator(_usual)]

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Stay there."""
        await v.think(*(self.think or ()))


class _Condition(DocumentStep):
    """Something that holds on a page, or does not; all that is written has to."""

    filled_in: ClassVar[tuple[str, ...]] = ("has", "title", "path")

    has: Text | None = None
    matches: Expression | None = None
    count: Css | None = None
    at_least: Annotated[int, Field(ge=0)] = 1
    title: Text | None = None
    path: Text | None = None
    status: Statuses | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "_Condition":
        said = (self.has, self.matches, self.count, self.title, self.path, self.status)
        if all(value is None for value in said):
            raise ValueError("it says nothing; write one of has, matches, count, title, path, status")
        return self

    def holds(self, page: JourneyPage, names: Names) -> bool:
        """Whether it holds."""
        has, title, path = self._filled(names)
        statuses = [self.status] if isinstance(self.status, int) else self.status
        return (
            (has is None or page.has(has))
            and (self.matches is None or page.has(re.compile(self.matches)))
            and (self.count is None or page.count(self.count) >= self.at_least)
            and (title is None or title.casefold() in page.title.casefold())
            and (path is None or path in {page.path, page.path.partition("?")[0]})
            and (statuses is None or page.status in statuses)
        )


class CheckStep(_Condition):
    """Count whether something holds."""

    check: Text

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Look, and count."""
        v.check(self.check, self.holds(v.open_page(), names))


class RequireStep(_Condition):
    """End the session unless something holds."""

    require: Text

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Look."""
        page = v.open_page()
        page.expect(self.holds(page, names), self.require)


class _Source(BaseModel):
    """Where a value stands on a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    regex: Expression | None = None
    css: Css | None = None
    attribute: Annotated[str, Field(max_length=100)] = ""
    json_path: JsonPath | None = Field(default=None, alias="json")
    default: Scalar = None

    @model_validator(mode="after")
    def _is_one(self) -> "_Source":
        if sum(value is not None for value in (self.regex, self.css, self.json_path)) != 1:
            raise ValueError("it says where in one way: regex, css or json")
        return self

    def find(self, page: JourneyPage) -> Any:
        """Return the first value.

        Raises:
            JourneyError: There is none, and no default.
        """
        try:
            if self.regex is not None:
                return page.extract(self.regex)
            if self.json_path is not None:
                return page.json(self.json_path)
            return page.first(self.css or "", self.attribute)
        except JourneyError:
            if self.default is None:
                raise
            return self.default


class ExtractStep(DocumentStep):
    """Keep something of the page under a name."""

    extract: Annotated[dict[Variable, Expression | _Source], Field(min_length=1, max_length=50)]

    @property
    def makes(self) -> tuple[str, ...]:
        """The names under which it is kept."""
        return tuple(self.extract)

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Find it."""
        page = v.open_page()
        for name, source in self.extract.items():
            names[name] = page.extract(source) if isinstance(source, str) else source.find(page)


class LeaveStep(DocumentStep):
    """Leave the site."""

    leave: None

    async def play(self, v: JourneyVisitor, names: Names) -> None:
        """Leave."""
        v.leave()


ACTIONS: Final[dict[str, type[DocumentStep]]] = {
    "get": GetStep,
    "click": ClickStep,
    "submit": SubmitStep,
    "post": PostStep,
    "put": PutStep,
    "patch": PatchStep,
    "delete": DeleteStep,
    "think": ThinkStep,
    "check": CheckStep,
    "require": RequireStep,
    "extract": ExtractStep,
    "leave": LeaveStep,
}
"""The steps by the word that each begins with."""
