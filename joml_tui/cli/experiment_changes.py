"""Options that change the experiment of a command: target and other columns, task, validation part, any setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from joml_tui.cli.arguments import complete_columns, complete_settings, plain_text
from joml_tui.cli.exit_codes import refuse
from joml_tui.cli.output import shortened

if TYPE_CHECKING:
    from joml_tui.experiment.opening import SettingChange

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of an experiment on the command line.

    Attributes
    ----------
    target : tuple of str
        The target columns: names or positions; one text may name several, separated by commas.
    ignore : str or None
        Columns to leave out, separated by commas.
    task : str or None
    validation : float or None
        The share of the validation part.
    settings : tuple of str
        Changes such as "optimizer.learning_rate=0.01".
    """

    target: tuple[str, ...] = ()
    ignore: str | None = None
    task: str | None = None
    validation: float | None = None
    settings: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """True if there is a change."""
        return self != Changes()

    def to_settings(self) -> list[SettingChange]:
        """Return them as changes of settings; refuse those that are none."""
        from joml.task import find_task  # noqa: PLC0415
        from joml_tui.experiment.label_text import split_columns  # noqa: PLC0415
        from joml_tui.experiment.opening import SettingChange, read_change  # noqa: PLC0415

        changes = []
        if self.target:
            label = self.target[0] if len(self.target) == 1 else list(self.target)
            changes.append(SettingChange("dataset.label", label))
        if self.ignore is not None:
            changes.append(SettingChange("dataset.ignore", split_columns(self.ignore)))
        if self.task is not None:
            changes.append(SettingChange("dataset.task", find_task(self.task)))
        settings = []
        for text in self.settings:
            try:
                settings.append(read_change(text))
            except ValueError as error:
                refuse(f"--set {shortened(text, 80)}: {error}")
        if self.validation is not None:  # a whole split keeps the share
            place = max((place for place, each in enumerate(settings, 1) if each.path == "split"), default=0)
            settings.insert(place, SettingChange("split.validation", self.validation))
        return [*changes, *settings]


def changing_options(command: CommandT) -> CommandT:
    """Add the options that change an experiment; the command gets them together as ``changes``."""
    options = (
        click.option(
            "--target",
            multiple=True,
            metavar="COLUMNS",
            shell_complete=complete_columns,
            callback=plain_text,
            help="Column to predict, or several, by name or position from 0.",
        ),
        click.option(
            "--ignore",
            metavar="COLUMNS",
            shell_complete=complete_columns,
            callback=plain_text,
            help="Columns to leave out, such as id,name.",
        ),
        click.option(
            "--task",
            type=click.Choice(["classes", "values", "regression", "multilabel"]),
            help="Kind of the target; multilabel: yes or no per column.",
        ),
        click.option(
            "--validation",
            type=click.FloatRange(0, 1, max_open=True),
            metavar="SHARE",
            help="Share of the samples in the validation part.",
        ),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="PATH=VALUE",
            shell_complete=complete_settings,
            callback=plain_text,
            help="Set anything, such as optimizer.learning_rate=0.01.",
        ),
    )

    @wraps(command)
    def with_changes(*args: Any, **given: Any) -> Any:
        named = {name: given.pop(name) for name in Changes.__slots__}
        return command(*args, changes=Changes(**named), **given)

    changed: Any = with_changes
    for option in reversed(options):
        changed = option(changed)
    return changed  # type: ignore[no-any-return]
