"""The screen of stored runs that are not in the lab, to open, resume or delete them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Label

from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import RunFacts, RunField, metric_fields
from joml_tui.runs.run_filter import Filter
from joml_tui.runs.run_order import RunOrder
from joml_tui.runs.varying_settings import settings_by_pattern, varying_fields
from joml_tui.ui import text
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.notices import say
from joml_tui.ui.runs.filter_line import FilterLine
from joml_tui.ui.runs.sort_dialog import SortDialog
from joml_tui.ui.screen_stack import Page, open_screen
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.static_text import StaticText

if TYPE_CHECKING:
    from joml_tui.store import Store, StoredRun
    from joml_tui.ui.run_history.history_table import EarlierTable

#: Largest number opened at once, because each loads its series into memory.
_MOST_OPENED = 50
#: Runs whose settings are compared: more would take seconds to read.
_MOST_COMPARED = 200
_GOES_ON = {RunState.INTERRUPTED, RunState.STOPPED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The result of the screen: numbers of stored runs to open, or of one to resume."""

    numbers: tuple[int, ...]
    resume: bool = False


class EarlierRuns(Page[Wanted | None]):
    """The screen of stored runs, the newest first; the result is what to do with which, None for Escape."""

    CSS_PATH = ["run_history.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    AUTO_FOCUS = "#earlier"
    HELP: ClassVar[str] = (
        "The stored runs that are not in the lab's table, newest first. Filter and order work as in the table of runs."
    )
    BINDINGS = [
        *bindings("earlier"),
        ("escape", "leave", "Back"),
        Binding("H", "close", "Back", show=False),
    ]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("earlier",)

    def __init__(self, store: Store, present: set[int]) -> None:
        super().__init__()
        self._store, self._present = store, present
        self._all: list[tuple[StoredRun, RunFacts]] = []
        self._filter, self._order = Filter(), RunOrder()
        self._read = False

    def compose(self) -> ComposeResult:
        """Put the table between the filter and the line about the selected run."""
        from joml_tui.ui.run_history.history_table import EarlierTable  # noqa: PLC0415  # with the store's modules, as late as them

        yield Label("Earlier runs", id="earlier-title", markup=False)
        yield FilterLine(id="filter-line")
        yield EarlierTable(id="earlier")
        yield StaticText(id="earlier-said")
        yield KeyFooter()

    @property
    def _table(self) -> EarlierTable:
        from joml_tui.ui.run_history.history_table import EarlierTable  # noqa: PLC0415

        return self.query_one("#earlier", EarlierTable)

    def on_mount(self) -> None:
        """Read the list in a thread."""
        self.query_one("#earlier-said", StaticText).say("Reading the store …")
        self._load()

    @in_worker(exclusive=True, group="earlier-list")
    async def _load(self) -> None:
        try:
            self._all = await in_background(_read_list, self._store, self._present)
        except Exception as error:  # a damaged list is reported, and the lab continues
            self.query_one("#earlier-said", StaticText).say(text.sentence(str(error) or type(error).__name__))
            return
        self._read = True
        self._arrange()

    @in_worker(exclusive=True, group="earlier-filter")
    async def _arrange(self) -> None:
        order = self._order
        rows, varying = await in_background(_arrange, self._all, self._filter, order)
        self._table.marked &= {stored.number for stored, _ in rows}
        self._table.show(rows, order, varying)
        self.query_one(FilterLine).show_count(len(rows), len(self._all))
        self._show_selected()

    # --- What is said ----------------------------------------------------------------------------------------------

    def _show_selected(self) -> None:
        if not self._read:
            return
        table = self._table
        count = len(self._all)
        marked = f", {len(table.marked):,} marked" if table.marked else ""
        damaged = f", {len(self._store.damaged):,} damaged and left out" if self._store.damaged else ""
        title = f"Earlier runs   {count:,} in {text.plain(str(self._store.path), 120)}{damaged}{marked}"
        self.query_one("#earlier-title", Label).update(title)
        self.query_one("#earlier-said", StaticText).say(self._describe_run(table.selected))

    def _describe_run(self, selected: StoredRun | None) -> str:
        if selected is None:
            if self._all:
                return "No run matches the filter."
            if self._store.damaged:
                return "No earlier run can be read: run joml-tui doctor to see what is damaged."
            if self._store.refusal:
                return "No earlier runs."
            return "No earlier runs yet: from now on every run is recorded."
        summary = selected.summary
        parts = [
            text.plain(selected.label, 60),
            text.plain(selected.message, 120) or selected.state.value,
            text.plain(summary.dataset, 40),
            f"{text.plain(summary.optimizer, 40)} {text.number(summary.learning_rate)}",
            f"batch {summary.batch_size}",
            f"seed {summary.seed}",
            f"{text.count(summary.iteration)} of {text.count(summary.total_iterations)} iterations",
            text.duration(summary.seconds),
            f"continues from {selected.origin} @{selected.origin_iteration:,}" if selected.origin else "",
            text.plain(" ".join(f"#{tag}" for tag in selected.tags), 60),
            text.plain(selected.note, 120),
            f"{key_of('earlier-resume')} resumes it" if self._can_resume(selected) else "",
        ]
        return " · ".join(part for part in parts if part)

    def _can_resume(self, selected: StoredRun) -> bool:
        return selected.state in _GOES_ON and not self._store.refusal

    def on_earlier_table_moved(self) -> None:
        """Show details of the selected run."""
        self._show_selected()

    def on_earlier_table_entered(self) -> None:
        """Open what was clicked twice."""
        self.action_open()

    # --- What is done ----------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> tuple[int, ...]:
        """The marked runs, or else the selected one, the oldest first."""
        table = self._table
        if table.marked:
            return tuple(sorted(table.marked))
        return (table.selected.number,) if table.selected is not None else ()

    def action_mark(self) -> None:
        """Mark the selected run, or no longer."""
        self._table.mark()

    def action_open(self) -> None:
        """Close, and open the marked runs or the selected one."""
        chosen = self._chosen
        if len(chosen) > _MOST_OPENED:
            self._tell(f"{len(chosen):,} runs are marked; at most {_MOST_OPENED} are opened at once.")
        elif chosen:
            self.close(Wanted(chosen))

    def action_resume(self) -> None:
        """Close, and resume the selected run."""
        selected = self._table.selected
        if selected is None or self._refuses():
            return
        if selected.state not in _GOES_ON:
            why = "is training in another program" if not selected.state.ended else f"has {_ended(selected.state)}"
            self._tell(
                f"Run {selected.number} {why}: only interrupted and stopped runs can be resumed. Fork it instead."
            )
            return
        self.close(Wanted((selected.number,), resume=True))

    def action_filter(self) -> None:
        """Let a filter be typed."""
        self.query_one(FilterLine).open()

    def action_sort(self) -> None:
        """Choose what to sort by."""
        from joml_tui.ui.run_history.history_table import COLUMNS, history_field  # noqa: PLC0415

        tasks = {stored.summary.task for stored, _ in self._all}
        fields = [*map(history_field, COLUMNS), *metric_fields(facts for _, facts in self._all)]
        dialog = SortDialog("Newest first", fields, self._order, sorted(tasks), stored=True)
        open_screen(self, dialog, self._sort)

    def on_earlier_table_headed(self, event: EarlierTable.Headed) -> None:
        """Sort by the column whose title was clicked."""
        self._sort(self._order.turned_to(event.field))

    def _sort(self, order: RunOrder | None) -> None:
        if order is not None:
            self._order = order
            self._arrange()

    def action_leave(self) -> None:
        """Clear the filter first, then leave."""
        line = self.query_one(FilterLine)
        if line.display:
            line.clear()
        else:
            self.close(None)

    @on(FilterLine.Filtered)
    def _filtered(self, event: FilterLine.Filtered) -> None:
        self._filter = event.wanted
        self._arrange()

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        self._table.focus()

    def action_delete(self) -> None:
        """Ask, then delete the marked runs or the selected one for good."""
        chosen = self._chosen
        if not chosen or self._refuses():
            return
        alive = [stored.number for stored, _ in self._all if stored.number in chosen and not stored.state.ended]
        if alive:
            self._tell(f"Run {alive[0]} is training in another program: it can be deleted when it has ended.")
            return
        what = f"run {chosen[0]}" if len(chosen) == 1 else f"{len(chosen):,} runs"
        question = Question(
            f"Delete {what} from the store?",
            "Settings, curves and weights are deleted for good: this cannot be undone.",
            (Answer("keep", "Keep", "k", "primary"), Answer("delete", "Delete", "d", "error")),
        )

        def answered(answer: str | None) -> None:
            if answer == "delete":
                self._delete(chosen)

        open_screen(self, question, answered)

    @in_worker(group="earlier-delete")
    async def _delete(self, numbers: tuple[int, ...]) -> None:
        try:
            await in_background(self._store.delete, numbers)
        except Exception as error:  # it is reported, and the readable runs are shown
            self._tell(text.sentence(str(error) or type(error).__name__))
        self._table.marked.clear()
        self._load()

    def _refuses(self) -> bool:
        """Return whether the store refuses changes, which the screen then says."""
        if self._store.refusal:
            self._tell(text.sentence(self._store.refusal))
        return bool(self._store.refusal)

    def _tell(self, sentence: str) -> None:
        say(self, sentence, severity="warning")


def _ended(state: RunState) -> str:
    return "failed" if state is RunState.FAILED else state.value


def _read_list(store: Store, present: set[int]) -> list[tuple[StoredRun, RunFacts]]:
    return [(stored, store.facts_of(stored)) for stored in store.runs() if stored.number not in present]


def _arrange(
    runs: Sequence[tuple[StoredRun, RunFacts]], wanted: Filter, order: RunOrder
) -> tuple[list[tuple[StoredRun, RunFacts]], list[RunField]]:
    """Return the runs that match a filter, in order, and the settings that differ between the first of them."""
    rows = order.arrange([row for row in runs if wanted.accepts(row[1])], lambda row: row[1])
    return rows, varying_fields([settings_by_pattern(facts.settings()) for _, facts in rows[:_MOST_COMPARED]])
