"""What a run knows of its data: how they were prepared, from its record or, of older runs, from the data themselves."""

from __future__ import annotations

from joml.data.preparation import Preparation
from joml_tui.experiment import Experiment, load_data, source_of
from joml_tui.experiment.dataset_specs import is_read, traits_of
from joml_tui.runs.run import Run

#: What is said of a run without a preparation.
NOT_RECORDED = "an earlier version recorded this run, without the names, the scale and the fingerprint of its data"


class PreparationUnknownError(ValueError):
    """It is not known how a run's data were prepared; says why."""


def preparation_of(run: Run) -> Preparation:
    """Return how a run's data were prepared.

    It is what was recorded with the run. Of a run that an earlier version has recorded without it, it is made from the
    data set, which has to be as it was then.

    Raises
    ------
    PreparationUnknownError
        It was not recorded, and the data set cannot be read any more or has another size.
    """
    if run.preparation is not None:
        return run.preparation
    return read_preparation(run.experiment, run.history.train_size if run.history is not None else 0)


def read_preparation(experiment: Experiment, train_size: int = 0) -> Preparation:
    """Return how the data of a run were prepared that was recorded without that, from the data set.

    Parameters
    ----------
    experiment : Experiment
    train_size : int
        The number of samples that the run was trained on; 0 where that is not known.

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
    assert data.preparation is not None  # of every data set that an experiment names
    return data.preparation


def describe_what_is_missing(run: Run) -> str:
    """Return what the record of an older run lacks, as a sentence's beginning; nothing where it lacks nothing."""
    if run.preparation is not None or run.history is None or not is_read(run.experiment.dataset):
        return ""
    return NOT_RECORDED


def describe_parts(preparation: Preparation) -> str:
    """Say how many samples each part has, as "13,107 to train on and 3,277 to test on"."""
    validated = f", {preparation.validation_size:,} to validate" if preparation.validation_size else ""
    return f"{preparation.train_size:,} samples to train on{validated}, {preparation.test_size:,} to test on"


def describe_checked_part(experiment: Experiment, preparation: Preparation) -> str:
    """Say what choosing a network by its curves does to its test score; nothing where there is a validation part."""
    if preparation.validation_size or traits_of(experiment.dataset).advice:  # there is a note
        return ""
    return (
        "curves and figures on the way are of the test part: choosing a network by them makes its test figure too "
        "good; split: {validation: 0.1} keeps a part for that"
    )
