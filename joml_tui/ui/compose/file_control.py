"""The control that opens data files and experiments by their paths."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.screen import Screen

from joml_tui.experiment import DatasetSpec
from joml_tui.experiment.dataset_specs import path_fields
from joml_tui.ui.actions import key_of
from joml_tui.ui.columns.column_uses import has_columns
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.data_files.path_completion import split_path
from joml_tui.ui.notices import say
from joml_tui.ui.painting.painting import Painting
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement


class FileControl:
    """The control that opens files.

    Parameters
    ----------
    compose_area : ComposeArea
        It shows what was opened.
    arrangement : Arrangement
    """

    def __init__(self, compose_area: ComposeArea, arrangement: Arrangement) -> None:
        self._compose_area, self._arrangement = compose_area, arrangement
        self._painting = Painting()

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    def action_open(self) -> None:
        """Choose a file, beginning in the folder of the composed data set."""
        self._choose(folder_of(self._compose_area.draft.dataset_spec()))

    def action_columns(self) -> None:
        """Show the columns of the composed data set's file."""
        from joml_tui.ui.columns.columns_screen import ColumnsScreen  # noqa: PLC0415 - not before the first paint

        dataset = self._compose_area.draft.dataset_spec()
        if not has_columns(dataset):
            say(self.screen, f"There are no columns to show: {key_of('open-file')} opens a table of your own.")
            return
        open_screen(self.screen, ColumnsScreen(dataset), self._use)

    def action_paint(self) -> None:
        """Paint data of two features, on the painting of before."""
        from joml_tui.ui.painting.painting_screen import PaintingScreen  # noqa: PLC0415 - not before the first paint

        open_screen(self.screen, PaintingScreen(self._painting), self._take_painted)

    def _take_painted(self, path: Path | None) -> None:
        self._take(None if path is None else str(path))

    def _use(self, dataset: DatasetSpec | None) -> None:
        if dataset is not None:
            self._compose_area.use_dataset(dataset)

    def _choose(self, path: str, problem: str = "") -> None:
        from joml_tui.ui.data_files.file_dialog import FileDialog  # noqa: PLC0415 - not before the first paint

        open_screen(self.screen, FileDialog(path, problem), self._take)

    def _take(self, path: str | None) -> None:
        if path is not None:
            self._arrangement.show("compose")
            self._compose_area.open_file(path, partial(self._choose, path))


def folder_of(dataset: DatasetSpec) -> str:
    """Return the folder of a data set's file as it can be typed; empty for the working folder."""
    fields = path_fields(dataset)
    return split_path(str(getattr(dataset, fields[0])))[0] if fields else ""
