"""One row of the table of settings: what a setting is called, and what may be written."""

from dataclasses import dataclass
from typing import Final

__all__ = ["ENV_PREFIX", "Setting"]

ENV_PREFIX: Final = "TRAFFICFLOU_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        field: The name in `RunConfig`; carries the unit.
        key: The name in a file, and in the flag and the environment variable made from it.
        section: The table of `trafficflou.toml` it stands in.
        default: The default as one would write it in a file; `None` where there is none.
        metavar: How the value is shown in `--help`.
        help: What it does, one or two sentences.
        valid: What may be written, completing "Valid: ...".
        choices: The closed set of words, for completion and for "did you mean".
        panel: The group of flags in `--help`.
        is_quantity: A number with a unit, which must not be written bare in a file.
        is_path: A path that a file means relative to its own folder.
        is_strategy: Names strategies, whose files a file means relative to its own folder.
        is_list: May be given several times.
        is_switch: A flag without a value.
    """

    field: str
    key: str
    section: str
    help: str
    valid: str
    panel: str
    default: str | None = None
    metavar: str = "TEXT"
    choices: tuple[str, ...] = ()
    is_quantity: bool = False
    is_path: bool = False
    is_strategy: bool = False
    is_list: bool = False
    is_switch: bool = False

    @property
    def flag(self) -> str:
        """The flag of `trafficflou run`; the target is its argument."""
        return "TARGET" if self.key == "target" else "--" + self.key.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENV_PREFIX + self.key.upper()
