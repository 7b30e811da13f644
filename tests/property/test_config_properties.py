"""Settings from anywhere: any text is either understood or refused, and nothing else happens."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trafficflou.config import RunConfig, RunConfigBuilder
from trafficflou.config.settings import SETTINGS
from trafficflou.core import ConfigError
from trafficflou.security.scope import _split_origin

texts = st.text(max_size=60)
hosts = st.from_regex(r"[a-zA-Z0-9.\[\]:%@_ü-]{1,20}", fullmatch=True)
values = st.one_of(
    texts,
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(texts, max_size=3),
    st.binary(max_size=9),
)


def _refusal(judge: Callable[[], object]) -> str:
    """Return the words of the refusal; empty where there was none."""
    try:
        judge()
    except ConfigError as error:
        return error.message or "(no words)"
    return ""


@given(
    st.one_of(texts, st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS", "ws"]), hosts, texts))
)
@example("http://[::1]:080")
@example("http://１２７.0.0.1")
def test_target_is_refused_or_brought_into_a_form_that_stays(target: str) -> None:
    """A normal form is its own normal form, is ASCII, and means the same to the scope guard."""
    try:
        origin = RunConfig(target=target).target
    except ValidationError:
        return
    assert RunConfig(target=origin).target == origin
    assert origin.isascii()
    scheme, host, port = _split_origin(origin)
    parts = urlsplit(origin)
    assert (scheme, host) == (parts.scheme, parts.hostname)
    assert port == (parts.port or {"http": 80, "https": 443}[scheme])


@given(st.dictionaries(st.sampled_from([setting.key for setting in SETTINGS]), values, max_size=6))
def test_flags_are_understood_or_refused_in_words(flags: dict[str, object]) -> None:
    """Whatever a caller gives, the answer is settings or one error that can be printed."""
    builder = RunConfigBuilder().with_defaults().with_arguments({"target": "http://localhost", **flags})
    words = _refusal(builder.build)
    assert all(char.isprintable() or char == "\n" for char in words)
    assert words != "(no words)"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="[]run=\"'\n#.viostrqaeng 0159:-{},", max_size=120).map(str.encode),
    )
)
def test_file_is_understood_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    """No file, however broken, is more than a list of mistakes."""
    path = tmp_path / "any.toml"
    path.write_bytes(content)
    builder = RunConfigBuilder().with_defaults().with_file(path)
    assert _refusal(builder.check) != "(no words)"
    assert len(builder.shown()) == len(SETTINGS)
