"""Telling people's browsers from machines by the agent."""

import pytest

from trafficflou.behavior.clients import REASONS, Reason, classify_agent

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (CHROME, "desktop"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari",
            "mobile",
        ),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120.0 Mobile Safari/537.36", "mobile"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/120.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Version/16.0 Mobile/15E148 Safari", "tablet"),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT_X18 Build/P) Chrome/90.0 Mobile Safari/537.36", "mobile"),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini/7.1) Presto/2.8", "mobile"),
        (None, "desktop"),
    ],
)
def test_browsers_have_a_device(agent: str | None, device: str) -> None:
    """A browser is no machine, and its device is told; without agents in the log it is a desktop."""
    found = classify_agent(agent)
    assert (found.reason, found.device) == (None, device)


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("", Reason.BOTS),
        ("curl/8.5.0", Reason.BOTS),
        ("python-requests/2.32.3", Reason.BOTS),
        ("Go-http-client/1.1", Reason.BOTS),
        ("Mozilla/5.0", Reason.BOTS),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Reason.BOTS),
        ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", Reason.BOTS),
        (CHROME.replace("Chrome", "HeadlessChrome"), Reason.BOTS),
        (f"{CHROME} ops@example.org", Reason.BOTS),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)", Reason.BOTS),
        ("jetmon/1.0 (Jetpack Site Uptime Monitor by WordPress.com)", Reason.HEALTH_CHECKS),
        ("kube-probe/1.31", Reason.HEALTH_CHECKS),
        ("ELB-HealthChecker/2.0", Reason.HEALTH_CHECKS),
        ("Mozilla/5.0 (compatible; Pingdom.com_bot_version_1.4)", Reason.HEALTH_CHECKS),
        ("Apache/2.4.25 (Amazon) OpenSSL/1.0.1k (internal dummy connection)", Reason.HEALTH_CHECKS),
        ("TrafficFlou/0.1.0 (+https://example.org/bot; run=r1) Mobile", Reason.SYNTHETIC),
    ],
)
def test_machines_have_a_reason(agent: str, reason: Reason) -> None:
    """Robots, libraries, monitors and our own visitors are told apart; our own are never called robots."""
    assert classify_agent(agent).reason is reason


def test_every_reason_is_explained() -> None:
    """What is shown to people has words for each reason."""
    assert set(REASONS) == set(Reason)
    assert all(REASONS.values())
