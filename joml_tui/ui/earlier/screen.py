"""Earlier runs: those of the store that are not in the lab, to be opened, resumed or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Label

from joml_tui.filtering import Facts, Filter
from joml_tui.runner import RunState
from joml_tui.ui import text
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.background import in_background
from joml_tui.ui.dialogs.question import Answer, Question
from joml_tui.ui.key_line import KeyLine
from joml_tui.ui.line import Line
from joml_tui.ui.runs.filter_line import FilterLine

if TYPE_CHECKING:
    from joml_tui.store import Store, StoredRun
    from joml_tui.ui.earlier.table import EarlierTable

#: So many are opened at once; each brings its series into memory.
_MOST_OPENED = 50
_GOES_ON = {RunState.INTERRUPTED, RunState.STOPPED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with runs of the store, by their numbers there: opened, or the one of them resumed."""

    numbers: tuple[int, ...]
    resume: bool = False


class EarlierRuns(Screen[Wanted | None]):
    """Lists stored runs, the newest first; the result is what to do with which, None when left."""

    CSS_PATH = ["earlier.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    AUTO_FOCUS = "#earlier"
    HELP: ClassVar[str] = (
        "Every run that the store holds and the lab does not, the newest first. "
        "The filter is that of the table of runs."
    )
    BINDINGS = [
        *bindings("earlier"),
        ("escape", "leave", "Back"),
        Binding("H", "dismiss", "Back", show=False),
    ]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("earlier",)

    def __init__(self, store: Store, present: set[int]) -> None:
        super().__init__()
        self._store, self._present = store, present
        self._all: list[tuple[StoredRun, Facts]] = []
        self._filter = Filter()
        self._read = False

    def compose(self) -> ComposeResult:
        """Put the table between the filter and what is to be said of the selected run."""
        from joml_tui.ui.earlier.table import EarlierTable  # noqa: PLC0415  # with the store's modules, as late as them

        yield Label("Earlier runs", id="earlier-title", markup=False)
        yield FilterLine(id="filter-line")
        yield EarlierTable(id="earlier")
        yield Line(id="earlier-said")
        yield KeyLine()

    @property
    def _table(self) -> EarlierTable:
        from joml_tui.ui.earlier.table import EarlierTable  # noqa: PLC0415

        return self.query_one("#earlier", EarlierTable)

    def on_mount(self) -> None:
        """Read the list in a thread."""
        self.query_one("#earlier-said", Line).say("Reading the store …")
        self._load()

    @work(exclusive=True, group="earlier-list", exit_on_error=False)
    async def _load(self) -> None:
        try:
            self._all = await in_background(_read_list, self._store, self._present)
        except Exception as error:  # a damaged list is told, and the lab goes on
            self.query_one("#earlier-said", Line).say(text.sentence(str(error) or type(error).__name__))
            return
        self._read = True
        self._arrange()

    @work(exclusive=True, group="earlier-filter", exit_on_error=False)
    async def _arrange(self) -> None:
        rows = await in_background(_asked_for, self._all, self._filter)
        self._table.marked &= {stored.number for stored in rows}
        self._table.show(rows)
        self.query_one(FilterLine).show_count(len(rows), len(self._all))
        self._show_selected()

    # --- What is said ----------------------------------------------------------------------------------------------

    def _show_selected(self) -> None:
        if not self._read:
            return
        table = self._table
        count = len(self._all)
        marked = f", {len(table.marked):,} marked" if table.marked else ""
        title = f"Earlier runs   {count:,} in {text.plain(str(self._store.path), 120)}{marked}"
        self.query_one("#earlier-title", Label).update(title)
        self.query_one("#earlier-said", Line).say(self._said(table.selected))

    def _said(self, selected: StoredRun | None) -> str:
        if selected is None:
            return (
                "The filter asks for none of them." if self._all else "No earlier runs: every run is kept from now on."
            )
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
            f"goes on from {selected.origin} @{selected.origin_iteration:,}" if selected.origin else "",
            text.plain(" ".join(f"#{tag}" for tag in selected.tags), 60),
            text.plain(selected.note, 120),
            f"{key_of('earlier-resume')} resumes it" if selected.state in _GOES_ON else "",
        ]
        return " · ".join(part for part in parts if part)

    def on_earlier_table_moved(self) -> None:
        """Say more about the selected run."""
        self._show_selected()

    def on_earlier_table_entered(self) -> None:
        """Open what was clicked twice."""
        self.action_open()

    # --- What is done ----------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> tuple[int, ...]:
        """The marked runs, else the selected one, the oldest first."""
        table = self._table
        if table.marked:
            return tuple(sorted(table.marked))
        return (table.selected.number,) if table.selected is not None else ()

    def action_mark(self) -> None:
        """Mark the selected run, or no longer."""
        self._table.mark()

    def action_open(self) -> None:
        """Leave, to open the marked runs or the selected one."""
        chosen = self._chosen
        if len(chosen) > _MOST_OPENED:
            self._tell(f"{len(chosen):,} runs are marked; at most {_MOST_OPENED} are opened at once.")
        elif chosen:
            self.dismiss(Wanted(chosen))

    def action_resume(self) -> None:
        """Leave, to go on with the selected run."""
        selected = self._table.selected
        if selected is None:
            return
        if selected.state not in _GOES_ON:
            why = "is under way in another program" if not selected.state.ended else f"has {_ended(selected.state)}"
            self._tell(
                f"Run {selected.number} {why}: only interrupted and stopped runs go on. Open and fork it instead."
            )
            return
        self.dismiss(Wanted((selected.number,), resume=True))

    def action_filter(self) -> None:
        """Let a filter be typed."""
        self.query_one(FilterLine).open()

    def action_leave(self) -> None:
        """Clear the filter first, then leave."""
        line = self.query_one(FilterLine)
        if line.display:
            line.clear()
        else:
            self.dismiss(None)

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
        if not chosen:
            return
        alive = [stored.number for stored, _ in self._all if stored.number in chosen and not stored.state.ended]
        if alive:
            self._tell(f"Run {alive[0]} is under way in another program: it cannot be deleted before it has ended.")
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

        self.app.push_screen(question, answered)

    @work(group="earlier-delete", exit_on_error=False)
    async def _delete(self, numbers: tuple[int, ...]) -> None:
        try:
            await in_background(self._store.delete, numbers)
        except Exception as error:  # it is told, and what is there is shown
            self._tell(text.sentence(str(error) or type(error).__name__))
        self._table.marked.clear()
        self._load()

    def _tell(self, sentence: str) -> None:
        self.notify(text.plain(sentence, 300), severity="warning", timeout=6, markup=False)


def _ended(state: RunState) -> str:
    return "failed" if state is RunState.FAILED else state.value


def _read_list(store: Store, present: set[int]) -> list[tuple[StoredRun, Facts]]:
    from joml_tui.ui.earlier.facts import facts_of  # noqa: PLC0415

    return [(stored, facts_of(stored)) for stored in store.runs() if stored.number not in present]


def _asked_for(runs: Sequence[tuple[StoredRun, Facts]], wanted: Filter) -> list[StoredRun]:
    return [stored for stored, facts in runs if wanted.accepts(facts)]
