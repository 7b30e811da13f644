"""How the bytes of a page are read."""

import pytest

from trafficflou.http import Origin, read_page, scan

ORIGIN = Origin.parse("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    ("html", "charset"),
    [
        ("<title>Größe “1”</title>".encode(), None),
        ("<title>Größe “1”</title>".encode(), "utf-8"),
        ("<title>Größe “1”</title>".encode(), "UTF8"),
        ("<title>Größe “1”</title>".encode(), "rubbish"),
        ("\ufeff<title>Größe “1”</title>".encode(), "iso-8859-1"),
        ("<title>Größe “1”</title>".encode("cp1252"), "windows-1252"),
        ("<title>Größe “1”</title>".encode("cp1252"), "ISO-8859-1"),
        ("<meta charset=latin1><title>Größe “1”</title>".encode("cp1252"), None),
        (
            "<meta http-equiv=x content='text/html; charset=windows-1252'><title>Größe “1”</title>".encode(
                "cp1252"
            ),
            "",
        ),
        ("<title>Größe “1”</title>".encode("utf-16"), None),
        ("<title>Größe “1”</title>".encode("utf-16-be"), "utf-16be"),
    ],
)
def test_page_is_read_in_its_charset(html: bytes, charset: str | None) -> None:
    """A byte order mark counts first, then the response, then the page itself, then UTF-8; labels mean what browsers mean."""
    assert read_page(html, path="/", origin=ORIGIN, charset=charset).title == "Größe “1”"


def test_charset_that_python_does_not_have_is_read_as_utf8() -> None:
    """There is no ISO-8859-12."""
    assert read_page("<title>é</title>".encode(), path="/", origin=ORIGIN, charset="iso-8859-12").title == "é"
    assert scan("<img src=/é.png>".encode(), "iso-8859-12").references == (("/é.png", "image"),)
