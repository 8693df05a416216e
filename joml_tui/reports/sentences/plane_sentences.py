"""Pictures of the plane and of single units as sentences and short tables."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from joml.wording import counted
from joml_tui.inspect.projection import ProjectionNow
from joml_tui.inspect.regions import Points, RegionsNow
from joml_tui.inspect.units import UnitsNow
from joml_tui.inspect.walsh import WalshNow, describe_target, shares_of
from joml_tui.reports.sentences.text_table import text_table
from joml_tui.reports.spoken import spoken_number, spoken_share

_MOST_UNITS, _MOST_CLASSES = 20, 20


def describe_regions(now: RegionsNow) -> list[str]:
    """Return how the plane is divided between the classes, or the range of the predicted values.

    Parameters
    ----------
    now : RegionsNow

    Returns
    -------
    list of str
    """
    lines = [f"{_plane(now)}, after iteration {now.iteration:,}."]
    if now.task == "regression":
        low, high = spoken_number(float(now.strengths.min())), spoken_number(float(now.strengths.max()))
        in_data = f"the data have {spoken_number(now.low)} to {spoken_number(now.high)}"
        return [*lines, f"Predicted {now.names[0]}: {low} to {high}; {in_data}.", *_thirds_of_the_plane(now)]
    for title, points in (("training", now.training), ("test", now.test)):
        lines += _wrong(title, points)
    shares = np.bincount(now.classes.ravel(), minlength=len(now.names)) / max(now.classes.size, 1)
    rows = []
    for place, name in enumerate(now.names[:_MOST_CLASSES]):
        own = now.strengths[now.classes == place]
        rows.append([name, spoken_share(float(shares[place])), spoken_share(float(own.mean())) if own.size else "none"])
    return [*lines, *text_table(("class", "share of the plane", "mean confidence"), rows), *_thirds_of_the_plane(now)]


def _plane(now: RegionsNow) -> str:
    bounds = now.bounds
    ranges = (bounds.left, bounds.right), (bounds.bottom, bounds.top)
    features = [
        f"{name} from {spoken_number(low)} to {spoken_number(high)}"
        for name, (low, high) in zip(now.features, ranges, strict=True)
    ]
    return f"The plane of {' and '.join(features)}"


def _wrong(title: str, points: Points) -> list[str]:
    if not points.counted:
        return []
    share = spoken_share(points.counted_wrong / points.counted)
    return [f"{points.counted_wrong:,} of {counted(points.counted, f'{title} sample')} are wrong ({share})."]


def _thirds_of_the_plane(now: RegionsNow) -> list[str]:
    """Return a table of what prevails in each of nine parts of the plane."""
    rows = []
    for name, part in zip(("top", "middle", "bottom"), _thirds(now.classes.shape[0]), strict=True):
        cells = [name]
        for across in _thirds(now.classes.shape[1]):
            if now.task == "regression":
                cells.append(spoken_number(float(now.strengths[part, across].mean())))
                continue
            counts = np.bincount(now.classes[part, across].ravel(), minlength=len(now.names))
            most = int(counts.argmax())
            cells.append(f"{now.names[most]} {spoken_share(float(counts[most] / max(counts.sum(), 1)))}")
        rows.append(cells)
    return text_table(("part of the plane", "left", "middle", "right"), rows)


def _thirds(size: int) -> list[slice]:
    borders = [round(size * part / 3) for part in range(4)]
    return [slice(start, max(start + 1, stop)) for start, stop in itertools.pairwise(borders)]


def describe_units(now: UnitsNow) -> list[str]:
    """Return a line for each unit shown: its largest weight, its bias, and the range of its output.

    Parameters
    ----------
    now : UnitsNow

    Returns
    -------
    list of str
    """
    size = now.size_of(now.layer)
    if now.layer < 0:
        name = "The sample" if now.images else "The inputs"
    else:
        name = "The output layer" if now.layer == len(now.sizes) - 1 else f"Layer {now.layer + 1}"
        name = f"{name} ({now.layers[now.layer]})"
    shown = f"units {now.first + 1:,} to {now.first + len(now.biases):,} of {size:,}"
    lines = [f"{name}, {shown}, after iteration {now.iteration:,}."]
    rows = []
    for place in range(min(len(now.biases), _MOST_UNITS)):
        rows.append(
            [
                now.terms[now.first + place] if now.layer < 0 and now.terms else str(now.first + place + 1),
                *_largest_weight(now, place),
                f"{spoken_number(float(now.activations[place].min()))} to "
                f"{spoken_number(float(now.activations[place].max()))}",
            ]
        )
    output = "output over the plane"
    if now.images:
        seen = "weights from the pixels" if now.layer == 0 else "weights from the maps before"
        output = (
            f"{'output by' if now.layer >= 0 else 'pixels of'} test sample {now.sample + 1:,}" if now.maps else seen
        )
    has_weights = now.weights.shape[1] > 0
    lines += text_table(("unit", *(("largest weight", "bias") if has_weights else ()), output), rows)
    return lines if len(now.biases) <= _MOST_UNITS else [*lines, f"And {len(now.biases) - _MOST_UNITS:,} more shown."]


def _largest_weight(now: UnitsNow, place: int) -> Sequence[str]:
    """Return the largest weight of a unit with its source, and its bias; nothing for a layer without weights."""
    weights = now.weights[place]
    if not len(weights):
        return ()
    most = int(np.abs(weights).argmax())
    source = now.inputs[most] if now.inputs else f"unit {most + 1}"
    return f"{spoken_number(float(weights[most]))} from {source}", spoken_number(float(now.biases[place]))


def describe_projection(now: ProjectionNow) -> list[str]:
    """Return how far a layer separates the classes in the plane of its principal directions.

    Parameters
    ----------
    now : ProjectionNow

    Returns
    -------
    list of str
    """
    where = "The inputs" if now.layer == 0 else f"Layer {now.layer}"
    lines = [
        f"{where} ({now.titles[now.layer]}) by {counted(len(now.points), f'{now.part} sample')}, after iteration "
        f"{now.iteration:,}: the plane shows {spoken_share(now.share)} of the variance."
    ]
    if now.task == "regression":
        return lines
    centres = {place: now.points[now.labels == place].mean(axis=0) for place in np.unique(now.labels).astype(int)}
    places, middles = list(centres), np.array(list(centres.values()))
    distances = np.linalg.norm(now.points[:, np.newaxis] - middles, axis=2)
    nearest = np.array(places)[distances.argmin(axis=1)]
    share = spoken_share(float((nearest == now.labels).mean()))
    lines.append(f"{share} of the samples are nearest to the centre of their own class.")
    rows = [
        [now.names[place], f"{int((now.labels == place).sum()):,}", *map(spoken_number, centre.tolist())]
        for place, centre in list(centres.items())[:_MOST_CLASSES]
    ]
    return [*lines, *text_table(("class", "samples", "centre across", "centre up"), rows)]


def describe_spectrum(now: WalshNow) -> list[str]:
    """Return how much of the function is learnt at each degree.

    Parameters
    ----------
    now : WalshNow

    Returns
    -------
    list of str
    """
    target, network, learnt = shares_of(now, None)
    rows = [
        [
            str(degree),
            spoken_share(float(target[degree])),
            spoken_share(float(network[degree])),
            spoken_share(float(learnt[degree])) if np.isfinite(learnt[degree]) else "",
        ]
        for degree in range(len(target))
    ]
    return [
        f"The Fourier (Walsh) spectrum by degree, after iteration {now.iteration:,}. {describe_target(now)}",
        *text_table(("degree", "energy of the target", "of the network", "learnt"), rows),
    ]
