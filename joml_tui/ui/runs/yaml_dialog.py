"""The dialog of a run's settings as YAML, to read and copy."""

from __future__ import annotations

from typing import ClassVar

from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.runs.differences import adjustments_of, results_of
from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.dialogs.text_dialog import Passage, TextDialog
from joml_tui.ui.runs.session import LabRun


class YamlDialog(TextDialog):
    """The dialog with a run's initial experiment as YAML, and its results.

    Parameters
    ----------
    lab_run : LabRun
    """

    HELP = "The settings of the run as an experiment file, and what came of them. c copies the YAML."
    BINDINGS = [("v", "close", "Close"), *bindings("reading")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("reading",)
    COPY = ("settings-copy", "copies the YAML")

    def __init__(self, lab_run: LabRun) -> None:
        yaml = dump_experiment(lab_run.run.experiment)
        results = results_of(lab_run.run) | adjustments_of(lab_run.run)
        note = "\n".join(filter(None, (lab_run.note, " ".join(lab_run.tags))))
        passages = (
            Passage(note, muted=True),
            Passage(yaml),
            Passage("\n".join(f"{path}: {value}" for path, value in results.items()), muted=True),
        )
        super().__init__(f"Settings of {lab_run.label}", passages, yaml)
