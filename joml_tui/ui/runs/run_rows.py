"""The rows of the table of runs: a run, or a group of runs that differ only in their seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from joml_tui.runs.run_fields import RunField
from joml_tui.runs.run_order import RunOrder
from joml_tui.runs.seed_groups import MeanSpread, mean_and_spread
from joml_tui.runs.shown_costs import own_field, shown_field
from joml_tui.ui import text
from joml_tui.ui.runs.field_cells import write_field, write_mean
from joml_tui.ui.runs.lab_fields import STATE_SIGNS, lab_facts, word_of_state
from joml_tui.ui.runs.session import LabRun, Session

_LONGEST = 40


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of the table.

    Attributes
    ----------
    runs : tuple of LabRun
        One run, or the runs of a group in the order of the table.
    is_open : bool
        Whether the rows of the group's runs follow.
    is_inner : bool
        Whether it is a run below its group's row.
    """

    runs: tuple[LabRun, ...]
    is_open: bool = False
    is_inner: bool = False

    @property
    def is_group(self) -> bool:
        """Return whether it is the row of a group."""
        return len(self.runs) > 1

    @property
    def first(self) -> LabRun:
        """The run, or the first one of a group."""
        return self.runs[0]

    @property
    def key(self) -> str:
        """The key of the row in the table."""
        return f"group {min(run.place for run in self.runs)}" if self.is_group else self.first.key

    @property
    def label(self) -> str:
        """The name of the run, or of the group with its number of runs."""
        if not self.is_group:
            return f"  {self.first.label}" if self.is_inner else self.first.label
        names = {run.name for run in self.runs}
        name = names.pop() if len(names) == 1 else ""
        arrow = "▾" if self.is_open else "▸"
        return f"{arrow} {text.plain(name or self.first.run.architecture, 24)} ×{len(self.runs)}"

    def write(self, field: RunField) -> str:
        """Return a field as text: of a group what its runs have in common, the mean with the spread, or all values."""
        if field.name == "network":
            return text.plain(self.label, _LONGEST)
        if not self.is_group:
            return write_field(field, lab_facts(self.first))
        if field.name in ("state", "mark"):
            return self._states() if field.name == "state" else self._mark()
        if field.format == "cost or error":  # runs that differ only in their seed have the same
            name, field = own_field(field, lab_facts(self.first))
            return f"{name} {self.write(field)}".lstrip()
        runs = self._counted
        texts = dict.fromkeys(write_field(field, lab_facts(run)) for run in runs)
        if field.type == "number" and len(texts) > 1 and (figure := self._figure(field)) is not None:
            return write_mean(field, figure, self.first.run.task)
        return write_seeds(run.run.experiment.seed for run in runs) if field.name == "seed" else _listed(texts)

    def read(self, field: RunField) -> Any:
        """Return the value to sort by: of a group the mean of numbers, else the first run's value."""
        if self.is_group and field.format == "cost or error":  # runs that differ only in their seed have the same
            mark, own = own_field(field, lab_facts(self.first))
            mean = self.read(own)
            return None if mean is None else (mark, mean)
        if self.is_group and field.type == "number":
            figure = self._figure(field)
            return None if figure is None else figure.mean
        return field.read(lab_facts(self.first))

    @property
    def _counted(self) -> Sequence[LabRun]:
        """The runs that count for figures: those that have ended, or all before any has."""
        return [run for run in self.runs if not run.live] or self.runs

    def _figure(self, field: RunField) -> MeanSpread | None:
        return mean_and_spread(field.read(lab_facts(run)) for run in self._counted)

    def _mark(self) -> str:
        return "━●" if all(run.marked for run in self.runs) else "━"

    def _states(self) -> str:
        words = Counter((STATE_SIGNS[run.run.state], word_of_state(run.run.state, run.run.record)) for run in self.runs)
        if len(words) == 1:
            ((sign, word),) = words
            return f"{sign} {word}"
        return ", ".join(f"{sign} {times} {word}" for (sign, word), times in words.most_common())


def write_seeds(seeds: Iterable[int]) -> str:
    """Return seeds as short as in a grid: ``0..19`` if none is missing, else one by one."""
    ordered = sorted(set(seeds))
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}..{ordered[-1]}"
    return _listed(map(str, ordered))


def _listed(texts: Iterable[str]) -> str:
    return text.plain(", ".join(texts), _LONGEST)


def arrange_rows(runs: Sequence[LabRun], order: RunOrder, session: Session) -> list[RunRow]:
    """Return the rows of runs in an order; of an open group its row, then its runs.

    Parameters
    ----------
    runs : sequence of LabRun
        The runs that match the filter, in the order of start.
    order : RunOrder
    session : Session
        Decides whether runs are grouped, and which groups are open.

    Returns
    -------
    list of RunRow
    """
    marks = {run.run.cost_mark for run in runs}

    def value(field: RunField, row: RunRow) -> Any:
        return row.read(shown_field(field, marks))

    singles = order.arrange_by([RunRow((run,)) for run in runs], value)
    if not session.grouped:
        return singles
    groups: dict[str, list[LabRun]] = {}
    for row in singles:
        groups.setdefault(row.first.group, []).append(row.first)
    heads = [RunRow(tuple(members), is_open=name in session.opened) for name, members in groups.items()]
    rows: list[RunRow] = []
    for head in order.arrange_by(heads, value):
        rows.append(head)
        if head.is_group and head.is_open:
            rows += [RunRow((run,), is_inner=True) for run in head.runs]
    return rows
