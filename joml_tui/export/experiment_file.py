"""The experiment of a run as YAML, to train it again, with further facts in comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from joml_tui.experiment import source_of
from joml_tui.experiment.yaml_text import anchor, dump_experiment
from joml_tui.export.safe_files import exported
from joml_tui.runs.run import RunState
from joml_tui.runs.run_data import describe_parts
from joml_tui.working_folder import working_folder

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


def write_experiment(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write the experiment of a run, which trains it again bit for bit.

    Paths of data files are absolute. Comments record the versions that trained it, and facts that an experiment does
    not contain: settings that changed during training, where it was stopped, and what it continued from. These have no
    effect when the file is trained.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    experiment = structs.replace(run.experiment, dataset=anchor(run.experiment.dataset, working_folder()))
    comments = "".join(f"# {line}\n" for line in _comments(run))
    with exported(path, overwrite=overwrite) as temporary:
        temporary.write_text(comments + dump_experiment(experiment), encoding="utf-8")


def _comments(run: Run) -> Iterator[str]:
    done = f"{run.state.value} after {run.iteration:,} iterations"
    yield f"{run.architecture or 'A network'}, {done}"
    trained_by = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    of_other_data = any(change.setting == "data" for change in run.adjustments)
    again = "" if of_other_data else "; the same versions repeat it bit for bit on a similar processor"
    yield f"Trained by {trained_by}{again}."
    if run.preparation is not None:
        parts = f"{describe_parts(run.preparation)}; fingerprint {run.preparation.fingerprint[:16]}"
        yield f"Data: {source_of(run.experiment.dataset)}, {parts}."
        yield from (f"{note[:1].upper()}{note[1:]}." for note in run.preparation.notes)
    if run.goes_on_from:
        yield f"It continued from {run.goes_on_from}, whose weights are not in this file."
    for change in run.adjustments:
        yield f"A{change.describe()[1:]}."
    if run.state is RunState.STOPPED:
        yield f"It was stopped by hand; planned were {run.total_iterations:,} iterations."
    if of_other_data:
        yield "The fingerprint is of the changed data: this file cannot repeat the run."
    elif run.goes_on_from or run.adjustments or run.state is RunState.STOPPED:
        yield "Training this file does not repeat these changes."
