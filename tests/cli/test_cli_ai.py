"""`trafficflou ai`."""

import json
import os
import re
from pathlib import Path

import pytest

from trafficflou.cli.shell import execute

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("TRAFFICFLOU_", "OPENAI_", "ANTHROPIC_")):
            monkeypatch.delenv(name)


def test_ai_check_works_offline(capsys: pytest.CaptureFixture[str]) -> None:
    """Athena needs no key and no network, and is there without any setting."""
    assert execute(["ai", "check"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"ok   athena  [\w-]+: answered in [\d.]+ .?s\n", out)
    assert err == ""


def test_ai_check_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For a program: the same, with figures."""
    assert execute(["ai", "check", "--provider", "athena", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (found,) = document["checks"]
    assert (document["schema"], document["exit_code"]) == ("trafficflou/ai-check@1", 0)
    assert (found["provider"], found["works"], found["fault"], found["answered_by"]) == (
        "athena",
        True,
        None,
        "athena",
    )
    assert found["latency_ms"] > 0
    assert found["cost_usd"] == 0


def test_ai_check_lists_all_that_are_configured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is a line; one that does not work has a second one, what to do. Port 9 has no listener."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert execute(["ai", "check"]) == 5
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].startswith("fail openai  gpt-")
    assert "cannot be reached" in lines[0]
    assert lines[1].strip().startswith("→ ")
    assert lines[2].startswith("ok   athena  ")
    assert "canary" not in out


def test_ai_check_says_that_there_is_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is sent, the exit code is 2, and the hint names the variable."""
    assert execute(["ai", "check", "--provider", "openai"]) == 2
    out = capsys.readouterr().out
    assert "openai has no key" in out
    assert "Set OPENAI_API_KEY" in out


def test_ai_check_answers_a_wrong_provider_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """As any wrong setting."""
    assert execute(["ai", "check", "--provider", "anthropc"]) == 2
    assert (
        'Error: --provider = "anthropc": there is no such AI provider. Did you mean anthropic?'
        in capsys.readouterr().err
    )


def test_ai_check_takes_settings_from_flags_for_a_named_provider_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A model without a provider is nobody's."""
    assert execute(["ai", "check", "--model", "x"]) == 2
    assert "need --provider" in capsys.readouterr().err.replace("\n", " ")
    flags = ["--model", "mine", "--base-url", "http://127.0.0.1:9"]
    assert execute(["ai", "check", "--provider", "compatible", *flags]) == 5
    assert "compatible  mine: " in capsys.readouterr().out


def test_ai_check_warns_about_a_key_file_that_others_may_read(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, once."""
    Path("keys").write_text("a-key-0123456789\n")
    Path("keys").chmod(0o644)
    assert (
        execute(
            ["ai", "check", "--provider", "openai", "--key-file", "keys", "--base-url", "http://127.0.0.1:9"]
        )
        == 5
    )
    out, err = capsys.readouterr()
    assert err.startswith("Warning: others than its owner may use the key file keys (mode 644)")
    assert "0123456789" not in out + err


def test_config_commands_know_the_ai_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`config show` prints those that are set and never a key; `config check` tells mistakes of both kinds at once."""
    Path("trafficflou.toml").write_text(
        '[run]\nvisitors = 5\n[ai.athena]\nseed = 3\n[ai.openai]\nmodel = "m"\n'
    )
    monkeypatch.setenv("TRAFFICFLOU_AI_OPENAI_API_KEY", "key-0123456789")
    assert execute(["config", "show"]) == 0
    out = capsys.readouterr().out
    assert "\n[ai.athena]\nseed = 3 " in out
    assert "# trafficflou.toml:6 [ai.openai] model" in out
    assert "0123456789" not in out
    Path("again.toml").write_text(out)
    assert execute(["config", "check", "again.toml"]) == 0
    Path("trafficflou.toml").write_text('[run]\nvisitors = "x"\n[ai.athena]\nsed = 3\n')
    assert execute(["config", "check"]) == 2
    err = capsys.readouterr().err
    assert "[run] visitors" in err
    assert "[ai.athena] sed: there is no such setting. Did you mean seed?" in err
    assert execute(["config", "check", "none.toml"]) == 2
    assert capsys.readouterr().err.count("none.toml: it cannot be read") == 1


def test_config_show_writes_tables_in_ai_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown stays valid TOML."""
    Path("trafficflou.toml").write_text("[ai.primal-genesis]\nrequests_per_min = { openai = 60 }\n")
    assert execute(["config", "show"]) == 0
    assert '\nrequests_per_min = { "openai" = 60 }' in capsys.readouterr().out


def test_documentation_of_ai_check_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Commands on the page that need nobody else work; every flag is on the page and in the help."""
    page = (DOCS / "ai.md").read_text()
    commands = [line.split()[2:] for line in re.findall(r"^\$ (trafficflou .*)$", page, flags=re.MULTILINE)]
    assert ["check", "--provider", "athena"] in commands
    for command in commands:
        assert execute(["ai", *command]) == 0
    capsys.readouterr()
    assert execute(["ai", "check", "--help"]) == 0
    shown = capsys.readouterr().out
    for flag in ("--provider", "--model", "--base-url", "--key-file", "--json"):
        assert flag in page
        assert flag in shown
