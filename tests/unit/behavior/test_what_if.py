"""What-ifs: each edit does what it says, says what it did, and refuses with a way out."""

from collections.abc import Callable

import pytest

from trafficflou.behavior import (
    EXIT,
    MAX_THINK_S,
    Arrivals,
    CompressTime,
    DeviceMix,
    DeviceShare,
    Edit,
    ScaleVisitors,
    Spike,
    TemplateFactor,
    ThinkFactor,
    TrafficModel,
    apply_edits,
    expected_page_views,
    visitors_factor,
)
from trafficflou.core import ModelError, UsageError
from trafficflou.testing.models import sample_model

AT_NIGHT = (0.0,) * 3 + (1.0,) + (0.0,) * 20


def refusal(edit: Edit, model: TrafficModel | None = None) -> tuple[str, str]:
    """Return why an edit is refused, and what to do."""
    with pytest.raises(ModelError) as caught:
        edit.apply(model or sample_model())
    return caught.value.message, caught.value.hint


def arriving(**changes: object) -> TrafficModel:
    """Return the sample model with other arrivals."""
    return sample_model(arrivals=Arrivals.model_validate(sample_model().arrivals.model_dump() | changes))


def test_visitors_are_scaled_at_every_hour() -> None:
    """Three times the sessions a day, in the same hours."""
    after = ScaleVisitors(factor=3).apply(sample_model())
    assert after.arrivals.sessions_per_day == 3600
    assert after.arrivals.by_hour == sample_model().arrivals.by_hour


def test_spike_multiplies_its_hour_and_leaves_the_others() -> None:
    """The sessions of the other hours are as many as before, so the day has more."""
    before, after = sample_model().arrivals, Spike(hour=9, factor=4).apply(sample_model()).arrivals
    for hour in range(24):
        usual = before.sessions_per_day * before.by_hour[hour]
        assert after.sessions_per_day * after.by_hour[hour] == pytest.approx(usual * (4 if hour == 9 else 1))
    assert sum(after.by_hour) == pytest.approx(1)


def test_spike_of_nothing_empties_the_hour() -> None:
    """A factor of 0 is an outage of an hour."""
    after = Spike(hour=9, factor=0).apply(sample_model()).arrivals
    assert after.by_hour[9] == 0
    assert after.sessions_per_day == pytest.approx(1200 * 0.93)


def test_device_takes_its_share_and_the_others_keep_their_proportions() -> None:
    """Desktop and tablet, five to one, share what the phones leave."""
    mix = DeviceShare(device="mobile", share=0.7).apply(sample_model()).devices
    assert (mix.mobile, mix.desktop, mix.tablet) == pytest.approx((0.7, 0.25, 0.05))
    assert DeviceShare(device="tablet", share=1).apply(sample_model()).devices.desktop == 0


@pytest.mark.parametrize("factor", [0, 0.25, 1.5, 3])
def test_template_is_viewed_as_often_as_asked(factor: float) -> None:
    """Its page views a session are multiplied; visitors leave each page as readily as before."""
    model = sample_model()
    after = TemplateFactor(template="/search", factor=factor).apply(model)
    assert expected_page_views(after)["/search"] == pytest.approx(
        expected_page_views(model)["/search"] * factor
    )
    assert {row[EXIT] for row in after.transitions.values()} == {
        row[EXIT] for row in model.transitions.values()
    }
    entry = after.entry
    assert entry["/"] / entry["/product/{id}"] == pytest.approx(2)


def test_think_times_are_scaled_up_to_the_end_of_a_session() -> None:
    """Every quantile is multiplied, and a pause stays below the one that would end the session."""
    quick, slow = (ThinkFactor(factor=factor).apply(sample_model()) for factor in (0.5, 10))
    usual_s = sample_model().templates[0].think_s
    assert quick.templates[0].think_s == tuple(seconds / 2 for seconds in usual_s)
    assert slow.templates[0].think_s[-1] == MAX_THINK_S
    assert slow.templates[0].think_s[0] == usual_s[0] * 10


def test_compressed_time_has_as_many_visitors_at_once() -> None:
    """Four times the arrivals with a quarter of the pauses: the product stays, the requests are four times as many."""
    model = sample_model()
    after = CompressTime(factor=4).apply(model)
    assert after.arrivals.sessions_per_day == 4800
    assert after.templates[0].think_s == tuple(seconds / 4 for seconds in model.templates[0].think_s)


def test_edits_are_applied_in_order_and_written_down() -> None:
    """Each sentence has the figures before and after; the document keeps them, also over a second round."""
    edits: list[Edit] = [
        ScaleVisitors(factor=3),
        Spike(hour=9, factor=2),
        DeviceShare(device="mobile", share=0.7),
        TemplateFactor(template="/search", factor=2),
        ThinkFactor(factor=0.5),
        CompressTime(factor=2),
    ]
    model, told = apply_edits(sample_model(), edits)
    assert told == [
        "3 times the visitors: 3,600 sessions a day instead of 1,200",
        "2 times the arrivals from 9:00 to 10:00 (+01:00): 504 sessions in that hour instead of 252; 3,852 sessions a day instead of 3,600",
        "70 % of the sessions on mobile: desktop 25 %, mobile 70 %, tablet 5 %",
        "/search viewed 2 times as often: 0.531 times a session instead of 0.266",
        "0.5 times the think time: median 6 s on the most viewed page instead of 12 s",
        "everything 2 times as fast: 7,704 sessions a day instead of 3,852; median 3 s on the most viewed page instead of 6 s",
    ]
    assert model.edits == tuple(told)
    again, more = apply_edits(model, [ScaleVisitors(factor=2)])
    assert again.edits == (*told, *more)


def test_no_edit_returns_the_model_itself() -> None:
    """There is nothing to write down."""
    model = sample_model()
    assert apply_edits(model, []) == (model, [])
    assert apply_edits(model, [])[0] is model


def test_visitors_factor_is_that_of_the_visitors_alone() -> None:
    """A closed workload multiplies its visitors by it."""
    assert (
        visitors_factor([ScaleVisitors(factor=3), Spike(hour=1, factor=9), ScaleVisitors(factor=0.5)]) == 1.5
    )
    assert visitors_factor([]) == 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ScaleVisitors(factor=0), "the visitors cannot be 0"),
        (lambda: ScaleVisitors(factor=float("nan")), "cannot be nan"),
        (lambda: Spike(hour=24, factor=2), "24 is not an hour"),
        (lambda: Spike(hour=1, factor=1001), "cannot be 1001"),
        (lambda: DeviceShare(device="mobile", share=1.2), "a share of 1.2 for mobile"),
        (lambda: DeviceShare(device="watch", share=0.2), "'watch' is not a class of device"),  # type: ignore[arg-type]
        (lambda: TemplateFactor(template="/", factor=-1), "cannot be -1"),
        (lambda: ThinkFactor(factor=float("inf")), "cannot be inf"),
        (lambda: CompressTime(factor=0.0001), "cannot be 0.0001"),
    ],
)
def test_figure_out_of_its_range_is_refused_at_once(make: Callable[[], Edit], said: str) -> None:
    """The error says what is wrong and what would be right, before any model is looked at."""
    with pytest.raises(UsageError, match=said) as caught:
        make()
    assert caught.value.hint.startswith(("Use ", "Write "))


def test_unknown_template_is_answered_with_near_names() -> None:
    """What was probably meant, or what there is."""
    message, hint = refusal(TemplateFactor(template="/products/{id}", factor=2))
    assert message == "the model has no template /products/{id}"
    assert hint.startswith("Did you mean /product/{id}")
    _, hint = refusal(TemplateFactor(template="zzz", factor=2))
    assert hint == "The most viewed are /product/{id}, /, /search, /cart, /about."


def test_factor_beyond_reach_is_answered_with_what_is_possible() -> None:
    """Visitors leave; the bounds that the error gives can be used."""
    message, hint = refusal(TemplateFactor(template="/product/{id}", factor=20))
    assert message.startswith("/product/{id} cannot be viewed 20 times as often, only 0.001 to ")
    assert hint.startswith("Use a factor within that range")
    most = float(message.split(" to ")[1].split()[0])
    TemplateFactor(template="/product/{id}", factor=most).apply(sample_model())


def test_page_that_nothing_else_leads_on_from_cannot_be_left_out() -> None:
    """Who can go on to nothing else goes on to it all the same."""
    model = sample_model(entry={"/about": 1.0})
    message, _ = refusal(TemplateFactor(template="/about", factor=0), model)
    assert "cannot be viewed 0 times as often, only 0.978 to " in message


def test_page_that_is_not_played_cannot_be_multiplied() -> None:
    """A template without paths, and one that no visitor comes to."""
    rows = {name: {EXIT: 1.0} for name in sample_model().transitions}
    message, _ = refusal(TemplateFactor(template="/cart", factor=2), sample_model(transitions=rows))
    assert message == "visitors of this model never come to /cart, so it cannot be multiplied"
    templates = tuple(
        template.model_copy(update={"paths": ()}) if template.template == "/cart" else template
        for template in sample_model().templates
    )
    message, _ = refusal(TemplateFactor(template="/cart", factor=2), sample_model(templates=templates))
    assert message.startswith("the model has no path of /cart")


def test_hour_without_sessions_cannot_be_multiplied() -> None:
    """Nor can the only one be taken away; the hint names the busiest hour."""
    assert refusal(Spike(hour=9, factor=2), arriving(by_hour=AT_NIGHT))[1].endswith("the busiest is 3.")
    message, hint = refusal(Spike(hour=3, factor=0), arriving(by_hour=AT_NIGHT))
    assert "all sessions of the model begin at 3:00" in message
    assert hint == "Use a factor above 0."


def test_only_device_cannot_give_to_nobody() -> None:
    """Where one device has everything, another must be named to take some."""
    model = sample_model(devices=DeviceMix(desktop=1, mobile=0, tablet=0))
    message, hint = refusal(DeviceShare(device="desktop", share=0.6), model)
    assert message.endswith("so it does not say who has the other 40 %")
    assert hint == "Set the share of another device instead: mobile or tablet."


def test_more_sessions_than_a_number_holds_are_refused() -> None:
    """No infinity gets into a document."""
    message, _ = refusal(ScaleVisitors(factor=1000), arriving(sessions_per_day=1e307))
    assert message == "1e+307 sessions a day cannot be multiplied by 1000"


def test_hundred_and_first_edit_is_refused() -> None:
    """What the document could not hold is an error with the document's rule."""
    with pytest.raises(ModelError, match="would not be valid"):
        apply_edits(sample_model(), [ThinkFactor(factor=1)] * 101)
