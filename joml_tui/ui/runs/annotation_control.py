"""The control of runs' names, notes and tags."""

from __future__ import annotations

import re
from functools import partial

from joml_tui.lone_surrogates import printable
from joml_tui.ui import text
from joml_tui.ui.actions import BY_ID
from joml_tui.ui.dialogs.help_dialog import shown_keys
from joml_tui.ui.runs.prompt_dialog import PromptDialog
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import open_screen

_MOST_TAGS = 20
_LONGEST_NAME, _LONGEST_NOTE, _LONGEST_TAGS = 60, 500, 300


class AnnotationControl:
    """The control of the selected run's name, note and tags.

    Parameters
    ----------
    runs : RunsArea
    """

    def __init__(self, runs: RunsArea) -> None:
        self._runs = runs

    def action_rename(self) -> None:
        """Name the selected run."""
        if (selected := self._runs.selected_for("rename")) is None:
            return
        hint = f"Without a name it is called {text.plain(selected.run.architecture, 40)}."
        entry = PromptDialog(f"Name of {selected.label}", selected.name, hint, _LONGEST_NAME)
        open_screen(self._runs, entry, partial(self.name, selected))

    def action_note(self) -> None:
        """Write a note about the selected run."""
        if (selected := self._runs.selected_for("write about")) is None:
            return
        hint = "Shown beside the run and found by the filter, such as note:word."
        entry = PromptDialog(f"Note about {selected.label}", selected.note, hint, _LONGEST_NOTE)
        open_screen(self._runs, entry, partial(self.note, selected))

    def action_tags(self) -> None:
        """Write the selected run's tags."""
        if (selected := self._runs.selected_for("tag")) is None:
            return
        hint = f"Words, such as: deep baseline. The filter finds them by tag:deep ({shown_keys(BY_ID['filter'])})."
        entry = PromptDialog(f"Tags of {selected.label}", " ".join(selected.tags), hint, _LONGEST_TAGS)
        open_screen(self._runs, entry, partial(self.tag, selected))

    def name(self, lab_run: LabRun, name: str | None) -> None:
        """Set a run's name; an empty one restores the generated name, None changes nothing."""
        if name is not None:
            lab_run.name = printable(name)
            self._runs.describe(lab_run)

    def note(self, lab_run: LabRun, note: str | None) -> None:
        """Replace the note about a run; None changes nothing."""
        if note is not None:
            lab_run.note = printable(note)
            self._runs.describe(lab_run)

    def tag(self, lab_run: LabRun, tags: str | None) -> None:
        """Replace a run's tags by these words; None changes nothing."""
        if tags is not None:
            words = dict.fromkeys(re.split(r"[\s,]+", printable(tags).strip(" ,")))
            lab_run.tags = tuple(words)[:_MOST_TAGS] if tags else ()
            self._runs.describe(lab_run)
