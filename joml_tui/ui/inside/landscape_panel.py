"""The panel of the cost around the path of an ended run: a plane of weights as a heat map, with the path on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from textual.events import Click

from joml_tui.inspect import Answer, Question
from joml_tui.inspect.landscape import Landscape, LandscapeNow, PathPlane, Weights, WeightsNow, plane_of_path
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink
from joml_tui.reports.spoken import spoken_number, spoken_share
from joml_tui.runs.run import Run
from joml_tui.ui.inside.heat_scale import heat_tints, lay_heat
from joml_tui.ui.inside.panel import Doing, InsidePanel, spread_over
from joml_tui.ui.inside.sparklines import SHADES, percent, short
from joml_tui.ui.inside.tints import resampled
from joml_tui.ui.text import count

Values = NDArray[np.float64]

#: Points of the plane across and upwards.
_POINTS = 25
#: Most numbers in the weights of all snapshots together; larger networks get random directions.
_MOST_NUMBERS = 16_000_000
#: The plane extends beyond the path by this share of the path's range, and across by at least this share of the other.
_MARGIN, _NARROWEST = 0.25, 0.2
#: Half the width of a plane of random directions, which are as long as the weights.
_RANDOM_REACH = 1.0
#: Costs above this quantile have the last colour.
_HIGHEST = 0.95
#: Rows of text around the picture: two above, two below.
_TEXT, _ABOVE = 4, 2


class LandscapePanel(InsidePanel):
    """The cost on a plane through the path that the optimizer took."""

    HELP = (
        "The cost of up to 2,000 training samples on a plane of weights through the last ones, on a logarithmic scale. "
        "The plane has the two main directions of the run's snapshots: ○ is the start, • a snapshot, ◆ the end. Space "
        "changes to random directions, scaled to each unit's weights. A click or Enter sets a cursor that reads the "
        "cost, and the arrows move it."
    )
    title = "Landscape"
    purpose = "the cost around the path that the optimizer took, once the run has ended"

    def __init__(self) -> None:
        super().__init__(id="inside-landscape")
        self._reset()

    def _reset(self) -> None:
        self._shown_run: Run | None = None
        self._thetas: dict[int, NDArray[np.float32]] = {}
        self._parameters = self._last = self._at = 0
        self._random = False
        self._cursor: tuple[int, int] | None = None
        """The cursor's place in the grid, from the left and from the top."""
        self._picture = (1, 1)
        self._plane: PathPlane | None = None
        self._costs: Values = np.zeros(0)
        self._now: LandscapeNow | None = None
        self._heard = False

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the effects of the keys; without a cursor, the arrows replay the run."""
        doings: dict[Doing, Callable[[], None]] = {"choice": self.action_other_plane, "large": self.action_cursor}
        if self._cursor is not None:
            moves: dict[Doing, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
            doings |= {doing: partial(self.action_move, *by) for doing, by in moves.items()}
        return doings

    def action_other_plane(self) -> None:
        """Change between the directions of the path and random ones."""
        if self._plane is not None and len(self._thetas) >= 3:
            self._random = not self._random
            self._lay_plane()
            self.redraw()
            self.ask_again()

    # --- The cursor ------------------------------------------------------------------------------------------------

    def action_cursor(self) -> None:
        """Show the cursor in the middle, or hide it."""
        self._cursor = (_POINTS // 2, _POINTS // 2) if self._cursor is None else None
        self.redraw()

    def action_move(self, across: int, down: int) -> None:
        """Move the cursor by points of the grid."""
        if self._cursor is not None:
            self._set_cursor(self._cursor[0] + across, self._cursor[1] + down)

    def on_click(self, event: Click) -> None:
        """Set the cursor to what was clicked."""
        place = event.get_content_offset(self)
        columns, rows = self._picture
        if place is None or self._plane is None:
            return
        row = place.y + self.scroll_offset.y - _ABOVE
        if 0 <= place.x < columns and 0 <= row < rows:
            self._set_cursor(int((place.x + 0.5) * _POINTS / columns), int((row + 0.5) * _POINTS / rows))

    def _set_cursor(self, across: int, down: int) -> None:
        self._cursor = min(max(across, 0), _POINTS - 1), min(max(down, 0), _POINTS - 1)
        self.redraw()

    def _read_cursor(self) -> str:
        """Return the cost at the cursor, and how much more it is than at the end of the path; empty without cursor."""
        if self._cursor is None or self._plane is None:
            return ""
        across, down = self._cursor
        place = down * _POINTS + across
        if place >= len(self._costs):
            return "not computed yet"
        cost, (x, y) = float(self._costs[place]), (each[place] for each in grid_of(self._plane.points))
        end = self._cost_at_the_end()
        beside = "" if end is None or not np.isfinite(cost) else f", {cost - end:+.3g} from the end of the path"
        return f"cost {short(cost)}{beside}, at ({x:.3g}, {y:.3g})"

    def _cost_at_the_end(self) -> float | None:
        assert self._plane is not None
        place = int(np.hypot(*grid_of(self._plane.points)).argmin())
        return float(self._costs[place]) if place < len(self._costs) else None

    # --- Questions: the weights of the snapshots, then the costs in parts ---------------------------------------------

    def question(self) -> Question | None:
        """Return the question about the weights of a snapshot, or about the costs that are missing."""
        if self._plane is None or self._finished:
            return Weights(whole=self._has_ended and self._plane is None)
        across, up = grid_of(self._plane.points)
        first = len(self._costs)
        return Landscape(self._thetas[self._last], self._plane.directions, across[first:], up[first:])

    def show_answer(self, answer: Answer) -> None:
        """Keep the last weights, or add the costs to the picture."""
        match answer:
            case WeightsNow():
                self._parameters, self._at = answer.size, answer.iteration
                if len(answer.theta):
                    self._keep(answer)
            case LandscapeNow():
                self._now = answer
                self._costs = np.concatenate([self._costs, answer.costs])[: _POINTS**2]
                if not self._finished:
                    self.ask_again()
        self._heard = True
        self.redraw()

    def earlier(self, iterations: Sequence[int]) -> int | None:
        """Return the iteration of the next snapshot of the path; None if all are there."""
        missing = [iteration for iteration in self._path(iterations) if iteration not in self._thetas]
        return missing[0] if missing and self._plane is None and self._thetas else None

    def show_earlier(self, answer: Answer) -> None:
        """Keep the weights of a snapshot; the last one missing leads to the costs."""
        if isinstance(answer, WeightsNow) and self._plane is None:
            self._keep(answer)
            self.redraw()

    def describe(self, answer: Answer) -> list[str]:
        """Return the range of the costs in the plane, and the cost at the end of the path."""
        if self._plane is None or not self._finished:
            return ["The landscape is still computed, or the run has not ended."]
        end = self._cost_at_the_end()
        assert end is not None and self._now is not None  # all are computed
        finite = self._costs[np.isfinite(self._costs)]
        lines = [f"{self._about()}.", f"Near the end of the path the {self._now.cost} is {spoken_number(end)}."]
        if len(finite):
            low, high = spoken_number(float(finite.min())), spoken_number(float(finite.max()))
            below = spoken_share(float((finite < end).mean()))
            lines.append(f"In the plane it goes from {low} to {high}, and {below} of its points have a lower cost.")
        if self._cursor is not None:
            lines.append(f"At the cursor: {self._read_cursor()}.")
        return lines

    def show_refusal(self, sentence: str) -> None:
        """Stop computing: the area shows the reason."""
        self._reset()

    def forget(self) -> None:
        """Wait for another run; the picture of the same one is kept."""
        if self._shown_run is None or self.run is not self._shown_run:
            self._reset()
            self._shown_run = self.run
        self.redraw()

    def _keep(self, answer: WeightsNow) -> None:
        self._thetas[answer.iteration] = answer.theta
        iterations = () if self.run is None else self._path(self.run.snapshots.iterations)
        if all(iteration in self._thetas for iteration in iterations):
            self._lay_plane()
            self.ask_again()

    def _path(self, iterations: Sequence[int]) -> Sequence[int]:
        """Return the iterations of the snapshots that the path is drawn from."""
        most = _MOST_NUMBERS // max(1, self._parameters)
        return spread_over(iterations) if most >= 32 else iterations[-1:]

    def _lay_plane(self) -> None:
        self._costs, self._now = np.zeros(0), None
        self._last = max(self._thetas)
        path = [self._thetas[iteration] for iteration in sorted(self._thetas)]
        self._plane = plane_of_path(path[-1:] if self._random else path)

    @property
    def _has_ended(self) -> bool:
        return self.run is not None and self.run.state.ended

    @property
    def _finished(self) -> bool:
        return len(self._costs) >= _POINTS**2

    # --- Drawing ---------------------------------------------------------------------------------------------------

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Write what is drawn, the plane with the path, and the scale."""
        if not self._heard:
            return ()
        if self._plane is None:
            snapshots = 0 if self.run is None else len(self._path(self.run.snapshots.iterations))
            line = "The landscape is drawn when the run has ended."
            if self._has_ended:
                line = f"Reading the path: {len(self._thetas)} of {snapshots} snapshots …"
            return [(Piece(line[:width], ink.muted),)]
        rows: list[Row] = [(Piece(self._about()[:width], bold=True),), (Piece(self._progress()[:width], ink.muted),)]
        costs = np.full(_POINTS**2, np.nan)
        costs[: len(self._costs)] = self._costs
        if height > _TEXT:
            points, replayed = self._plane.points, self._replayed_place()
            self._picture = columns_of(width, height - _TEXT), height - _TEXT
            rows += draw_landscape(
                costs, points, width, height - _TEXT, ink, dark=dark, replayed=replayed, cursor=self._cursor
            )
        scale, marks = scale_rows(costs, width, ink, dark=dark)
        reading = self._read_cursor()
        return [*rows, scale, (Piece(f"◇ {reading}"[:width]),) if reading else marks]

    def _replayed_place(self) -> int | None:
        """Return the place on the path of the snapshot that is replayed; None at the end and for random directions."""
        if self._at == self._last or self._plane is None or len(self._plane.points) < 2:
            return None
        return max(0, sum(iteration <= self._at for iteration in self._thetas) - 1)

    def _about(self) -> str:
        assert self._plane is not None
        if np.isnan(self._plane.share):
            return f"Random directions around the weights of iteration {count(self._last)}"
        share = percent(self._plane.share)
        return f"{len(self._plane.points)} snapshots up to iteration {count(self._last)}: {share} of the path lies here"

    def _progress(self) -> str:
        now, done = self._now, len(self._costs)
        of = "" if now is None else f"{now.cost} of {count(now.samples)} of {count(now.of)} training samples"
        if done < _POINTS**2:
            return f"{done} of {_POINTS**2} points …  {of}"
        return f"{of} · Space: {'main' if self._random else 'random'} directions" if len(self._thetas) >= 3 else of


def grid_of(points: Values) -> tuple[Values, Values]:
    """Return the places across and upwards of all points of the plane's grid, row by row from the top.

    Parameters
    ----------
    points : ndarray, shape (snapshots, 2)
        The path; a single point is the middle of a plane of random directions.

    Returns
    -------
    across, up : ndarray of float64, shape (625,)
    """
    (left, right), (bottom, top) = bounds_of(points)
    across, up = np.meshgrid(np.linspace(left, right, _POINTS), np.linspace(top, bottom, _POINTS))
    return across.ravel(), up.ravel()


def bounds_of(points: Values) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the plane's limits across and upwards: the path with a margin."""
    if len(points) < 2:
        return (-_RANDOM_REACH, _RANDOM_REACH), (-_RANDOM_REACH, _RANDOM_REACH)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = np.maximum(high - low, _NARROWEST * (high - low).max()) * (0.5 + _MARGIN)
    middle = (low + high) / 2
    (left, bottom), (right, top) = (middle - reach).tolist(), (middle + reach).tolist()
    return (left, right), (bottom, top)


def draw_landscape(
    costs: Values,
    points: Values,
    width: int,
    height: int,
    ink: Ink,
    *,
    dark: bool,
    replayed: int | None = None,
    cursor: tuple[int, int] | None = None,
) -> tuple[Row, ...]:
    """Return the plane as a heat map, and the path on it.

    Parameters
    ----------
    costs : ndarray, shape (625,)
        Row by row from the top; nan where they are not computed yet.
    points : ndarray, shape (snapshots, 2)
        The path.
    width, height : int
        In cells.
    ink : Ink
    dark : bool
    replayed : int, optional
        The place of the snapshot that is replayed.
    cursor : (int, int), optional
        The place of the cursor in the grid, from the left and from the top.

    Returns
    -------
    tuple of rows
    """
    canvas = Canvas(width, height)
    columns = columns_of(width, height)
    shares = resampled(_shares(costs).reshape(_POINTS, _POINTS), height, columns)
    lay_heat(canvas, 0, 0, shares.astype(np.float64), heat_tints(ink.background, dark=dark))
    (left, right), (bottom, top) = bounds_of(points)
    across = (points[:, 0] - left) / (right - left) * (columns - 1)
    down = (top - points[:, 1]) / (top - bottom) * (height - 1)
    for start, end in zip(range(len(points) - 1), range(1, len(points)), strict=True):
        steps = int(max(abs(across[end] - across[start]), abs(down[end] - down[start]), 1))
        for share in np.linspace(0, 1, steps + 1):
            step = share * np.array([down[end] - down[start], across[end] - across[start]])
            _mark(canvas, down[start] + step[0], across[start] + step[1], "+", ink)
    for place in range(len(points)):
        mark = "◆" if place == len(points) - 1 else "○" if place == 0 else "•"
        _mark(canvas, down[place], across[place], mark, ink)
    if replayed is not None:
        _mark(canvas, down[replayed], across[replayed], "X", ink)
    if cursor is not None:
        column, row = ((place + 0.5) * cells // _POINTS for place, cells in zip(cursor, (columns, height), strict=True))
        _mark(canvas, row, column, "◇", ink)
    return canvas.rows()


def columns_of(width: int, height: int) -> int:
    """Return the columns of the picture, which is at most twice as wide as high."""
    return max(1, min(width, 4 * height))


def _mark(canvas: Canvas, down: float, across: float, mark: str, ink: Ink) -> None:
    """Write a mark on a ground of its own, which is readable on every cost."""
    canvas.fill(
        round(float(down)), round(float(across)), np.full((1, 1), ord(mark), np.uint32), ink.text, ink.background
    )


def scale_rows(costs: Values, width: int, ink: Ink, *, dark: bool) -> list[Row]:
    """Return the scale of the costs, and what the marks mean."""
    limits = _limits(costs)
    canvas = Canvas(width, 2)
    if limits is not None:
        column = canvas.write(0, 0, f"cost {short(limits[0])} ", ink.muted)
        steps = np.repeat((np.arange(len(SHADES)) + 0.5) / len(SHADES), 2)
        lay_heat(canvas, 0, column, steps[np.newaxis], heat_tints(ink.background, dark=dark))
        logarithmic = " (log)" if limits[0] > 0 else ""
        canvas.write(0, column + len(steps), f" {short(limits[1])} and more{logarithmic}", ink.muted)
    canvas.write(1, 0, "○ start  • snapshot  ◆ end  X replayed  Enter: cursor", ink.muted)
    return list(canvas.rows())


def _limits(costs: Values) -> tuple[float, float] | None:
    """Return the lowest cost, and the one from which on all have the last colour; None if there are no finite costs."""
    finite = costs[np.isfinite(costs)]
    return (float(finite.min()), float(np.quantile(finite, _HIGHEST))) if finite.size else None


def _shares(costs: Values) -> Values:
    """Return costs as places on the scale from 0 to 1, infinite ones as 1; nan stays."""
    limits = _limits(costs)
    if limits is None:
        return np.where(np.isposinf(costs), 1.0, np.nan)
    low, high = limits
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.log(costs) if low > 0 else costs
        low, high = (float(np.log(low)), float(np.log(high))) if low > 0 else (low, high)
        shares: Values = np.clip((scaled - low) / (high - low), 0, 1) if high > low else np.zeros_like(costs)
    return np.where(np.isnan(costs), np.nan, shares)
