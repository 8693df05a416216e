"""Cost and score of one run or several over their iterations, as figures (SVG, PNG) and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from joml_tui.export.extras import needed
from joml_tui.export.safe_files import ExportError, check_writable, exported
from joml_tui.plots.chart_model import Curve, Description, curve
from joml_tui.plots.geometry import dot_columns
from joml_tui.plots.label_text import plain
from joml_tui.plots.palette import ink_for
from joml_tui.runs.annotated_run import AnnotatedRun

if TYPE_CHECKING:
    from joml_tui.runs.history import History, SeriesName
    from joml_tui.runs.run import Run

_NAME_CELLS = 60
_LEAST_WIDTH, _LEAST_HEIGHT = 40, 16
#: Each chart's name, and its series of training and of the part that is looked at on the way.
_CHARTS: tuple[tuple[str, SeriesName, SeriesName], ...] = (
    ("cost", "train_cost", "check_cost"),
    ("score", "train_accuracy", "check_accuracy"),
)


def write_charts_svg(runs: Sequence[AnnotatedRun], path: Path, *, overwrite: bool = False) -> None:
    """Write the curves of runs as an SVG figure; those of several are told apart by colour and named in a legend.

    Raises
    ------
    ExportError
        matplotlib is not installed, there is nothing to draw, the file exists and ``overwrite`` is false, or it cannot
        be written.
    """
    _write_figure(runs, path, overwrite, "svg")


def write_charts_png(runs: Sequence[AnnotatedRun], path: Path, *, overwrite: bool = False) -> None:
    """Write the curves of runs as a PNG figure of 1200 by 1050 pixels. Otherwise as `write_charts_svg`."""
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
    """Write one run's curves. As `write_charts_svg`."""
    write_charts_svg([AnnotatedRun(run)], path, overwrite=overwrite)


def write_chart_png(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write one run's curves. As `write_charts_png`."""
    write_charts_png([AnnotatedRun(run)], path, overwrite=overwrite)


def write_chart_text(
    run: Run, path: Path, *, overwrite: bool = False, width: int = 100, height: int = 40, ascii: bool = True
) -> None:
    """Write one run's curves. As `write_charts_text`."""
    write_charts_text([AnnotatedRun(run)], path, overwrite=overwrite, width=width, height=height, ascii=ascii)


def charts_text(runs: Sequence[AnnotatedRun], width: int = 100, height: int = 40, *, ascii: bool = True) -> str:
    """Draw the curves of runs as text without colours: of each run its cost, and beneath it its score.

    Without colours curves over each other could not be told apart, so each run has charts of its own, on the axes that
    all of them share.

    Parameters
    ----------
    runs : sequence of Written
    width, height : int
        Of the two charts of a run together, in characters and lines; at least 40 and 16.
    ascii : bool, default True
        Whether to do with ASCII; else curves are of braille dots, finer and not in every font.

    Returns
    -------
    str
        Lines without a line break at the end, and without blanks at their ends.

    Raises
    ------
    ExportError
        There is nothing to draw, or width or height is too small.
    """
    # plotext is loaded here, where something is drawn.
    from joml_tui.plots.drawing import draw  # noqa: PLC0415

    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        raise ExportError(
            f"a chart of {width} x {height} characters is too small: at least {_LEAST_WIDTH} x {_LEAST_HEIGHT} are "
            "needed"
        )
    drawn = _with_something(runs)
    last = max(written.run.iteration for written in drawn)
    frames = [_frame(drawn, chart) for chart in _CHARTS]
    heights = (height - height // 2, height // 2)
    lines: list[str] = []
    for written in drawn:
        for (metric, train, check), frame, rows in zip(_CHARTS, frames, heights, strict=True):
            title = f"{plain(_name(written), width // 2)}: {_score(written.run) if metric == 'score' else metric}"
            description = Description(
                title=title,
                width=width,
                height=rows,
                first=0.0,
                last=float(last),
                ink=ink_for(0xFFFFFF, 0),
                curves=(*_curves(_history(written.run), train, check, last, dot_columns(width, rows)), frame),
                bounds=_bounds(drawn) if metric == "score" else None,
                message="Nothing but numbers that are not finite.",
                ascii=ascii,
                checked=_history(written.run).checked_part,
            )
            lines += ("".join(text for text, _, _ in row).rstrip() for row in draw(description).rows)
    return "\n".join(lines)


def _write_figure(runs: Sequence[AnnotatedRun], path: Path, overwrite: bool, kind: str) -> None:
    check_writable(path, overwrite=overwrite)
    drawn = _with_something(runs)
    needed("matplotlib", "plot", f"a figure as {kind.upper()}")
    from joml.plotting import figure_of_runs  # noqa: PLC0415 - looked for matplotlib first

    score = " / ".join(dict.fromkeys(_score(written.run) for written in drawn))
    named = [(plain(_name(written), _NAME_CELLS) or "run", _results(written.run)) for written in drawn]
    with exported(path, overwrite=overwrite) as temporary:
        figure_of_runs(named, temporary, kind, score)


def _with_something(runs: Sequence[AnnotatedRun]) -> list[AnnotatedRun]:
    """Leave out the runs without an iteration.

    Raises
    ------
    ExportError
        None is left.
    """
    drawn = [written for written in runs if written.run.history is not None and written.run.iteration]
    if not drawn:
        raise ExportError("no iteration is recorded yet: there is nothing to draw")
    return drawn


def _name(written: AnnotatedRun) -> str:
    run = written.run
    return written.name or run.experiment.name or f"{run.architecture} ({run.id})"


def _score(run: Run) -> str:
    from joml.statistics.metrics import SCORE_NAMES  # noqa: PLC0415

    return SCORE_NAMES[run.task]


def _history(run: Run) -> History:
    assert run.history is not None  # _with_something has left the others out
    return run.history


def _results(run: Run) -> dict[str, NDArray[Any]]:
    """Return a run's series as `joml.plotting` takes them: nan where nothing was looked at."""
    history = _history(run)
    checked, part = history.check_iteration, history.checked_part
    checks = {name: history.series(name)[: len(checked)] for _, _, name in _CHARTS}
    count = min(len(history.series(name)) for _, name, _ in _CHARTS)
    results: dict[str, NDArray[Any]] = {"n_iter": np.arange(1, count + 1)}
    for (_, train, check), figure in zip(_CHARTS, ("cost", "acc"), strict=True):
        spread = np.full(count, np.nan)
        places = checked[checked <= count] - 1
        spread[places] = checks[check][: len(places)]
        results |= {f"train_{figure}": history.series(train)[:count], f"{part}_{figure}": spread}
    return results


def _curves(history: History, train: SeriesName, check: SeriesName, last: int, columns: int) -> tuple[Curve, Curve]:
    """Return the curves of training, from low to high in each column, and of the checks, with their last values."""
    parts = [history.reduce(name, 1, last, columns) for name in (train, check)]
    values = [history.last_value(name, 1, last) for name in (train, check)]
    raw, checks = parts
    return (
        curve("raw", 0, raw.iteration, raw.low, raw.high, value=values[0]),
        curve("check", 0, checks.iteration, checks.low, checks.high, value=values[1]),
    )


def _frame(runs: Sequence[AnnotatedRun], chart: tuple[str, SeriesName, SeriesName]) -> Curve:
    """Return a curve that is nowhere and as high as all runs together, so that their charts share an axis."""
    lows, highs = [], []
    for written in runs:
        for name in chart[1:]:
            whole = _history(written.run).reduce(name, 1, written.run.iteration, 1)
            lows.extend(whole.low.tolist())
            highs.extend(whole.high.tolist())
    return curve("raw", 0, [np.nan], [min(lows, default=np.nan)], [max(highs, default=np.nan)])


def _bounds(runs: Sequence[AnnotatedRun]) -> tuple[float, float]:
    """Return the limits of the scores' axis; an R2 far below 0 would flatten the rest."""
    return (-1.0 if any(written.run.task == "values" for written in runs) else 0.0), 1.0
