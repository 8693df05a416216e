"""The preparation of a run's data, from its record or, for older runs, from the data."""

from __future__ import annotations

from joml.data.preparation import Preparation
from joml_tui.experiment import Experiment, load_data, source_of
from joml_tui.experiment.dataset_specs import is_read, traits_of
from joml_tui.runs.run import Run

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
    return f"{preparation.train_size:,} samples to train on{validated}, {preparation.test_size:,} to test on"


def describe_checked_part(experiment: Experiment, preparation: Preparation) -> str:
    """Return a note on choosing networks by their test curves; empty if there is a validation part."""
    if preparation.validation_size or traits_of(experiment.dataset).advice:  # the data set has a note
        return ""
    return (
        "curves during training show the test part: choosing a network by them makes its test score too "
        "optimistic; split: {validation: 0.1} adds a validation part"
    )
