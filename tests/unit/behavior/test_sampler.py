"""Drawing from a model: every draw has the model's distribution, and every walk ends."""

import math
from collections import Counter
from random import Random
from statistics import correlation, fmean

import pytest

from trafficflou.behavior import EXIT, MAX_THINK_S, THINK_QUANTILES, ModelSampler, Template, TrafficModel
from trafficflou.core import ModelError
from trafficflou.testing.models import sample_model

DRAWS = 20_000
TOLERANCE = 0.015
"""Over four standard deviations of a share of `DRAWS` draws."""


class FixedRandom(Random):
    """Answers `random()` from a list."""

    def __init__(self, *values: float) -> None:
        super().__init__(0)
        self.values = list(values)

    def random(self) -> float:
        """Return the next value."""
        return self.values.pop(0)


def without_paths(model: TrafficModel, *names: str) -> tuple[Template, ...]:
    """Return the model's templates, the named ones without paths."""
    return tuple(
        template.model_copy(update={"paths": ()}) if template.template in names else template
        for template in model.templates
    )


def with_think(*think_s: float) -> TrafficModel:
    """Return the sample model with these quantiles for every template."""
    templates = [template.model_copy(update={"think_s": think_s}) for template in sample_model().templates]
    return sample_model(templates=tuple(templates))


def shares(values: list[str | None]) -> dict[str | None, float]:
    """Return the share of each value."""
    return {value: count / len(values) for value, count in Counter(values).items()}


def test_entry_has_the_shares_of_the_model() -> None:
    """Sessions begin at templates as often as the model says."""
    model, rng = sample_model(), Random(1)
    sampler = ModelSampler(model)
    found = shares([sampler.sample_entry(rng) for _ in range(DRAWS)])
    assert found == pytest.approx(model.entry, abs=TOLERANCE)


@pytest.mark.parametrize("template", ["/", "/product/{id}", "/search", "/cart", "/about"])
def test_next_has_the_shares_of_its_row(template: str) -> None:
    """What follows a page view has the shares of the template's row; leaving is `None`."""
    model, rng = sample_model(), Random(2)
    sampler = ModelSampler(model)
    found = shares([sampler.sample_next(template, rng) for _ in range(DRAWS)])
    row = {None if name == EXIT else name: share for name, share in model.transitions[template].items()}
    assert found == pytest.approx(row, abs=TOLERANCE)


def test_first_page_view_is_left_as_the_bounce_says() -> None:
    """People leave more readily on arrival; who stays goes on as the row says, and without a bounce the row says all."""
    model, rng = sample_model(bounce={"/": 0.8}), Random(3)
    sampler = ModelSampler(model)
    found = shares([sampler.sample_next("/", rng, is_first=True) for _ in range(DRAWS)])
    row = model.transitions["/"]
    onward = {name: 0.2 * share / (1 - row[EXIT]) for name, share in row.items() if name != EXIT}
    assert found == pytest.approx(onward | {None: 0.8}, abs=TOLERANCE)
    found = shares([sampler.sample_next("/cart", rng, is_first=True) for _ in range(DRAWS)])
    assert found[None] == pytest.approx(model.transitions["/cart"][EXIT], abs=TOLERANCE)


def test_bounce_of_a_page_without_a_way_on_is_no_way_on() -> None:
    """A row that only leaves still only leaves, whatever the bounce says."""
    rows = sample_model().transitions | {"/about": {EXIT: 1.0}}
    sampler = ModelSampler(sample_model(bounce={"/about": 0.1}, transitions=rows))
    assert {sampler.sample_next("/about", Random(seed), is_first=True) for seed in range(50)} == {None}


def test_choice_of_weight_zero_is_never_drawn() -> None:
    """A share of 0 means never, also for the smallest random number."""
    model = sample_model(entry={"/": 0.0, "/search": 1.0, "/cart": 0.0})
    assert ModelSampler(model).sample_entry(FixedRandom(0.0)) == "/search"
    assert ModelSampler(model).sample_entry(FixedRandom(math.nextafter(1, 0))) == "/search"


def test_path_has_the_weights_of_the_examples() -> None:
    """Paths of a template are drawn by their weights."""
    model, rng = sample_model(), Random(3)
    sampler = ModelSampler(model)
    product = next(template for template in model.templates if template.template == "/product/{id}")
    total = sum(example.weight for example in product.paths)
    found = shares([sampler.sample_path("/product/{id}", rng) for _ in range(DRAWS)])
    assert found == pytest.approx(
        {example.path: example.weight / total for example in product.paths}, abs=TOLERANCE
    )


def test_device_has_the_shares_of_the_mix() -> None:
    """Classes of device are drawn by the device mix."""
    rng = Random(4)
    sampler = ModelSampler(sample_model())
    found = shares([sampler.sample_device(rng) for _ in range(DRAWS)])
    assert found == pytest.approx({"desktop": 0.5, "mobile": 0.4, "tablet": 0.1}, abs=TOLERANCE)


def test_think_time_keeps_the_quantiles_of_the_template() -> None:
    """Over all visitors the think time has exactly the template's quantiles, whatever the paces."""
    sampler, rng = ModelSampler(sample_model()), Random(5)
    drawn = [sampler.sample_think_s("/", sampler.sample_pace(rng), rng) for _ in range(DRAWS)]
    known = next(template for template in sample_model().templates if template.template == "/").think_s
    for probability, quantile_s in zip(THINK_QUANTILES, known, strict=True):
        below = sum(value <= quantile_s for value in drawn) / DRAWS
        assert below == pytest.approx(probability, abs=TOLERANCE)


def test_think_times_of_one_visitor_correlate_as_the_model_says() -> None:
    """The normal scores of two think times of a visitor correlate by `pace_correlation`."""
    log_normal = tuple(
        math.exp(score) for score in (-2.3263, -1.6449, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.6449, 2.3263)
    )
    model = with_think(*log_normal).model_copy(update={"pace_correlation": 0.4})
    sampler, rng = ModelSampler(model), Random(6)
    pairs = []
    for _ in range(DRAWS):
        pace = sampler.sample_pace(rng)
        pairs.append([math.log(sampler.sample_think_s("/", pace, rng)) for _ in range(2)])
    assert correlation(*zip(*pairs, strict=True)) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(("alike", "same"), [(1.0, True), (0.0, False)])
def test_pace_decides_all_or_nothing_at_the_ends(alike: float, same: bool) -> None:
    """With a correlation of 1 a visitor always thinks equally long; with 0 the pace has no effect."""
    sampler, rng = ModelSampler(sample_model(pace_correlation=alike)), Random(7)
    drawn = {sampler.sample_think_s("/", 1.5, rng) for _ in range(50)}
    assert (len(drawn) == 1) is same
    quick = ModelSampler(sample_model(pace_correlation=alike)).sample_think_s("/", -3.0, FixedRandom(0.5))
    slow = ModelSampler(sample_model(pace_correlation=alike)).sample_think_s("/", 3.0, FixedRandom(0.5))
    assert (quick < slow) is same


def test_think_time_is_bounded_by_the_session_gap() -> None:
    """No pause reaches 30 minutes, which would end the session, even far beyond the last quantile."""
    sampler = ModelSampler(with_think(1, 1, 1, 1, 1, 10, 100, 1000, 1e300))
    assert sampler.sample_think_s("/", 8.0, FixedRandom(1 - 1e-12)) == MAX_THINK_S
    assert sampler.sample_think_s("/", -8.0, FixedRandom(1e-12)) == 1


def test_think_time_of_zero_quantiles_is_linear_up_to_the_first_known() -> None:
    """Where logs saw 0 s the time rises linearly from 0, never below."""
    sampler = ModelSampler(with_think(0, 0, 0, 0, 0, 6, 6, 6, 6).model_copy(update={"pace_correlation": 0.0}))
    assert sampler.sample_think_s("/", 0.0, FixedRandom(0.2)) == 0
    assert 0 < sampler.sample_think_s("/", 0.0, FixedRandom(0.6)) < 6
    assert sampler.sample_think_s("/", 0.0, FixedRandom(0.9)) == pytest.approx(6)
    assert sampler.sample_think_s("/", 0.0, FixedRandom(0.0)) == 0, (
        "random() may be 0, which has no normal score"
    )


def test_subresources_are_drawn_by_share_and_once_a_visit() -> None:
    """Each subresource comes with its share, and never again once it was fetched."""
    sampler, rng = ModelSampler(sample_model()), Random(8)
    counts: Counter[str] = Counter()
    for _ in range(DRAWS):
        fetched: set[str] = set()
        first = sampler.sample_subresources("/", fetched, rng)
        assert fetched == set(first)
        assert not set(sampler.sample_subresources("/cart", fetched, rng)) & set(first)
        counts.update(first)
    expected = {
        "/static/site.css": 1.0,
        "/static/site.js": 0.95,
        "/static/shop.woff2": 0.8,
        "/static/hero.jpg": 0.9,
    }
    assert {path: count / DRAWS for path, count in counts.items()} == pytest.approx(expected, abs=TOLERANCE)


def test_unplayable_template_is_passed_through() -> None:
    """Who would go to a template without paths goes on by its row at once."""
    model = sample_model()
    model = model.model_copy(update={"templates": without_paths(model, "/cart", "/about")})
    sampler, rng = ModelSampler(model), Random(9)
    assert sampler.unplayable == ("/cart", "/about")
    found = shares([sampler.sample_next("/product/{id}", rng) for _ in range(DRAWS)])
    row = {"/product/{id}": 0.3 + 0.1 * 0.2, "/": 0.1 + 0.1 * 0.1, None: 0.5 + 0.1 * 0.7}
    assert found == pytest.approx(row, abs=TOLERANCE)


def test_entry_through_an_unplayable_template_has_a_page_view() -> None:
    """Entries pass through too, and an entry that would leave at once is drawn again."""
    model = sample_model()
    model = model.model_copy(
        update={"templates": without_paths(model, "/search"), "entry": {"/search": 0.5, "/": 0.5}}
    )
    sampler, rng = ModelSampler(model), Random(10)
    found = shares([sampler.sample_entry(rng) for _ in range(DRAWS)])
    # /search goes on to /product/{id} with 0.6 / 0.8, or leaves with 0.2 / 0.8 and is drawn again.
    expected = {"/product/{id}": 0.375 / 0.875, "/": 0.5 / 0.875}
    assert found == pytest.approx(expected, abs=TOLERANCE)


def test_entry_that_always_leaves_is_the_most_viewed_page() -> None:
    """If every entry passes to the exit, sessions begin at the most viewed page."""
    model = sample_model(entry={"/about": 1.0})
    rows = model.transitions | {"/about": {EXIT: 1.0}}
    model = model.model_copy(update={"templates": without_paths(model, "/about"), "transitions": rows})
    assert ModelSampler(model).sample_entry(Random(11)) == "/product/{id}"


def test_ring_of_unplayable_templates_ends() -> None:
    """Unplayable templates that lead only to one another end in leaving."""
    model = sample_model()
    rows = model.transitions | {"/": {"/cart": 1.0}, "/cart": {"/about": 1.0}, "/about": {"/cart": 1.0}}
    model = model.model_copy(
        update={"templates": without_paths(model, "/cart", "/about"), "transitions": rows}
    )
    assert ModelSampler(model).sample_next("/", Random(12)) is None


def test_model_without_any_path_is_refused() -> None:
    """A model that offers nothing to request cannot be compiled."""
    model = sample_model()
    names = [template.template for template in model.templates]
    with pytest.raises(ModelError, match="no path"):
        ModelSampler(model.model_copy(update={"templates": without_paths(model, *names)}))


def test_think_figures_do_not_change_the_walk() -> None:
    """Equal seeds walk equal paths whatever the think times are."""

    def walk(sampler: ModelSampler) -> list[str]:
        rng, template, seen = Random(13), "/", []
        for _ in range(200):
            sampler.sample_think_s(template, 0.0, rng)
            template = sampler.sample_next(template, rng) or sampler.sample_entry(rng)
            seen.append(template)
        return seen

    assert walk(ModelSampler(sample_model())) == walk(ModelSampler(with_think(*[3.0] * 9)))


def test_pace_is_standard_normal() -> None:
    """Paces have mean 0 and variance 1."""
    sampler, rng = ModelSampler(sample_model()), Random(14)
    paces = [sampler.sample_pace(rng) for _ in range(DRAWS)]
    assert fmean(paces) == pytest.approx(0, abs=0.03)
    assert fmean(pace * pace for pace in paces) == pytest.approx(1, abs=0.05)
