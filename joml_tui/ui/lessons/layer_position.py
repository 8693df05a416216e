"""A position in the lesson on a mini-batch in a network with layers of all kinds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect.layer_steps import LayerNumbers, LayersTaken
from joml_tui.ui.lessons import notation
from joml_tui.ui.lessons.page import Said
from joml_tui.ui.lessons.step_text import Place

#: The steps that are explained: forward propagation, the cost, back-propagation from it, and gradients with the update.
FORWARD, COST, BACK, GRADIENTS = range(4)


def units_of(layer: LayerNumbers) -> int:
    """Return the number of units that can be explained: those with outputs and, where each has its own, with inputs."""
    if layer.kind in ("convolution", "fully-connected", "flatten", "embedding", "other"):
        return len(layer.after)
    return min(len(layer.after), len(layer.before))


def embedding_outputs(layer: LayerNumbers) -> tuple[int, int]:
    """Return the number of an embedding's outputs that are copies of features, and of the numbers of a category.

    Parameters
    ----------
    layer : LayerNumbers

    Returns
    -------
    tuple of two int
    """
    others = layer.shape_before[0] - sum(count for _, count in layer.columns)
    return others, (layer.shape_after[0] - others) // len(layer.columns)


def scales_places(layer: LayerNumbers) -> bool:
    """Return whether each place of an image has a scale and shift of its own, as in a layer normalisation.

    Parameters
    ----------
    layer : LayerNumbers

    Returns
    -------
    bool
    """
    return layer.kind == "layer-normalisation" and layer.gamma.before.shape[1:] != (1, 1)


def category_weights(layer: LayerNumbers, column: int, number: int) -> NDArray[np.floating]:
    """Return the weights of one number for each category of an embedding's column, as far as they were sent.

    Parameters
    ----------
    layer : LayerNumbers
    column, number : int
        Counted from 0.

    Returns
    -------
    (categories,) array
    """
    start = sum(count for _, count in layer.columns[:column])
    if number >= len(layer.W.before):
        return np.zeros(0, np.float32)
    return layer.W.before[number, start : start + layer.columns[column][1], 0, 0]


class LayerPosition:
    """A layer, unit, sample and place with the numbers to explain there.

    Parameters
    ----------
    taken : LayersTaken
    place : Place
        Its input is the place of a window or a number in forward and back-propagation, and of a weight, or of a scale
        that each place has, among the gradients.
    most : int
        Most terms of a sum to write out.

    Attributes
    ----------
    layer : LayerNumbers
    own, previous : str
        The numbers of the layer and of the one before, as in the article.
    row, column : int
        Of the place of a window or a number.
    units : int
        The number of units that can be explained.
    noun : str
        What the units are called: units, or channels of images.
    """

    def __init__(self, taken: LayersTaken, place: Place, most: int) -> None:
        self.taken, self.place, self.most = taken, place, most
        self.layer = layer = taken.layers[place.layer]
        before = taken.layers[layer.previous].number if layer.previous >= 0 else 0
        self.own, self.previous = notation.layer(layer.number), notation.layer(before)
        of_places = place.step in (FORWARD, BACK) or scales_places(layer)
        self.row, self.column = divmod(place.input if of_places else 0, layer.after.shape[2])
        self.units = units_of(layer)
        self.noun = "channel" if len(layer.shape_after) == 3 else "unit"

    @property
    def where(self) -> str:
        """The place of a window or a number in words."""
        return f"row {self.row + 1}, column {self.column + 1}"

    @property
    def has_places(self) -> bool:
        """Return whether the outputs of a unit are an image of several places."""
        return self.layer.after.shape[1:3] != (1, 1)

    def value(self, values: NDArray[np.floating]) -> float:
        """Return the number of (units, rows, columns, samples) values at this position."""
        return float(values[self.place.unit, self.row, self.column, self.place.sample])

    def scales(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the scale or shift of every unit at this place, of (units, rows, columns) values."""
        return values[:, self.row, self.column] if scales_places(self.layer) else values[:, 0, 0]

    def window(self) -> NDArray[np.floating]:
        """Return the window that the layer sees, (channels, rows, columns), zeros of the border included."""
        layer = self.layer
        border = (layer.padding, layer.padding)
        image = np.pad(layer.before[..., self.place.sample], ((0, 0), border, border))
        if layer.W.before.size:
            image = image[: layer.W.before.shape[1]]
        (height, width), top, left = layer.kernel, self.row * layer.stride, self.column * layer.stride
        return image[:, top : top + height, left : left + width]

    def cut_lines(self) -> list[Said]:
        """Return a line on the units and samples that are not shown, if there are any."""
        layer = self.layer
        parts = [
            f"{shown:,} of {there:,} {noun}"
            for shown, there, noun in (
                (len(layer.after), layer.shape_after[0], f"{self.noun}s"),
                (layer.after.shape[-1], self.taken.samples, "samples"),
            )
            if shown < there
        ]
        return [("text", f"Shown are {' and '.join(parts)}; the sums include all.")] if parts else []
