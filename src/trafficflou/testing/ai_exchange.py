"""Requests and answers in the wire formats of AI providers, for `trafficflou.testing.ai_server`.

OpenAI: https://platform.openai.com/docs/api-reference/chat; Anthropic: https://docs.anthropic.com/en/api/messages
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trafficflou.security.sanitising import UNTRUSTED_BEGIN, UNTRUSTED_END

__all__ = ["AiRequest", "message_of_call", "message_of_text", "plausible_answer"]

_MESSAGES: Final = "/v1/messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class AiRequest:
    """A request as it arrived.

    Attributes:
        path: Its path.
        headers: Its header fields, names in lower case.
        body: The JSON document; empty where it is none.
    """

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @classmethod
    def parse(cls, head: bytes, body: bytes) -> "AiRequest":
        """Read a request; what is not understood is left empty."""
        lines = head.decode("latin-1").split("\r\n")
        target = [*lines[0].split(" "), "", ""][1]
        fields = (line.partition(":") for line in lines[1:] if ":" in line)
        try:
            document = json.loads(body) if body else {}
        except ValueError:
            document = {}
        return cls(
            path=target.partition("?")[0],
            headers={name.lower(): value.strip() for name, _, value in fields},
            body=document if isinstance(document, dict) else {},
        )

    @property
    def is_anthropic(self) -> bool:
        """Whether it is written in Anthropic's format."""
        return self.path == _MESSAGES

    @property
    def function(self) -> str | None:
        """The name of the function that is to be called; `None` where the answer shall be text."""
        tools = self.body.get("tools") or []
        if not tools:
            return None
        first = tools[0]
        return str(first["name"] if self.is_anthropic else first["function"]["name"])

    @property
    def key(self) -> str | None:
        """The key it carries."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        return self.headers.get("x-api-key") or bearer or None

    @property
    def text(self) -> str:
        """All texts of the prompt, joined."""
        return "\n".join(_texts([self.body.get("system", ""), self.body.get("messages", [])]))

    @property
    def data(self) -> dict[str, Any]:
        """What the prompt shows between its marks, parsed; empty where there is none."""
        fenced = self.text.rpartition(UNTRUSTED_BEGIN + "\n")[2].partition("\n" + UNTRUSTED_END)[0]
        try:
            found = json.loads(fenced)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, dict):
        return _texts(value.get("content", value.get("text", "")))
    return []


def plausible_answer(request: AiRequest, words: str = "Garden lovers") -> dict[str, Any]:
    """Make arguments that fit the prompt of any task, from the numbers in its data.

    Args:
        request: The request.
        words: Stands wherever the answer has words.
    """
    data = request.data
    makers: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
        "questions": _batch,
        "offers": _choices,
        "fields": _values,
        "groups": _names,
        "figures": _findings,
    }
    maker = next((make for key, make in makers.items() if key in data), None)
    if maker is not None:
        return maker(data, words)
    return {**_personas(words), **_edits(words)}


def _choices(data: dict[str, Any], _words: str) -> dict[str, Any]:
    count = len(data["offers"])
    return {
        "choices": [{"offer": number, "weight": 1.0 / number} for number in range(1, count + 1)],
        "leave": 0.1,
    }


def _batch(data: dict[str, Any], words: str) -> dict[str, Any]:
    return {"answers": [{"question": each["number"], **_choices(each, words)} for each in data["questions"]]}


def _values(data: dict[str, Any], words: str) -> dict[str, Any]:
    return {
        "values": [
            {"field": field["number"], "value": field["options"][0] if field["options"] else words}
            for field in data["fields"]
        ]
    }


def _names(data: dict[str, Any], words: str) -> dict[str, Any]:
    return {
        "names": [
            {"group": group["number"], "name": f"{words} {group['number']}"} for group in data["groups"]
        ]
    }


def _findings(_data: dict[str, Any], words: str) -> dict[str, Any]:
    return {"findings": [{"message": words, "likely_cause": words, "next_experiment": None, "cites": [1]}]}


def _personas(words: str) -> dict[str, Any]:
    return {
        "personas": [
            {
                "name": f"{number}: {words}",
                "description": words,
                "goals": [words],
                "interests": [{"word": words, "weight": 0.8}],
                "patience": 0.5,
                "pace": 1.0,
                "device": "mobile",
                "pages": 5.0,
                "entry": None,
                "actions": ["browse", "search"],
                "weight": 1.0,
            }
            for number in (1, 2)
        ]
    }


def _edits(words: str) -> dict[str, Any]:
    return {
        "edits": [
            {
                "kind": "scale_visitors",
                "factor": 3.0,
                "hour": None,
                "device": None,
                "template": None,
                "because": words,
            }
        ],
        "not_understood": [],
    }


def message_of_text(request: AiRequest, text: str) -> dict[str, Any]:
    """Write a message of text in the format of the request."""
    if request.is_anthropic:
        return _anthropic(request, [{"type": "text", "text": text}], "end_turn")
    return _openai(request, {"role": "assistant", "content": text, "refusal": None}, "stop")


def message_of_call(request: AiRequest, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Write a message that calls the function of the request."""
    name = request.function or "answer"
    if request.is_anthropic:
        block = {"type": "tool_use", "id": "toolu_01", "name": name, "input": dict(arguments)}
        return _anthropic(request, [block], "tool_use")
    call = {
        "id": "call_01",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    }
    return _openai(request, {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")


def _anthropic(request: AiRequest, content: list[dict[str, Any]], stop_reason: str) -> dict[str, Any]:
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": request.body.get("model", "unknown"),
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 1200, "output_tokens": 300},
    }


def _openai(request: AiRequest, message: dict[str, Any], finish_reason: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-01",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": request.body.get("model", "unknown"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500},
    }
