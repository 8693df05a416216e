"""Pages on the forward propagation of layers of all kinds: a window, a normalisation or a unit by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect.layer_steps import LayerNumbers
from joml_tui.ui.lessons import notation
from joml_tui.ui.lessons.layer_position import LayerPosition, category_weights, embedding_outputs
from joml_tui.ui.lessons.notation import factor, index, ordinal, plain_sum, product_sum, shape, value
from joml_tui.ui.lessons.number_table import NumberMatrix
from joml_tui.ui.lessons.page import SPACE, LessonPage, Said
from joml_tui.ui.lessons.step_text import function_text

#: Equations, notes, lines by hand and the table of a page.
Parts = tuple[Sequence[str], Sequence[str], Sequence[str], NumberMatrix]

_HEADINGS = {
    "convolution": "Forward: every window of the image meets the same weights",
    "fully-connected": "Forward: every unit sums all inputs by weights of its own",
    "max-pooling": "Forward: the largest number of every window",
    "average-pooling": "Forward: the mean of every window",
    "global-average-pooling": "Forward: the mean of every channel",
    "batch-normalisation": "Forward: every channel is normalised over the mini-batch",
    "layer-normalisation": "Forward: every sample is normalised over its features",
    "residual": "Forward: a block adds what its layers make of its inputs",
    "dropout": "Forward: numbers are set to 0 at random",
    "activation": "Forward: every number goes through the activation function",
    "flatten": "Forward: an image becomes its features",
    "embedding": "Forward: each category becomes its learned numbers",
    "other": "Forward: what the layer makes of its inputs",
}


def forward_page(p: LayerPosition) -> LessonPage:
    """Return the page on the forward propagation at a position."""
    layer, place = p.layer, p.place
    here = f"Here l = {layer.number}: a{p.previous} is {shape(*layer.shape_before)}"
    if len(layer.shape_before) == 3:
        here += " (channels, height, width)"
    what = f"{p.noun} {place.unit + 1}"
    if p.has_places:
        what += f" at {p.where}"
    by_hand = f"By hand, rounded: {what}, sample {place.sample + 1}"
    equations, notes, hand, table = explained_forward(p)
    lines: list[Said] = [
        ("heading", _HEADINGS[layer.kind]),
        SPACE,
        *(("equation", each) for each in equations),
        ("text", f"{here}, and a{p.own} {shape(*layer.shape_after)}."),
        *(("text", each) for each in notes),
        *p.cut_lines(),
        SPACE,
        ("text", by_hand),
        *(("hand", each) for each in hand),
    ]
    return LessonPage(lines, table)


def explained_forward(p: LayerPosition) -> Parts:
    """Return equations, notes, lines by hand and the table of a position."""
    return _PARTS.get(p.layer.kind, _number)(p)


def _convolution(p: LayerPosition) -> Parts:
    layer, place = p.layer, p.place
    k, s = place.unit, place.sample
    at = index(k + 1)
    window, weights = p.window(), layer.W.before[k]
    pairs = list(zip(weights.ravel().tolist(), window.ravel().tolist(), strict=True))
    z, a, b = p.value(layer.z), p.value(layer.after), float(layer.b.before[k])
    left_out = layer.shape_before[0] * weights[0].size - len(pairs)
    equations = (
        "z⁽ˡ⁾ₖ(r, c) = Σ wₖ·(window of a⁽ˡ⁻¹⁾ at r, c) + bₖ",
        f"a⁽ˡ⁾ = σ(z⁽ˡ⁾)     σ = {function_text(layer.activation)}",
    )
    apart = "neighbouring places" if layer.stride == 1 else f"{layer.stride} places apart"
    border = f", and a border of zeros, {layer.padding} wide, surrounds the image" * (layer.padding > 0)
    notes = (
        f"W{p.own} has {layer.shape_after[0]:,} kernels of {shape(layer.shape_before[0], *layer.kernel)}. "
        f"Windows are {apart}{border}. {shape(*layer.shape_after[1:])} windows share a kernel: its numbers and bₖ are "
        "all that is learnt.",
    )
    hand = (
        f"z{at} = w{at}·window + b{at} = " + product_sum(pairs, z, most=p.most, more=left_out, plus=b),
        f"a{at} = {_applied(layer.activation, z)} = {value(a)}",
    )
    table = NumberMatrix(
        f"the window at {p.where} of sample {s + 1}, and kernel {k + 1}",
        weight_labels(layer),
        beside=[("a", window.ravel()), ("w", weights.ravel()), ("w·a", window.ravel() * weights.ravel())],
    )
    return equations, notes, hand, table


def _pooling(p: LayerPosition) -> Parts:
    layer, place = p.layer, p.place
    window, a = p.window()[place.unit], p.value(layer.after)
    numbers = [float(each) for each in window.ravel()]
    if layer.kind == "max-pooling":
        equation, rule = "a⁽ˡ⁾ₖ(r, c) = max(window of a⁽ˡ⁻¹⁾ₖ at r, c)", "the largest of"
        hand = f"max({', '.join(map(value, numbers))}) = {value(a)}"
    else:
        equation, rule = "a⁽ˡ⁾ₖ(r, c) = mean(window of a⁽ˡ⁻¹⁾ₖ at r, c)", "the mean of"
        hand = f"({_terms(numbers, a * len(numbers), p.most)}) / {len(numbers):,} = {value(a)}"
    notes = (f"A window is {shape(*layer.kernel)}, and the next one {layer.stride} further: {rule} {len(numbers):,}.",)
    table = NumberMatrix(
        f"the window at {p.where} of channel {place.unit + 1}",
        [str(row + 1) for row in range(len(window))],
        window,
        [str(column + 1) for column in range(window.shape[1])],
    )
    return (equation,), notes, (hand,), table


def _global_pooling(p: LayerPosition) -> Parts:
    place, a = p.place, p.value(p.layer.after)
    image = p.layer.before[place.unit, :, :, place.sample]
    numbers = [float(each) for each in image.ravel()]
    hand = f"({_terms(numbers, a * len(numbers), p.most)}) / {len(numbers):,} = {value(a)}"
    table = NumberMatrix(
        f"channel {place.unit + 1} of sample {place.sample + 1}",
        [str(row + 1) for row in range(len(image))],
        image,
        [str(column + 1) for column in range(image.shape[1])],
    )
    return ("a⁽ˡ⁾ₖ = mean over all places of a⁽ˡ⁻¹⁾ₖ",), (), (hand,), table


def _batch_normalisation(p: LayerPosition) -> Parts:
    layer, k = p.layer, p.place.unit
    samples = p.taken.samples
    count = samples * int(np.prod(layer.shape_before[1:]))
    mean, deviation = float(layer.mean[k]), float(layer.deviation[k])
    gamma, beta = (float(p.scales(each.before)[k]) for each in (layer.gamma, layer.beta))
    x, a = p.value(layer.before), p.value(layer.after)
    h = (x - mean) / deviation
    numbers = [float(each) for each in np.moveaxis(layer.before[k], -1, 0).ravel()]
    running, momentum = layer.running[:, k].tolist(), layer.momentum
    over = f"{samples:,} samples" + (f" at {shape(*layer.shape_before[1:])} places" if count > samples else "")
    equations = (
        "h = (a⁽ˡ⁻¹⁾ₖ − mean) / √(variance + ε)",
        "a⁽ˡ⁾ₖ = γₖ h + βₖ",
    )
    notes = (
        f"Mean and variance are those of {p.noun} {k + 1} over the mini-batch: {over}, {count:,} numbers.",
        "In prediction their running means take their place, so that a prediction depends on its sample alone.",
    )
    sum_of_all = _terms(numbers, mean * count, p.most, count - len(numbers))
    hand = (
        f"mean = ({sum_of_all}) / {count:,} = {value(mean)}",
        f"√(variance + ε) = {value(deviation)}",
        f"h = ({value(x)} − {factor(mean)}) / {value(deviation)} = {value(h)}",
        f"a = γ·h + β = {value(gamma)}·{factor(h)} + {factor(beta)} = {value(a)}",
        f"running mean = {value(1 - momentum)}·{factor(running[0])} + {value(momentum)}·{factor(mean)} = "
        f"{value(running[1])}",
    )
    return equations, notes, hand, _normalisation_table(p, ("mean", layer.mean), ("deviation", layer.deviation))


def _layer_normalisation(p: LayerPosition) -> Parts:
    layer, s = p.layer, p.place.sample
    mean, deviation = float(layer.mean[s]), float(layer.deviation[s])
    x, a = p.value(layer.before), p.value(layer.after)
    h, count = (x - mean) / deviation, int(np.prod(layer.shape_before))
    numbers = [float(each) for each in layer.before[..., s].ravel()]
    gamma, beta = (float(p.scales(each.before)[p.place.unit]) for each in (layer.gamma, layer.beta))
    hand = (
        f"mean = ({_terms(numbers, mean * count, p.most, count - len(numbers))}) / {count:,} = {value(mean)}",
        f"√(variance + ε) = {value(deviation)}",
        f"h = ({value(x)} − {factor(mean)}) / {value(deviation)} = {value(h)}",
        f"a = γ·h + β = {value(gamma)}·{factor(h)} + {factor(beta)} = {value(a)}",
    )
    equations = ("h = (a⁽ˡ⁻¹⁾ − mean) / √(variance + ε)", "a⁽ˡ⁾ = γ ⊙ h + β")
    notes = (f"Mean and variance are those of sample {s + 1} over its {count:,} features.",)
    return equations, notes, hand, _normalisation_table(p)


def _normalisation_table(p: LayerPosition, *beside: tuple[str, NDArray[np.floating]]) -> NumberMatrix:
    layer, place = p.layer, p.place
    units = p.units
    columns = [
        *beside,
        ("γ", p.scales(layer.gamma.before)),
        ("β", p.scales(layer.beta.before)),
        ("in", layer.before[:, p.row, p.column, place.sample]),
        ("out", layer.after[:, p.row, p.column, place.sample]),
    ]
    return NumberMatrix(
        f"every {p.noun}, {p.where} of sample {place.sample + 1}"
        if p.has_places
        else f"every unit, sample {place.sample + 1}",
        [str(unit + 1) for unit in range(units)],
        beside=[(title, values[:units]) for title, values in columns],
        row=place.unit,
        row_chooses="unit",
    )


def _fully_connected(p: LayerPosition) -> Parts:
    layer, place = p.layer, p.place
    i, s = place.unit, place.sample
    at, weights, a_before = index(i + 1), layer.W.before[i, :, 0, 0], layer.before[:, 0, 0, s]
    shown = min(len(weights), len(a_before))
    pairs = list(zip(weights[:shown].tolist(), a_before[:shown].tolist(), strict=True))
    count = int(np.prod(layer.shape_before))
    z, a = p.value(layer.z), p.value(layer.after)
    total = product_sum(pairs, z, most=p.most, more=count - shown, plus=float(layer.b.before[i]))
    result = f"{_applied(layer.activation, z)} = {value(a)}"
    if not layer.plain:
        result = f"{value(a)}, after the normalisation, dropout or residual block of this layer"
    equations = (
        "z⁽ˡ⁾ = W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾",
        f"a⁽ˡ⁾ = σ(z⁽ˡ⁾)     σ = {function_text(layer.activation)}",
    )
    notes = (f"W{p.own} is {shape(layer.shape_after[0], count)}: every unit has a weight for every input.",)
    units = p.units
    table = NumberMatrix(
        f"W{p.own}; a{p.previous} of sample {s + 1} above it",
        [str(unit + 1) for unit in range(units)],
        layer.W.before[:units, :shown, 0, 0],
        [str(each + 1) for each in range(shown)],
        a_before[:shown],
        f"a{p.previous}",
        [
            ("b", layer.b.before[:units]),
            ("z", layer.z[:units, 0, 0, s]),
            ("a", layer.after[:units, 0, 0, s]),
        ],
        row=i,
        row_chooses="unit",
    )
    return equations, notes, (f"z{at} = w{at}·a + b{at} = {total}", f"a{at} = {result}"), table


def _number(p: LayerPosition) -> Parts:
    """Return the parts of a layer that is explained by one number before and after it."""
    layer, place = p.layer, p.place
    a = p.value(layer.after)
    same = layer.shape_before == layer.shape_after
    x = p.value(layer.before) if same else float("nan")
    hand = f"a = {value(a)}"
    notes: tuple[str, ...] = ()
    equation = "a⁽ˡ⁾ = f(a⁽ˡ⁻¹⁾)"
    if layer.kind == "activation":
        equation = f"a⁽ˡ⁾ = σ(a⁽ˡ⁻¹⁾)     σ = {function_text(layer.activation)}"
        hand = f"a = {_applied(layer.activation, x)} = {value(a)}"
    elif layer.kind == "dropout":
        equation = "a⁽ˡ⁾ = m ⊙ a⁽ˡ⁻¹⁾"
        if np.array_equal(layer.before, layer.after):
            notes = ("Nothing is dropped in this step, as in prediction: every m is 1.",)
        hand = f"a = {value(a / x)}·{factor(x)} = {value(a)}" if x else f"a = m·0 = {value(a)}"
    elif layer.kind == "flatten":
        equation = "a⁽ˡ⁾ = the features of a⁽ˡ⁻¹⁾, channel by channel and row by row"
    elif same:
        hand = f"{value(x)} becomes {value(a)}"
    units = p.units
    column = ("out", layer.after[:units, p.row, p.column, place.sample])
    inputs = [("in", layer.before[:units, p.row, p.column, place.sample])] if same else []
    table = NumberMatrix(
        f"every {p.noun}, sample {place.sample + 1}",
        [str(unit + 1) for unit in range(units)],
        beside=[*inputs, column],
        row=place.unit,
        row_chooses="unit",
    )
    return (equation,), notes, (hand,), table


def _sum(p: LayerPosition) -> Parts:
    """Return the parts of a residual block: what enters it, what its layers add, and the sum."""
    layer, place = p.layer, p.place
    last = p.taken.layers[place.layer - 1]  # the block comes after its layers
    added = notation.layer(last.number)
    x, more, a = p.value(layer.before), p.value(last.after), p.value(layer.after)
    here = (slice(p.units), p.row, p.column, place.sample)
    table = NumberMatrix(
        f"every {p.noun}, sample {place.sample + 1}",
        [str(unit + 1) for unit in range(p.units)],
        beside=[("enters", layer.before[here]), ("adds", last.after[here]), ("sum", layer.after[here])],
        row=place.unit,
        row_chooses="unit",
    )
    note = (
        f"a{p.previous} enters the block, goes through its layers, and past them: they have the pages before this one."
    )
    hand = f"a = {value(x)} + {factor(more)} = {value(a)}"
    return (f"a{p.own} = a{p.previous} + a{added}",), (note,), (hand,), table


def _embedding(p: LayerPosition) -> Parts:
    """Return the parts of one number of a category, or of another feature, which is copied."""
    layer, place = p.layer, p.place
    s = place.sample
    others, size = embedding_outputs(layer)
    a = p.value(layer.after)
    units = range(p.units)
    if place.unit < others:
        notes = ("This feature is no indicator of a category: it is copied.",)
        table = NumberMatrix(
            f"every output, sample {s + 1}",
            [str(unit + 1) for unit in units],
            beside=[("out", layer.after[: p.units, 0, 0, s])],
            row=place.unit,
            row_chooses="unit",
        )
        return ("a⁽ˡ⁾ᵢ = a⁽ˡ⁻¹⁾ᵢ",), notes, (f"a = {value(a)}",), table
    column, number = divmod(place.unit - others, size)
    first, count = layer.columns[column]
    weights, seen = category_weights(layer, column, number), layer.before[first : first + count, 0, 0, s]
    shown = min(len(weights), len(seen))
    pairs = list(zip(weights[:shown].tolist(), seen[:shown].tolist(), strict=True))
    notes = (
        f"Column {column + 1} of categories has {count:,} indicators, of which one is 1: the product picks the column "
        f"of W that belongs to the sample's category. Each category has {size:,} numbers; this is the "
        f"{ordinal(number + 1)}.",
    )
    hand = f"a = {product_sum(pairs, a, most=p.most, more=count - shown)}"
    table = NumberMatrix(
        f"the {ordinal(number + 1)} number of each category of column {column + 1}; the indicators of sample {s + 1}",
        [str(category + 1) for category in range(shown)],
        beside=[("w", weights[:shown]), ("in", seen[:shown])],
    )
    return ("a⁽ˡ⁾ = W⁽ˡ⁾·(indicators of the column)",), notes, (hand,), table


def weight_labels(layer: LayerNumbers) -> list[str]:
    """Return the places of a unit's weights: row and column in the window of a convolution, after the channel."""
    channels, rows, columns = layer.W.before.shape[1:]
    if layer.kind != "convolution":
        return [str(each + 1) for each in range(channels)]
    return [
        f"{channel + 1}: " * (channels > 1) + f"{row + 1},{column + 1}"
        for channel in range(channels)
        for row in range(rows)
        for column in range(columns)
    ]


_PARTS: dict[str, Callable[[LayerPosition], Parts]] = {
    "convolution": _convolution,
    "fully-connected": _fully_connected,
    "max-pooling": _pooling,
    "average-pooling": _pooling,
    "global-average-pooling": _global_pooling,
    "batch-normalisation": _batch_normalisation,
    "layer-normalisation": _layer_normalisation,
    "embedding": _embedding,
    "residual": _sum,
}


def _terms(numbers: Sequence[float], total: float, most: int, more: int = 0) -> str:
    """Return a sum written out, without its result."""
    return plain_sum(numbers, total, most=most, more=more).rpartition(" = ")[0]


def _applied(activation: str, z: float) -> str:
    if activation == "identity":
        return value(z)
    if activation == "relu":
        return f"max(0, {value(z)})"
    return f"exp({value(z)}) / Σⱼ exp(zⱼ)" if activation == "softmax" else f"{activation}({value(z)})"
