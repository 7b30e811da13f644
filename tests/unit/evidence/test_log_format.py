"""Recognising access-log formats and parsing their lines."""

import pytest

from trafficflou.evidence._log_format import MAX_LINE_CHARS, LineParser, describe_foreign, recognise

STAMP = "20/Feb/2016:00:00:45 -0500"
COMMON = f'192.0.2.7 - frank [{STAMP}] "GET /a?b=c HTTP/1.1" 200 2326'
COMBINED = f'{COMMON} "http://shop.example/x" "Mozilla/5.0 (X11)"'


def parser_of(*lines: str) -> LineParser:
    """Recognise lines that are known to be of one format."""
    parser = recognise(lines)
    assert parser is not None
    return parser


def test_combined_line_gives_every_field() -> None:
    """Each field of the combined format lands where it belongs."""
    parser = parser_of(COMBINED)
    record = parser.parse(COMBINED)
    assert parser.name == "combined"
    assert record is not None
    assert (record.address, record.method, record.target) == ("192.0.2.7", "GET", "/a?b=c")
    assert (record.status, record.body_bytes) == (200, 2326)
    assert (record.referrer, record.agent) == ("http://shop.example/x", "Mozilla/5.0 (X11)")
    assert (record.at_s, record.utc_offset_s) == (1455944445, -18000)


def test_common_line_has_an_unknown_agent() -> None:
    """A format without agents says `None`, which is not the same as a client without one."""
    record = parser_of(COMMON).parse(COMMON)
    assert record is not None
    assert record.agent is None
    nobody = parser_of(COMBINED).parse(f'{COMMON} "-" "-"')
    assert nobody is not None
    assert (nobody.agent, nobody.referrer) == ("", "")


@pytest.mark.parametrize(
    ("line", "name", "address"),
    [
        (f"shop.example:443 {COMBINED}", "vhost combined", "192.0.2.7"),
        (f"shop.example {COMMON}", "vhost common", "192.0.2.7"),
        (f'{COMBINED} 0.012 "-"', "combined", "192.0.2.7"),
        (f'{COMBINED} rt=0.3 uct="0.0"', "combined", "192.0.2.7"),
        (f'{COMBINED} "203.0.113.9, 10.0.0.1"', "combined with forwarded addresses", "203.0.113.9"),
        (f'{COMBINED} 0.012 "2001:db8::1"', "combined with forwarded addresses", "2001:db8::1"),
        (COMBINED.replace("192.0.2.7", "2001:db8::42"), "combined", "2001:db8::42"),
        (COMBINED.replace("192.0.2.7", "client.example.net"), "combined", "client.example.net"),
        (COMBINED.replace("frank", "Frank N Furter"), "combined", "192.0.2.7"),
    ],
)
def test_variants_are_recognised(line: str, name: str, address: str) -> None:
    """Virtual hosts, trailing fields, forwarded addresses, IPv6 and odd users do not disturb the fields."""
    parser = parser_of(line)
    record = parser.parse(line)
    assert parser.name == name
    assert record is not None
    assert record.address == address
    assert record.target == "/a?b=c"
    assert record.status == 200


def test_forwarded_dash_falls_back_to_the_address() -> None:
    """Where the proxy forwarded no address, the connection's own counts."""
    line = f'{COMBINED} "203.0.113.9"'
    record = parser_of(line).parse(f'{COMBINED} "-"')
    assert record is not None
    assert record.address == "192.0.2.7"


def test_escapes_are_undone() -> None:
    r"""`\"`, `\\` and `\xNN` become the characters that they stand for."""
    line = f'192.0.2.7 - - [{STAMP}] "GET /caf\\xc3\\xa9\\" HTTP/1.1" 200 - "-" "a \\"b\\" \\\\ \\t"'
    record = parser_of(line).parse(line)
    assert record is not None
    assert record.target == '/cafÃ©"'
    assert record.agent == 'a "b" \\ \t'
    assert record.body_bytes == -1


@pytest.mark.parametrize("request_line", ["-", "", r"\x16\x03\x01\x02", "hello", "get / HTTP/1.1"])
def test_what_is_not_http_has_no_method(request_line: str) -> None:
    """Junk in the place of a request is a line that parses, of a request that is none."""
    line = f'192.0.2.7 - - [{STAMP}] "{request_line}" 400 0 "-" "-"'
    record = parser_of(COMBINED).parse(line)
    assert record is not None
    assert (record.method, record.target) == ("", "")


def test_targets_with_spaces_and_without_protocol_are_kept() -> None:
    """HTTP/0.9 and clients that do not encode spaces still say what they want."""
    parser = parser_of(COMBINED)
    old = parser.parse(COMBINED.replace("GET /a?b=c HTTP/1.1", "GET /old"))
    spaced = parser.parse(COMBINED.replace("/a?b=c", "/a b c"))
    assert old is not None
    assert old.target == "/old"
    assert spaced is not None
    assert spaced.target == "/a b c"


@pytest.mark.parametrize(
    "line",
    [
        COMBINED[:-1],
        COMBINED[: len(COMMON)],
        COMBINED[:40],
        COMBINED.replace("20/Feb", "31/Feb"),
        COMBINED.replace("Feb", "Foo"),
        COMBINED.replace("-0500", "-9900"),
        COMBINED.replace("200 2326", "200 " + "9" * 5000),
        "x" * MAX_LINE_CHARS + COMBINED,
        " " * 1000,
        '"' * 5000,
    ],
)
def test_broken_lines_are_not_parsed(line: str) -> None:
    """Cut, impossible and absurd lines are refused, not guessed at; one of a format with agents must have its agent."""
    assert parser_of(COMBINED).parse(line) is None


def test_hostile_lines_take_linear_time() -> None:
    """A line made to backtrack is refused at once (a quadratic match would take minutes)."""
    parser = parser_of(COMBINED)
    assert parser.parse("a" * (MAX_LINE_CHARS - 1)) is None
    assert parser.parse("a [" * (MAX_LINE_CHARS // 4)) is None
    assert parser.parse(f'a - - [{STAMP}] "' + "\\x" * (MAX_LINE_CHARS // 3)) is None


def test_stamps_are_read_across_minutes_and_offsets() -> None:
    """The remembered minute belongs to one offset and one minute only."""
    parser = parser_of(COMBINED)
    seen = []
    for stamp in (
        STAMP,
        "20/Feb/2016:00:00:46 -0500",
        "20/Feb/2016:00:00:46 +0000",
        "20/Feb/2016:00:01:46 +0530",
    ):
        record = parser.parse(COMBINED.replace(STAMP, stamp))
        assert record is not None
        seen.append(record.at_s)
    assert seen == [1455944445, 1455944446, 1455926446, 1455906706]


def test_majority_decides_the_format() -> None:
    """A few odd lines at the start do not change what the file is; none at all is no access log."""
    assert parser_of("garbage", COMBINED, COMBINED, COMMON).name == "combined"
    assert recognise(["{}", "hello", ""]) is None


@pytest.mark.parametrize(
    ("head", "look"),
    [
        ('{"remote_addr": "192.0.2.7"}', "JSON"),
        ('[{"a": 1}]', "JSON"),
        ("<!DOCTYPE html><html>", "an HTML page"),
        ('<?xml version="1.0"?>', "XML"),
        ("#Version: 1.0\n#Fields: date time", "a W3C extended log (IIS, CloudFront)"),
        ("2016/02/20 00:00:45 [error] 7#7: *1 open() failed", "an error log of a web server"),
        ("[Sat Feb 20 00:00:45 2016] [error] x", "an error log of a web server"),
        ("a\tb\tc", "tab-separated columns"),
        ("time,host,path\n1,2,3", "CSV"),
        ("time;host;path;x", "CSV with semicolons"),
        ("PK\x03\x04rest", "a ZIP file"),
        ("BZh91AY", "a bzip2 file"),
        ("a" * 257 + "ustar", "a tar archive"),
        ("\x00\x01\x02\x03", "binary data"),
        ("Dear diary", "text of another kind"),
    ],
)
def test_foreign_files_are_named(head: str, look: str) -> None:
    """The error can say what was given instead of a log."""
    assert describe_foreign(head) == look
