"""Charts of a training's series: as text for a terminal, as a figure in a file.

What draws is imported only when there is something to draw: plotext for the text, matplotlib, an optional extra, for
the figure.
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

from joml.writing import require_free, whole_file

#: Means that the noisy training series is drawn as, at most, and tests that are marked in a terminal.
_MEANS = 60
_MARKS = 16

#: The two charts: title, and the columns of training and test.
_CHARTS = (("cost", "train_cost", "test_cost"), ("accuracy", "train_acc", "test_acc"))

#: A blue and an orange of different lightness, which every kind of colour-blindness keeps apart (Okabe and Ito's for
#: the figure); in a terminal they are of its 256 colours and read on dark and light ground.
_BLUE, _ORANGE = "#0072B2", "#D55E00"
#: Of several trainings: Okabe and Ito's colours that stand out from white, then black.
_COLOURS = (_BLUE, _ORANGE, "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_TERMINAL_BLUE, _TERMINAL_ORANGE = 33, 208

_NARROWEST, _LOWEST, _HIGHEST = 40, 9, 18
_PLAIN_FRAME = str.maketrans("┌┐└┘┤├┬┴─│┼", "++++||--" + "-|+")

Results = Mapping[str, NDArray[Any]]


def terminal_chart(results: Results, name: str) -> str:
    """Give both charts as text: as wide as the terminal, without colours where standard output is none.

    Where standard output cannot take the finer characters, as in ASCII, plain ones are used.

    Parameters
    ----------
    results : mapping of (iterations,) arrays
        n_iter, train_cost, test_cost, train_acc, test_acc; nan where nothing was measured.
    name : str
        Of the network.

    Returns
    -------
    str
        Lines without a line break at the end.
    """
    fine = _can_show("⣿─┤")
    size = shutil.get_terminal_size()
    width, height = max(_NARROWEST, size.columns), min(_HIGHEST, max(_LOWEST, (size.lines - 2) // 2))
    title = "".join(character for character in name if character.isprintable())
    text = "\n".join(_text(results, columns, title, width, height, fine) for columns in _CHARTS)
    if not fine:
        text = text.translate(_PLAIN_FRAME).encode(_encoding(), "replace").decode(_encoding())
    return text


def _text(results: Results, columns: tuple[str, str, str], name: str, width: int, height: int, fine: bool) -> str:
    import plotext  # noqa: PLC0415 - loaded where something is drawn

    what, train, test = columns
    n_iter = results["n_iter"]
    means = block_means(n_iter, results[train], _MEANS)
    tests = _spread(*_measured(n_iter, results[test]), _MARKS)
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(width, height)
    plotext.theme("clear")
    key = f"{what} (line: training{', o: test' if len(tests[0]) else ''})"  # a legend would lie upon the curves
    plotext.title(f"{name[: width - len(key) - 12]}: {key}")
    plotext.xlabel("iteration")
    _set_ticks(plotext.xlim, plotext.xticks, [n_iter[0], n_iter[-1]], "{:.0f}", width // 16)
    _set_ticks(plotext.ylim, plotext.yticks, [*means[1], *tests[1]], "{:7.3g}", height // 3)
    if len(means[0]):
        plotext.plot(*(axis.tolist() for axis in means), marker="braille" if fine else ".", color=_TERMINAL_BLUE)
    if len(tests[0]):
        plotext.scatter(*(axis.tolist() for axis in tests), marker="o", color=_TERMINAL_ORANGE)
    text: str = plotext.build()
    plain: str = plotext.uncolorize(text)
    plotext.clear_figure()
    return (text if _coloured() else "\n".join(line.rstrip() for line in plain.split("\n"))).rstrip("\n")


def _set_ticks(
    limits: Callable[..., None], ticks: Callable[..., None], values: Sequence[float], form: str, most: int
) -> None:
    """Let an axis go from the least value to the largest, with evenly spaced ticks."""
    low, high = (float(min(values)), float(max(values))) if len(values) else (0.0, 1.0)
    if high - low <= 1e-6 * max(abs(low), abs(high)):  # one value, or as good as one
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    limits(low, high)
    places = np.linspace(low, high, max(2, most)).tolist()
    ticks(places, [form.format(place) for place in places])


def figure(results: Results, name: str, path: Path, *, overwrite: bool = False, score: str = "accuracy") -> None:
    """Write both charts as a figure, PNG or SVG by the path's ending.

    Parameters
    ----------
    results, name
        As for ``terminal_chart``.
    path : Path
    overwrite : bool, default False
        Replace a file of this name.
    score : str, default "accuracy"
        What the second chart shows.

    Raises
    ------
    ValueError
        The path's ending is another.
    ImportError
        matplotlib is not installed; says how to.
    FileExistsError, OSError
        As for ``whole_file``.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise ValueError(f"a figure's name ends in .png or .svg, got {path.name}")
    require_free(path, overwrite=overwrite)
    drawing = _drawing([("", results)], name, score)
    with whole_file(path, overwrite=overwrite) as temporary:
        _save(drawing, temporary, kind)


def figure_of_runs(runs: Sequence[tuple[str, Results]], path: Path, kind: str, score: str = "accuracy") -> None:
    """Write both charts with the curves of several trainings, told apart by colour and named in a legend.

    Parameters
    ----------
    runs : sequence of (str, mapping of (iterations,) arrays)
        A name and, as for ``terminal_chart``, the series of each; at least one.
    path : Path
        Whatever its ending; a file that is there is replaced, and half written where that fails.
    kind : {"svg", "png"}
    score : str, default "accuracy"
        What the second chart shows.

    Raises
    ------
    ImportError
        matplotlib is not installed; says how to.
    OSError
        The file cannot be written.
    """
    (first, results), *others = runs
    _save(_drawing(runs, "", score) if others else _drawing([("", results)], first, score), path, kind)


def _drawing(runs: Sequence[tuple[str, Results]], title: str, score: str) -> Any:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise ImportError(
            "a figure in a file needs matplotlib, which is not installed: pip install 'joml-tui[plot]' "
            "(or pip install matplotlib); plot_benchmark() without a path draws in the terminal"
        ) from error
    drawing = Figure(figsize=(8, 7), layout="constrained")  # belongs to nobody: no pyplot, no state that stays
    for axes, columns in zip(drawing.subplots(2, 1, sharex=True), _CHARTS, strict=True):
        for place, (name, results) in enumerate(runs):
            colours = (_BLUE, _ORANGE) if not name else (_COLOURS[place % len(_COLOURS)],) * 2
            _draw(axes, results, columns, colours, name)
        axes.set_ylabel(columns[0] if columns[0] == "cost" else score)
        axes.grid(alpha=0.3)
        for text in axes.legend().get_texts():
            text.set_parse_math(False)
    drawing.axes[0].set_title(title, parse_math=False)
    drawing.axes[-1].set_xlabel("iteration")
    return drawing


def _save(drawing: Any, path: Path, kind: str) -> None:
    with warnings.catch_warnings():
        # A name may have characters that no font here has: they are drawn as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        drawing.savefig(path, format=kind, dpi=150)


def _draw(axes: Any, results: Results, columns: tuple[str, str, str], colours: tuple[str, str], name: str) -> None:
    """Draw a training's curves; where it has a name, both parts are of one colour and the test's line is dashed."""
    _, train, test = columns
    of_train, of_test = colours
    n_iter = results["n_iter"]
    if not name:  # the noise of several would hide their curves
        axes.plot(*_measured(n_iter, results[train]), color=of_train, alpha=0.2, linewidth=0.5)
    label = f"{name}: training" if name else "training"
    axes.plot(*block_means(n_iter, results[train], _MEANS), color=of_train, linewidth=1.8, label=label)
    across, tests = _measured(n_iter, results[test])
    if len(across):
        every = max(1, len(across) // _MARKS)  # told apart without colours too
        axes.plot(
            across,
            tests,
            color=of_test,
            linewidth=1.4,
            linestyle="--" if name else "-",
            marker="o",
            markersize=3.5,
            markevery=every,
            label=f"{name}: test" if name else "test",
        )


def block_means(n_iter: NDArray[Any], values: NDArray[Any], most: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give at most so many means over consecutive values, each with the mean of its iterations.

    Parameters
    ----------
    n_iter, values : (iterations,) arrays
        Values that are no finite numbers are left out.
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
    known = np.isfinite(values)
    return n_iter[known].astype(np.float64), values[known]


def _spread(across: NDArray[Any], values: NDArray[Any], most: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Choose at most so many points from the first to the last."""
    if len(across) <= most:
        return across, values
    chosen = np.linspace(0, len(across) - 1, most).round().astype(int)
    return across[chosen], values[chosen]


def _coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _encoding() -> str:
    return sys.stdout.encoding or "utf-8"  # a buffer in memory has none, and takes everything


def _can_show(text: str) -> bool:
    try:
        text.encode(_encoding())
    except UnicodeEncodeError:
        return False
    return True
