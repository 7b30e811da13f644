"""What was answered once can be played again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.ai_questions import ask_about, fault_of
from tests.support.ai_requests import REQUESTS
from trafficflou.ai_models import cassette
from trafficflou.ai_models.cassette import RecordingModel, ReplayModel
from trafficflou.ai_models.model import Usage
from trafficflou.ai_models.tasks import PREFER, Preferences, TaskName
from trafficflou.core import ProviderError, ProviderFault, StoreError, UsageError
from trafficflou.core.secret import Secret
from trafficflou.testing.ai_model import FakeAiModel


class Degrading(FakeAiModel):
    """A model whose answers are degraded as long as it is told."""

    is_degraded = True

    async def answer(self, task: Any, request: Any, *, deadline_s: float | None = None) -> Any:
        """Answer, and say whether it is degraded."""
        return replace(await super().answer(task, request), is_degraded=self.is_degraded)


@pytest.mark.parametrize("name", REQUESTS)
async def test_each_task_is_played_as_it_was_recorded(tmp_path: Path, name: TaskName) -> None:
    """The same value from the same provider, at no cost, marked as from a cassette."""
    task, request = REQUESTS[name]
    recording = RecordingModel(FakeAiModel("openai", "gpt"), tmp_path / "c.jsonl")
    recorded = await recording.answer(task, request)
    await recording.aclose()
    played = await ReplayModel(tmp_path / "c.jsonl").answer(task, request)
    assert played.value == recorded.value
    assert (played.provider, played.model, played.source) == ("openai", "gpt", "cassette")
    assert played.usage == Usage()


async def test_unrecorded_question_says_what_to_do(tmp_path: Path) -> None:
    """Nobody else is asked."""
    path = tmp_path / "c.jsonl"
    await RecordingModel(FakeAiModel(), path).aclose()
    model = ReplayModel(path)
    with pytest.raises(ProviderError, match=r"c\.jsonl has no answer") as caught:
        await model.answer(PREFER, ask_about())
    assert "--record-ai" in caught.value.hint
    assert model.statistics() == {"entries": 0, "answered": 0, "unknown": 1}
    assert (model.provider, model.model) == ("cassette", "c.jsonl")
    await model.aclose()


async def test_other_prompt_version_is_another_question(tmp_path: Path) -> None:
    """An answer to an old prompt is not passed off as one to the new."""
    recording = RecordingModel(FakeAiModel(), tmp_path / "c.jsonl")
    await recording.answer(PREFER, ask_about())
    model = ReplayModel(tmp_path / "c.jsonl")
    assert await fault_of(model.answer(replace(PREFER, prompt_version=9), ask_about())) is (
        ProviderFault.UNAVAILABLE
    )
    await recording.aclose()


async def test_recording_is_there_before_the_end(tmp_path: Path) -> None:
    """A run that crashes leaves what it had."""
    recording = RecordingModel(FakeAiModel(), tmp_path / "c.jsonl")
    await recording.answer(PREFER, ask_about())
    assert (await ReplayModel(tmp_path / "c.jsonl").answer(PREFER, ask_about())).value.weights
    await recording.aclose()


async def test_line_that_a_crash_cut_is_passed_over(tmp_path: Path) -> None:
    """Reading goes on without it, and recording goes on behind it."""
    path = tmp_path / "c.jsonl"
    recording = RecordingModel(FakeAiModel(), path)
    await recording.answer(PREFER, ask_about("a"))
    await recording.aclose()
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[1][:50])
    assert ReplayModel(path).statistics()["entries"] == 1


async def test_recording_continues_a_cassette(tmp_path: Path) -> None:
    """Two runs, or two processes, record into one file; equal questions of one are written once."""
    path = tmp_path / "c.jsonl"
    for title in ("a", "b"):
        recording = RecordingModel(FakeAiModel(), path)
        await recording.answer(PREFER, ask_about(title))
        await recording.answer(PREFER, ask_about(title))
        assert recording.statistics()["recorded"] == 1
        await recording.aclose()
    assert ReplayModel(path).statistics()["entries"] == 2
    assert len(path.read_text().splitlines()) == 3


async def test_recording_continues_behind_a_cut_line(tmp_path: Path) -> None:
    """The cut line stays damaged and does not spoil the next one; reading says which it is."""
    path = tmp_path / "c.jsonl"
    path.write_text('{"schema": "trafficflou/cassette@1"}\n{"question": "ab')
    recording = RecordingModel(FakeAiModel(), path)
    await recording.answer(PREFER, ask_about())
    await recording.aclose()
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[2])["task"] == "prefer"
    with pytest.raises(UsageError, match="line 2 of the cassette"):
        ReplayModel(path)


async def test_later_answer_counts_unless_it_is_degraded(tmp_path: Path) -> None:
    """What a provider said wins over what the fallback said, whichever came first."""
    path = tmp_path / "c.jsonl"
    inner = Degrading(script=[Preferences(weights=(share, 1, 1), leave=0) for share in (1.0, 2.0, 3.0, 4.0)])
    recording = RecordingModel(inner, path)
    for is_degraded in (True, False, True, False):
        inner.is_degraded = is_degraded
        await recording.answer(PREFER, ask_about())
    await recording.aclose()
    played = await ReplayModel(path).answer(PREFER, ask_about())
    assert played.value.weights[0] == 2.0
    assert not played.is_degraded


async def test_degraded_answer_of_another_run_does_not_replace_a_good_one(tmp_path: Path) -> None:
    """Also across runs, which do not know what the other wrote."""
    path = tmp_path / "c.jsonl"
    for is_degraded, weight in ((False, 1.0), (True, 2.0)):
        inner = Degrading(script=[Preferences(weights=(weight, 1, 1))])
        inner.is_degraded = is_degraded
        recording = RecordingModel(inner, path)
        await recording.answer(PREFER, ask_about())
        await recording.aclose()
    assert (await ReplayModel(path).answer(PREFER, ask_about())).value.weights[0] == 1.0


async def test_failures_are_not_recorded(tmp_path: Path) -> None:
    """There is nothing to play again."""
    recording = RecordingModel(FakeAiModel(failing_share=1), tmp_path / "c.jsonl")
    await fault_of(recording.answer(PREFER, ask_about()))
    assert recording.statistics()["recorded"] == 0
    await recording.aclose()


async def test_keys_do_not_end_in_cassettes(tmp_path: Path) -> None:
    """Not even where a page or a model repeats one."""
    path = tmp_path / "c.jsonl"
    secret = Secret("sk-canary-9876543210zyxwvu", "test key")
    recording = RecordingModel(FakeAiModel(), path)
    await recording.answer(PREFER, ask_about(f'a page says "api-key: {secret.reveal()}"'))
    await recording.aclose()
    assert "canary" not in path.read_text()
    assert ReplayModel(path).statistics()["entries"] == 1


async def test_cassette_is_bounded(tmp_path: Path) -> None:
    """What has no room is answered all the same, and counted."""
    recording = RecordingModel(FakeAiModel(), tmp_path / "c.jsonl", max_bytes=1500)
    for number in range(5):
        assert (await recording.answer(PREFER, ask_about(str(number)))).value.weights
    counts = recording.statistics()
    assert counts["recorded"] + counts["not_recorded"] == 5
    assert counts["not_recorded"] >= 3
    assert (tmp_path / "c.jsonl").stat().st_size <= 1500
    await recording.aclose()


async def test_full_disk_keeps_no_answer_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cassette that cannot be written is a pity; the run goes on."""
    recording = RecordingModel(FakeAiModel(), tmp_path / "c.jsonl")

    def full(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    assert (await recording.answer(PREFER, ask_about())).value.weights
    monkeypatch.undo()
    assert recording.statistics()["not_recorded"] == 1
    await recording.aclose()


async def test_line_that_was_not_written_whole_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line counts as not recorded."""
    recording = RecordingModel(FakeAiModel(), tmp_path / "c.jsonl")
    monkeypatch.setattr("os.write", lambda _file, data: len(data) // 2)
    await recording.answer(PREFER, ask_about())
    monkeypatch.undo()
    assert recording.statistics()["not_recorded"] == 1
    await recording.aclose()


async def test_after_the_close_nothing_is_recorded(tmp_path: Path) -> None:
    """The file is closed once, the inner model too."""
    inner = FakeAiModel("openai", "gpt")
    recording = RecordingModel(inner, tmp_path / "c.jsonl")
    assert (recording.provider, recording.model) == ("openai", "gpt")
    await recording.aclose()
    await recording.aclose()
    await recording.answer(PREFER, ask_about())
    assert (inner.is_closed, recording.statistics()["not_recorded"]) == (True, 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no cassette"),
        (b"hello\n", "is no cassette"),
        (b"[1]\n", "is no cassette"),
        (b'{"schema": "trafficflou/model@1"}\n', "is no cassette"),
        (b'{"schema": "trafficflou/cassette@1"}\n{"question": 1}\n', "line 2 of the cassette"),
        (b'{"schema": "trafficflou/cassette@1"}\n\xff\xff\n', "line 2 of the cassette"),
    ],
)
def test_foreign_and_damaged_files_are_refused(tmp_path: Path, content: bytes, told: str) -> None:
    """The error says where and what to do."""
    path = tmp_path / "c.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=told) as caught:
        ReplayModel(path)
    assert caught.value.hint


def test_missing_cassette_is_a_mistake_of_the_operator(tmp_path: Path) -> None:
    """Exit code 2, with the reason."""
    with pytest.raises(UsageError, match="No such file"):
        ReplayModel(tmp_path / "none.jsonl")


def test_huge_cassette_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is bounded before anything is parsed."""
    monkeypatch.setattr(cassette, "MAX_CASSETTE_BYTES", 10)
    (tmp_path / "c.jsonl").write_bytes(b"x" * 11)
    with pytest.raises(UsageError, match="larger than"):
        ReplayModel(tmp_path / "c.jsonl")


def test_recording_over_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """Nobody's file is appended to by mistake."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(UsageError, match="is no cassette"):
        RecordingModel(FakeAiModel(), path)
    assert path.read_text() == "my notes\n"


def test_recording_into_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """Before the run, not at its end."""
    with pytest.raises(StoreError, match="cannot write a cassette of AI answers"):
        RecordingModel(FakeAiModel(), tmp_path / "none" / "c.jsonl")


async def test_answer_that_no_longer_fits_is_refused(tmp_path: Path) -> None:
    """An edited cassette is validated like any answer."""
    path = tmp_path / "c.jsonl"
    recording = RecordingModel(FakeAiModel(), path)
    await recording.answer(PREFER, ask_about())
    await recording.aclose()
    path.write_text(path.read_text().replace('"leave":0.1', '"leave":7'))
    assert await fault_of(ReplayModel(path).answer(PREFER, ask_about())) is ProviderFault.BAD_ANSWER
