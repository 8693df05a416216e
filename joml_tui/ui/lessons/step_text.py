"""The text of the five steps in the article's notation, with the numbers of one sample and unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from joml.declaration import Kind, parts_of
from joml.wording import counted, list_some
from joml_tui.inspect.step_numbers import GatheredTaken, LayerStep, StepTaken
from joml_tui.ui.lessons import notation
from joml_tui.ui.lessons.notation import factor, index, most_products, ordinal, plain_sum, product_sum, shape, value
from joml_tui.ui.lessons.number_table import NumberMatrix
from joml_tui.ui.lessons.optimizer_equations import Parameter, name_of_rule, rule_lines
from joml_tui.ui.lessons.page import SPACE, LessonPage, Said
from joml_tui.ui.text import plain

STEPS = ("Forward", "Cost", "Back", "Gradients", "Update")

_TITLES = (
    "Forward propagation: from the inputs to the prediction",
    "Cost evaluation: how far the predictions are from what is true",
    "Back-propagation: how the cost changes with each unit's input",
    "Gradients: how the cost changes with each weight and bias",
    "Update: each weight and bias moves so that the cost falls",
)

_FUNCTIONS = {
    "relu": "max(0, z)",
    "leaky-relu": "z where z > 0, else a small share of z",
    "elu": "z where z > 0, else α (exp(z) − 1)",
    "gelu": "z Φ(z), Φ the normal distribution's share below z",
    "silu": "z / (1 + exp(−z))",
    "sigmoid": "1 / (1 + exp(−z))",
    "tanh": "tanh(z)",
    "identity": "z",
    "softmax": "exp(zₖ) / Σⱼ exp(zⱼ)",
}
#: The slopes of activation functions, by their names.
SLOPES = {
    "relu": "1 where z > 0, else 0",
    "leaky-relu": "1 where z > 0, else a small share",
    "elu": "1 where z > 0, else α exp(z)",
    "gelu": "Φ(z) + z φ(z), φ the normal distribution's density",
    "silu": "s (1 + z (1 − s)) with s = 1 / (1 + exp(−z))",
    "sigmoid": "σ (1 − σ)",
    "tanh": "1 − σ²",
    "identity": "1",
}
_COSTS = {
    "mean-squared-error": "1/K Σₖ (ŷₖ − yₖ)²",
    "mean-absolute-error": "1/K Σₖ |ŷₖ − yₖ|",
    "huber": "1/K Σₖ of ½ (ŷₖ − yₖ)² near yₖ, and linear far from it",
}
#: What an update does to a frozen layer.
FROZEN = "This layer is frozen: no rule moves it, so that its parameters stay as they are."
_STANDARDISED = (
    "ŷ and y are standardised: each value minus its mean over the training samples, over its standard deviation. So H "
    "has no unit."
)
_MEAN = "The product sums over the {n:,} samples; as δ is divided by n, that is their mean."
#: Most cells of a sample's row in the file.
_MOST_CELLS = 24


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the five steps, counted from 0."""

    step: int = 0
    layer: int = 0
    sample: int = 0
    unit: int = 0
    input: int = 0

    def within(self, taken: StepTaken) -> Place:
        """Return the nearest position that exists in these numbers."""
        layer = min(self.layer, len(taken.layers) - 1)
        shown = taken.layers[-1] if self.step == 1 else taken.layers[layer]
        units, inputs = shown.W.shape
        if self.step == 4:
            inputs += 1  # the bias
        return Place(
            min(max(self.step, 0), len(STEPS) - 1),
            layer,
            min(self.sample, taken.x.shape[1] - 1),
            min(self.unit, units - 1),
            min(self.input, inputs - 1),
        )


def explained(taken: StepTaken, place: Place, room: int) -> LessonPage:
    """Return the page of one position; written-out sums have about ``room`` characters."""
    page = _Explanation(taken, place, room)
    return (page.forward, page.cost, page.back, page.gradients, page.update)[place.step]()


class _Explanation:
    """The pages of one position."""

    def __init__(self, taken: StepTaken, place: Place, room: int) -> None:
        self._taken, self._place = taken, place
        self._layer = taken.layers[place.layer]
        self._number = taken.layers_before + place.layer + 1
        self._last = place.layer == len(taken.layers) - 1
        self._own, self._previous = notation.layer(self._number), notation.layer(self._number - 1)
        self._following = notation.layer(self._number + 1)
        self._most = most_products(room)

    # --- 1 ---------------------------------------------------------------------------------------------------------

    def forward(self) -> LessonPage:
        layer, place, n = self._layer, self._place, self._taken.samples
        i, s = place.unit, place.sample
        a = self._before()
        lines: list[Said] = [("heading", _TITLES[0]), SPACE]
        lines += [("equation", "z⁽ˡ⁾ = W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾"), *self._activation_equations()]
        lines += [
            (
                "text",
                f"Here l = {self._number}: W{self._own} is {shape(layer.size, layer.inputs)}, a{self._previous} "
                f"{shape(layer.inputs, n)}, b{self._own} {layer.size:,}, z{self._own} {shape(layer.size, n)}; "
                "a column for each sample.",
            ),
            *self._cut_lines(),
            *self._sample_in_file(),
            SPACE,
            ("text", f"By hand, rounded: unit {i + 1} of layer {self._number}, sample {s + 1}"),
        ]
        pairs = list(zip(layer.W[i].tolist(), a[:, s].tolist(), strict=True))
        sum_text = product_sum(
            pairs, float(layer.z[i, s]), most=self._most, more=layer.inputs - len(pairs), plus=float(layer.b[i])
        )
        lines += [("hand", f"z{index(i + 1)} = w{index(i + 1)}·a + b{index(i + 1)} = {sum_text}")]
        lines += [("hand", sum_text) for sum_text in self._activation_numbers(i, s)]
        beside = [(f"b{self._own}", layer.b), (f"z{self._own}", layer.z[:, s])]
        if layer.normalised:
            beside.append((f"n{self._own}", layer.n[:, s]))
        if layer.dropout and layer.mask.size:
            beside.append(("m", layer.mask[:, s]))
        if layer.residual:
            beside.append((f"a{notation.layer(self._number - layer.residual)}", layer.skipped[:, s]))
        beside.append(("ŷ" if self._last else f"a{self._own}", layer.a[:, s]))
        name = "x" if place.layer == 0 else f"a{self._previous}"
        table = NumberMatrix(
            f"W{self._own}, {shape(layer.size, layer.inputs)}; {name} of sample {s + 1} above it",
            _numbers(layer.W.shape[0]),
            layer.W,
            _numbers(layer.W.shape[1]),
            a[:, s],
            name,
            beside,
            i,
            place.input,
            "unit",
            "input",
        )
        return LessonPage(lines, table)

    def _sample_in_file(self) -> list[Said]:
        """Return the sample as it stands in its file, beside the inputs that it became."""
        raw, s = self._taken.raw, self._place.sample
        if raw is None or self._place.layer or s >= len(raw.rows):
            return []
        cells = [f"{name} {cell}" for name, cell in zip(raw.columns, raw.cells[s], strict=True)]
        shown = list_some((plain(cell, 40) for cell in cells), _MOST_CELLS)
        which = f"the file {plain(raw.names[s], 80)}" if raw.names else f"row {raw.rows[s]:,} of the file"
        return [SPACE, ("text", f"Sample {s + 1} is {which}: {shown}.")]

    def _activation_equations(self) -> list[Said]:
        layer = self._layer
        inner = "n⁽ˡ⁾" if layer.normalised else "z⁽ˡ⁾"
        result = f"σ({inner})"
        lines: list[Said] = []
        if layer.normalised:
            lines.append(("equation", "n⁽ˡ⁾ = γ ⊙ (z⁽ˡ⁾ − mean z⁽ˡ⁾) / √(var z⁽ˡ⁾ + 10⁻⁵) + β"))
        if layer.dropout:
            result = f"m ⊙ {result}"
        if layer.residual:
            result = f"a⁽ˡ⁻{notation.power(layer.residual)}⁾ + {result}"
        left = "ŷ = a⁽ᴸ⁾" if self._last else "a⁽ˡ⁾"
        lines.append(("equation", f"{left} = {result}     σ = {function_text(layer.activation)}"))
        if layer.normalised:
            lines.append(("text", "Normalised: mean and variance are over this layer's units, for each sample alone."))
        if layer.dropout:
            kept = value(1 / (1 - layer.dropout))
            lines.append(
                (
                    "text",
                    f"Dropout: m is 0 for {100 * layer.dropout:.0f} % of the units, drawn anew, "
                    f"and {kept} for the others.",
                )
            )
        if layer.residual:
            start = f"layer {self._number - layer.residual}" if self._number > layer.residual else "the inputs"
            lines.append(("text", f"Residual block: the output of {start} is added."))
        return lines

    def _activation_numbers(self, i: int, s: int) -> list[str]:
        layer, at = self._layer, index(i + 1)
        z, a = float(layer.z[i, s]), float(layer.a[i, s])
        if layer.activation == "softmax":
            size = layer.z.shape[0]
            terms = [f"exp({value(float(entry))})" for entry in layer.z[: self._most // 2 + 1, s]]
            more = [f"[{layer.size - len(terms):,} more]"] if layer.size > len(terms) else []
            lines = [f"ŷ{at} = exp({value(z)}) / ({' + '.join([*terms, *more])}) = {value(a)}"]
            if size == layer.size and np.isfinite(layer.z[:, s]).all() and np.abs(layer.z[:, s]).max() < 80:
                exponentials = np.exp(layer.z[:, s].astype(np.float64))
                lines.append(f"   = {value(float(exponentials[i]))} / {value(float(exponentials.sum()))} = {value(a)}")
            return lines
        lines = []
        n = z
        if layer.normalised:
            n = float(layer.n[i, s])
            mean, deviation = float(layer.mean[s]), float(layer.deviation[s])
            lines.append(
                f"n{at} = {value(float(layer.gamma[i]))}·({value(z)} − {factor(mean)}) / {value(deviation)} + "
                f"{factor(float(layer.beta[i]))} = {value(n)}"
            )
        mask = float(layer.mask[i, s]) if layer.mask.size else 1.0
        skipped = float(layer.skipped[i, s]) if layer.skipped.size else 0.0
        applied = f"max(0, {value(n)})" if layer.activation == "relu" else f"{layer.activation}({value(n)})"
        if layer.activation == "identity":
            applied = value(n)
        if layer.mask.size:
            applied = f"{value(mask)}·{factor(n)}" if layer.activation == "identity" else f"{value(mask)}·{applied}"
        if layer.skipped.size:
            applied = f"{value(skipped)} + {f'({applied})' if applied.startswith('−') else applied}"
        return [*lines, f"{'ŷ' if self._last else 'a'}{at} = {applied} = {value(a)}"]

    # --- 2 ---------------------------------------------------------------------------------------------------------

    def cost(self) -> LessonPage:
        taken, place = self._taken, self._place
        last, s, n = taken.layers[-1], place.sample, taken.samples
        lines: list[Said] = [("heading", _TITLES[1]), SPACE]
        if taken.cost_function == "cross-entropy":
            lines += self._cross_entropy_lines(last.activation)
        else:
            name = taken.cost_function
            formula = _COSTS.get(name) or _declared_formula("cost", name) or name
            lines.append(("equation", f"H(ŷ, y) = {formula}"))
            lines.append(("equation", "H = 1/n Σᵢ H(ŷ⁽ⁱ⁾, y⁽ⁱ⁾)"))
        if taken.weights.size:
            lines.append(("text", "Each sample's H is multiplied by the weight of its class."))
        if taken.standardised:
            lines.append(("text", _STANDARDISED))
        lines += [
            ("text", f"Here n = {counted(n, 'sample')}, and ŷ and y are {shape(last.size, n)}."),
            SPACE,
            ("text", f"By hand, sample {s + 1}:"),
            *(("hand", sum_text) for sum_text in self._cost_numbers(last, s)),
            ("text", f"and the mean over {'the' if n > 1 else 'this'} {counted(n, 'sample')}:"),
        ]
        costs = [float(entry) for entry in taken.per_sample]
        sum_text = plain_sum(costs, taken.cost * n, most=2 * self._most, more=n - len(costs))
        lines.append(("hand", f"H = ({sum_text.rpartition(' = ')[0]}) / {n:,} = {value(taken.cost)}"))
        table = NumberMatrix(
            f"ŷ, {shape(last.size, n)}, a column for each sample; H of each above it",
            _numbers(last.a.shape[0]),
            last.a,
            _numbers(last.a.shape[1]),
            taken.per_sample,
            "H",
            [(f"ŷ {s + 1}", last.a[:, s]), (f"y {s + 1}", taken.y[:, s])],
            place.unit,
            s,
            "unit",
            "sample",
        )
        return LessonPage(lines, table)

    def _cross_entropy_lines(self, activation: str) -> list[Said]:
        smoothed = not np.isin(self._taken.y, (0, 1)).all()
        if activation == "softmax":
            text = (
                "y has a share for every class: label smoothing takes some from the true class, and spreads it evenly."
                if smoothed
                else "y is one-hot: 1 at the true class, else 0; only that term of the sum over k is left. "
                "(The article prints ŷ and y exchanged here.)"
            )
            return [
                ("equation", "H(ŷ, y) = −Σₖ yₖ log ŷₖ"),
                ("equation", "H = 1/n Σᵢ H(ŷ⁽ⁱ⁾, y⁽ⁱ⁾) = −1/n Σᵢ Σₖ yₖ⁽ⁱ⁾ log ŷₖ⁽ⁱ⁾"),
                ("text", text),
            ]
        answers = "a yes or a no, both smoothed towards 1/2" if smoothed else "a yes (1) or a no (0)"
        return [
            ("equation", "H(ŷ, y) = −Σₖ (yₖ log ŷₖ + (1 − yₖ) log(1 − ŷₖ))"),
            ("equation", "H = 1/n Σᵢ H(ŷ⁽ⁱ⁾, y⁽ⁱ⁾)"),
            ("text", f"Every output is {answers}, independent of the others."),
        ]

    def _cost_numbers(self, last: LayerStep, s: int) -> list[str]:
        taken = self._taken
        y, y_hat, cost = taken.y[:, s], last.a[:, s], float(taken.per_sample[s])
        weight = float(taken.weights[s]) if taken.weights.size else None
        weighted = f"{value(weight)}·" if weight is not None else ""
        if taken.cost_function == "cross-entropy" and last.activation == "softmax" and len(np.flatnonzero(y)) == 1:
            k = int(y.argmax())
            return [
                f"the true class is the {ordinal(k + 1)}: y{index(k + 1)} = 1",
                f"H = −{weighted}log ŷ{index(k + 1)} = −{weighted}log {value(float(y_hat[k]))} = {value(cost)}",
            ]
        k = self._place.unit
        pair = f"ŷ{index(k + 1)} = {value(float(y_hat[k]))}, y{index(k + 1)} = {value(float(y[k]))}"
        if taken.cost_function == "mean-squared-error":
            squares = [f"({value(float(h))} − {factor(float(t))})²" for h, t in zip(y_hat, y, strict=True)]
            more = ["…"] if len(squares) > self._most or len(squares) < last.size else []
            terms = " + ".join([*squares[: self._most], *more])
            return [f"H = {weighted}1/{last.size}·({terms}) = {value(cost)}"]
        return [pair, f"H = {value(cost)}"]

    # --- 3 ---------------------------------------------------------------------------------------------------------

    def back(self) -> LessonPage:
        return self._back_from_cost() if self._last else self._back_from_layer()

    def _back_from_cost(self) -> LessonPage:
        taken, layer, place = self._taken, self._layer, self._place
        n, s, k = taken.samples, place.sample, place.unit
        at = index(k + 1)
        y_hat, y, delta = float(layer.a[k, s]), float(taken.y[k, s]), float(layer.delta[k, s])
        weight = f"{value(float(taken.weights[s]))}·" if taken.weights.size else ""
        lines: list[Said] = [("heading", _TITLES[2]), SPACE]
        beside = [("ŷ", layer.a[:, s]), ("y", taken.y[:, s])]
        by_hand: list[str]
        if taken.cost_function == "cross-entropy":
            lines.append(("equation", "δ⁽ᴸ⁾ = ŷ − y     divided by n, as H is a mean"))
            if layer.activation == "softmax":
                lines.append(
                    (
                        "text",
                        "Why so simple: the gradient of H is ∂H/∂ŷₖ = −yₖ/ŷₖ, and softmax has ∂ŷₖ/∂zⱼ = "
                        "ŷₖ (1 − ŷₖ) for k = j, else −ŷₖ ŷⱼ. Multiplied and summed over k, the quotients cancel: "
                        "−yⱼ + ŷⱼ Σₖ yₖ = ŷⱼ − yⱼ.",
                    )
                )
            else:
                lines.append(
                    (
                        "text",
                        "Why so simple: ∂H/∂ŷ = (ŷ − y) / (ŷ (1 − ŷ)), and σ′(z) = ŷ (1 − ŷ) cancels the quotient.",
                    )
                )
            by_hand = [
                f"δ{at} = {weight}(ŷ{at} − y{at}) / n = {weight}({value(y_hat)} − {value(y)}) / {n:,} = {value(delta)}"
            ]
        else:
            gradient = float(taken.cost_gradient[k, s])
            beside.append(("∂H/∂ŷ", taken.cost_gradient[:, s]))
            if layer.slope.size:
                slope = float(layer.slope[k, s])
                beside.append(("σ′(z)", layer.slope[:, s]))
                lines.append(("equation", "δ⁽ᴸ⁾ = ∂H/∂a⁽ᴸ⁾ ⊙ σ′(z⁽ᴸ⁾)     divided by n, as H is a mean"))
                by_hand = [f"δ{at} = {weight}{factor(gradient)}·{factor(slope)} / {n:,} = {value(delta)}"]
            else:
                lines.append(
                    (
                        "equation",
                        "δ⁽ᴸ⁾ = Jᵀ ∂H/∂ŷ     divided by n;  J = diag(ŷ) − ŷ ŷᵀ, as softmax is not unit by unit",
                    )
                )
                total = float((layer.a[:, s] * taken.cost_gradient[:, s]).sum())
                by_hand = [
                    f"δ{at} = {weight}ŷ{at}·(∂H/∂ŷ{at} − Σⱼ ŷⱼ ∂H/∂ŷⱼ) / n",
                    f"   = {weight}{value(y_hat)}·({value(gradient)} − {factor(total)}) / {n:,} = {value(delta)}",
                ]
        if taken.weights.size:
            lines.append(("text", "Times the weight of the sample's class."))
        lines += [
            ("text", f"Here δ{self._own} is {shape(layer.size, n)}, like ŷ and y."),
            *self._cut_lines(),
            SPACE,
            ("text", f"By hand, output {k + 1}, sample {s + 1}:"),
            *(("hand", line) for line in by_hand),
        ]
        table = NumberMatrix(
            f"δ{self._own}, {shape(layer.size, n)}, a column for each sample; sample {s + 1} at the right",
            _numbers(layer.delta.shape[0]),
            layer.delta,
            _numbers(layer.delta.shape[1]),
            None,
            "",
            [*beside, (f"δ{self._own}", layer.delta[:, s])],
            k,
            s,
            "unit",
            "sample",
        )
        return LessonPage(lines, table)

    def _back_from_layer(self) -> LessonPage:
        taken, layer, place = self._taken, self._layer, self._place
        following = taken.layers[place.layer + 1]
        n, s, i = taken.samples, place.sample, place.unit
        at = index(i + 1)
        received, carried = layer.received[:, s], layer.carried[:, s] if layer.carried.size else None
        product = received - carried if carried is not None else received
        gradient = "W⁽ˡ⁺¹⁾ᵀ δ⁽ˡ⁺¹⁾"
        if carried is not None:
            gradient = f"({gradient} + r)"
        slope = "σ′(n⁽ˡ⁾)" if layer.normalised else "σ′(z⁽ˡ⁾)"
        mask = " ⊙ m" if layer.mask.size else ""
        left = "d" if layer.normalised else "δ⁽ˡ⁾"
        lines: list[Said] = [("heading", _TITLES[2]), SPACE, ("equation", f"{left} = {gradient}{mask} ⊙ {slope}")]
        if layer.normalised:
            lines.append(("equation", "δ⁽ˡ⁾ = (γd − mean γd − h · mean γd h) / √(var z⁽ˡ⁾ + 10⁻⁵)"))
            lines.append(
                (
                    "text",
                    "h is z less its mean, divided by √(var z + 10⁻⁵): back-propagation through the normalisation.",
                )
            )
        if layer.activation in SLOPES:
            lines.append(("equation", f"σ′ of {layer.activation}: {SLOPES[layer.activation]}"))
        if mask:
            lines.append(
                ("text", "m is the dropout mask of forward propagation: a dropped unit has no effect on the cost.")
            )
        if carried is not None:
            lines.append(("text", "r comes back from the end of the residual block that starts here."))
        lines += [
            (
                "text",
                f"Here l = {self._number}: W{self._following}ᵀ is {shape(layer.size, following.size)}, "
                f"δ{self._following} {shape(following.size, n)}, δ{self._own} {shape(layer.size, n)}.",
            ),
            *self._cut_lines(),
            SPACE,
            ("text", f"By hand, unit {i + 1} of layer {self._number}, sample {s + 1}:"),
        ]
        pairs = list(zip(following.W[:, i].tolist(), following.delta[:, s].tolist(), strict=True))
        sum_text = product_sum(pairs, float(product[i]), most=self._most, more=following.size - len(pairs))
        lines.append(("hand", f"(Wᵀδ){at} = {sum_text}"))
        whole = value(float(product[i]))
        if carried is not None:
            whole = f"({whole} + {factor(float(carried[i]))})"
        elif whole.startswith("−"):
            whole = f"({whole})"
        dropped = f"·{value(float(layer.mask[i, s]))}" if mask else ""
        d = float(received[i]) * (float(layer.mask[i, s]) if mask else 1.0) * float(layer.slope[i, s])
        result = (
            f"{'d' if layer.normalised else 'δ'}{at} = {whole}{dropped}·{factor(float(layer.slope[i, s]))} = {value(d)}"
        )
        lines.append(("hand", result))
        if layer.normalised:
            lines.append(("hand", f"δ{at} = {value(float(layer.delta[i, s]))}"))
        beside = [("Wᵀδ", product)]
        if carried is not None:
            beside.append(("r", carried))
        if mask:
            beside.append(("m", layer.mask[:, s]))
        beside += [("σ′", layer.slope[:, s]), (f"δ{self._own}", layer.delta[:, s])]
        table = NumberMatrix(
            f"W{self._following}ᵀ, {shape(layer.size, following.size)}; δ{self._following} of sample {s + 1} above it",
            _numbers(following.W.shape[1]),
            following.W.T,
            _numbers(following.W.shape[0]),
            following.delta[:, s],
            f"δ{self._following}",
            beside,
            i,
            -1,
            "unit",
            "",
        )
        return LessonPage(lines, table)

    # --- 4 ---------------------------------------------------------------------------------------------------------

    def gradients(self) -> LessonPage:
        layer, place, n = self._layer, self._place, self._taken.samples
        i, j, s = place.unit, place.input, place.sample
        a = self._before()
        lines: list[Said] = [
            ("heading", _TITLES[3]),
            SPACE,
            ("equation", "∇W⁽ˡ⁾ = δ⁽ˡ⁾ a⁽ˡ⁻¹⁾ᵀ"),
            ("equation", "∇b⁽ˡ⁾ = Σ δ⁽ˡ⁾ over the samples"),
            (
                "text",
                f"Here l = {self._number}: δ{self._own} is {shape(layer.size, n)}, a{self._previous}ᵀ "
                f"{shape(n, layer.inputs)}, ∇W{self._own} {shape(layer.size, layer.inputs)} as W{self._own} is. "
                + (
                    f"The product sums over the {n:,} samples; as δ is divided by n, that is their mean."
                    if n > 1
                    else ""
                ),
            ),
            *self._cut_lines(),
            SPACE,
            ("text", f"By hand, the weight of unit {i + 1} for input {j + 1}:"),
        ]
        pairs = list(zip(layer.delta[i].tolist(), a[j].tolist(), strict=True))
        sum_text = product_sum(pairs, float(layer.dW[i, j]), most=self._most, more=n - len(pairs))
        lines.append(("hand", f"∇W{index(i + 1, j + 1)} = Σᵢ δ{index(i + 1)}⁽ⁱ⁾·a{index(j + 1)}⁽ⁱ⁾ = {sum_text}"))
        deltas = layer.delta[i].tolist()
        total = plain_sum(deltas, float(layer.db[i]), most=self._most, more=n - len(deltas))
        lines.append(("hand", f"∇b{index(i + 1)} = {total}"))
        name = "x" if place.layer == 0 else f"a{self._previous}"
        table = NumberMatrix(
            f"∇W{self._own}, {shape(layer.size, layer.inputs)}; {name} and δ are those of sample {s + 1}",
            _numbers(layer.dW.shape[0]),
            layer.dW,
            _numbers(layer.dW.shape[1]),
            a[:, s],
            name,
            [(f"δ{self._own}", layer.delta[:, s]), (f"∇b{self._own}", layer.db)],
            i,
            j,
            "unit",
            "input",
        )
        return LessonPage(lines, table)

    # --- 5 ---------------------------------------------------------------------------------------------------------

    def update(self) -> LessonPage:
        layer, place = self._layer, self._place
        i, j = place.unit, place.input
        inputs = layer.W.shape[1]
        before, after, gradient = (
            np.append(weights[i], bias[i])
            for weights, bias in ((layer.W, layer.b), (layer.W_after, layer.b_after), (layer.dW, layer.db))
        )
        memory = {name: values[i] for name, values in layer.memory.items()}
        memory_after = {name: values[i] for name, values in layer.memory_after.items()}
        names = [f"W{index(i + 1, column + 1)}" for column in range(inputs)] + [f"b{index(i + 1)}"]
        parameter = Parameter(
            names[j],
            float(before[j]),
            float(after[j]),
            float(gradient[j]),
            {name: float(values[j]) for name, values in memory.items()},
            {name: float(values[j]) for name, values in memory_after.items()},
        )
        rule, gathered = layer.rule, self._taken.gathered
        if gathered is not None:
            parameter = replace(parameter, gradient=float(layer.mean_gradient[i, j]))
        lines: list[Said] = [("heading", _TITLES[4]), SPACE]
        if rule.frozen:
            lines.append(("text", FROZEN))
        else:
            lines += self._gathering_lines(names[j], float(gradient[j]))
        moves = not rule.frozen and (gathered is None or gathered.completes)
        if moves:
            rule_text = (
                f"The rule is {name_of_rule(rule)}, update {rule.t:,}, learning rate η = {value(rule.learning_rate)}; "
                "θ is any weight or bias, g its gradient."
            )
            lines += [("text", rule_text), *rule_lines(rule, parameter)]
        lines += self._cut_lines()
        if layer.normalised and moves:
            lines.append(("text", "γ and β of the normalisation are updated by the same rule."))
        beside = [("before", before), ("gradient", gradient)]
        if gathered is not None:
            beside += [("gathered", layer.gathered[i]), ("mean", layer.mean_gradient[i])]
        beside += list(memory_after.items())
        beside += [("change", after - before), ("after", after)]
        table = NumberMatrix(
            f"The weights and the bias of unit {i + 1}, layer {self._number}",
            names,
            beside=beside,
            row=j,
            row_chooses="input",
        )
        return LessonPage(lines, table)

    def _gathering_lines(self, name: str, gradient: float) -> list[Said]:
        """Return lines on the gathering of a parameter's gradient, where several mini-batches make an update."""
        gathered, place, layer = self._taken.gathered, self._place, self._layer
        if gathered is None:
            return []
        sum_before, mean = (float(each[place.unit, place.input]) for each in (layer.gathered, layer.mean_gradient))
        n = self._taken.samples
        total = gathered.samples + n
        lines: list[Said] = [
            ("text", gathering_text(gathered, total)),
            ("hand", f"{name}: sum = {value(sum_before)} + {n:,}·{factor(gradient)} = {value(mean * total)}"),
        ]
        if gathered.completes:
            lines.append(("hand", f"{name}: mean ∇ = {value(mean * total)} / {total:,} = {value(mean)}"))
        return lines

    # --- common ----------------------------------------------------------------------------------------------------

    def _before(self) -> NDArray[np.float32]:
        """Return the layer's inputs, cut as they were sent."""
        return self._taken.x if self._place.layer == 0 else self._taken.layers[self._place.layer - 1].a

    def _cut_lines(self) -> list[Said]:
        layer, taken = self._layer, self._taken
        units, inputs = layer.W.shape
        parts = [
            f"{shown:,} of {there:,} {what}"
            for shown, there, what in (
                (units, layer.size, "units"),
                (inputs, layer.inputs, "inputs"),
                (taken.x.shape[1], taken.samples, "samples"),
            )
            if shown < there
        ]
        return [("text", f"Shown are {', '.join(parts)}; the sums include all.")] if parts else []


def gathering_text(gathered: GatheredTaken, samples: int) -> str:
    """Return a sentence on a mini-batch's part in an update of several.

    Parameters
    ----------
    gathered : GatheredTaken
    samples : int
        The number of samples until this mini-batch, its own included.

    Returns
    -------
    str
    """
    standing = f"This is mini-batch {gathered.place:,} of the {gathered.of:,} that make an update"
    if gathered.completes:
        return f"{standing}: now the weights move, by the mean gradient over their {samples:,} samples."
    return (
        f"{standing}: its gradient, times its samples, is added to those before it. No weight moves until mini-batch "
        f"{gathered.of:,}, after which the update is by the mean."
    )


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def function_text(activation: str) -> str:
    """Return a function's name with its formula; for a custom function only the name."""
    formula = _FUNCTIONS.get(activation) or _declared_formula("activation", activation)
    return f"{activation}: {formula}" if formula else activation


def _declared_formula(kind: Kind, name: str) -> str:
    """Return the declared formula of a built-in part; for a single equation, its right-hand side."""
    part = parts_of(kind).get(name)
    formula = "; ".join(notation.drawn_formula(part.formula)) if part else ""
    return formula.partition(" = ")[2] if formula.count(" = ") == 1 else formula
