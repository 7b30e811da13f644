"""A model on the terminal."""

import io

from rich.console import Console

from trafficflou.behavior import EXIT, ScaleVisitors, TrafficModel, apply_edits
from trafficflou.report.model_terminal import print_model
from trafficflou.testing.models import sample_model


def printed(model: TrafficModel, *, limit: int = 20, width: int = 80, colour: bool = False) -> str:
    """Print a model to a string."""
    out = io.StringIO()
    print_model(model, Console(file=out, width=width, force_terminal=colour, highlight=False), limit=limit)
    return out.getvalue()


def renamed(old: str, new: str) -> TrafficModel:
    """Return the sample model with another name for a template, past the validation that stops most such names."""
    model = sample_model()

    def swap(row: dict[str, float]) -> dict[str, float]:
        return {new if name == old else name: share for name, share in row.items()}

    templates = tuple(
        template.model_copy(update={"template": new}) if template.template == old else template
        for template in model.templates
    )
    rows = {new if name == old else name: swap(row) for name, row in model.transitions.items()}
    return model.model_copy(update={"templates": templates, "transitions": rows, "entry": swap(model.entry)})


def test_print_shows_every_part() -> None:
    """Provenance, templates, entries, transitions, arrivals and devices stand there with their figures."""
    text = " ".join(printed(sample_model()).split())
    for expected in (
        "sample shop",
        "2026-03-02 00:00 to 2026-03-03 23:58",
        "20,000, 3 not understood",
        "bot 2,500, health check 288",
        "2,100 in 2,400 sessions",
        "3,580 (1.49 a session)",
        "39.0 %",
        "median 12 s, p90 1 min 20 s",
        "/product/{id} 50.3 % 12 s 80 s 2.8 · 30 kB /product/1",
        "/search 11.2 % 4.0 s 15 s",
        "10.0 % /cart",
        "1,200 sessions a day, by hour (UTC+01:00)",
        "mobile 40.0 % ██████████████████████▍",
    ):
        assert expected in text, expected


def test_edited_model_says_so() -> None:
    """What was done to it stands beside what it was learned from."""
    edited, told = apply_edits(sample_model(), [ScaleVisitors(factor=3)])
    assert f"edited {told[0]}" in " ".join(printed(edited).split())


def test_print_fits_eighty_columns_without_colour() -> None:
    """Piped, no line is wider than 80 and none holds an escape."""
    text = printed(renamed("/cart", "/" + "long" * 60))
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_print_is_coloured_on_a_terminal() -> None:
    """On a terminal the parts are told apart by colour."""
    assert "\x1b[" in printed(sample_model(), colour=True)


def test_bars_of_hours_are_as_high_as_their_shares() -> None:
    """The highest hour fills the chart, an hour without sessions leaves its place empty."""
    by_hour = (0.5, 0.25, *[0.0] * 21, 0.25)
    arrivals = sample_model().arrivals.model_copy(update={"by_hour": by_hour})
    rows = printed(sample_model(arrivals=arrivals)).split("by hour")[1].splitlines()[1:6]
    assert rows[0] == " 50.0 % ██"
    assert rows[1] == "        ██"
    assert rows[2] == "        ██ ██" + " " * 64 + "██"
    assert rows[3] == "    0 % ██ ██" + " " * 64 + "██"
    assert rows[4].split() == [f"{hour:02d}" for hour in range(24)]


def test_print_limits_the_tables_and_says_what_is_left() -> None:
    """Only the most viewed templates are shown, with the share of the others."""
    text = printed(sample_model(), limit=2)
    assert text.count("and 3 more with 21.8 % of the page views") == 2
    assert "/about  " not in text.split("Where sessions begin")[0]


def test_long_rows_and_entries_are_summed_up() -> None:
    """Choices beyond the first few are summed up instead of listed."""
    model = sample_model()
    names = [f"/p{number}" for number in range(12)]
    template = model.templates[0]
    templates = tuple(template.model_copy(update={"template": name}) for name in names)
    row = dict.fromkeys(names[:9], 0.1) | {EXIT: 0.1}
    many = model.model_copy(
        update={
            "templates": templates,
            "transitions": dict.fromkeys(names, row),
            "entry": dict.fromkeys(names, 1 / 12),
        }
    )
    text = printed(many, width=120)
    rows = [line.split()[-3:] for line in text.splitlines() if "10.0 %  /p" in line]
    assert rows[:3] == [["10.0", "%", "/p0"], ["10.0", "%", "/p1"], ["10.0", "%", "/p2"]]
    assert "60.0 %  6 others" in text
    assert "4 others" in text


def test_names_are_text_and_never_markup_or_control() -> None:
    """A template's name cannot colour, hide or steer anything."""
    text = printed(renamed("/cart", "/[bold]x[/bold]\u001b[2J\u202e"), width=120)
    assert "/[bold]x[/bold]\\x1b[2J\\u202e" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_template_without_paths_is_marked() -> None:
    """A template that cannot be played is told apart."""
    model = sample_model()
    bare = tuple(
        template.model_copy(update={"paths": (), "subresources": ()})
        if template.template == "/about"
        else template
        for template in model.templates
    )
    line = next(
        line
        for line in printed(model.model_copy(update={"templates": bare}), width=100).splitlines()
        if "passed" in line
    )
    assert "/about" in line
    assert "–" in line


def test_provenance_that_says_little_is_printed() -> None:
    """Empty or strange provenance is shown as it is."""
    model = sample_model()
    bare = model.provenance.model_copy(
        update={
            "first_at": "then",
            "skipped": {f"reason {number}": number for number in range(9)},
            "sessions": 0,
            "unparsed_lines": 0,
            "think_s": (),
        }
    )
    text = printed(model.model_copy(update={"provenance": bare}))
    assert "then to 2026-03-03" in text
    assert "reason 8 8" in text
    assert "reason 1 1" not in text
    assert "not known" in text
    assert "a session)" not in text
    nothing = bare.model_copy(update={"skipped": {}})
    assert "left out           nothing" in printed(model.model_copy(update={"provenance": nothing}))


def test_long_names_keep_both_ends_in_running_text() -> None:
    """In charts and rows a long name is cut in its middle; the table of templates has it whole."""
    name = "/features/" + "very-" * 20 + "long"
    text = printed(renamed("/product/{id}", name))
    assert "10.0 %  /cart" in text
    assert "50.0 %  /features/very-ve…ry-very-very-long" in text
    assert "  /features/very-ve…ry-very-very-long  30.0 %" in text


def test_privacy_of_a_model_that_hides_nothing_is_said() -> None:
    """With `k_anonymity` 1 nothing was left out, and the reader is told."""
    assert "all paths that anybody asked for" in printed(sample_model(k_anonymity=1))


def test_think_times_fit_their_column() -> None:
    """Seconds up to a minute and a half, then minutes and seconds."""
    model = sample_model()
    slow = model.templates[0].model_copy(update={"think_s": (1, 2, 3, 9.96, 99.4, 200, 245.4, 250, 300)})
    text = printed(model.model_copy(update={"templates": (slow, *model.templates[1:])}), width=100)
    line = next(line for line in text.splitlines() if "/ " in line and "27.9 %" in line)
    assert "99 s  4:05 min" in line
