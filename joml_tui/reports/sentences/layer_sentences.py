"""The layers of a network as sentences and short tables: sizes, gradients, updates and inactive units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml.wording import counted
from joml_tui.inspect.layer_curves import LayersNow, idle, relative_update
from joml_tui.reports.sentences.text_table import text_table
from joml_tui.reports.spoken import spoken_number, spoken_share

#: A gradient below this share of the output layer's is pointed out.
_FADED = 1e-2
#: From this share on, inactive units are pointed out.
_MANY = 0.5
_MOMENTS = 5
_NOT_MEASURED = "No measurements yet: layers are measured while the run trains."


def describe_layers(now: LayersNow) -> list[str]:
    """Return the layers with their latest gradient, update and inactive units.

    Parameters
    ----------
    now : LayersNow

    Returns
    -------
    list of str
        Sentences, then a table with a line for each layer.
    """
    total = counted(sum(now.parameter_counts), "parameter")
    lines = [f"The network has {counted(len(now.names), 'layer')} and {total}, after iteration {now.iteration:,}."]
    if not len(now.series.iterations):
        return [*lines, _NOT_MEASURED]
    gradient, update = now.series.gradient[-1], relative_update(now)[-1]
    inactive = np.append(idle(now)[-1], np.nan)
    lines += _remarks(gradient, inactive, now.parameter_counts)
    rows = [
        [
            f"{place + 1} {name}",
            f"{now.parameter_counts[place]:,}",
            spoken_number(float(gradient[place])) if now.parameter_counts[place] else "",
            spoken_number(float(update[place])) if now.parameter_counts[place] else "",
            spoken_share(float(inactive[place])) if np.isfinite(inactive[place]) else "",
        ]
        for place, name in enumerate(now.names)
    ]
    return [
        *lines,
        *text_table(("layer", "parameters", "gradient", "update / weights", "inactive units"), rows),
        "Gradient: its norm. Update: the change of the weights in one iteration, as a share of the weights.",
    ]


def describe_layers_over_time(now: LayersNow) -> list[str]:
    """Return the norms of the layers' gradients at some iterations, spread over the run.

    Parameters
    ----------
    now : LayersNow

    Returns
    -------
    list of str
        Sentences, then a table with a line for each layer.
    """
    iterations = now.series.iterations
    if not len(iterations):
        return [_NOT_MEASURED]
    places = np.unique(np.linspace(0, len(iterations) - 1, min(_MOMENTS, len(iterations))).astype(int)).tolist()
    rows = [
        [f"{layer + 1} {name}", *(spoken_number(float(now.series.gradient[place, layer])) for place in places)]
        for layer, name in enumerate(now.names)
        if now.parameter_counts[layer]
    ]
    head = ("gradient at iteration", *(f"{int(iterations[place]):,}" for place in places))
    return [
        *_remarks(now.series.gradient[-1], np.append(idle(now)[-1], np.nan), now.parameter_counts),
        *text_table(head, rows),
    ]


def describe_histograms(now: LayersNow) -> list[str]:
    """Return the ranges and medians of every layer's weights and activations.

    Parameters
    ----------
    now : LayersNow
        With histograms of several bins.

    Returns
    -------
    list of str
        A table with a line for each layer.
    """
    rows = []
    for place, name in enumerate(now.names):
        hidden = place < len(now.activation_counts)
        rows.append(
            [
                f"{place + 1} {name}",
                *_spread(now.weight_counts[place], now.weight_edges[place]),
                *(_spread(now.activation_counts[place], now.activation_edges[place]) if hidden else ("", "", "")),
            ]
        )
    head = ("layer", "least weight", "median", "greatest", "least activation", "median", "greatest")
    return text_table(head, rows)


def _spread(counts: NDArray[np.int64], edges: NDArray[np.float32]) -> tuple[str, str, str]:
    if not counts.any():
        return "", "", ""
    middle = np.interp(0.5, np.cumsum(counts) / max(int(counts.sum()), 1), edges[1:])
    return spoken_number(float(edges[0])), spoken_number(float(middle)), spoken_number(float(edges[-1]))


def _remarks(gradient: NDArray[np.float32], inactive: NDArray[np.floating], parameters: Sequence[int]) -> list[str]:
    """Return sentences on what stands out in the latest measurements of layers with so many parameters."""
    remarks = []
    learning = [place for place, count in enumerate(parameters) if count]
    first, last = float(gradient[learning[0]]), float(gradient[-1])
    if len(learning) > 1 and np.isfinite([first, last]).all() and last > 0:
        share = spoken_number(first / last)
        remarks.append(
            f"The gradient of layer {learning[0] + 1} is {share} times the output layer's{_judged(first / last)}."
        )
    many = [place + 1 for place in np.flatnonzero(np.nan_to_num(inactive) >= _MANY).tolist()]
    if many:
        layers = "layer " if len(many) == 1 else "layers "
        remarks.append(f"At least half of the units are dead or saturated in {layers}{', '.join(map(str, many))}.")
    return remarks


def _judged(share: float) -> str:
    return ": it fades on its way back" if share < _FADED else ""
