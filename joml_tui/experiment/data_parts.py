"""The parts of an experiment's data, with their sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from joml_tui.decoding import fields_of
from joml_tui.experiment.dataset_specs import is_read, traits_of
from joml_tui.experiment.experiment import Experiment
from joml_tui.experiment.loading import DatasetShape, read_dataset, read_part_sizes, shape_of
from joml_tui.experiment.optimizer_specs import OptimizerSpec
from joml_tui.experiment.specs import name_of

if TYPE_CHECKING:  # the engine imports numpy, which is not needed to read and write experiments
    from joml.data.dataset import Dataset
    from joml.data.split import PartSizes, Split

#: The share of the validation part if one is needed and none is set.
VALIDATION_SHARE = 0.1


def load_data(experiment: Experiment) -> Dataset:
    """Generate or read an experiment's data set, split it, scale it by its training part, and compute its inputs.

    Its notes record decisions, for example that a validation part was added for early stopping.

    Raises
    ------
    joml.data.dataset.DatasetError
        A file cannot be used, or the split or the experiment's ``features`` do not fit the data set.
    """
    split = split_of(experiment)
    data = read_dataset(experiment.dataset, split, experiment.seed)
    if experiment.label_noise:
        from joml.data.label_noise import with_label_noise  # noqa: PLC0415

        data = with_label_noise(data, experiment.label_noise, experiment.seed)
    data = data.with_terms(experiment.features)
    notes = (*_notes(experiment, data), *data.notes)
    if notes == data.notes and not experiment.label_noise:
        return data
    from dataclasses import replace  # noqa: PLC0415 - with the engine, when data are read

    preparation = data.preparation
    return replace(data, notes=notes, preparation=preparation and replace(preparation, notes=notes))


def split_of(experiment: Experiment) -> Split:
    """Return the split of an experiment's samples, with defaults filled in.

    Raises
    ------
    joml.data.dataset.DatasetError
        The shares contradict each other, or a file that is needed for the number of samples cannot be used.
    """
    from joml.data.dataset_error import DatasetError  # noqa: PLC0415
    from joml.data.split import Split  # noqa: PLC0415

    if fault := describe_test_share_conflict(experiment):
        raise DatasetError(f"split.test: {fault}")
    split, test_share = experiment.split, experiment.dataset.test_share
    test = test_share if split.test is None else split.test
    validation = 0.0 if split.validation is None else split.validation
    chosen = Split(test, validation, split.stratified, split.by, split.group, split.train_samples)
    if split.validation is None and needs_validation(experiment):
        return _with_validation(chosen, shape_of(experiment.dataset))
    return chosen


def divides_by_seed(experiment: Experiment) -> bool:
    """Return whether the seed decides the parts, which is not so if the files or an order define them all.

    Raises
    ------
    joml.data.dataset.DatasetError
        As in `split_of`.
    """
    if experiment.split.by is not None:
        return False
    if not is_read(experiment.dataset) or not _has_own_test(experiment) or experiment.split.train_samples is not None:
        return True
    return split_of(experiment).validation > 0


def part_sizes_of(experiment: Experiment, shape: DatasetShape | None = None) -> PartSizes:
    """Return the number of samples in each part of an experiment's data.

    Parameters
    ----------
    experiment : Experiment
    shape : DatasetShape, optional
        The shape of its data set, if it is already known.

    Raises
    ------
    joml.data.dataset.DatasetError
        As in `split_of`, or there are too few samples.
    """
    from joml.data.split import part_sizes  # noqa: PLC0415

    shape = shape_of(experiment.dataset) if shape is None else shape
    split = split_of(experiment)
    sizes = part_sizes(shape.samples, split, shape.test_samples)
    # A column of the file decides: it is read, so that its errors are known before training, and sizes of groups.
    return sizes if split.column is None else read_part_sizes(experiment.dataset, split, experiment.seed)


def describe_test_share_conflict(experiment: Experiment) -> str:
    """Return a message if the share of the test part is set in two places, else ""."""
    asked, dataset = experiment.split.test, experiment.dataset
    default = next(field.default for field in fields_of(type(dataset)) if field.name == "test_share")
    if asked is None or dataset.test_share in (asked, default):
        return ""
    return f"{asked:g} here, and test_share is {dataset.test_share:g} in the data set: leave one of them out"


def needs_validation(experiment: Experiment) -> bool:
    """Return whether early stopping or a schedule depends on samples that are not trained on."""
    return any(_deciders(experiment))


def looks_at_validation(experiment: Experiment) -> bool:
    """Return whether training is checked on a validation part; reads no file."""
    share = experiment.split.validation
    return needs_validation(experiment) if share is None else share > 0


def _with_validation(split: Split, shape: DatasetShape) -> Split:
    """Return the split with a validation part, unless too few training samples would be left."""
    from dataclasses import replace  # noqa: PLC0415

    from joml.data.dataset_error import DatasetError  # noqa: PLC0415
    from joml.data.split import part_sizes  # noqa: PLC0415

    try:
        wanted = replace(split, validation=VALIDATION_SHARE)
        sizes = part_sizes(shape.samples, wanted, shape.test_samples)
    except DatasetError:
        return split
    return wanted if sizes.train > sizes.validation else split


def _deciders(experiment: Experiment) -> Iterator[str]:
    """Yield the settings that depend on the validation part."""
    if experiment.early_stopping is not None:
        yield "early stopping"
    # In an experiment with errors, a layer may be anything.
    parts = [experiment, *experiment.layers, experiment.output]
    if any(_waits_for_a_plateau(getattr(part, "optimizer", None)) for part in parts):
        yield "reduce-on-plateau"


def _waits_for_a_plateau(optimizer: OptimizerSpec | None) -> bool:
    schedule = getattr(optimizer, "schedule", None)
    return schedule is not None and name_of(schedule) == "reduce-on-plateau"


def _notes(experiment: Experiment, data: Dataset) -> Iterator[str]:
    """Yield notes on decisions about the parts."""
    deciders = list(_deciders(experiment))
    if deciders:
        use = f"{' and '.join(deciders)} {'uses' if len(deciders) == 1 else 'use'}"
        if not data.validation_size:
            why = "split: {validation: 0}" if experiment.split.validation == 0 else "too few samples for three parts"
            yield f"{use} the test part ({why}), so its figures are too optimistic"
        elif experiment.split.validation is None:
            share = f"{data.validation_size:,} of the training samples"
            yield f"{use} a validation part: {share}; split: {{validation: ...}} sets its share"
    elif not data.validation_size and (advice := traits_of(experiment.dataset).advice):
        yield advice
    if experiment.split.test is not None and is_read(experiment.dataset) and _has_own_test(experiment):
        yield "the files have their own test part, so split.test is ignored"


def _has_own_test(experiment: Experiment) -> bool:
    return shape_of(experiment.dataset).test_samples is not None
