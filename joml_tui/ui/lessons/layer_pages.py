"""The pages of the lesson on a mini-batch in a network with layers of all kinds, by their positions."""

from __future__ import annotations

from dataclasses import replace

from joml_tui.inspect.layer_steps import LayersTaken
from joml_tui.ui.lessons.layer_back import back_page
from joml_tui.ui.lessons.layer_forward import forward_page
from joml_tui.ui.lessons.layer_gradients import gradient_page
from joml_tui.ui.lessons.layer_position import (
    BACK,
    COST,
    FORWARD,
    GRADIENTS,
    LayerPosition,
    embedding_outputs,
    scales_places,
    units_of,
)
from joml_tui.ui.lessons.notation import most_products
from joml_tui.ui.lessons.page import SPACE, LessonPage
from joml_tui.ui.lessons.step_text import Place, explained

_FURTHER = "From here δ goes back through the layers, each by a rule of its own: go to the layer before for its δ."


def within_layers(place: Place, taken: LayersTaken) -> Place:
    """Return the nearest position that exists in these numbers.

    Parameters
    ----------
    place : Place
        Its input is the place of a window or a number in forward and back-propagation, and of a weight, or of a scale
        that each place has, among the gradients.
    taken : LayersTaken

    Returns
    -------
    Place
    """
    step = min(max(place.step, FORWARD), GRADIENTS)
    number = min(place.layer, len(taken.layers) - 1)
    if _is_of_output(taken, step, number):
        output = replace(place, step=step, layer=0).within(taken.output)
        return replace(output, layer=number)
    layer = taken.layers[number]
    units, samples = units_of(layer), layer.after.shape[-1]
    inputs = layer.after.shape[1] * layer.after.shape[2]
    if step == GRADIENTS:
        if not scales_places(layer):
            inputs = layer.W.before[0].size if layer.W.before.size else 1
        units = min(units, len(layer.W.before)) if layer.W.before.size else units
    return Place(step, number, min(place.sample, samples - 1), min(place.unit, units - 1), min(place.input, inputs - 1))


def position_text(taken: LayersTaken, place: Place) -> str:
    """Return a position in words, for the line above a page."""
    if _is_of_output(taken, place.step, place.layer):
        output = taken.output.layers[0]
        parts = [
            f"layer {taken.count} of {taken.count}: output {output.size:,} {output.activation}",
            f"sample {place.sample + 1} of {taken.samples:,}",
            f"unit {place.unit + 1} of {output.size:,}",
        ]
        return "   ".join(parts)
    at = LayerPosition(taken, place, 0)
    parts = [f"layer {at.layer.number} of {taken.count}: {at.layer.name}"]
    if place.step in (FORWARD, BACK):
        parts.append(f"sample {place.sample + 1} of {taken.samples:,}")
    if place.step == GRADIENTS and at.layer.kind == "embedding":
        parts.append(f"number {place.unit + 1} of {embedding_outputs(at.layer)[1]:,}")
    else:
        parts.append(f"{at.noun} {place.unit + 1} of {at.layer.shape_after[0]:,}")
    if at.has_places and (place.step in (FORWARD, BACK) or scales_places(at.layer)):
        parts.append(at.where)
    elif place.step == GRADIENTS and at.layer.W.before.size:
        parts.append(f"weight {place.input + 1} of {at.layer.W.before[0].size:,}")
    return "   ".join(parts)


def explained_layer(taken: LayersTaken, place: Place, room: int) -> LessonPage:
    """Return the page of one position; written-out sums have about ``room`` characters.

    Parameters
    ----------
    taken : LayersTaken
    place : Place
        One that `within_layers` has given.
    room : int

    Returns
    -------
    LessonPage
    """
    if _is_of_output(taken, place.step, place.layer):
        page = explained(taken.output, replace(place, layer=0), room)
        return page if place.step == COST else LessonPage([*page.lines, SPACE, ("text", _FURTHER)], page.table)
    at = LayerPosition(taken, place, most_products(room))
    if place.step == BACK:
        return back_page(at)
    return forward_page(at) if place.step == FORWARD else gradient_page(at)


def _is_of_output(taken: LayersTaken, step: int, layer: int) -> bool:
    """Return whether a page is of the cost and the output layer: back-propagation begins there."""
    return step == COST or (step == BACK and layer == len(taken.layers) - 1)
