"""The views of a run as it goes: a bounded number of repaints, plain lines where there is no terminal."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from trafficflou.metrics import LiveFigures, RunInfo, SecondFigures, SessionFigures, Summary
from trafficflou.report import LiveView, PlainProgress, make_progress
from trafficflou.report.live import _sparkline

INFO = RunInfo(
    id="r1",
    target="http://127.0.0.1:8080",
    seed=7,
    strategy="organic-mimicry",
    started_at="2026-11-23T21:18:00Z",
    planned_duration_s=60.0,
    workers=2,
    workload="200 visitors at once",
)


class JumpingClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.at_ns = 1_000_000_000

    def now_ns(self) -> int:
        """Return the time."""
        return self.at_ns

    def wall_s(self) -> float:
        """Return the time of day."""
        return 0.0


def live(
    second: int, *, requests: int = 100, errors: int = 0, total_errors: int | None = None, **latest: object
) -> LiveFigures:
    """Return the figures at the end of a second in which `requests` were made."""
    so_far = errors if total_errors is None else total_errors
    figures = {"rate_rps": requests, "active_visitors": 200, "p50_ms": 14.0, "p95_ms": 50.0, **latest}
    return LiveFigures(
        latest=SecondFigures.model_validate(
            {"second": second, "requests": requests, "errors": errors, **figures}
        ),
        elapsed_s=second + 1.0,
        sessions=SessionFigures(started=12),
        requests=100 * (second + 1),
        errors=so_far,
        missing=0,
        page_views=20 * (second + 1),
        bytes_received=1_000_000,
        p50_ms=14.0,
        p95_ms=50.0,
        p99_ms=99.0,
        by_error={"http_503": so_far} if so_far else {},
    )


def terminal(width: int = 80) -> Console:
    """Return a console that believes to be a terminal."""
    return Console(
        file=io.StringIO(), width=width, force_terminal=True, color_system=None, _environ={"TERM": "xterm"}
    )


def pipe() -> Console:
    """Return a console that writes into a pipe."""
    return Console(file=io.StringIO(), width=80, force_terminal=False, color_system=None)


def written(console: Console) -> str:
    """Return what a console has written."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def plain(console: Console) -> list[str]:
    """Return the lines that a console has written."""
    return written(console).splitlines()


def test_progress_is_live_on_a_terminal_only() -> None:
    """A pipe and a dumb terminal get plain lines."""
    dumb = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(make_progress(terminal()), LiveView)
    assert isinstance(make_progress(pipe()), PlainProgress)
    assert isinstance(make_progress(dumb), PlainProgress)


def test_live_view_shows_the_run_and_its_last_second() -> None:
    """The view tells what is played, how far it is, the last second's figures and the totals."""
    console, clock = terminal(120), JumpingClock()
    with LiveView(console, clock) as view:
        view.run_started(INFO)
        assert "Playing 200 visitors at once against http://127.0.0.1:8080" in written(console)
        assert "waiting for the first second" in written(console)
        clock.at_ns += 1_000_000_000
        view.second_finished(live(29, errors=5))
        text = written(console)
    for expected in (
        "0:30 of 1:00",
        "Active visitors",
        "200",
        "Requests/s",
        "14.0 ms",
        "50.0 ms",
        "12 sessions, 600 page views",
        "3,000 requests",
    ):
        assert expected in text
    assert "5 errors (0.17 %), mostly http_503" in text


def test_live_view_repaints_at_most_four_times_a_second() -> None:
    """A burst of seconds after a hiccup costs one repaint; the next one shows all of them."""
    console, clock = terminal(), JumpingClock()
    with LiveView(console, clock) as view:
        view.run_started(INFO)
        before = written(console)
        clock.at_ns += 249_000_000
        for second in range(5):
            view.second_finished(live(second))
        assert written(console) == before
        clock.at_ns += 1_000_000
        view.second_finished(live(5))
        assert written(console).count("0:06 of 1:00") == 1
        assert "██████" in written(console)


def test_live_view_gives_the_screen_back() -> None:
    """An error in the run takes the view off and shows the cursor again; closing twice is harmless."""
    console = terminal()
    view = LiveView(console, JumpingClock())

    def fail() -> None:
        with view:
            view.run_started(INFO)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert "\x1b[?25h" in written(console)
    assert written(console).endswith("\x1b[2K")
    view.close()


def test_live_view_closes_when_the_run_is_over(make_empty: Callable[..., Summary]) -> None:
    """The summary is printed on a screen without the view; a late second does not bring it back."""
    console, clock = terminal(), JumpingClock()
    view = LiveView(console, clock)
    view.run_started(INFO)
    view.run_finished(make_empty())
    after = written(console)
    clock.at_ns += 10**9
    view.second_finished(live(60))
    assert written(console) == after


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_live_view_fits_any_terminal(width: int) -> None:
    """However narrow or wide the terminal, no painted line is wider; at most a minute of curve is kept."""
    console, clock = terminal(width), JumpingClock()
    with LiveView(console, clock) as view:
        view.run_started(INFO)
        for second in range(100):
            clock.at_ns += 10**9
            view.second_finished(live(second))
    lines = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", written(console)).replace("\r", "\n").splitlines()
    assert max(map(len, lines)) <= width
    assert max(line.count("█") for line in lines) <= 60


@pytest.mark.parametrize(
    ("second", "warmup", "stage"),
    [(3, True, "warm-up until 0:10"), (30, False, ""), (62, False, "waiting for the last pages")],
)
def test_live_view_names_the_stage(second: int, warmup: bool, stage: str) -> None:
    """Warm-up and drain are named, since their figures mean something else."""
    console, clock = terminal(), JumpingClock()
    info = RunInfo(
        id="r",
        target="http://h",
        seed=1,
        strategy="s",
        started_at="",
        planned_duration_s=60.0,
        workers=1,
        warmup_s=10.0,
    )
    with LiveView(console, clock) as view:
        view.run_started(info)
        clock.at_ns += 10**9
        view.second_finished(live(second, warmup=warmup))
    found = [
        words for words in ("warm-up until 0:10", "waiting for the last pages") if words in written(console)
    ]
    assert found == ([stage] if stage else [])


@pytest.mark.parametrize("make", [lambda: (terminal(200), True), lambda: (pipe(), False)])
def test_views_show_hostile_text_instead_of_obeying_it(make: Callable[[], tuple[Console, bool]]) -> None:
    """A workload, a target or an error kind cannot steer the terminal."""
    console, is_live = make()
    evil = "[red]x[/red]\x1b[2J\u202e"
    info = RunInfo(
        id="r",
        target=evil,
        seed=1,
        strategy="s",
        started_at="",
        planned_duration_s=60.0,
        workers=1,
        workload=evil,
    )
    figures = live(9, errors=50)
    figures.by_error.clear()
    figures.by_error[evil] = 1
    clock = JumpingClock()
    with LiveView(console, clock) if is_live else PlainProgress(console) as view:
        view.run_started(info)
        clock.at_ns += 10**9
        view.second_finished(figures)
    text = written(console)
    assert text.count(r"[red]x[/red]\x1b[2J\u202e") >= 3
    assert "\x1b[2J" not in text
    assert "\u202e" not in text


def test_plain_progress_prints_a_line_every_five_seconds() -> None:
    """A minute gives a headline and twelve lines."""
    console = pipe()
    with PlainProgress(console) as view:
        view.run_started(INFO)
        for second in range(60):
            view.second_finished(live(second))
    lines = plain(console)
    assert lines[0] == "Playing 200 visitors at once against http://127.0.0.1:8080 for 1 min 00 s (seed 7)"
    assert lines[1] == "0:05 of 1:00   200 visitors  100 requests/s  p50 14.0 ms  p95 50.0 ms  errors 0 (0 %)"
    assert [line[:4] for line in lines[1:]] == [f"{s // 60}:{s % 60:02d}" for s in range(5, 65, 5)]


def test_plain_progress_says_nothing_twice_after_a_gap() -> None:
    """When several lines are overdue, one is printed."""
    console = pipe()
    view = PlainProgress(console)
    view.run_started(INFO)
    view.second_finished(live(22))
    view.second_finished(live(23))
    view.second_finished(live(24))
    assert [line[:4] for line in plain(console)[1:]] == ["0:23", "0:25"]


def test_plain_progress_shows_the_rate_of_all_seconds_since_the_last_line() -> None:
    """A few visitors who think send in one second of five: they are not shown as standing still."""
    console = pipe()
    view = PlainProgress(console)
    view.run_started(INFO)
    for second, requests in enumerate((0, 50, 0, 0, 0, 0, 0, 0, 0, 0)):
        view.second_finished(live(second, requests=requests))
    assert ["10.0 requests/s" in line for line in plain(console)[1:]] == [True, False]


def test_plain_progress_tells_at_once_when_errors_begin_rise_and_end() -> None:
    """The first error, a share of 5 % and a return below 1 % do not wait for the next line, and are told once each."""
    console = pipe()
    view = PlainProgress(console)
    view.run_started(INFO)
    view.second_finished(live(0))
    for second, errors in enumerate((1, 1, 5, 50, 3, 0, 0), start=1):
        view.second_finished(live(second, errors=errors, total_errors=errors or 60))
    news = [(line[:4], line.partition("<- ")[2]) for line in plain(console) if "<-" in line]
    assert news == [
        ("0:02", "the first error: http_503"),
        ("0:04", "errors rise: 5 % of this second's requests, mostly http_503"),
        ("0:07", "errors have gone down again"),
    ]


def test_plain_progress_does_not_call_silence_a_recovery() -> None:
    """A second without any request says nothing about errors."""
    console = pipe()
    view = PlainProgress(console)
    view.run_started(INFO)
    view.second_finished(live(0, errors=100))
    view.second_finished(live(1, requests=0, total_errors=100))
    assert "gone down" not in written(console)


def test_plain_progress_tells_errors_of_the_warm_up() -> None:
    """Errors that do not count yet have no kind in the totals, but are told all the same."""
    console = pipe()
    view = PlainProgress(console)
    view.run_started(INFO)
    view.second_finished(live(0, errors=1, total_errors=0))
    view.second_finished(live(1, errors=90, total_errors=0))
    assert "<- the first error\n" in written(console)
    assert "mostly in the warm-up" in written(console)


def test_plain_progress_has_no_escape_sequence_and_breaks_no_line(make_empty: Callable[..., Summary]) -> None:
    """In a file each line is one line of plain text, and the end adds nothing."""
    console = Console(file=io.StringIO(), width=20, force_terminal=False)
    view = PlainProgress(console)
    view.run_started(INFO)
    view.second_finished(live(4))
    view.run_finished(make_empty())
    assert len(plain(console)) == 2
    assert "\x1b" not in written(console)


@pytest.mark.parametrize(
    ("values", "curve"),
    [([], ""), ([0.0, 0.0], "▁▁"), ([0.0, 7.0, 3.0, None], "▁█▄ "), ([None], " "), ([5.0], "█")],
)
def test_sparkline_goes_from_zero_to_the_greatest(values: list[float | None], curve: str) -> None:
    """The curve's foot is zero, never the least value, so a flat line looks flat; gaps are gaps."""
    assert _sparkline(values) == curve
