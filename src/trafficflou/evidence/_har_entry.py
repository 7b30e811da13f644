"""An entry of a HAR file, as far as it is looked at; browsers write much more, and not always what the format says."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["HarEntry"]

_MAX_TEXT: int = 1_048_576


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _or_nothing(value: Any) -> Any:
    """Take `null` for what is not there."""
    return {} if value is None else value


def _or_none(value: Any) -> Any:
    return value if isinstance(value, str) else ""


Words = Annotated[str, BeforeValidator(_or_none)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Pair(_Lenient):
    name: Annotated[str, Field(max_length=1000)]
    value: Words = ""
    file_name: Annotated[str | None, Field(alias="fileName")] = None


class _PostData(_Lenient):
    mime_type: Annotated[Words, Field(alias="mimeType")] = ""
    text: Annotated[Words, Field(max_length=_MAX_TEXT)] = ""
    params: Annotated[list[_Pair], Field(max_length=1000), BeforeValidator(lambda value: value or [])] = []


class _Request(_Lenient):
    method: Annotated[str, Field(max_length=20)]
    url: Annotated[str, Field(max_length=8192)]
    headers: Annotated[list[_Pair], Field(max_length=500)] = []
    post_data: Annotated[_PostData, Field(alias="postData"), BeforeValidator(_or_nothing)] = _PostData()


class _Content(_Lenient):
    mime_type: Annotated[Words, Field(alias="mimeType")] = ""


class _Response(_Lenient):
    status: int = 0
    redirect_url: Annotated[Words, Field(alias="redirectURL")] = ""
    content: Annotated[_Content, BeforeValidator(_or_nothing)] = _Content()


class HarEntry(_Lenient):
    """One request and its response."""

    started: Annotated[datetime, Field(alias="startedDateTime"), AfterValidator(_in_utc)]
    time_ms: Annotated[float, Field(alias="time", allow_inf_nan=False)] = 0.0
    request: _Request
    response: Annotated[_Response, BeforeValidator(_or_nothing)] = _Response()
    resource_type: Annotated[Words, Field(alias="_resourceType")] = ""

    @property
    def started_s(self) -> float:
        """When it began, in seconds since the epoch."""
        return self.started.timestamp()

    @property
    def ended_s(self) -> float:
        """When it ended, in seconds since the epoch."""
        return self.started_s + max(0.0, self.time_ms) / 1000

    def header(self, name: str) -> str:
        """Return a header of the request, lower case; empty where it has none."""
        return next((pair.value.lower() for pair in self.request.headers if pair.name.lower() == name), "")
