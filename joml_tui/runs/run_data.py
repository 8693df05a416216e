"""The preparation of a run's data, from its record or, for older runs, from the data."""

from __future__ import annotations

from joml.data.preparation import Preparation
from joml.data.tables.cell_meanings import shown_name
from joml.wording import counted, list_some
from joml_tui.experiment import Experiment, load_data, source_of
from joml_tui.experiment.dataset_specs import is_read, traits_of
from joml_tui.runs.run import Run

#: Most columns that are named.
_MOST_NAMES = 12
#: The note on a run without a preparation.
NOT_RECORDED = "an earlier version recorded this run, without the names, the scale and the fingerprint of its data"


class PreparationUnknownError(ValueError):
    """The preparation of a run's data is not available; the message says why."""


def preparation_of(run: Run) -> Preparation:
    """Return the preparation of a run's data.

    It was recorded with the run. For a run of an earlier version it is computed from the data set, which must not have
    changed.

    Raises
    ------
    PreparationUnknownError
        It was not recorded, and the data set cannot be read or has another size.
    """
    if run.preparation is not None:
        return run.preparation
    return read_preparation(run.experiment, run.history.train_size if run.history is not None else 0)


def read_preparation(experiment: Experiment, train_size: int = 0) -> Preparation:
    """Return the preparation of an older run's data, computed from the data set.

    Parameters
    ----------
    experiment : Experiment
    train_size : int
        Number of training samples of the run; 0 if not recorded.

    Raises
    ------
    PreparationUnknownError
        The data set cannot be read, or has another number of samples.
    """
    try:
        data = load_data(experiment)
    except (ValueError, OSError, MemoryError) as error:
        raise PreparationUnknownError(f"{NOT_RECORDED}, and they cannot be read now: {error}") from error
    if train_size not in (0, data.train_size):
        raise PreparationUnknownError(
            f"{NOT_RECORDED}, and {source_of(experiment.dataset)} has changed since: it has {data.train_size:,} "
            f"samples to train on, and had {train_size:,}"
        )
    assert data.preparation is not None  # always so for an experiment's data set
    return data.preparation


def describe_what_is_missing(run: Run) -> str:
    """Return the beginning of a sentence about missing facts of an older run; empty if nothing is missing."""
    if run.preparation is not None or run.history is None or not is_read(run.experiment.dataset):
        return ""
    return NOT_RECORDED


def describe_parts(preparation: Preparation) -> str:
    """Return the number of samples in each part, as "13,107 samples to train on, 3,277 to test on"."""
    validated = f", {preparation.validation_size:,} to validate" if preparation.validation_size else ""
    train = counted(preparation.train_size, "sample")
    return f"{train} to train on{validated}, {preparation.test_size:,} to test on"


def describe_left_out(experiment: Experiment, preparation: Preparation) -> str:
    """Return a note on the columns of a file that are no features, and on the way to use them; empty if there are none.

    Parameters
    ----------
    experiment : Experiment
    preparation : Preparation
        Of its data.

    Returns
    -------
    str
        Such as "left out: id, name; to use them, set them under columns: in the experiment ...".
    """
    if "columns" not in experiment.dataset.__struct_fields__:
        return ""
    file_format = preparation.file_format or {}
    names = file_format.get("format", {}).get("names") or ()
    if names:
        labels = file_format.get("label_positions") or [file_format.get("label_position")]
        used = {
            place % len(names) for place in (*file_format.get("feature_positions", ()), *labels) if place is not None
        }
        left_out = [name or f"column {place + 1}" for place, name in enumerate(names) if place not in used]
    else:  # tables such as Parquet keep no names of other columns
        left_out = [str(key) for key in getattr(experiment.dataset, "ignore", None) or ()]
    if not left_out:
        return ""
    named = list_some(map(shown_name, left_out), _MOST_NAMES)
    them = "it" if len(left_out) == 1 else "them"
    return (
        f"left out: {named}; to use {them}, set {them} under columns: in the experiment, or by Columns in the lab (K)"
    )


def describe_checked_part(experiment: Experiment, preparation: Preparation) -> str:
    """Return a note on choosing networks by their test curves; empty if there is a validation part."""
    if preparation.validation_size or traits_of(experiment.dataset).advice:  # the data set has a note
        return ""
    return (
        "curves during training show the test part: choosing a network by them makes its test score too "
        "optimistic; split: {validation: 0.1} adds a validation part"
    )
