"""The rule of `tests/conftest.py`: on the build server a missing service is a failure, elsewhere it is a skip with a reason."""

from pathlib import Path

import pytest

pytest_plugins = "pytester"

RULES = Path(__file__).parent.parent / "conftest.py"
TESTS = """
import pytest

@pytest.mark.service
@pytest.mark.skipif(True, reason="nginx is not installed")
def test_marked(): ...

@pytest.mark.service
def test_fixture(): pytest.skip("no browser")

@pytest.mark.skipif(True, reason="wants another system")
def test_other(): ...
"""


def run(pytester: pytest.Pytester) -> pytest.RunResult:
    """Run three tests that skip, two of them for a service, under the rules."""
    pytester.makeconftest(RULES.read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers =\n    service: test\n")
    pytester.makepyfile(TESTS)
    return pytester.runpytest_subprocess("-rsf", "-p", "no:cacheprovider", "-p", "no:asyncio")


def test_missing_service_fails_on_the_build_server(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With CI set, the service tests fail (at set-up or in the test) and say what is missing; the other skip is left alone."""
    monkeypatch.setenv("CI", "true")
    result = run(pytester)
    result.assert_outcomes(errors=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines_random(
        ["*a service is missing: nginx is not installed*", "*missing: no browser*"]
    )


def test_missing_service_is_skipped_elsewhere(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without CI, they are skipped and the reason is shown."""
    monkeypatch.delenv("CI", raising=False)
    result = run(pytester)
    result.assert_outcomes(skipped=3)
    result.stdout.fnmatch_lines(["*nginx is not installed*"])
