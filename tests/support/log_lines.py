"""Lines of access logs for tests: people, machines and things that must never leave a log."""

from datetime import UTC, datetime

__all__ = ["BROWSER", "START_S", "combined_line", "people_lines"]

START_S = 1_773_136_800  # 2026-03-10T10:00:00Z
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
SITE = "https://shop.example"


def combined_line(
    at_s: int,
    target: str = "/",
    *,
    address: str = "192.0.2.7",
    agent: str = BROWSER,
    status: int = 200,
    body_bytes: int | str = 5120,
    referrer: str = "-",
    method: str = "GET",
) -> str:
    """Write one line of the combined format, `at_s` seconds after `START_S`."""
    stamp = datetime.fromtimestamp(START_S + at_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        f'{address} - - [{stamp}] "{method} {target} HTTP/1.1" {status} {body_bytes} "{referrer}" "{agent}"\n'
    )


def people_lines(visitors: int = 8, *, files: bool = True, agent: str = BROWSER) -> list[str]:
    """Let visitors see the home page, a product and the cart, with 10 s and 20 s in between; one every minute."""
    lines = []
    for visitor in range(visitors):
        product = f"/product/{visitor % 2}"
        steps = [
            (0, f"/?session=secret-query-{visitor}", "-", 5120),
            (1, "/shop.css?v=hashed", f"{SITE}/", 900),
            (10, product, f"{SITE}/", 5120),
            (11, "/photo.jpg", SITE + product, 40_000),
            (30, "/cart", SITE + product, 5120),
        ]
        for after_s, target, referrer, size in steps:
            if files or size == 5120:
                lines.append(
                    combined_line(
                        60 * visitor + after_s,
                        target,
                        address=f"198.51.100.{visitor}",
                        agent=agent,
                        referrer=referrer,
                        body_bytes=size,
                    )
                )
    return lines
