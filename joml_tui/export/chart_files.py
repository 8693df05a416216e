"""Cost, score and metrics of one run or several over their iterations, as figures (SVG, PNG) and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from joml_tui.export.safe_files import ExportError, check_writable, exported
from joml_tui.names import metric_title
from joml_tui.plots.chart_model import Curve, CurveKind, Description, curve
from joml_tui.plots.geometry import dot_columns
from joml_tui.plots.label_text import plain
from joml_tui.plots.palette import ink_for
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.history_blocks import METRIC
from joml_tui.runs.run_record import SCORE_METRICS

if TYPE_CHECKING:
    from joml_tui.runs.history import History, SeriesName
    from joml_tui.runs.run import Run

#: What a chart is of, its series of training and that of the part that is looked at on the way. A metric has only this.
_Chart = tuple[str, "SeriesName | None", "SeriesName"]
_NAME_CELLS = 60
_LEAST_WIDTH, _LEAST_HEIGHT = 40, 16
#: Names of figures in the results for `joml.plotting`, where they differ from the metric's name.
_FIGURES = {"cost": "cost", "score": "acc"}
_COST = "cost"
_CHARTS: tuple[_Chart, ...] = (("cost", "train_cost", "check_cost"), ("score", "train_accuracy", "check_accuracy"))


def write_charts_svg(runs: Sequence[AnnotatedRun], path: Path, *, overwrite: bool = False) -> None:
    """Write the curves of runs as an SVG figure; several runs are distinguished by colour and named in a legend.

    matplotlib draws it if it is installed.

    Raises
    ------
    ExportError
        There is nothing to draw, the file exists and ``overwrite`` is false, or it cannot
        be written.
    """
    _write_figure(runs, path, overwrite, "svg")


def write_charts_png(runs: Sequence[AnnotatedRun], path: Path, *, overwrite: bool = False) -> None:
    """Write the curves of runs as a PNG figure, 1200 pixels wide and 525 high per chart; see `write_charts_svg`."""
    _write_figure(runs, path, overwrite, "png")


def write_charts_text(
    runs: Sequence[AnnotatedRun],
    path: Path,
    *,
    overwrite: bool = False,
    width: int = 100,
    height: int = 40,
    ascii: bool = True,
) -> None:
    """Write the curves of runs as text. Parameters as in `charts_text`.

    Raises
    ------
    ExportError
        There is nothing to draw, width or height is too small, the file exists and ``overwrite`` is false, or it
        cannot be written.
    """
    text = charts_text(runs, width, height, ascii=ascii)
    with exported(path, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_chart_svg(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write one run's curves, as in `write_charts_svg`."""
    write_charts_svg([AnnotatedRun(run)], path, overwrite=overwrite)


def write_chart_png(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write one run's curves, as in `write_charts_png`."""
    write_charts_png([AnnotatedRun(run)], path, overwrite=overwrite)


def write_chart_text(
    run: Run, path: Path, *, overwrite: bool = False, width: int = 100, height: int = 40, ascii: bool = True
) -> None:
    """Write one run's curves, as in `write_charts_text`."""
    write_charts_text([AnnotatedRun(run)], path, overwrite=overwrite, width=width, height=height, ascii=ascii)


def charts_text(runs: Sequence[AnnotatedRun], width: int = 100, height: int = 40, *, ascii: bool = True) -> str:
    """Return the curves of runs as text without colours: each run's cost, then its score and its metrics.

    Overlapping curves are not distinct without colours, so each run has its own charts, on shared axes.

    Parameters
    ----------
    runs : sequence of AnnotatedRun
    width, height : int
        Of the charts of a run's cost and score together, in characters and lines; at least 40 and 16. The chart of a
        metric is as high as that of the score.
    ascii : bool, default True
        Whether to use only ASCII; otherwise curves are braille dots, which are finer but missing in some fonts.

    Returns
    -------
    str
        The lines, without a line break at the end and without trailing blanks.

    Raises
    ------
    ExportError
        There is nothing to draw, or width or height is too small.
    """
    # plotext is imported only when something is drawn.
    from joml_tui.plots.drawing import draw  # noqa: PLC0415

    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        raise ExportError(
            f"a chart of {width} x {height} characters is too small: at least {_LEAST_WIDTH} x {_LEAST_HEIGHT} are "
            "needed"
        )
    drawn = _with_something(runs)
    last = max(written.run.iteration for written in drawn)
    cost = _cost_of(drawn)
    frames = {chart: _frame(drawn, chart, cost) for chart in _charts_of(drawn)}
    lines: list[str] = []
    for written in drawn:
        history = _history(written.run)
        for chart in _charts_of([written]):
            rows = height - height // 2 if chart == _CHARTS[0] else height // 2
            what = _score(written.run) if chart == _CHARTS[1] else cost if chart == _CHARTS[0] else chart[0]
            description = Description(
                title=f"{plain(_name(written), width // 2)}: {plain(what, _NAME_CELLS)}",
                width=width,
                height=rows,
                first=0.0,
                last=float(last),
                ink=ink_for(0xFFFFFF, 0),
                curves=(*_curves(written.run, chart, last, dot_columns(width, rows), cost), frames[chart]),
                bounds=_bounds(drawn) if chart == _CHARTS[1] else None,
                message="Nothing but numbers that are not finite.",
                ascii=ascii,
                checked=history.checked_part,
                full_range=True,
            )
            lines += ("".join(piece.text for piece in row).rstrip() for row in draw(description).rows)
    return "\n".join(lines)


def _write_figure(runs: Sequence[AnnotatedRun], path: Path, overwrite: bool, kind: str) -> None:
    check_writable(path, overwrite=overwrite)
    drawn = _with_something(runs)
    score = " / ".join(dict.fromkeys(_score(written.run) for written in drawn))
    cost = _cost_of(drawn)
    named = [(plain(_name(written), _NAME_CELLS) or "run", _results(written.run, cost)) for written in drawn]
    metrics = [name for name, _, _ in _charts_of(drawn)[len(_CHARTS) :]]
    with exported(path, overwrite=overwrite) as temporary:
        if find_spec("matplotlib") is None:
            _write_own_figure(named, temporary, kind, score, metrics, cost)
        else:
            from joml.plotting import figure_of_runs  # noqa: PLC0415 - loads matplotlib

            figure_of_runs(named, temporary, kind, score, metrics, cost)


def _write_own_figure(
    named: Sequence[tuple[str, dict[str, NDArray[Any]]]],
    path: Path,
    kind: str,
    score: str,
    metrics: Sequence[str],
    cost: str,
) -> None:
    """Write a figure without matplotlib, which typesets finer."""
    from joml_tui.export.figure_of_curves import figure_of_curves  # noqa: PLC0415
    from joml_tui.export.figure_png import png_bytes  # noqa: PLC0415
    from joml_tui.export.figure_svg import svg_text  # noqa: PLC0415

    figure = figure_of_curves(named, score, metrics, cost)
    path.write_bytes(png_bytes(figure) if kind == "png" else svg_text(figure).encode())


def _with_something(runs: Sequence[AnnotatedRun]) -> list[AnnotatedRun]:
    """Return the runs that have at least one iteration.

    Raises
    ------
    ExportError
        There are none.
    """
    drawn = [written for written in runs if written.run.history is not None and written.run.iteration]
    if not drawn:
        raise ExportError("no iteration is recorded yet: there is nothing to draw")
    return drawn


def _name(written: AnnotatedRun) -> str:
    run = written.run
    return written.name or run.experiment.name or f"{run.architecture} ({run.id})"


def _cost_of(runs: Sequence[AnnotatedRun]) -> str:
    """Return the title of the charts of costs: an error in the units of the data if all runs have this one."""
    scales = {str(written.run.cost_scale or _COST) for written in runs}
    return scales.pop() if len(scales) == 1 else _COST


def _shown(run: Run, chart: _Chart, values: NDArray[Any], cost: str) -> NDArray[Any]:
    """Return the values of a chart: costs in the units of the data if they have this title."""
    if chart != _CHARTS[0] or cost == _COST or run.cost_scale is None:
        return values
    return run.cost_scale.convert(values)


def _score(run: Run) -> str:
    from joml.task import SCORE_NAMES  # noqa: PLC0415

    return SCORE_NAMES[run.task]


def _history(run: Run) -> History:
    assert run.history is not None  # _with_something has removed the others
    return run.history


def _charts_of(runs: Sequence[AnnotatedRun]) -> list[_Chart]:
    """Return the charts of cost and score, and of each metric of these runs."""
    measured = (name for written in runs for name in _history(written.run).metrics)
    names = dict.fromkeys(name for name in measured if name not in SCORE_METRICS)
    return [*_CHARTS, *((metric_title(name), None, cast("SeriesName", f"check_{METRIC}{name}")) for name in names)]


def _results(run: Run, cost: str) -> dict[str, NDArray[Any]]:
    """Return a run's series for `joml.plotting`, with nan at iterations without a check."""
    history = _history(run)
    count = min(len(history.series(train)) for _, train, _ in _CHARTS if train is not None)
    results: dict[str, NDArray[Any]] = {"n_iter": np.arange(1, count + 1)}
    for chart in _charts_of([AnnotatedRun(run)]):
        name, train, check = chart
        figure = _FIGURES.get(name, name)
        if train is not None:
            results[f"train_{figure}"] = _shown(run, chart, history.series(train)[:count], cost)
        results[f"{history.checked_part}_{figure}"] = _shown(run, chart, _by_iteration(history, check, count), cost)
    return results


def _by_iteration(history: History, check: SeriesName, count: int) -> NDArray[Any]:
    """Return a series of checks with one value per iteration: nan where there was no check."""
    checked = history.check_iteration  # read before the values, so that there are at least as many values
    places = checked[checked <= count] - 1
    values = np.full(count, np.nan)
    values[places] = history.series(check)[: len(places)]
    return values


def _curves(run: Run, chart: _Chart, last: int, columns: int, cost: str) -> list[Curve]:
    """Return the curves of training, as ranges per column, and of the checks, with their last values."""
    history, curves = _history(run), []
    kinds: tuple[CurveKind, CurveKind] = ("raw", "check")
    for kind, name in zip(kinds, chart[1:], strict=True):
        if name is not None:
            part = history.reduce(name, 1, last, columns)
            value = float(_shown(run, chart, np.array(history.last_value(name, 1, last)), cost))
            low, high = (_shown(run, chart, values, cost) for values in (part.low, part.high))
            curves.append(curve(kind, 0, part.iteration, low, high, value=value))
    return curves


def _frame(runs: Sequence[AnnotatedRun], chart: _Chart, cost: str) -> Curve:
    """Return an invisible curve with the range of all runs, so that their charts share an axis."""
    lows, highs = [], []
    for written in runs:
        if chart not in _charts_of([written]):
            continue
        for name in (name for name in chart[1:] if name is not None):
            whole = _history(written.run).reduce(name, 1, written.run.iteration, 1)
            lows.extend(_shown(written.run, chart, whole.low, cost).tolist())
            highs.extend(_shown(written.run, chart, whole.high, cost).tolist())
    return curve("band", 0, [np.nan], [min(lows, default=np.nan)], [max(highs, default=np.nan)])


def _bounds(runs: Sequence[AnnotatedRun]) -> tuple[float, float]:
    """Return the limits of the scores' axis; an R2 far below 0 would flatten the rest."""
    return (-1.0 if any(written.run.task == "regression" for written in runs) else 0.0), 1.0
