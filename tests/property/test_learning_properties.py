"""Properties of reading and learning that hold for any input."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.log_lines import combined_line
from trafficflou.behavior.anonymity import anonymise
from trafficflou.behavior.clients import classify_agent
from trafficflou.behavior.resources import normalise_path, resource_of
from trafficflou.behavior.tally import PageTally
from trafficflou.behavior.templates import MAX_DEPTH, infer_templates
from trafficflou.evidence._log_format import LineParser, recognise
from trafficflou.evidence.access_log import printable

latin = st.text(st.characters(max_codepoint=255), max_size=200)
segments = st.text(st.sampled_from("abxy019-_.%é@ /"), max_size=12)
paths = st.builds(lambda parts: "/" + "/".join(parts), st.lists(segments, max_size=6))


@given(latin)
def test_any_line_is_parsed_or_refused(line: str) -> None:
    """No line makes the parser raise, whole or behind the beginning of a real one."""
    parser = LineParser(vhost=False, agent=True, forwarded=False)
    parser.parse(line)
    parser.parse(combined_line(1).replace("Mozilla", line))
    recognise([line, combined_line(1)[:60] + line])


@given(latin)
def test_what_is_shown_of_a_line_is_printable(line: str) -> None:
    """Nothing that steers a terminal comes out, and it is never long."""
    shown = printable(line, 40)
    assert shown.isprintable()
    assert len(shown) <= 40


@given(st.one_of(latin, paths))
def test_normal_form_is_stable_and_a_local_path(path: str) -> None:
    """Normalising twice changes nothing, and what comes out can stand in a model."""
    normal = normalise_path(path)
    if normal is not None:
        assert normalise_path(normal) == normal
        assert normal.startswith("/")
        assert normal.isascii()
        assert not set(normal) & set(" ?#{}\n\t")
    resource_of(path)


@given(latin)
def test_any_agent_is_classified(agent: str) -> None:
    """Whatever clients say of themselves has a device."""
    assert classify_agent(agent).device in {"desktop", "mobile", "tablet"}


@settings(max_examples=60)
@given(st.dictionaries(paths, st.integers(1, 1000), max_size=60), st.randoms())
def test_templates_depend_on_the_paths_only(views: dict[str, int], rng: Random) -> None:
    """Every path has one template of bounded depth, in whatever order the paths come."""
    normal = {path: count for raw, count in views.items() if (path := normalise_path(raw)) is not None}
    found = infer_templates(normal)
    shuffled = list(normal.items())
    rng.shuffle(shuffled)
    assert infer_templates(dict(shuffled)) == found
    assert found.keys() == normal.keys()
    assert all(template.startswith("/") and template.count("/") <= MAX_DEPTH for template in found.values())


@given(
    st.dictionaries(
        st.builds(
            lambda parts: "/" + "/".join(parts),
            st.lists(st.sampled_from(["a", "b", "{id}", "c.html", ""]), max_size=4),
        ),
        st.sets(st.integers(0, 6), min_size=1),
        max_size=12,
    ),
    st.integers(1, 5),
    st.integers(1, 6),
)
def test_every_name_that_remains_has_k_visitors(visits: dict[str, set[int]], k: int, most: int) -> None:
    """No name in the model was asked for by fewer than k visitors, and there are never too many names."""
    pages = {}
    for name, visitors in visits.items():
        pages[name] = page = PageTally()
        page.visitors = set(sorted(visitors)[:k])
        page.views = len(visitors)
    found = anonymise(pages, k, most=most)
    together: dict[str, set[int]] = {}
    for name, new in found.names.items():
        if new is not None:
            together.setdefault(new, set()).update(visits[name])
    assert found.names.keys() == pages.keys()
    assert all(len(visitors) >= k for visitors in together.values())
    assert len(together) <= most
