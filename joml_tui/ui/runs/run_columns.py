"""The columns of the table of runs: which are shown, in which order, and how wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from joml_tui.experiment import Task
from joml_tui.runs.run import Run
from joml_tui.runs.run_fields import RunField
from joml_tui.runs.run_order import RunOrder
from joml_tui.runs.setting_paths import setting_values
from joml_tui.runs.shown_costs import shown_field
from joml_tui.runs.varying_settings import Patterns, settings_by_pattern, varying_fields
from joml_tui.ui.runs.field_cells import title_of
from joml_tui.ui.runs.lab_fields import RMSE, lab_facts, lab_field, metrics_measured
from joml_tui.ui.runs.run_rows import RunRow
from joml_tui.ui.runs.session import LabRun

#: The columns of the table in their order, with their least widths.
COLUMNS = {
    "mark": 2,
    "network": 17,
    "parameters": 9,
    "optimizer": 13,
    "epoch": 7,
    "iteration": 10,
    "train_cost": 11,
    "test_cost": 10,
    "train_score": 10,
    "test_score": 9,
    RMSE: 10,
    "validation_cost": 12,
    "validation_score": 11,
    "steps_per_second": 8,
    "seconds": 8,
    "state": 12,
    "tags": 8,
    "note": 14,
}
#: Columns that are as wide as their longest cell, with their largest widths.
_GROWING = {"network": 40, "optimizer": 40, "state": 64, "tags": 40, "note": 80}
#: Columns that are shortened if the most important ones do not fit, with their least widths then.
_SHORTEST = {"state": 11, "network": 12}
_METRIC_WIDTH = 9
#: The columns that are always shown, and the others in the order in which they are added while there is room.
_METRICS = "metrics"  # stands for the columns of all metrics
_ALWAYS = ("mark", "network", "epoch", "test_cost", "test_score", "state")
_ROOM_FOR = (
    "validation_score",
    _METRICS,
    "optimizer",
    "validation_cost",
    "train_cost",
    "train_score",
    "seconds",
    "tags",
    "steps_per_second",
    "note",
    "parameters",
    "iteration",
)
#: Columns that cannot be removed, because rows could not be told apart without them.
FIXED = ("mark", "network")
_FIXED_NUMBER = len(FIXED)
#: Columns that are shown only if some run has a value.
_WRITTEN: dict[str, Callable[[LabRun], object]] = {
    "tags": lambda entry: entry.tags,
    "note": lambda entry: entry.note,
    "validation_cost": lambda entry: _is_validated(entry.run),
    "validation_score": lambda entry: _is_validated(entry.run),
}
#: Largest width of a column of a setting, and the number of rows by which columns are measured.
_WIDEST, _MEASURED_ROWS = 40, 300


@dataclass(slots=True)
class RunColumns:
    """The columns of the table for the present runs.

    Attributes
    ----------
    order : RunOrder
        The order of the rows, whose field has a column.
    added, removed : tuple of str
        The columns that the user has chosen, and those that the user has removed.
    measured : dict of str to RunField
        The metrics of the runs.
    varying : tuple of str
        The settings that differ between the shown runs.
    tasks : frozenset of Task
        The tasks of the runs, which decide titles.
    errors : frozenset of str
        The errors that the runs' costs are in the units of the data, which stand in place of costs.
    right : frozenset of str
        The columns that are aligned to the right, as numbers are.
    """

    order: RunOrder = field(default_factory=RunOrder)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    measured: dict[str, RunField] = field(default_factory=dict)
    varying: tuple[str, ...] = ()
    tasks: frozenset[Task] = frozenset()
    errors: frozenset[str] = frozenset()
    right: frozenset[str] = frozenset()
    _settings: dict[str, Patterns] = field(default_factory=dict)
    _compared: tuple[str, ...] = ()

    def follow(self, runs: Sequence[LabRun], shown: Sequence[LabRun]) -> None:
        """Take over the runs of the session, and those of them that match the filter."""
        self.measured = metrics_measured(runs)
        self.tasks = frozenset(lab_run.run.task for lab_run in runs)
        self.errors = frozenset(lab_run.run.cost_mark for lab_run in runs)
        keys = tuple(lab_run.key for lab_run in shown)
        if keys != self._compared:
            self._compared = keys
            self._settings = {
                lab_run.key: self._settings.get(lab_run.key)
                or settings_by_pattern(setting_values(lab_run.run.experiment))
                for lab_run in shown
            }
            self.varying = tuple(each.name for each in varying_fields(list(self._settings.values())))

    @property
    def known(self) -> dict[str, int]:
        """All possible columns with their least widths, including those of the order and of settings."""
        columns = COLUMNS | dict.fromkeys(self.measured, _METRIC_WIDTH)
        others = [name for name in (self.order.column, *self.varying, *self.added) if name and name not in columns]
        names = list(columns)
        placed = [*names[:_FIXED_NUMBER], *dict.fromkeys(others), *names[_FIXED_NUMBER:]]
        return {name: columns.get(name, 1) for name in placed}

    def field_of(self, name: str) -> RunField:
        """Return the field of a column.

        Raises
        ------
        LookupError
            There is no such field.
        """
        is_order = self.order.field is not None and name == self.order.column
        field = self.order.field if is_order else None
        return shown_field(field or lab_field(name, self.measured), self.errors)

    def title_of(self, name: str) -> str:
        """Return the title of a column for the present runs."""
        return title_of(self.field_of(name), self.tasks)

    def wanted(self, runs: Sequence[LabRun]) -> list[str]:
        """Return the columns that are shown whatever the room: the most important first."""
        names = dict.fromkeys([*_ALWAYS, self.order.column, *self.varying, *self.added])
        return [name for name in names if name and (name not in self.removed or name in (*FIXED, self.order.column))]

    def fitting(self, rows: Sequence[RunRow], runs: Sequence[LabRun], room: int, around: int) -> dict[str, int]:
        """Return the columns with their widths.

        The wanted columns come first, at the width of their longest cells. If they do not fit, names and states are
        shortened, and then the less important columns stand on the right, out of sight. If there is more room, further
        columns are added.

        Parameters
        ----------
        rows : sequence of RunRow
            The rows of the table.
        runs : sequence of LabRun
            All runs.
        room : int
            Cells of a line.
        around : int
            Cells around each column.

        Returns
        -------
        dict of str to int
        """
        known = self.known
        wanted = [name for name in self.wanted(runs) if name in known]
        self.right = self._right_ones(known, rows)
        widths = {name: self._width(name, known[name], rows) for name in known}
        always = [name for name in wanted if name in _ALWAYS or name == self.order.column]
        left = room - sum(widths[name] + around for name in always)
        for name, shortest in _SHORTEST.items():
            if left < 0 and name in widths:
                spared = max(left, shortest - widths[name])
                widths[name] += min(0, spared)
                left -= min(0, spared)
        inside, outside = list(always), []
        for name in (each for each in wanted if each not in always):
            if widths[name] + around <= left:
                inside.append(name)
                left -= widths[name] + around
            else:
                outside.append(name)
        for name in self._optional(runs, {*inside, *outside}) if not outside else ():
            if widths[name] + around <= left:
                inside.append(name)
                left -= widths[name] + around
        if outside:
            widths["network"] += max(0, left)  # or the edge would show a few letters of the next column
        return {name: widths[name] for name in (*(each for each in known if each in inside), *outside)}

    def _right_ones(self, names: Iterable[str], rows: Sequence[RunRow]) -> frozenset[str]:
        fields = {name: self.field_of(name) for name in names}
        with_settings = any(field.type == "setting" for field in fields.values())
        facts = [lab_facts(row.first) for row in rows[:_MEASURED_ROWS]] if with_settings else []
        return frozenset(name for name, field in fields.items() if field.stands_right(facts))

    def _optional(self, runs: Sequence[LabRun], present: set[str]) -> list[str]:
        """Return the columns for which there may be room, by rank."""
        names = [each for name in _ROOM_FOR for each in (self.measured if name == _METRICS else [name])]
        return [
            name
            for name in names
            if name not in present and name not in self.removed and (_shown_if(name) is None or _has_some(name, runs))
        ]

    def _width(self, name: str, least: int, rows: Sequence[RunRow]) -> int:
        titled = self.field_of(name)
        least = max(least, len(self.title_of(name)) + (name in self.right))
        most = _GROWING.get(name, _WIDEST if name not in COLUMNS or titled.format == "cost or error" else 0)
        if most or any(row.is_group for row in rows):
            longest = max((len(row.write(titled)) for row in rows[:_MEASURED_ROWS]), default=0)
            return max(least, min(longest, most or _WIDEST))
        return least


def _shown_if(name: str) -> Callable[[LabRun], object] | None:
    return _WRITTEN.get(name, _WRITTEN["validation_cost"] if name.startswith("validation_") else None)


def _has_some(name: str, runs: Sequence[LabRun]) -> bool:
    written = _shown_if(name)
    return written is not None and any(map(written, runs))


def _is_validated(run: Run) -> bool:
    return run.checked_part == "validation" or run.validation_accuracy is not None
