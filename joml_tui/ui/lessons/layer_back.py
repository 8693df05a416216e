"""Pages on back-propagation through layers of all kinds: the gradient that one layer hands to the layer before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from joml_tui.inspect.layer_steps import LayerNumbers
from joml_tui.ui.lessons import notation
from joml_tui.ui.lessons.layer_position import LayerPosition, category_weights, embedding_outputs
from joml_tui.ui.lessons.notation import factor, plain_sum, product_sum, shape, value
from joml_tui.ui.lessons.number_table import NumberMatrix
from joml_tui.ui.lessons.page import SPACE, LessonPage, Said
from joml_tui.ui.lessons.step_text import SLOPES

_HEADING = "Back-propagation: how the cost changes with what the layer computes"
_AS_OUTPUTS = "Nothing of this layer comes between g and δ: its δ is with respect to its outputs."


@dataclass(frozen=True, slots=True, eq=False)
class HandedBack:
    """The rule by which a layer hands its delta to the one before it, with the numbers of one place.

    Attributes
    ----------
    equation : str
        The right side of g = ..., with the number of the layer; r = ... where more comes past blocks.
    factors : sequence of pairs
        Numbers of the layer, and of its delta, whose products add up to the gradient; empty for other rules.
    labels : sequence of str
        The names of the factors in a table.
    left_out : int
        The number of products that are not among them.
    lines : sequence of str
        Lines by hand of a rule without factors.
    note : str
    """

    equation: str
    factors: Sequence[tuple[float, float]] = ()
    labels: Sequence[str] = ()
    left_out: int = 0
    lines: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Back:
    """A position, the layer whose rule is used there, and the part of the gradient that comes by this rule."""

    p: LayerPosition
    following: LayerNumbers
    part: float

    @property
    def delta(self) -> str:
        """The layer's delta in the article's notation."""
        return f"δ{notation.layer(self.following.number)}"

    @property
    def g(self) -> str:
        """The name of the part: r where there is more that comes past blocks."""
        return "r" if self.p.layer.carried else "g"

    @property
    def at(self) -> tuple[int, int, int, int]:
        """The place among the numbers of the layer, and the sample."""
        place = self.p.place
        return place.unit, self.p.row, self.p.column, place.sample

    @property
    def same(self) -> float:
        """The delta of the layer that follows at the same place."""
        return float(self.following.delta[self.at])


def back_page(p: LayerPosition) -> LessonPage:
    """Return the page on the back-propagation to a hidden layer at a position."""
    layer, place = p.layer, p.place
    following = p.taken.layers[layer.following]
    handed, carried = handed_back(p), [p.taken.layers[each] for each in layer.carried]
    equations = [f"g{p.own} = {handed.equation}"]
    if carried:
        ways = "".join(f" + {_way(each)}" for each in carried)
        equations = [f"r = {handed.equation}", f"g{p.own} = r{ways}"]
    lines: list[Said] = [("heading", _HEADING), SPACE, *(("equation", each) for each in equations), *_own_equations(p)]
    lines.append(
        (
            "text",
            f"g{p.own} is the gradient of the cost with respect to a{p.own}, {shape(*layer.shape_after)}. It comes "
            f"from layer {following.number}, {_name(following)}, by the rule of that layer.",
        )
    )
    notes = [handed.note, *(_both_ways(each) for each in carried), *_own_notes(p)]
    lines += [("text", note) for note in notes if note]
    what = f"{p.noun} {place.unit + 1}" + (f" at {p.where}" if p.has_places else "")
    lines += [*p.cut_lines(), SPACE, ("text", f"By hand, rounded: {what}, sample {place.sample + 1}")]
    lines += [("hand", line) for line in (*_received_lines(p, handed, carried), *_own_lines(p))]
    return LessonPage(lines, _table(p, handed, following))


def handed_back(p: LayerPosition) -> HandedBack:
    """Return what the following layer hands back to a position of a hidden layer.

    Parameters
    ----------
    p : LayerPosition

    Returns
    -------
    HandedBack
    """
    following = p.taken.layers[p.layer.following]
    back = _Back(p, following, part_by_rule(p))
    one_place = following.kind in _AT_ONE_PLACE
    if one_place and p.place.unit >= min(len(following.before), len(following.delta)):
        return HandedBack(
            f"{back.delta} by the rule of layer {following.number}", lines=[f"{back.g} = {value(back.part)}"]
        )
    return _RULES.get(following.kind, _other)(back)


def part_by_rule(p: LayerPosition) -> float:
    """Return the part of a position's gradient that comes by the following layer's rule, without those of blocks."""
    carried = sum(p.value(p.taken.layers[each].received) for each in p.layer.carried)
    return p.value(p.layer.received) - carried


# --- the rules -----------------------------------------------------------------------------------------------------


def _fully_connected(back: _Back) -> HandedBack:
    following, (unit, row, column, s) = back.following, back.at
    onward = back.p.layer.onward
    weights = onward[:, unit, row, column].tolist() if unit < onward.shape[1] else []
    pairs = list(zip(weights, following.delta[: len(weights), 0, 0, s].tolist(), strict=True))
    number = notation.layer(following.number)
    return HandedBack(
        f"W{number}ᵀ {back.delta}",
        pairs,
        [str(unit + 1) for unit in range(len(pairs))],
        following.shape_after[0] - len(pairs),
        note="Every unit of that layer hands back its δ times the weight that it has for this number.",
    )


def _convolution(back: _Back) -> HandedBack:
    following, (unit, row, column, s) = back.following, back.at
    pairs, labels, windows = [], [], 0
    for window, offset in _windows_on(following, row, column):
        windows += 1
        for k in range(len(following.delta)):
            pairs.append((float(following.W.before[k, unit, *offset]), float(following.delta[k, *window, s])))
            labels.append(f"{k + 1}: {window[0] + 1},{window[1] + 1}")
    return HandedBack(
        f"Σ wₖ·{back.delta}ₖ over the windows that hold the place",
        pairs,
        labels,
        windows * following.shape_after[0] - len(pairs),
        note=f"{windows:,} windows of {shape(*following.kernel)} hold this place, and each of the "
        f"{following.shape_after[0]:,} kernels meets it in each of them by another of its weights.",
    )


def _max_pooling(back: _Back) -> HandedBack:
    following, (unit, row, column, s) = back.following, back.at
    height, width = following.kernel
    terms, labels, windows = [], [], 0
    for window, offset in _windows_on(following, row, column):
        windows += 1
        top, left = (place * following.stride for place in window)
        numbers = following.before[unit, top : top + height, left : left + width, s]
        if int(np.argmax(numbers)) == offset[0] * width + offset[1]:
            terms.append((1.0, float(following.delta[unit, *window, s])))
            labels.append(f"{window[0] + 1},{window[1] + 1}")
    return HandedBack(
        f"Σ {back.delta} of the windows whose largest number is at the place",
        terms,
        labels,
        lines=[f"{back.g} = {_terms_of(terms, back) if terms else _not_largest(windows)}"],
        note="δ of a window goes to the place of its largest number, of equal ones to the first.",
    )


def _not_largest(windows: int) -> str:
    if not windows:
        return "0: no window holds this place"
    return f"0: it is not the largest number of {'its window' if windows == 1 else 'any of its windows'}"


def _average_pooling(back: _Back) -> HandedBack:
    following, (unit, row, column, s) = back.following, back.at
    count = int(np.prod(following.kernel))
    windows = [window for window, _ in _windows_on(following, row, column)]
    pairs = [(1 / count, float(following.delta[unit, *window, s])) for window in windows]
    terms = plain_sum([delta for _, delta in pairs], back.part * count, most=back.p.most).rpartition(" = ")[0]
    return HandedBack(
        f"Σ {back.delta} of the windows that hold the place, / {count:,}",
        pairs,
        [f"{window[0] + 1},{window[1] + 1}" for window in windows],
        lines=[f"{back.g} = ({terms}) / {count:,} = {value(back.part)}" if pairs else f"{back.g} = {_not_largest(0)}"],
        note=f"Each of the {count:,} numbers of a window has an equal share of its δ.",
    )


def _global_pooling(back: _Back) -> HandedBack:
    unit, _, _, s = back.at
    count = int(np.prod(back.following.shape_before[1:]))
    delta = float(back.following.delta[unit, 0, 0, s])
    return HandedBack(
        f"{back.delta}ₖ / {count:,}",
        [(1 / count, delta)],
        [str(unit + 1)],
        lines=[f"{back.g} = {value(delta)} / {count:,} = {value(back.part)}"],
        note="Each place of a channel has an equal share of the δ of its mean.",
    )


def _batch_normalisation(back: _Back) -> HandedBack:
    following, (k, _, _, _) = back.following, back.at
    count = back.p.taken.samples * int(np.prod(following.shape_before[1:]))
    h = (float(following.before[back.at]) - float(following.mean[k])) / float(following.deviation[k])
    mean, mean_h = (float(each.gradient[k, 0, 0]) / count for each in (following.beta, following.gamma))
    gamma, deviation, d = float(following.gamma.before[k, 0, 0]), float(following.deviation[k]), back.delta
    return HandedBack(
        f"γ / √(variance + ε)·({d} − mean {d} − h·mean({d}h))",
        lines=[
            f"mean δ = ∇β / {count:,} = {value(mean)},   mean(δh) = ∇γ / {count:,} = {value(mean_h)},   h = {value(h)}",
            f"{back.g} = {factor(gamma)} / {value(deviation)}·({value(back.same)} − {factor(mean)} − "
            f"{factor(h)}·{factor(mean_h)}) = {value(back.part)}",
        ],
        note="Each number also moves mean and variance of its mini-batch: the two means, over all its numbers of a "
        f"{back.p.noun}, take that into account.",
    )


def _layer_normalisation(back: _Back) -> HandedBack:
    following, (k, row, column, s) = back.following, back.at
    mean, deviation = float(following.mean[s]), float(following.deviation[s])
    h = (float(following.before[back.at]) - mean) / deviation
    mean_d, mean_dh = (float(each) for each in following.delta_means[:, s])
    gamma = float(following.gamma.before[k, row, column])
    d = value(gamma * back.same)
    lines = [
        f"mean d = {value(mean_d)},   mean(d h) = {value(mean_dh)},   h = {value(h)}",
        f"d = γ·δ = {value(gamma)}·{factor(back.same)} = {d}",
        f"{back.g} = ({d} − {factor(mean_d)} − {factor(h)}·{factor(mean_dh)}) / {value(deviation)} = "
        f"{value(back.part)}",
    ]
    return HandedBack(
        "(d − mean d − h·mean(d h)) / √(variance + ε)",
        lines=lines,
        note=f"Here d = γ ⊙ {back.delta}. Each number also moves mean and variance of its sample: the two means, over "
        "the features, take that into account.",
    )


def _dropout(back: _Back) -> HandedBack:
    before, after = float(back.following.before[back.at]), float(back.following.after[back.at])
    kept = after / before if before else (back.part / back.same if back.same else 0.0)
    return HandedBack(
        f"m ⊙ {back.delta}",
        lines=[f"{back.g} = m·δ = {value(kept)}·{factor(back.same)} = {value(back.part)}"],
        note="m is the mask of forward propagation: a number that was set to 0 has no effect on the cost.",
    )


def _activation(back: _Back) -> HandedBack:
    slope = float(back.following.slope[back.at])
    return HandedBack(
        f"{back.delta} ⊙ σ′(a)",
        lines=[f"{back.g} = {factor(back.same)}·{factor(slope)} = {value(back.part)}"],
        note=_slope_note(back.following.activation),
    )


def _flatten(back: _Back) -> HandedBack:
    return HandedBack(f"{back.delta}, as an image again", lines=[f"{back.g} = {value(back.part)}"])


def _embedding(back: _Back) -> HandedBack:
    """Return what an embedding hands back: to an indicator by its category's numbers, to another feature its δ."""
    following, (feature, _, _, s) = back.following, back.at
    others, size = embedding_outputs(following)
    copied = feature
    for column, (first, count) in enumerate(following.columns):
        if first <= feature < first + count:
            numbers = [category_weights(following, column, number) for number in range(size)]
            units = [others + column * size + number for number in range(size)]
            pairs = [
                (float(weights[feature - first]), float(following.delta[unit, 0, 0, s]))
                for weights, unit in zip(numbers, units, strict=True)
                if feature - first < len(weights) and unit < len(following.delta)
            ]
            labels = [f"number {number + 1}" for number in range(len(pairs))]
            note = "This feature is an indicator of a category, whose numbers hand their δ back by their weights."
            return HandedBack(f"Wᵀ{back.delta} of its column", pairs, labels, size - len(pairs), note=note)
        copied -= count if first + count <= feature else 0
    return HandedBack(
        back.delta,
        lines=[f"{back.g} = {value(back.part)}"],
        note=f"This feature is copied to output {copied + 1} of that layer, whose δ it gets as it is.",
    )


def _sum(back: _Back) -> HandedBack:
    number = back.following.number
    return HandedBack(
        back.delta,
        lines=[f"{back.g} = {value(back.part)}"],
        note=f"Block {number} adds this to what enters it, and a sum hands its δ on as it is: the same {back.delta} "
        "reaches what enters the block too.",
    )


def _other(back: _Back) -> HandedBack:
    return HandedBack(
        f"{back.delta} by the rule of layer {back.following.number}", lines=[f"{back.g} = {value(back.part)}"]
    )


_RULES: dict[str, Callable[[_Back], HandedBack]] = {
    "fully-connected": _fully_connected,
    "convolution": _convolution,
    "max-pooling": _max_pooling,
    "average-pooling": _average_pooling,
    "global-average-pooling": _global_pooling,
    "batch-normalisation": _batch_normalisation,
    "layer-normalisation": _layer_normalisation,
    "dropout": _dropout,
    "activation": _activation,
    "flatten": _flatten,
    "residual": _sum,
    "embedding": _embedding,
}
#: The kinds whose rule reads the numbers of one unit before and after the layer.
_AT_ONE_PLACE = tuple(kind for kind in _RULES if kind not in ("fully-connected", "flatten", "residual", "embedding"))


def _windows_on(layer: LayerNumbers, row: int, column: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield the windows of a layer that hold a place of its inputs, and the place in each of them."""
    rows, columns = layer.shape_after[1:]
    (height, width), border = layer.kernel, layer.padding
    for window_row in range(rows):
        down = row + border - window_row * layer.stride
        if not 0 <= down < height:
            continue
        for window_column in range(columns):
            along = column + border - window_column * layer.stride
            if 0 <= along < width:
                yield (window_row, window_column), (down, along)


def _terms_of(terms: Sequence[tuple[float, float]], back: _Back) -> str:
    return plain_sum([delta for _, delta in terms], back.part, most=back.p.most)


# --- the layer itself ----------------------------------------------------------------------------------------------


def _has_function(layer: LayerNumbers) -> bool:
    """Return whether an activation function of the layer stands between its z and its outputs."""
    return layer.kind in ("convolution", "fully-connected")


def _own_equations(p: LayerPosition) -> list[Said]:
    layer = p.layer
    if not _has_function(layer):
        return [("equation", f"δ{p.own} = g{p.own}")]
    mask = " ⊙ m" if layer.mask.size else ""
    if not layer.normalised:
        return [("equation", f"δ{p.own} = g{p.own}{mask} ⊙ σ′(z{p.own})")]
    return [
        ("equation", f"d = g{p.own}{mask} ⊙ σ′(n{p.own})"),
        ("equation", f"δ{p.own} = (γd − mean γd − h · mean γd h) / √(var z{p.own} + 10⁻⁵)"),
    ]


def _own_notes(p: LayerPosition) -> list[str]:
    layer = p.layer
    notes = []
    if layer.kind == "residual":
        notes.append(
            f"δ{p.own} takes two ways: through the layers of the block, and past them to what enters it, where both "
            "are added."
        )
    if _has_function(layer):
        notes.append(_slope_note(layer.activation))
    else:
        notes.append(_AS_OUTPUTS)
    if layer.mask.size:
        notes.append("m is the dropout mask of forward propagation: a dropped unit has no effect on the cost.")
    if layer.previous < 0:
        notes.append("This is the first layer: the samples before it are given, and δ goes no further.")
    return notes


def _slope_note(activation: str) -> str:
    return f"σ′ of {activation}: {SLOPES[activation]}." if activation in SLOPES else ""


def _own_lines(p: LayerPosition) -> list[str]:
    """Return the lines by hand from the gradient of the outputs to the layer's delta."""
    layer = p.layer
    received, delta = p.value(layer.received), p.value(layer.delta)
    if not _has_function(layer) or not layer.slope.size:
        return [f"δ = g = {value(delta)}"] if layer.kind != "fully-connected" else [f"δ = {value(delta)}"]
    slope = p.value(layer.slope)
    kept = f"·{value(p.value(layer.mask))}" if layer.mask.size else ""
    product = f"{factor(received)}{kept}·{factor(slope)}"
    if not layer.normalised:
        return [f"δ = {product} = {value(delta)}"]
    d = received * (p.value(layer.mask) if layer.mask.size else 1.0) * slope
    return [f"d = {product} = {value(d)}", f"δ = {value(delta)}"]


def _received_lines(p: LayerPosition, handed: HandedBack, carried: Sequence[LayerNumbers]) -> list[str]:
    """Return the lines by hand for g: the rule of the layer that follows, and the ways past blocks."""
    part = part_by_rule(p)
    lines = list(handed.lines)
    if not lines:
        name = "r" if carried else "g"
        lines = [f"{name} = {product_sum(handed.factors, part, most=p.most, more=handed.left_out)}"]
    if carried:
        past = " + ".join(factor(p.value(each.received)) for each in carried)
        lines.append(f"g = {value(part)} + {past} = {value(p.value(p.layer.received))}")
    return lines


def _way(block: LayerNumbers) -> str:
    """Return the gradient that the end of a block hands to what enters it."""
    name = "δ" if block.kind == "residual" else "g"
    return f"{name}{notation.layer(block.number)}"


def _both_ways(block: LayerNumbers) -> str:
    end = (
        f"block {block.number}" if block.kind == "residual" else f"the residual block that ends in layer {block.number}"
    )
    return f"What this layer makes also enters {end}, whose sum hands {_way(block)} back as it is."


def _name(layer: LayerNumbers) -> str:
    words = layer.kind.replace("-", " ")
    return {"residual": "the sum of a block", "other": "a layer of another kind"}.get(layer.kind, words)


def _table(p: LayerPosition, handed: HandedBack, following: LayerNumbers) -> NumberMatrix:
    """Return the products at one place of a convolution's windows, or else every unit at the place."""
    layer, place = p.layer, p.place
    at = f"{p.where} of sample {place.sample + 1}" if p.has_places else f"sample {place.sample + 1}"
    if following.kind == "convolution" and handed.factors:
        weights, deltas = np.array(handed.factors, np.float32).T
        return NumberMatrix(
            f"the weights that meet {p.noun} {place.unit + 1} at {at}, and the δ of their windows",
            list(handed.labels),
            beside=[("w", weights), ("δ", deltas), ("w·δ", weights * deltas)],
        )
    units = p.units
    here = (slice(units), p.row, p.column, place.sample)
    beside = [("g", layer.received[here])]
    beside += [(_way(p.taken.layers[each]), p.taken.layers[each].received[here]) for each in layer.carried]
    if layer.mask.size:
        beside.append(("m", layer.mask[here]))
    if _has_function(layer) and layer.slope.size:
        beside.append(("σ′", layer.slope[here]))
    beside.append((f"δ{p.own}", layer.delta[here]))
    labels = [str(unit + 1) for unit in range(units)]
    title = f"every {p.noun}, {at}"
    if following.kind == "fully-connected" and layer.onward.shape[1] >= units:
        matrix = layer.onward[:, :units, p.row, p.column].T
        number = notation.layer(following.number)
        deltas = following.delta[: matrix.shape[1], 0, 0, place.sample]
        columns = [str(unit + 1) for unit in range(matrix.shape[1])]
        return NumberMatrix(
            f"W{number}ᵀ; {title}", labels, matrix, columns, deltas, f"δ{number}", beside, place.unit, -1, "unit", ""
        )
    return NumberMatrix(title, labels, beside=beside, row=place.unit, row_chooses="unit")
