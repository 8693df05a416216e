"""Charts of a training's series, as text for a terminal or as a figure in a file.

The drawing libraries are imported only when needed: plotext for text, and matplotlib, an optional extra, for figures.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.files.atomic_write import require_free, whole_file

#: Most points of a curve: means of the noisy training series, and checks that are marked in a terminal.
_MEANS = 60
_MARKS = 16

#: The two charts: title, and the suffix of their columns' names.
_CHARTS = (("cost", "cost"), ("accuracy", "acc"))

#: A blue and an orange of different lightness, which are distinct with every kind of colour blindness (Okabe and Ito's
#: in figures); in a terminal they are two of its 256 colours, readable on dark and light backgrounds.
_BLUE, _ORANGE = "#0072B2", "#D55E00"
#: Colours of several trainings: Okabe and Ito's colours that are visible on white, then black.
_COLOURS = (_BLUE, _ORANGE, "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_TERMINAL_BLUE, _TERMINAL_ORANGE = 33, 208

_NARROWEST, _LOWEST, _HIGHEST = 40, 9, 18
_PLAIN_FRAME = str.maketrans("┌┐└┘┤├┬┴─│┼", "++++||--" + "-|+")

Results = Mapping[str, NDArray[Any]]


def terminal_chart(results: Results, name: str) -> str:
    """Return both charts as text, as wide as the terminal, without colours if standard output is not a terminal.

    If standard output cannot encode the finer characters, plain ones are used.

    Parameters
    ----------
    results : mapping of (iterations,) arrays
        n_iter, train_cost, test_cost, train_acc, test_acc; nan where nothing was measured. With a validation part,
        validation_cost and validation_acc replace the test's columns.
    name : str
        Name of the network.

    Returns
    -------
    str
        The lines, without a line break at the end.
    """
    fine = _can_show("⣿─┤")
    size = shutil.get_terminal_size()
    width, height = max(_NARROWEST, size.columns), min(_HIGHEST, max(_LOWEST, (size.lines - 2) // 2))
    title = "".join(character for character in name if character.isprintable())
    text = "\n".join(_text(results, chart, title, width, height, fine) for chart in _CHARTS)
    if not fine:
        text = text.translate(_PLAIN_FRAME).encode(_encoding(), "replace").decode(_encoding())
    return text


def epoch_chart(what: str, values: Sequence[float]) -> str:
    """Return a text chart of values, one per epoch, as ``terminal_chart`` does; ``what`` names them."""
    fine = _can_show("⣿─┤")
    size = shutil.get_terminal_size()
    text = _text(
        _by_epoch(values),
        (what, "figure"),
        "",
        max(_NARROWEST, size.columns),
        min(_HIGHEST, max(_LOWEST, size.lines - 2)),
        fine,
        across="epoch",
    )
    return text if fine else text.translate(_PLAIN_FRAME).encode(_encoding(), "replace").decode(_encoding())


def epoch_figure(what: str, values: Sequence[float], path: Path, *, overwrite: bool = False) -> None:
    """Write a chart of values, one per epoch, named ``what``, to path. Parameters and errors as for ``figure``."""
    kind = _figure_kind(path)
    require_free(path, overwrite=overwrite)
    drawing = _empty_figure(figsize=(8, 4))
    axes = drawing.subplots()
    across, measured = _measured(*(_by_epoch(values)[column] for column in ("n_iter", "train_figure")))
    axes.plot(across, measured, color=_BLUE, linewidth=1.8, marker="o", markersize=3.5)
    axes.set(xlabel="epoch", ylabel=what)
    axes.grid(alpha=0.3)
    with whole_file(path, overwrite=overwrite) as temporary:
        _save(drawing, temporary, kind)


def _by_epoch(values: Sequence[float]) -> Results:
    return {
        "n_iter": np.arange(1, len(values) + 1),
        "train_figure": np.asarray(values, np.float64),
        "test_figure": np.full(len(values), np.nan),
    }


def _text(
    results: Results,
    chart: tuple[str, str],
    name: str,
    width: int,
    height: int,
    fine: bool,
    across: str = "iteration",
) -> str:
    import plotext  # noqa: PLC0415 - loaded where something is drawn

    what, figure = chart
    n_iter, part = results["n_iter"], checked_part(results)
    means = block_means(n_iter, results[f"train_{figure}"], _MEANS)
    checks = _spread(*_measured(n_iter, results[f"{part}_{figure}"]), _MARKS)
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(width, height)
    plotext.theme("clear")
    key = f"{what} (line: training{f', o: {part}' if len(checks[0]) else ''})"  # a legend would cover the curves
    plotext.title(f"{name[: width - len(key) - 12]}: {key}" if name else key)
    plotext.xlabel(across)
    _set_ticks(plotext.xlim, plotext.xticks, [n_iter[0], n_iter[-1]], "{:.0f}", width // 16)
    _set_ticks(plotext.ylim, plotext.yticks, [*means[1], *checks[1]], "{:7.3g}", height // 3)
    if len(means[0]):
        plotext.plot(*(axis.tolist() for axis in means), marker="braille" if fine else ".", color=_TERMINAL_BLUE)
    if len(checks[0]):
        plotext.scatter(*(axis.tolist() for axis in checks), marker="o", color=_TERMINAL_ORANGE)
    text: str = plotext.build()
    plain: str = plotext.uncolorize(text)
    plotext.clear_figure()
    return (text if _coloured() else "\n".join(line.rstrip() for line in plain.split("\n"))).rstrip("\n")


def _set_ticks(
    limits: Callable[..., None], ticks: Callable[..., None], values: Sequence[float], form: str, most: int
) -> None:
    """Set the limits of an axis to the range of the values, with evenly spaced ticks."""
    low, high = (float(min(values)), float(max(values))) if len(values) else (0.0, 1.0)
    if high - low <= 1e-6 * max(abs(low), abs(high)):  # one value, or nearly so
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    limits(low, high)
    places = np.linspace(low, high, max(2, most)).tolist()
    ticks(places, [form.format(place) for place in places])


def figure(results: Results, name: str, path: Path, *, overwrite: bool = False, score: str = "accuracy") -> None:
    """Write both charts as a figure, PNG or SVG by the path's extension.

    Parameters
    ----------
    results, name
        As for ``terminal_chart``.
    path : Path
    overwrite : bool, default False
        Replace an existing file.
    score : str, default "accuracy"
        Name of the score in the second chart.

    Raises
    ------
    ValueError
        The path has another extension.
    ImportError
        matplotlib is not installed; the message says how to install it.
    FileExistsError, OSError
        As for ``whole_file``.
    """
    kind = _figure_kind(path)
    require_free(path, overwrite=overwrite)
    drawing = _drawing([("", results)], name, {"accuracy": score})
    with whole_file(path, overwrite=overwrite) as temporary:
        _save(drawing, temporary, kind)


def figure_of_runs(
    runs: Sequence[tuple[str, Results]],
    path: Path,
    kind: str,
    score: str = "accuracy",
    metrics: Sequence[str] = (),
    cost: str = "cost",
) -> None:
    """Write the charts with the curves of several trainings, distinguished by colour and named in a legend.

    Parameters
    ----------
    runs : sequence of (str, mapping of (iterations,) arrays)
        A name and, as for ``terminal_chart``, the series of each; at least one.
    path : Path
        With any extension; an existing file is replaced, and may be incomplete after an error.
    kind : {"svg", "png"}
    score : str, default "accuracy"
        Name of the score in the second chart.
    metrics : sequence of str, default ()
        Metrics of the checked part: ``validation_f2``, or ``test_f2``, are the results of "f2", if a training has them.
    cost : str, default "cost"
        Name of the cost in the first chart.

    Raises
    ------
    ImportError
        matplotlib is not installed; the message says how to install it.
    OSError
        The file cannot be written.
    """
    (first, results), *others = runs
    names = {"accuracy": score, "cost": cost}
    drawing = _drawing(runs, "", names, metrics) if others else _drawing([("", results)], first, names, metrics)
    _save(drawing, path, kind)


def _figure_kind(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise ValueError(f"a figure's name ends in .png or .svg, got {path.name}")
    return kind


def _empty_figure(figsize: tuple[float, float]) -> Any:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise ImportError(
            "a figure in a file needs matplotlib, which is not installed: pip install 'joml-tui[plot]' "
            "(or pip install matplotlib); plot_benchmark() without a path draws in the terminal"
        ) from error
    return Figure(figsize=figsize, layout="constrained")  # without pyplot, which would keep global state


def _drawing(
    runs: Sequence[tuple[str, Results]], title: str, names: Mapping[str, str], metrics: Sequence[str] = ()
) -> Any:
    charts = (*_CHARTS, *((metric, metric) for metric in metrics))
    drawing = _empty_figure(figsize=(8, 3.5 * len(charts)))
    for axes, chart in zip(drawing.subplots(len(charts), 1, sharex=True), charts, strict=True):
        for place, (name, results) in enumerate(runs):
            colours = (_BLUE, _ORANGE) if not name else (_COLOURS[place % len(_COLOURS)],) * 2
            _draw(axes, results, chart, colours, name)
        axes.set_ylabel(names.get(chart[0], chart[0]), parse_math=False)
        axes.grid(alpha=0.3)
        if axes.lines:
            for text in axes.legend().get_texts():
                text.set_parse_math(False)
    drawing.axes[0].set_title(title, parse_math=False)
    drawing.axes[-1].set_xlabel("iteration")
    return drawing


def _save(drawing: Any, path: Path, kind: str) -> None:
    with warnings.catch_warnings():
        # Characters that no font here has are drawn as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        drawing.savefig(path, format=kind, dpi=150)


def _draw(axes: Any, results: Results, chart: tuple[str, str], colours: tuple[str, str], name: str) -> None:
    """Draw a training's curves; where it has a name, both parts are of one colour and the line of checks is dashed.

    A metric has no curve of the training, and none at all where it was not measured.
    """
    part, figure = checked_part(results), chart[1]
    train, check = f"train_{figure}", f"{part}_{figure}"
    of_train, of_check = colours
    n_iter = results["n_iter"]
    if train in results:
        if not name:  # the noise of several would hide their curves
            axes.plot(*_measured(n_iter, results[train]), color=of_train, alpha=0.2, linewidth=0.5)
        label = f"{name}: training" if name else "training"
        axes.plot(*block_means(n_iter, results[train], _MEANS), color=of_train, linewidth=1.8, label=label)
    across, checks = _measured(n_iter, results.get(check, np.full(len(n_iter), np.nan)))
    if len(across):
        every = max(1, len(across) // _MARKS)  # distinct without colours too
        axes.plot(
            across,
            checks,
            color=of_check,
            linewidth=1.4,
            linestyle="--" if name else "-",
            marker="o",
            markersize=3.5,
            markevery=every,
            label=f"{name}: {part}" if name else part,
        )


def checked_part(results: Results) -> str:
    """Return the part that ``results`` checked during training: "validation" or "test"."""
    return "validation" if "validation_cost" in results else "test"


def block_means(n_iter: NDArray[Any], values: NDArray[Any], most: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return at most ``most`` means over consecutive values, each with the mean of its iterations.

    Parameters
    ----------
    n_iter, values : (iterations,) arrays
        Values that are not finite are left out.
    most : int

    Returns
    -------
    across, means : (means,) arrays
    """
    across, values = _measured(n_iter, values)
    if not len(values):
        return across, values
    starts = np.linspace(0, len(values), min(most, len(values)), endpoint=False).astype(int)
    counts = np.diff([*starts, len(values)])
    return np.add.reduceat(across, starts) / counts, np.add.reduceat(values, starts) / counts


def _measured(n_iter: NDArray[Any], values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    finite = np.isfinite(values)
    return n_iter[finite].astype(np.float64), values[finite]


def _spread(across: NDArray[Any], values: NDArray[Any], most: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return at most ``most`` points, evenly spread from the first to the last."""
    if len(across) <= most:
        return across, values
    chosen = np.linspace(0, len(across) - 1, most).round().astype(int)
    return across[chosen], values[chosen]


def _coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _encoding() -> str:
    return sys.stdout.encoding or "utf-8"  # a buffer in memory has no encoding, and accepts everything


def _can_show(text: str) -> bool:
    try:
        text.encode(_encoding())
    except UnicodeEncodeError:
        return False
    return True
