"""Completion of arguments in a shell, and checks of text arguments."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import click
from click.shell_completion import CompletionItem

#: Number of newest runs offered as completions.
_OFFERED = 50

TextT = TypeVar("TextT", bound=str | tuple[str, ...] | None)


def complete_runs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return completions for runs: the newest by number, and those with names."""
    from joml_tui.cli.options import asked  # noqa: PLC0415
    from joml_tui.store.inspection import list_names  # noqa: PLC0415
    from joml_tui.store.location import store_path  # noqa: PLC0415

    runs = list_names(store_path(asked(context).store), _OFFERED)
    items = [CompletionItem("last", help="the newest run")] if runs else []
    items += [CompletionItem(str(number), help=name) for number, name in runs]
    # In a shell, a space or a colon ends a word.
    items += [CompletionItem(name, help=f"run {number}") for number, name in runs if _is_a_word(name)]
    return [item for item in items if item.value.startswith(incomplete)]


def complete_experiments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return completions for presets, or for files, of experiments or of data, if no preset matches."""
    from joml_tui.experiment.presets import list_presets  # noqa: PLC0415

    items = [CompletionItem(preset.name, help=preset.title) for preset in list_presets("experiments")]
    offered = [item for item in items if item.value.startswith(incomplete)]
    return offered or [CompletionItem(incomplete, type="file")]


def complete_formats(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return completions for the export formats of a run."""
    from joml_tui.export.formats import FORMATS  # noqa: PLC0415

    return [CompletionItem(each.name, help=each.title) for each in FORMATS if each.name.startswith(incomplete)]


def complete_fields(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return completions for the field after the last comma."""
    from joml_tui.runs.run_fields import FIELDS  # noqa: PLC0415

    before, comma, begun = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{field.name}", help=field.help)
        for field in FIELDS
        if field.name.startswith(begun)
    ]


def complete_columns(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return completions for a column of the data file on the command line, after the last comma."""
    from joml_tui.experiment.data_files import list_columns  # noqa: PLC0415
    from joml_tui.experiment.label_text import write_labels  # noqa: PLC0415

    # While the option has no value, the arguments are not taken apart yet.
    named = [context.params.get(name) for name in ("experiment", "a", "data")]
    files = [each for each in (*named, *context.args) if isinstance(each, str)]
    columns = next((columns for columns in map(list_columns, files) if columns), ())
    before, comma, begun = incomplete.rpartition(",")
    written = {column: write_labels(column) for column in columns}  # a name that has a comma stands in quotes
    begun = begun.lstrip('"')
    return [CompletionItem(f"{before}{comma}{written[each]}") for each in columns if each.startswith(begun)]


def complete_settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return completions for the path of a setting."""
    from joml_tui.runs.setting_paths import known_settings  # noqa: PLC0415

    return [CompletionItem(f"{path}=") for path in known_settings() if path.startswith(incomplete)]


def is_file(name: str) -> bool:
    """Return whether a text names a file or folder that exists, or ends like an experiment or a data file."""
    if name.startswith("-"):
        return False
    from joml_tui.experiment.data_files import is_data_file  # noqa: PLC0415

    path = Path(name)
    try:
        return path.suffix in (".yaml", ".yml") or path.exists() or is_data_file(name)
    except (OSError, ValueError):  # such as a name that is too long
        return False


def plain_text(context: click.Context, parameter: click.Parameter, value: TextT) -> TextT:
    """Return a text argument unchanged; refuse bytes that are not UTF-8."""
    try:
        "".join(() if value is None else value).encode()
    except UnicodeEncodeError:
        message = "the text is not UTF-8: type it again, or set the terminal to UTF-8"
        raise click.BadParameter(message, context, parameter) from None
    return value


def _is_a_word(name: str) -> bool:
    return bool(name) and all(letter.isalnum() or letter in "-_." for letter in name)
