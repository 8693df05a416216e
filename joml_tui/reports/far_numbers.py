"""Numbers of rows to predict that lie far from those trained on, as numbers in another unit do."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from joml.data.preparation import Preparation
from joml.data.tables.cell_meanings import show_number
from joml.data.tables.encoding import NumberEncoder
from joml.wording import counted

# Numbers at least so many deviations from the mean of the training part are far away.
_FAR = 20.0
_MOST_NOTES = 5


class FarNumbers:
    """The numbers far from those trained on, counted block by block.

    Parameters
    ----------
    preparation : Preparation
        The preparation of the training data; without means, no number is far.
    """

    def __init__(self, preparation: Preparation) -> None:
        self._names = preparation.feature_names
        # No number of n samples is more than the root of n - 1 deviations from their mean.
        self._far = max(_FAR, math.sqrt(preparation.train_size))
        self._mean, self._deviation = preparation.x_mean, preparation.x_deviation
        self._places = [] if self._mean is None else list(_places_of_numbers(preparation))
        self._counts: dict[int, int] = {}
        self._examples: dict[int, float] = {}
        self._rows = 0

    def add(self, x: NDArray[np.float64]) -> None:
        """Count a block of features in the units of the file, of shape (rows, features)."""
        self._rows += len(x)
        if self._mean is None or self._deviation is None or not self._places:
            return
        numbers, mean, deviation = x[:, self._places], self._mean[self._places], self._deviation[self._places]
        is_far = np.abs(numbers - mean) > self._far * deviation
        for column in np.flatnonzero(is_far.any(axis=0) & (deviation > 0)).tolist():
            place = self._places[column]
            self._examples.setdefault(place, float(numbers[is_far[:, column].argmax(), column]))
            self._counts[place] = self._counts.get(place, 0) + int(np.count_nonzero(is_far[:, column]))

    def notes(self) -> tuple[str, ...]:
        """Return a sentence on each column with such numbers."""
        notes = []
        for place, count in sorted(self._counts.items())[:_MOST_NOTES]:
            numbers = f"{count:,} of {self._rows:,} numbers {'is' if count == 1 else 'are'}"
            far = f"more than {self._far:.0f} standard deviations from the mean of training"
            example = show_number(self._examples[place])
            notes.append(f"{self._names[place]}: {numbers} {far}, such as {example}: is it in the same unit?")
        more = len(self._counts) - len(notes)
        columns = counted(more, "more column has", "more columns have")
        return (*notes, f"{columns} such numbers") if more else tuple(notes)


def _places_of_numbers(preparation: Preparation) -> Iterator[int]:
    """Yield the places of features that are numbers of the file."""
    if not preparation.columns:
        yield from range(len(preparation.feature_names))
        return
    place = 0
    for encoder in preparation.columns:
        if isinstance(encoder, NumberEncoder):
            yield place
        place += len(encoder.feature_names)
