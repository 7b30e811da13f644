"""Weak spots of a site, told out of what visitors noticed."""

import pytest

from trafficflou.metrics import Finding, Journal, TrailStep
from trafficflou.metrics.findings import MAX_FINDINGS, likely_reason, site_findings
from trafficflou.metrics.journal import FormOutcome, GoalOutcome, PageOutcome

SECOND = 1_000_000_000
HOME = TrailStep(action="open", path="/")
ADD_7 = TrailStep(action="submit", path="/cart/add", values=(("product", "7"),))
ADD_8 = TrailStep(action="submit", path="/cart/add", values=(("product", "8"),))
PAY = TrailStep(action="submit", path="/pay", text="Pay")


def fine(views: int = 10, load_s: float = 0.1, template: str = "/fine") -> PageOutcome:
    """A page that works."""
    return PageOutcome(
        template=template,
        views=views,
        load_ns=round(views * load_s * SECOND),
        load_max_ns=round(load_s * SECOND),
        trail=(HOME,),
    )


def found(journal: Journal, *listed: str) -> dict[str, Finding]:
    """Findings by kind."""
    pages = {path: "/{id}" if path[1:].isdigit() else path for path in listed}
    return {finding.kind: finding for finding in site_findings("phantom-flair", journal, pages)}


def test_a_site_in_order_has_no_findings() -> None:
    """Pages that work, forms that take what they get, goals that are reached: nothing to tell."""
    form = FormOutcome(template="/pay", purpose="checkout")
    form.note((HOME, PAY))
    goal = GoalOutcome(pursued=9, reached=8, given_up={"patience": 1}, pages=30, trail=(HOME,))
    journal = Journal(
        pages={"/": fine(), "/a": fine(load_s=0.9)}, forms={"/pay": form}, goals={("Ann", "buy"): goal}
    )
    assert site_findings("phantom-flair", journal, {"/": "/", "/a": "/a"}) == []


@pytest.mark.parametrize(
    ("failures", "views", "kind", "words"),
    [
        ({"http_404": 4}, 4, "broken_link", "/x that / links to is not there (status 404)."),
        ({"http_503": 4}, 4, "server_error", "/x never worked (status 503): all of 4 views failed."),
        ({"timeout": 1}, 4, "flaky_page", "/x fails now and then (timeout): 1 of 4 views, 25 %."),
        ({"redirect_loop": 4}, 4, "redirect_loop", "/x redirects without end."),
    ],
)
def test_failing_page_is_told_by_how_it_fails(
    failures: dict[str, int], views: int, kind: str, words: str
) -> None:
    """A page that never worked, one that is not there and one that fails now and then are different findings."""
    page = PageOutcome(template="/x", views=views, failures=failures, linked_from="/", trail=(HOME,))
    finding = found(Journal(pages={"/x": page}))[kind]
    assert (finding.message, finding.url, finding.strategy) == (words, "/x", "phantom-flair")
    assert finding.figures["failures"] == sum(failures.values())
    assert [step.path for step in finding.path] == ["/"]


def test_slow_page_is_slow_beside_the_others() -> None:
    """Only a page that takes a second and four times the usual is slow."""
    pages = {f"/{number}": fine() for number in range(5)} | {
        "/slow": fine(load_s=1.5),
        "/so-so": fine(load_s=0.8),
    }
    findings = site_findings("phantom-flair", Journal(pages=pages))
    assert [(finding.kind, finding.url) for finding in findings] == [("slow_page", "/slow")]
    assert findings[0].figures["mean_ms"] == 1500
    assert findings[0].figures["usual_ms"] == 100


def test_dead_end_is_a_page_where_everybody_ends() -> None:
    """One visitor who found nothing on a page where others did is no finding."""
    stuck, passed = fine(), fine()
    stuck.dead_ends, passed.dead_ends = 10, 1
    findings = site_findings("phantom-flair", Journal(pages={"/stuck": stuck, "/passed": passed}))
    assert [(finding.kind, finding.url) for finding in findings] == [("dead_end", "/stuck")]


def test_many_pages_of_a_template_are_one_finding() -> None:
    """What a whole kind of page has in common is told once, with the worst of them."""
    pages = {
        f"/p/{number}": PageOutcome(template="/p/{id}", views=number, failures={"http_500": number})
        for number in range(1, 9)
    }
    (finding,) = site_findings("phantom-flair", Journal(pages=pages))
    assert finding.message.startswith("8 pages like /p/{id}: /p/8 never worked")
    assert finding.figures["pages"] == 8


def test_form_that_fails_after_one_step_names_it() -> None:
    """The step after which it always failed, and without which it never did, is the likely reason."""
    form = FormOutcome(template="/pay", purpose="checkout")
    for _ in range(3):
        form.note((HOME, ADD_7, PAY), failure="http_500")
        form.note((HOME, ADD_8, PAY))
    finding = found(Journal(forms={"/pay": form}))["form_fails"]
    assert finding.message == (
        "The checkout form at /pay fails now and then (status 500): 3 of 6 times, each time after: submit /cart/add with product=7."
    )
    assert [step.values for step in finding.path] == [{}, {"product": "7"}, {}]


def test_form_that_fails_once_has_no_reason() -> None:
    """One failure proves nothing; steps that also preceded successes prove nothing either."""
    form = FormOutcome(template="/pay")
    form.note((HOME, ADD_7, PAY), failure="http_500")
    assert likely_reason(form) == ""
    form.note((HOME, ADD_7, PAY), failure="http_500")
    form.note((HOME, ADD_7, PAY))
    assert likely_reason(form) == ""
    assert found(Journal(forms={"/pay": form}))["flaky_form"].figures["failures"] == 2


def test_form_that_never_worked_or_is_always_refused_is_told() -> None:
    """Errors and refusals are different things."""
    broken, picky = FormOutcome(template="/mail", purpose="contact"), FormOutcome(template="/join")
    for _ in range(3):
        broken.note((HOME, PAY), failure="http_502")
        picky.note((HOME, PAY), is_refused=True)
    findings = found(Journal(forms={"/mail": broken, "/join": picky}))
    assert findings["form_fails"].message == (
        "The contact form at /mail never worked (status 502): it was sent 3 times."
    )
    assert findings["form_refused"].figures == {"sent": 3, "refused": 3}


def test_goal_that_is_seldom_reached_is_told_with_why() -> None:
    """At least five sessions must have ended; the most frequent reason is named."""
    rare = GoalOutcome(pursued=12, reached=1, given_up={"patience": 7, "dead_end": 2}, trail=(HOME,))
    few = GoalOutcome(pursued=4, given_up={"errors": 4})
    finding = found(Journal(goals={("Ann", "buy a rake"): rare, ("Bob", "read"): few}))["goal_rarely_reached"]
    assert finding.message == "Ann wanted to buy a rake: 1 of 10 sessions did; most gave up for patience."


def test_slow_journey_names_the_slowest_page() -> None:
    """The waiting on the shortest way to a goal is added up."""
    way = tuple(TrailStep(action="click", path=path) for path in ("/a", "/b", "/c"))
    goal = GoalOutcome(pursued=3, reached=3, pages=9, trail=way)
    pages = {"/a": fine(load_s=3.0), "/b": fine(load_s=6.0), "/c": fine(load_s=3.0)}
    finding = found(Journal(pages=pages, goals={("Ann", "buy"): goal}))["slow_journey"]
    assert finding.message == (
        "The shortest way on which Ann could buy waits 12 s for the site, 6 s of them for /b."
    )


def test_pages_that_nobody_links_to_are_listed() -> None:
    """What the sitemap lists, and no page that was seen links to, cannot be reached; without any page seen nothing is said."""
    journal = Journal(pages={"/": fine()}, offered={"/a"})
    finding = found(journal, "/", "/a", "/lost")["unreachable_pages"]
    assert finding.message.endswith(
        "1 page of the site's own list is linked from no page that visitors saw: /lost."
    )
    assert "unreachable_pages" not in found(Journal(), "/lost")


def test_pages_of_a_kind_of_which_few_were_seen_are_not_lost() -> None:
    """Ten of twenty articles linked to say nothing about the others; eighteen of them do about the last two, unless there are too many to turn to."""
    for count, seen, lost in ((20, 10, 0), (20, 18, 2), (100, 98, 0)):
        articles = [f"/{number}" for number in range(count)]
        journal = Journal(pages={"/": fine()}, offered=set(articles[:seen]))
        finding = found(journal, "/", *articles).get("unreachable_pages")
        assert (0 if finding is None else finding.figures["pages"]) == lost


def test_findings_are_ordered_and_bounded() -> None:
    """The worst come first, and a site in ruins does not fill the report."""
    pages = {
        f"/{number}": PageOutcome(template=f"/{number}", views=1, failures={"http_404": 1})
        for number in range(MAX_FINDINGS + 5)
    }
    pages["/broken"] = PageOutcome(template="/broken", views=1, failures={"http_500": 1})
    findings = site_findings("phantom-flair", Journal(pages=pages))
    assert len(findings) == MAX_FINDINGS
    assert findings[0].url == "/broken"


def test_errors_and_failed_checks_of_a_script_are_told_first() -> None:
    """What a script stumbled over is told with how often; a check that always held is none."""
    journal = Journal(script_errors={'no link "Sale" at shop.py:3': 1, "ValueError: x at shop.py:9": 4})
    for passed in (True, True, False):
        journal.check("has price", passed=passed)
    journal.check("fine", passed=True)
    findings = site_findings("shop.py", journal, {})
    assert [(finding.kind, finding.message) for finding in findings] == [
        ("script_error", "The script ended 4 sessions early: ValueError: x at shop.py:9"),
        ("script_error", 'The script ended 1 session early: no link "Sale" at shop.py:3'),
        ("check_failed", "The check “has price” failed 1 of 3 times, 33.3 %."),
    ]
    assert findings[2].figures == {"checked": 3, "failures": 1}
