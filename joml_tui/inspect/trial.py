"""Question: what the network predicts for an input that a person has set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Dataset
from joml.compiled.evaluation import Part
from joml.data.tables.cell_decoding import seconds_of
from joml.data.tables.encoding import OTHER, BooleanEncoder, CategoryEncoder, DateEncoder, NumberEncoder
from joml_tui.inspect.confusion import features_of, part_of
from joml_tui.inspect.images import image_side
from joml_tui.inspect.raw_samples import name_of_sample, number_of_row, values_of
from joml_tui.inspect.sample_flow import propagated
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float64]

#: Relative difference up to which numbers count as whole.
_NEARLY = 1e-6
_SECONDS_A_DAY = 86_400.0
#: Training samples whose range limits the settings of an input; most outputs, and most units of a layer, in one answer.
_RANGE_SAMPLES, _MOST_OUTPUTS, _MOST_UNITS = 2_000, 1_024, 64


class Trial(Struct, frozen=True, tag=True):
    """A request for the prediction of one input.

    Attributes
    ----------
    part : {"test", "validation", "train"}
    sample : int
        The sample to begin with, by its place in its part; after the last one comes the first.
    x : tuple of float
        The input in the units of the data; empty for the sample itself.
    """

    part: Part = "test"
    sample: int = 0
    x: tuple[float, ...] = ()


class InputColumn(Struct, frozen=True):
    """One thing to set in an input: a column of the file, or a feature.

    Attributes
    ----------
    name : str
    kind : "number", "choice" or "date"
    first : int
        The place of its first feature.
    low, high : float
        The range of a number over the training samples, the first 2,000 of them; of a date in seconds since 1970.
    whole : bool
        Whether these numbers are all whole.
    choices : tuple of str
        The categories, or the words for false and true.
    mark : int or None
        The place of the feature that marks a missing value; None if no value is missing.
    flag : bool
        Whether it has one feature, which is 0 or 1, for its two choices; other choices have a feature each.
    date : DateEncoder or None
        How a date becomes features; None for other columns.
    """

    name: str
    kind: Literal["number", "choice", "date"]
    first: int
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    choices: tuple[str, ...] = ()
    mark: int | None = None
    flag: bool = False
    date: DateEncoder | None = None

    def differs(self, x: NDArray[np.floating], other: NDArray[np.floating]) -> bool:
        """Return whether two inputs have other values in this column.

        Parameters
        ----------
        x, other : (features,) arrays

        Returns
        -------
        bool
        """
        size = len(self.choices) if self.kind == "choice" and not self.flag else 1
        size = size if self.date is None else len(self.date.feature_names)
        places = [*range(self.first, self.first + size), *(() if self.mark is None else (self.mark,))]
        return bool((x[places] != other[places]).any())


class TrialNow(Struct, frozen=True, tag=True):
    """The prediction of one input.

    Attributes
    ----------
    iteration : int
    part : {"test", "validation", "train"}
    parts : tuple of str
        The existing parts.
    sample, samples : int
        The sample to begin with, by its place in its part, and the number of samples there.
    row : int or None
        The number of its row in the file, from 1; None for data that are not from a file.
    task : str
        "classes", "multilabel" or "regression".
    columns : tuple of InputColumn
        What can be set.
    side : int
        Pixels of a side where the inputs are images; else 0.
    low, high : float
        The range of an image's pixels.
    sample_x : (features,) array
        The sample, in the units of the data.
    x : (features,) array
        The input of the prediction, in the units of the data.
    outputs : tuple of str
        Names of the outputs.
    y, y_hat : (outputs,) arrays
        What is true of the sample, and the prediction for the input; values in the data's units.
    hidden : tuple of (units,) arrays
        The activations of each hidden layer by the input, of its first 64 units.
    sizes : tuple of int
        The number of all units of each hidden layer.
    name : str
        The sample's name, as the file of an image; empty if it has none.
    """

    iteration: int
    part: Part
    parts: tuple[Part, ...]
    sample: int
    samples: int
    row: int | None
    task: str
    columns: tuple[InputColumn, ...]
    side: int
    low: float
    high: float
    sample_x: _Array
    x: _Array
    outputs: tuple[str, ...]
    y: NDArray[np.float32]
    y_hat: NDArray[np.float32]
    hidden: tuple[NDArray[np.float32], ...]
    sizes: tuple[int, ...] = ()
    name: str = ""


def answer(question: Trial, subject: TrainingContext) -> TrialNow:
    """Propagate the input, and return the prediction and what can be set.

    Raises
    ------
    ValueError
        There is no such part of the data, it has no samples, or the input has another number of features.
    """
    data, network, plain = subject.data, subject.network, subject.data.plain
    x, y = part_of(subject, question.part)
    samples = x.shape[1]
    if not samples:
        raise ValueError(f"these data have no {question.part} samples")
    if question.x and len(question.x) != plain.input_size:
        raise ValueError(f"an input has {plain.input_size:,} features, and {len(question.x):,} were set")
    place = question.sample % samples
    sample_x = _in_data_units(plain, features_of(subject, question.part)[:, place : place + 1])[:, 0]
    set_x = np.array(question.x, np.float64) if question.x else sample_x
    inputs = x[:, place : place + 1] if not question.x else _as_inputs(data, set_x, network.dtype)
    forward = propagated(network, inputs)
    with np.errstate(all="ignore"):
        y_hat = network.output_layer.predict(forward.z)
    shown = subject.in_data_units if data.task == "regression" else np.asarray
    side = image_side(plain.input_size, data.task, plain.image_shape)
    ranges = _in_data_units(plain, plain.x_train[:, :_RANGE_SAMPLES])
    return TrialNow(
        subject.iteration,
        question.part,
        subject.trainer.parts,
        place,
        samples,
        number_of_row(subject, question.part, place),
        data.task,
        () if side else tuple(_columns(plain, ranges)),
        side,
        float(ranges.min()),
        float(ranges.max()),
        sample_x,
        set_x,
        data.class_names[:_MOST_OUTPUTS],
        shown(y[:, place : place + 1])[:_MOST_OUTPUTS, 0].astype(np.float32),
        shown(y_hat)[:_MOST_OUTPUTS, 0].astype(np.float32),
        tuple(a[:_MOST_UNITS, 0].astype(np.float32) for a in forward.activations),
        network.sizes[1:-1],
        name_of_sample(subject, question.part, place),
    )


def _in_data_units(data: Dataset, x: NDArray[np.floating]) -> _Array:
    """Return scaled features, (features, samples), in the units of the data."""
    if data.preparation is None:
        return x.astype(np.float64)
    return values_of(data.preparation, x.T).T


def _as_inputs(data: Dataset, x: _Array, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Return one input in the units of the data as the network's, (inputs, 1)."""
    if data.preparation is None:
        return data.inputs_from(x[:, np.newaxis].astype(np.float32)).astype(dtype)
    return data.preparation.scale_x(x[np.newaxis]).T.astype(dtype)


def _columns(data: Dataset, ranges: _Array) -> Iterator[InputColumn]:
    """Yield what can be set: the columns of a table, or every feature by itself."""
    encoders = data.preparation.columns if data.preparation is not None else ()
    first = 0
    for encoder in encoders:
        size = len(encoder.feature_names)
        mark = first + size - 1 if encoder.missing else None
        match encoder:
            case NumberEncoder():
                present = ranges[first] if mark is None else ranges[first, ranges[mark] < 0.5]
                yield _number(encoder.name, first, present if present.size else ranges[first], mark)
            case CategoryEncoder():
                choices = (*encoder.categories, OTHER) if encoder.other else encoder.categories
                of_features = choices[: size - (mark is not None)]
                yield InputColumn(encoder.name, "choice", first, choices=of_features, mark=mark)
            case BooleanEncoder():
                choices = encoder.false, encoder.true
                yield InputColumn(encoder.name, "choice", first, choices=choices, mark=mark, flag=True)
            case DateEncoder() if (limits := _limits(encoder, ranges[first : first + size].T)) is not None:
                yield InputColumn(encoder.name, "date", first, *limits, mark=mark, date=encoder)
            case _:
                for place, name in enumerate(encoder.feature_names, start=first):
                    yield _number(name, place, ranges[place], None)
        first += size
    for place in range(first, data.input_size):
        yield _number(data.feature_names[place], place, ranges[place], None)


def _limits(encoder: DateEncoder, rows: _Array) -> tuple[float, float] | None:
    """Return the first and the last date of rows of features; None if the features do not tell dates."""
    present = rows[rows[:, -1] < 0.5] if encoder.missing else rows
    if encoder.parts == ("hour",):
        return 0.0, _SECONDS_A_DAY - 60
    if not len(present) or encoder.parts[0] != "days":
        return None
    first, last = (seconds_of(encoder, present[place]) for place in (present[:, 0].argmin(), present[:, 0].argmax()))
    return (first, last) if first is not None and last is not None and first < last else None


def _number(name: str, place: int, values: _Array, mark: int | None) -> InputColumn:
    low, high = float(values.min()), float(values.max())
    # Scaled to inputs and back, a whole number is only nearly one.
    whole = bool((np.abs(values - np.rint(values)) <= _NEARLY * np.maximum(1, np.abs(values))).all())
    low, high = (float(np.rint(low)), float(np.rint(high))) if whole else (low, high)
    return InputColumn(name, "number", place, low, high if high > low else low + 1, whole, mark=mark)
