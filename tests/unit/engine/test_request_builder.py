"""The bytes of a request and the identity that each one carries."""

import re

from trafficflou import __version__
from trafficflou.engine.request_builder import INFO_URL, RequestBuilder
from trafficflou.http import Origin

BUILDER = RequestBuilder(Origin.parse("http://shop.example:8080"), "r42")


def fields_of(request: bytes) -> dict[str, str]:
    """Split a request into its fields."""
    head, _, rest = request.partition(b"\r\n\r\n")
    assert rest == b""
    lines = head.decode("ascii").split("\r\n")
    return {"line": lines[0]} | dict(line.split(": ", 1) for line in lines[1:])


def test_request_says_who_sends_it() -> None:
    """User-Agent, visitor and trace stand in every request, as DESIGN and the docs promise to the site's owner."""
    headers = BUILDER.for_visitor(7, "mobile")
    headers.begin_page()
    fields = fields_of(headers.build("/p?q=1", b"Accept: */*\r\n", b"Cookie: a=b\r\n"))
    assert fields["line"] == "GET /p?q=1 HTTP/1.1"
    assert fields["Host"] == "shop.example:8080"
    assert fields["User-Agent"] == f"TrafficFlou/{__version__} (+{INFO_URL}; run=r42; Mobile)"
    assert fields["X-TrafficFlou-Visitor"] == "7"
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", fields["traceparent"])
    assert (fields["Accept"], fields["Cookie"]) == ("*/*", "a=b")


def test_requests_of_a_page_share_a_trace_and_differ_in_their_span() -> None:
    """A trace is a page view; no two requests have the same parent id in it (W3C Trace Context, 3.2.2)."""
    headers = BUILDER.for_visitor(7, "desktop")
    traces = []
    for _ in range(2):
        headers.begin_page()
        traces += [fields_of(headers.build("/", b"", b""))["traceparent"].split("-") for _ in range(2)]
    assert traces[0][1] == traces[1][1] != traces[2][1] == traces[3][1]
    assert len({trace[2] for trace in traces}) == 4


def test_visitors_and_runs_have_traces_of_their_own() -> None:
    """Traces of two visitors, or of two runs, never meet in the site's tracing."""
    builders = [BUILDER, RequestBuilder(Origin.parse("http://shop.example:8080"), "r43")]
    traces = set()
    for builder in builders:
        for index in range(3):
            headers = builder.for_visitor(index, "unheard-of")
            headers.begin_page()
            traces.add(fields_of(headers.build("/", b"", b""))["traceparent"].split("-")[1])
    assert len(traces) == 6
