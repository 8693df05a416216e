"""The kinds of arguments that commands take, and what completes them."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

#: Runs that are offered where one is to be named: the newest.
_OFFERED = 50


class RunName(click.ParamType):
    """A stored run: its number, its name, or ``last``."""

    name = "run"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """Take any text; the store knows which runs there are."""
        return plain_text(str(value), self, parameter, context)

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the newest runs by number, and those that have names."""
        from joml_tui.cli.asked import asked  # noqa: PLC0415
        from joml_tui.store.examining import list_names  # noqa: PLC0415
        from joml_tui.store.location import store_path  # noqa: PLC0415

        runs = list_names(store_path(asked(context).store), _OFFERED)
        items = [CompletionItem("last", help="the newest run")] if runs else []
        items += [CompletionItem(str(number), help=name) for number, name in runs]
        # A shell takes a space or a colon in a word for its end.
        items += [CompletionItem(name, help=f"run {number}") for number, name in runs if _is_a_word(name)]
        return [item for item in items if item.value.startswith(incomplete)]


class ExperimentName(click.ParamType):
    """A preset by name, or a YAML file."""

    name = "experiment"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """Take any text."""
        return str(value)

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the presets; where none begins so, files."""
        from joml_tui.presets import list_presets  # noqa: PLC0415

        found = [CompletionItem(preset.name, help=preset.title) for preset in list_presets("experiments")]
        offered = [item for item in found if item.value.startswith(incomplete)]
        return offered or [CompletionItem(incomplete, type="file")]


class FormatName(click.ParamType):
    """One of the formats that a run can be exported in."""

    name = "format"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """Refuse what is none, and say which is near."""
        from joml_tui.decoding import suggest  # noqa: PLC0415
        from joml_tui.export.formats import FORMATS  # noqa: PLC0415

        names = [known.name for known in FORMATS]
        if value not in names:
            self.fail(f"there is no format {value}; {suggest(str(value), names)}", parameter, context)
        return str(value)

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer all of them."""
        from joml_tui.export.formats import FORMATS  # noqa: PLC0415

        return [CompletionItem(known.name, help=known.title) for known in FORMATS if known.name.startswith(incomplete)]


class Text(click.ParamType):
    """A text that can be kept and shown."""

    name = "text"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """Refuse what is no text in UTF-8."""
        return plain_text(str(value), self, parameter, context)


def plain_text(
    value: str, kind: click.ParamType, parameter: click.Parameter | None, context: click.Context | None
) -> str:
    """Return a text that can be written anywhere; bytes that are no UTF-8 are not."""
    try:
        value.encode()
    except UnicodeEncodeError:
        kind.fail("the text is not UTF-8: type it again, or set the terminal to UTF-8", parameter, context)
    return value


def _is_a_word(name: str) -> bool:
    return bool(name) and all(letter.isalnum() or letter in "-_." for letter in name)
