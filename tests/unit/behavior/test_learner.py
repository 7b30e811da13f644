"""Learning end to end, from requests to a model."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.log_lines import BROWSER, combined_line, people_lines
from trafficflou.behavior import Learner, LearnOptions, LearnReport, Reason, TrafficModel, sessions, tally
from trafficflou.behavior import learner as module
from trafficflou.core import EvidenceError, UsageError
from trafficflou.evidence import AccessLogReader

HEADLESS = BROWSER.replace("Firefox", "Chrome")


def learned(
    tmp_path: Path, lines: Iterable[str], options: LearnOptions | None = None
) -> tuple[TrafficModel, LearnReport]:
    """Learn from lines by way of a file."""
    log = tmp_path / "access.log"
    log.write_text("".join(lines))
    reader = AccessLogReader([str(log)])
    learner = Learner(options or LearnOptions())
    for record in reader:
        learner.add(record)
    return learner.finish(lines=reader.statistics.lines, unparsed_lines=reader.statistics.unparsed_lines)


def test_people_are_learned(tmp_path: Path) -> None:
    """Visits, pages, pauses, files and devices of people come out as they went in."""
    model, report = learned(tmp_path, people_lines(10))
    source = model.provenance
    assert (source.visitors, source.sessions, source.page_views, source.subresource_requests) == (
        10,
        10,
        30,
        20,
    )
    assert source.skipped == {}
    assert source.think_s[4] == 15.0
    assert model.entry == {"/": 1.0}
    assert model.transitions["/"] == {"/product/{id}": 1.0}
    assert model.transitions["/cart"] == {"(exit)": 1.0}
    home = next(template for template in model.templates if template.template == "/")
    assert [(file.path, file.share) for file in home.subresources] == [("/shop.css", 1.0)]
    assert (report.requests, report.other_requests) == (50, 0)


MACHINES = [
    (Reason.BOTS, [combined_line(1, "/", agent="curl/8.5", address="203.0.113.1")]),
    (Reason.BOTS, [combined_line(1, path, address="203.0.113.2") for path in ("/robots.txt", "/cart")]),
    (Reason.HEALTH_CHECKS, [combined_line(1, "/", agent="kube-probe/1.31", address="203.0.113.3")]),
    (Reason.HEALTH_CHECKS, [combined_line(1, "/healthz", address="203.0.113.4")]),
    (Reason.SCANNERS, [combined_line(1, "/.env", status=404, address="203.0.113.5")]),
    (Reason.SYNTHETIC, [combined_line(1, "/", agent="TrafficFlou/1.0 (run=x)", address="203.0.113.6")]),
    (Reason.NO_ASSETS, [combined_line(1, "/", agent=HEADLESS, address="203.0.113.7")]),
    (Reason.NO_PAGE_VIEWS, [combined_line(1, "/photo.jpg", address="203.0.113.8")]),
    (Reason.MALFORMED, [combined_line(1, "/", method="HELLO", address="203.0.113.9")]),
]


@pytest.mark.parametrize(("reason", "lines"), MACHINES)
def test_machines_are_left_out_and_counted(tmp_path: Path, reason: Reason, lines: list[str]) -> None:
    """Each kind of machine is left out with its requests counted under its reason, and does not change the model."""
    model, _ = learned(tmp_path, people_lines() + lines)
    assert model.provenance.skipped == {reason.value: len(lines)}
    assert model.provenance.sessions == 8


@pytest.mark.parametrize(
    ("reason", "lines"), [case for case in MACHINES if case[0] in module.KEEPABLE and "env" not in case[1][0]]
)
def test_machines_are_kept_on_request(tmp_path: Path, reason: Reason, lines: list[str]) -> None:
    """What is left out by default can be learned too, whether it behaves like a browser or not."""
    options = LearnOptions(keep=frozenset({reason, Reason.NO_ASSETS}))
    model, _ = learned(tmp_path, people_lines() + lines, options)
    assert model.provenance.sessions == 9
    assert model.provenance.skipped == {}


def test_kept_scanner_without_a_page_is_still_no_visit(tmp_path: Path) -> None:
    """Keeping scanners does not make sessions out of errors."""
    lines = [*people_lines(), combined_line(1, "/.env", status=404, address="203.0.113.5")]
    model, _ = learned(tmp_path, lines, LearnOptions(keep=frozenset({Reason.SCANNERS})))
    assert model.provenance.skipped == {"no-page-views": 1}


def test_robots_reader_stays_a_bot_on_its_next_visit(tmp_path: Path) -> None:
    """Who read robots.txt once is a bot for the rest of the log."""
    lines = [
        combined_line(at_s, path, address="203.0.113.2")
        for at_s, path in ((0, "/robots.txt"), (9000, "/"), (9001, "/photo.jpg"))
    ]
    model, _ = learned(tmp_path, people_lines() + lines)
    assert model.provenance.skipped == {"bots": 3}


def test_browser_with_a_warm_cache_is_known_by_its_first_visit(tmp_path: Path) -> None:
    """A visitor who fetched files before needs none on the second visit to count as a person."""
    lines = [combined_line(9000, "/", address="198.51.100.1")]
    model, _ = learned(tmp_path, people_lines() + lines)
    assert model.provenance.sessions == 9
    assert model.provenance.visitors == 8


def test_log_without_files_switches_the_rule_off_and_says_so(tmp_path: Path) -> None:
    """Where another server sends the files, visits without files are people's."""
    model, report = learned(tmp_path, people_lines(30, files=False) + people_lines(1))
    assert model.provenance.sessions == 31 - 1
    assert "another server" in report.notes[0]
    kept, quiet = learned(
        tmp_path, people_lines(30, files=False), LearnOptions(keep=frozenset({Reason.NO_ASSETS}))
    )
    assert kept.provenance.sessions == 30
    assert quiet.notes == ()


def test_common_log_without_agents_is_learned(tmp_path: Path) -> None:
    """A log that names no agents is not a log of bots."""
    lines = [line.partition(' "-" "')[0].partition(' "https')[0] + "\n" for line in people_lines()]
    model, _ = learned(tmp_path, lines)
    assert model.provenance.sessions == 8
    assert model.devices.desktop == 1.0


def test_synthetic_log_says_so(tmp_path: Path) -> None:
    """A model learned from our own visitors is marked."""
    lines = people_lines(agent="TrafficFlou/1.0 (run=x)")
    model, _ = learned(tmp_path, lines, LearnOptions(keep=frozenset({Reason.SYNTHETIC})))
    assert model.provenance.kind == "synthetic-log"


def test_nothing_left_names_the_rule_to_relax(tmp_path: Path) -> None:
    """A log of nothing but our own visitors is answered with the flag that learns it."""
    with pytest.raises(EvidenceError, match="all 40 requests were left out") as caught:
        learned(tmp_path, people_lines(agent="TrafficFlou/1.0 (run=x)"))
    assert "--keep synthetic" in caught.value.hint
    with pytest.raises(EvidenceError, match="no-page-views") as other:
        learned(tmp_path, [combined_line(1, "/photo.jpg")])
    assert other.value.hint == ""


def test_small_log_names_k_anonymity(tmp_path: Path) -> None:
    """A newcomer's own few clicks are answered with the flag for that, and with it they are learned."""
    with pytest.raises(EvidenceError, match="no page was viewed by 5 different visitors") as caught:
        learned(tmp_path, people_lines(1))
    assert "--k-anonymity 1" in caught.value.hint
    model, _ = learned(tmp_path, people_lines(1), LearnOptions(k_anonymity=1))
    assert model.provenance.sessions == 1


def test_one_page_visits_have_assumed_pauses_and_a_note(tmp_path: Path) -> None:
    """Without a second page view there is no pause to learn."""
    lines = [
        combined_line(visitor, path, address=f"198.51.100.{visitor}")
        for visitor in range(6)
        for path in ("/", "/shop.css")
    ]
    model, report = learned(tmp_path, lines)
    assert model.provenance.think_s[4] == 25.0
    assert "assumed" in report.notes[0]


def test_unusual_logs_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fallen-back time, too many open sessions and too many paths are said, not hidden."""
    monkeypatch.setattr(sessions, "MAX_OPEN_SESSIONS", 3)
    monkeypatch.setattr(tally, "MAX_PATHS", 3)
    lines = people_lines()
    _, report = learned(tmp_path, [combined_line(90_000), combined_line(90_000, "/shop.css"), *lines])
    text = " ".join(report.notes)
    assert "so many pages" in text
    assert "ended early" in text
    assert "fell back 1 times" in text


def test_remembered_visitors_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten first."""
    monkeypatch.setattr(module, "_VISITORS_REMEMBERED", 2)
    returning = [combined_line(9000, "/", address=f"198.51.100.{visitor}") for visitor in range(8)]
    model, _ = learned(tmp_path, people_lines() + returning)
    assert model.provenance.sessions == 10


def test_order_of_lines_does_not_change_the_model(tmp_path: Path) -> None:
    """Lines that are out of order by seconds, as servers write them, make the same model."""
    lines = people_lines(12)
    swapped = list(lines)
    for index in range(0, len(swapped) - 1, 5):
        swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
    assert learned(tmp_path, swapped)[0] == learned(tmp_path, lines)[0]


def test_model_holds_nothing_of_a_person(tmp_path: Path) -> None:
    """No client address, agent, query value, referrer host, user name or rare path of the log is in the document."""
    lines = people_lines(20)
    lines += [
        combined_line(40, f"/account/{name}/letters-from-home", address="198.51.100.3").replace(
            " - - ", f" - {name} "
        )
        for name in ("maria-lopez",)
    ]
    lines += [
        combined_line(
            41,
            "/reset/aB3xK9mQ2pL7vR5t?mail=jo@example.org",
            address="198.51.100.4",
            referrer="https://mail.example/in",
        ),
        combined_line(
            42, "/search?q=rash", address="198.51.100.5", referrer="https://search.example/?q=rash"
        ),
    ]
    text = learned(tmp_path, lines)[0].to_json()
    secrets = ["198.51.100", "Mozilla", "Firefox", "Gecko", "secret-query", "hashed", "maria", "letters"]
    secrets += ["aB3xK9", "example", "rash", "shop.example", "?"]
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    "wrong", [{"k_anonymity": 0}, {"k_anonymity": 10**6}, {"session_gap_s": 0.0}, {"session_gap_s": 1e9}]
)
def test_impossible_options_are_refused(wrong: dict[str, float]) -> None:
    """Options are checked where they are made."""
    with pytest.raises(UsageError, match="choose"):
        LearnOptions(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_only_what_is_left_out_may_be_kept() -> None:
    """Requests that are no HTTP cannot be learned."""
    with pytest.raises(UsageError, match="bots, health-checks"):
        LearnOptions(keep=frozenset({Reason.MALFORMED}))
