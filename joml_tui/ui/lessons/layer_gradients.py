"""Pages on the gradients and the update of layers of all kinds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect.layer_steps import Moved
from joml_tui.inspect.step_numbers import NOTHING
from joml_tui.ui.lessons.layer_forward import explained_forward, weight_labels
from joml_tui.ui.lessons.layer_position import LayerPosition, embedding_outputs, scales_places
from joml_tui.ui.lessons.notation import product_sum, value
from joml_tui.ui.lessons.number_table import NumberMatrix
from joml_tui.ui.lessons.page import SPACE, LessonPage, Said
from joml_tui.ui.lessons.step_text import FROZEN, gathering_text

_NOTHING_TO_LEARN = {
    "max-pooling": "Back-propagation passes δ of a window to the place of its largest number.",
    "average-pooling": "Back-propagation gives each place of a window an equal share of its δ.",
    "global-average-pooling": "Back-propagation gives each place of a channel an equal share of its δ.",
    "dropout": "Back-propagation multiplies δ by the same factors: a number that is 0 has no effect on the cost.",
    "activation": "Back-propagation multiplies δ by the slope σ′.",
    "flatten": "Back-propagation passes δ on as it is.",
    "residual": "The layers of its block learn, on the pages before this one; back-propagation passes δ of the sum on "
    "as it is, to the last of them and to what enters the block.",
}


def gradient_page(p: LayerPosition) -> LessonPage:
    """Return the page on the gradients and the update at a position."""
    layer = p.layer
    if layer.W.before.size:
        return _weight(p)
    if layer.gamma.before.size:
        return _scale(p)
    lines: list[Said] = [("heading", "Gradients: how the cost changes with each weight"), SPACE]
    reason = _NOTHING_TO_LEARN.get(layer.kind)
    if reason is None:
        lines.append(("text", "The gradients of the layer are computed in the same way, and are not shown."))
    else:
        lines += [("text", "This layer has no parameters of its own, so nothing is learnt here."), ("text", reason)]
    return LessonPage(lines, explained_forward(p)[3])


def _weight(p: LayerPosition) -> LessonPage:
    """Return the page of one weight: the sum over samples, and over windows, and the update."""
    layer, place, taken = p.layer, p.place, p.taken
    i, weights = place.unit, layer.W
    channel, row, column = np.unravel_index(place.input, weights.before.shape[1:])
    noun = p.noun
    equations: tuple[str, ...]
    deltas = layer.delta[i] if i < len(layer.delta) else NOTHING
    if layer.kind == "convolution":
        seen = _seen_by(p, int(channel), int(row), int(column))
        places = int(np.prod(layer.shape_after[1:]))
        equations = ("∇wₖ = Σ δₖ(r, c)·(number of a⁽ˡ⁻¹⁾ that the weight met at r, c)", "∇bₖ = Σ δₖ(r, c)")
        over = f"{places:,} windows of each of the {taken.samples:,} samples: the weight is the same in all of them"
        named = f"channel {channel + 1}, row {row + 1}, column {column + 1} of kernel {i + 1}"
    elif layer.kind == "embedding":
        deltas, seen, named = _of_category(p, int(channel))
        noun, places = "number", 1
        equations = ("∇W⁽ˡ⁾ = Σ δ⁽ˡ⁾ of the samples of a category",)
        over = f"{taken.samples:,} samples, and the indicator is 0 where another category is"
    else:
        seen, places = layer.before[int(channel)], 1
        equations = ("∇W⁽ˡ⁾ = δ⁽ˡ⁾ a⁽ˡ⁻¹⁾ᵀ", "∇b⁽ˡ⁾ = Σ δ⁽ˡ⁾ over the samples")
        over, named = f"{taken.samples:,} samples", f"unit {i + 1} for input {channel + 1}"
    pairs = list(zip(deltas.ravel().tolist(), seen.ravel().tolist(), strict=True))
    gradient = float(weights.gradient[i, channel, row, column])
    left_out = places * taken.samples - len(pairs)
    before, after = (float(each[i, channel, row, column]) for each in (weights.before, weights.after))
    mean = float(weights.mean[i, channel, row, column]) if weights.mean.size else None
    lines: list[Said] = [
        ("heading", "Gradients: how the cost changes with each weight, and the update"),
        SPACE,
        *(("equation", each) for each in equations),
        ("text", f"The sum is over the {over}. δ is divided by the number of samples, as the cost is a mean."),
        *p.cut_lines(),
        SPACE,
        ("text", f"By hand, rounded: the weight of {named}"),
        ("hand", f"∇w = {product_sum(pairs, gradient, most=p.most, more=left_out)}"),
        *_step_lines(p, mean, "w", before, after),
    ]
    columns = [("w", weights.before), ("∇w", weights.gradient), ("w after", weights.after)]
    columns += [("mean ∇w", weights.mean)] if weights.mean.size else []
    table = NumberMatrix(
        f"the weights of {noun} {i + 1}, their gradients and their values after the update",
        weight_labels(layer),
        beside=[(title, values[i].ravel()) for title, values in columns],
        row=place.input,
        row_chooses="input",
    )
    return LessonPage(lines, table)


def _step_lines(p: LayerPosition, mean: float | None, name: str, before: float, after: float) -> list[Said]:
    """Return lines on the step of a parameter, whose mean gradient is given where several mini-batches make it."""
    gathered, taken = p.taken.gathered, p.taken
    if p.layer.frozen:
        return [("text", FROZEN), ("hand", f"{name} = {value(after)}")]
    if gathered is None or mean is None:
        text = "The optimizer makes the step from all gradients until now:"
        return [("text", text), ("hand", f"{name}: {value(before)} → {value(after)}")]
    total = gathered.samples + taken.samples
    lines: list[Said] = [("text", gathering_text(gathered, total))]
    lines.append(("hand", f"mean ∇{name} over {total:,} samples = {value(mean)}"))
    return [*lines, ("hand", f"{name}: {value(before)} → {value(after)}")]


def _of_category(p: LayerPosition, category: int) -> tuple[NDArray[np.floating], NDArray[np.floating], str]:
    """Return the deltas of one number of a category of an embedding, its indicators, and its name."""
    layer, number = p.layer, p.place.unit
    (others, size), column = embedding_outputs(layer), 0
    while category >= layer.columns[column][1]:
        category -= layer.columns[column][1]
        column += 1
    unit = others + column * size + number
    feature = layer.columns[column][0] + category
    named = f"category {category + 1} of column {column + 1}, number {number + 1}"
    if unit >= len(layer.delta) or feature >= len(layer.before):
        return NOTHING, NOTHING, named
    return layer.delta[unit], layer.before[feature], named


def _seen_by(p: LayerPosition, channel: int, row: int, column: int) -> NDArray[np.floating]:
    """Return the numbers that one weight of a kernel meets in all windows, (rows, columns, samples)."""
    layer = p.layer
    border = (layer.padding, layer.padding)
    image = np.pad(layer.before[channel], (border, border, (0, 0)))
    rows, columns = layer.after.shape[1:3]
    step = layer.stride
    return image[row : row + (rows - 1) * step + 1 : step, column : column + (columns - 1) * step + 1 : step]


def _scale(p: LayerPosition) -> LessonPage:
    """Return the page of gamma and beta of a normalisation."""
    layer, k = p.layer, p.place.unit
    at_place = f", {p.where}" if scales_places(layer) else ""
    lines: list[Said] = [
        ("heading", "Gradients: how the cost changes with each scale and shift, and the update"),
        SPACE,
        ("equation", "∇γₖ = Σ δₖ h     ∇βₖ = Σ δₖ"),
        ("text", "δ is here the gradient of the cost with respect to the outputs; the sums are over all numbers that "
                 "γₖ and βₖ are applied to."),
        ("text", "Mean and deviation depend on the inputs too: back-propagation takes that into account, so that "
                 "the inputs' δ has the mean 0."),
        SPACE,
        ("text", f"{p.noun} {k + 1}{at_place}:"),
        ("hand", f"∇γ = {_of(p, layer.gamma.gradient)}     γ: {_step(p, layer.gamma)}"),
        ("hand", f"∇β = {_of(p, layer.beta.gradient)}     β: {_step(p, layer.beta)}"),
    ]  # fmt: skip
    if layer.frozen:
        lines.append(("text", FROZEN))
    elif p.taken.gathered is not None:
        lines.append(("text", gathering_text(p.taken.gathered, p.taken.gathered.samples + p.taken.samples)))
    units = p.units
    columns = (
        ("γ", layer.gamma.before),
        ("∇γ", layer.gamma.gradient),
        ("γ after", layer.gamma.after),
        ("β", layer.beta.before),
        ("∇β", layer.beta.gradient),
        ("β after", layer.beta.after),
    )
    table = NumberMatrix(
        f"γ and β of every {p.noun}{at_place}",
        [str(unit + 1) for unit in range(units)],
        beside=[(title, p.scales(values)[:units]) for title, values in columns],
        row=k,
        row_chooses="unit",
    )
    return LessonPage(lines, table)


def _of(p: LayerPosition, values: NDArray[np.floating]) -> str:
    return value(float(p.scales(values)[p.place.unit]))


def _step(p: LayerPosition, moved: Moved) -> str:
    return f"{_of(p, moved.before)} → {_of(p, moved.after)}"
