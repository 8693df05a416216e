"""What a stored run's network predicts for rows of a CSV file, its features scaled as those it was trained on."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from joml import Network
from joml.dataset import Dataset, split_indices
from joml.datasets import csv_file, files, npz_file
from joml.metrics import largest
from joml_tui.decoding import shown
from joml_tui.experiment import CsvFile, DatasetSpec, Diabetes, Experiment, NpzFile, expand_user, load_dataset
from joml_tui.packing import unpack_state
from joml_tui.running.building import build_trainer

#: Faults that are told; more rows than that are wrong in the same way.
_MOST_FAULTS = 10
_DELIMITERS = (",", ";", "\t")
_FLOAT32_MAX = float(np.finfo(np.float32).max)


class RowsError(ValueError):
    """Rows cannot be predicted for; the text names the lines, a sentence each."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """A trained network with what its features mean.

    Attributes
    ----------
    network : Network
        Of replicas the first.
    data : Dataset
        What it was trained and tested on, as it was scaled.
    features : tuple of str
        Names of the features, in the order of the rows of x.
    named : bool
        Whether these are names of the data, and not just x1, x2, ...
    target_place : int
        Where the target column stands among all, counted from 0.
    spec : DatasetSpec
    seed : int
    """

    network: Network
    data: Dataset
    features: tuple[str, ...]
    named: bool
    target_place: int
    spec: DatasetSpec
    seed: int

    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what the network's outputs are, shape (rows, outputs), for features as they stand in a file.

        Values that were scaled for the training are scaled back.
        """
        with np.errstate(all="ignore"):
            y_hat = self.network.predict(_scaled(self.spec, self.seed, x).T.astype(np.float32))
        return _unscaled(self.spec, self.seed, np.asarray(y_hat.T, np.float64))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what ``rows`` gives."""
        names, task = self.data.class_names, self.data.task
        if task == "values":
            return names
        sort = "probability" if self._gives_probabilities else "output"
        of_each = tuple(f"{sort} {name}" for name in names)
        return ("class", *of_each) if task == "classes" else (*names, *of_each)

    def rows(self, y_hat: NDArray[np.float64]) -> Iterator[Sequence[str | int | float]]:
        """Give a row a sample: the class or the answers, and the probability of each; or the values."""
        names, task = self.data.class_names, self.data.task
        if task == "classes":
            for place, outputs in zip(largest(y_hat.T), y_hat.tolist(), strict=True):
                yield names[place], *outputs
        elif task == "answers":
            for outputs in y_hat.tolist():
                yield *(int(output > 0.5) for output in outputs), *outputs
        else:
            yield from y_hat.tolist()

    @property
    def _gives_probabilities(self) -> bool:
        return self.network.output_layer.activation_function.name in ("softmax", "sigmoid")


def build_predictor(experiment: Experiment, state: bytes) -> Predictor:
    """Put a run's network together again.

    Parameters
    ----------
    experiment : Experiment
    state : bytes
        The packed state of the run.

    Raises
    ------
    joml.dataset.DatasetError
        The run's data set cannot be read: the names and the scale of its features are in there.
    ValueError
        The data set is another than it was trained on.
    """
    data = load_dataset(experiment.dataset, experiment.seed)
    trainer = build_trainer(experiment, data)
    trainer.restore(unpack_state(state))
    place, named = data.input_size, False
    spec = experiment.dataset
    if isinstance(spec, CsvFile):
        table = csv_file.read_table(expand_user(spec.path), spec.label, spec.header, spec.task)
        named = bool(table.feature_names)
        place = _place_of(spec) if isinstance(spec.label, str) else spec.label % (data.input_size + 1)
    elif data.feature_names[0] != "x1":
        named = True
    return Predictor(trainer.networks[0], data, data.feature_names, named, place, spec, experiment.seed)


def _place_of(spec: CsvFile) -> int:
    """Give the place of a label column that is named, by the first row of its file."""
    with expand_user(spec.path).open(encoding="utf-8-sig", newline="") as file:
        lines = [next(line for line in file if line.strip())]
    names = next(csv.reader(lines, delimiter=_delimiter_of(lines), skipinitialspace=True))
    places = [place for place, name in enumerate(names) if name.strip() == str(spec.label).strip()]
    return places[0] if places else len(names) - 1


def read_rows(lines: Iterable[str], name: str, predictor: Predictor) -> NDArray[np.float64]:
    """Read the features of rows, with the target column beside them or without.

    Columns are found by the names in the first row where there are names, in any order, others left alone; else by
    their places, the target column where it stands in the data set's own file.

    Parameters
    ----------
    lines : iterable of str
        Of a CSV file, separated by commas, semicolons or tabs.
    name : str
        What the file is called in messages.
    predictor : Predictor

    Returns
    -------
    ndarray, shape (rows, features)

    Raises
    ------
    RowsError
        A column is missing, or fields are no numbers; every row is named by its line, up to ten of them.
    """
    held = list(lines)
    reader = csv.reader(held, delimiter=_delimiter_of(held), skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        before = 1
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((before, row))
            before = reader.line_num + 1
    except csv.Error as error:
        raise RowsError(f"{name}:{reader.line_num}: {error}") from error
    if not rows:
        raise RowsError(f"{name}: there are no rows to predict for")
    line, first = rows[0]
    header = [cell.strip() for cell in first] if not any(map(_is_number, first)) else None
    places, width = _places(header, len(first), f"{name}:{line}", predictor)
    rows = rows[header is not None :]
    if not rows:
        raise RowsError(f"{name}: there are no rows beneath the header to predict for")
    return _numbers(rows, places, width, name, predictor)


def _delimiter_of(lines: Sequence[str]) -> str:
    """Give the delimiter that the first line has most of."""
    line = next((each for each in lines if each.strip()), "")
    return max(_DELIMITERS, key=line.count)


def _places(header: list[str] | None, width: int, where: str, predictor: Predictor) -> tuple[list[int], int]:
    """Give the places of the features among the columns, and how many columns there are."""
    features = predictor.features
    if header is not None and (predictor.named or set(features) <= set(header)):
        missing = [feature for feature in features if feature not in header]
        if missing:
            near = get_close_matches(missing[0], [cell for cell in header if cell not in features], 1)
            meant = f"; did you mean {shown(near[0])}?" if near else f"; the features are {', '.join(features[:20])}"
            raise RowsError(f"{where}: no column is called {shown(missing[0])}{meant}")
        twice = next((feature for feature in features if header.count(feature) > 1), None)
        if twice is not None:
            raise RowsError(f"{where}: several columns are called {shown(twice)}; name one of them so")
        return [header.index(feature) for feature in features], width
    count = len(features)
    if width not in (count, count + 1):
        wanted = f"{count} features, with the target column {count + 1}"
        raise RowsError(f"{where}: {width} columns, and there are {wanted}")
    return [place for place in range(width) if width == count or place != predictor.target_place], width


def _numbers(
    rows: list[tuple[int, list[str]]], places: list[int], width: int, name: str, predictor: Predictor
) -> NDArray[np.float64]:
    x = np.empty((len(rows), len(places)))
    faults: list[str] = []
    for numbers, (line, row) in zip(x, rows, strict=True):
        fault = "" if len(row) == width else f"{len(row)} columns instead of {width}"
        for index, place in enumerate(places if not fault else ()):
            fault = _fault(row[place])
            if fault:
                fault = f"column {place + 1} ({predictor.features[index]}): {fault}"
                break
            numbers[index] = float(row[place])
        if fault:
            faults.append(f"{name}:{line}: {fault}")
    if faults:
        more = f"\nand {len(faults) - _MOST_FAULTS:,} more rows" if len(faults) > _MOST_FAULTS else ""
        raise RowsError("\n".join(faults[:_MOST_FAULTS]) + more)
    return x


def _fault(cell: str) -> str:
    """Say what is wrong with a number, or nothing."""
    if not cell.strip():
        return "a number was expected, the field is empty"
    if not _is_number(cell):
        comma = "; write a decimal point, not a comma" if _is_number(cell.replace(",", ".", 1)) else ""
        return f"a number was expected, got {shown(cell)}{comma}"
    if not math.isfinite(float(cell)) or abs(float(cell)) > _FLOAT32_MAX:
        return f"a finite number of at most {_FLOAT32_MAX:.1e} was expected, got {shown(cell)}"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


# --- the scale of the training part ---------------------------------------------------------------------------------


def _scaled(spec: DatasetSpec, seed: int, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift and scale rows as the data set's own were, by the training part's mean and spread."""
    if not getattr(spec, "standardize", False):
        return x
    held, train = _as_they_stand(spec, seed)
    both = np.concatenate([np.asarray(held, np.float64), x])
    files.standardize(both, train)
    return both[len(held) :]


def _unscaled(spec: DatasetSpec, seed: int, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give values in the unit that they have in the data set's file."""
    if not _values_are_scaled(spec):
        return y
    held, train = _values_as_they_stand(spec, seed)
    part = held[train]
    constant = part.min(axis=0) == part.max(axis=0)
    mean = np.where(constant, part[0], part.mean(axis=0))
    deviation = np.where(constant, 1.0, part.std(axis=0))
    return np.asarray(y * deviation + mean)


def _as_they_stand(spec: DatasetSpec, seed: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Give a data set's x before it is scaled, samples as rows, and which of them are to train on."""
    match spec:
        case CsvFile(path, label, header, _, test_share, task):
            x = csv_file.read_table(expand_user(path), label, header, task).x
            return x, split_indices(len(x), test_share, seed)[0]
        case NpzFile(path, _, test_share, task):
            samples = npz_file.read_npz_samples(expand_user(path), task)
            return np.asarray(samples.x, np.float64), samples.parts(test_share, seed)[0]
    data = load_dataset(structs.replace(spec, standardize=False), seed)
    return np.asarray(data.x_train.T, np.float64), np.arange(data.train_size)


def _values_are_scaled(spec: DatasetSpec) -> bool:
    if isinstance(spec, Diabetes):
        return spec.standardize  # scales both
    return bool(getattr(spec, "standardize_y", False)) and getattr(spec, "task", "") == "values"


def _values_as_they_stand(spec: DatasetSpec, seed: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Give a data set's values before they are scaled, samples as rows, and which of them are to train on."""
    scale = "standardize" if isinstance(spec, Diabetes) else "standardize_y"
    data = load_dataset(structs.replace(spec, **{scale: False}), seed)
    return np.asarray(data.y_train.T, np.float64), np.arange(data.train_size)
