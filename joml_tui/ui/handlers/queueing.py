"""The queue: what is added to it, and when its next experiment begins."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from textual.widgets import Label

from joml_tui.experiment.grid import Combination
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.ui.actions import key_of
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.handlers.training import TrainingHandlers
from joml_tui.ui.queue.grid_dialog import GridBuilder
from joml_tui.ui.queue.queue import Queue, Queued
from joml_tui.ui.queue.queue_screen import QueueScreen
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.threads import in_background

#: The three networks that the article compares.
BENCHMARK = ("article-14-100-40-4", "article-14-28x6-4", "article-14-14x28-4")


class QueueCount(Label):
    """How far the queue is; a click opens it."""

    async def on_click(self) -> None:
        """Show the queue."""
        await self.screen.run_action("queue")


class QueueingHandlers(TrainingHandlers):
    """What the actions about the queue do.

    Attributes
    ----------
    queue : Queue
    """

    queue: Queue
    _grids = itertools.count(1)

    def action_queue_add(self) -> None:
        """Put the composed network at the queue's end."""
        self._add_composed()

    def action_benchmark(self) -> None:
        """Put the article's three networks at the queue's end, and let it go on."""
        self._add_benchmark()

    def action_queue(self) -> None:
        """Show the queue."""

        def left(key: str | None) -> None:
            lab_run = self.book.by_key(key) if key is not None else None
            if lab_run is not None:
                self.show_area("runs")
                self.query_one(RunsTable).select_run(lab_run)

        open_screen(self, QueueScreen(self.queue, self.book, self.advance_queue, self.action_grid), left)

    def action_grid(self) -> None:
        """Make many experiments of the composed one."""
        self._build_grid()

    @in_worker(group="queue")
    async def _add_composed(self) -> None:
        experiment = await self.composed("queue")
        if experiment is not None:
            self._add([Queued(experiment)])

    @in_worker(group="queue")
    async def _add_benchmark(self) -> None:
        try:
            experiments = [await in_background(find_experiment, name) for name in BENCHMARK]
        except ExperimentError as error:
            self.say(f"{error}", severity="error", title="Cannot queue the benchmark")
            return
        self.queue.go_on(self.book)
        self._add([Queued(experiment, tags=("benchmark",)) for experiment in experiments])
        if self.one_area and self.area == "compose":
            self.show_area("charts")

    @in_worker(group="queue")
    async def _build_grid(self) -> None:
        experiment = await self.composed("queue")
        if experiment is None:
            return

        def built(found: list[Combination] | None) -> None:
            if found:
                tag = f"grid-{next(self._grids)}"
                self._add([Queued(each.experiment, each.said, (tag,)) for each in found])

        open_screen(self, GridBuilder(experiment, Queued(experiment).network), built)

    def _add(self, entries: Sequence[Queued]) -> None:
        self.queue.add(entries)
        self.advance_queue()
        said = entries[0].network if len(entries) == 1 else f"{len(entries):,} networks"
        obstacle = self.queue.obstacle(self.book)
        rest = (
            f" The queue {obstacle}: {key_of('queue')}, then {key_of('queue-hold')} lets it go on." if obstacle else ""
        )
        self.say(f"{said} queued, {self.queue.count}.{rest} {key_of('queue')} shows the queue.")

    def advance_queue(self) -> None:
        """Begin the next experiment where nothing trains and nothing holds the queue."""
        while (entry := self.queue.next_for(self.book)) is not None:
            selected = self.selected
            # Whoever looks at another run goes on looking at it.
            follows = selected is None or self.queue.of(selected.run) is not None
            try:
                lab_run = self.book.start(entry.experiment, self.tell)
            except Exception as error:  # whatever stops one run from starting, the others have their turn
                entry.refused = str(error) or type(error).__name__
                self.say(entry.refused, severity="error", title=f"{entry.network} could not start")
                continue
            entry.lab_run = lab_run
            lab_run.note, lab_run.tags = entry.note, entry.tags
            self.record(lab_run)
            self.query_one(RunsTable).add_run(lab_run, self.book.runs, select=follows)
            self.run_changed(lab_run)
        self.show_queue()

    def show_queue(self) -> None:
        """Say beside the run's progress how far the queue is, while there is one; tell when it has ended."""
        queue = self.queue
        count = self.query_one("#queue-count", Label)
        count.display = not queue.ended
        if not queue.ended:
            held = " (held)" if queue.obstacle(self.book) else ""
            count.update(f"queue: {queue.count}{held}")
        elif not queue.told:
            queue.told = True
            if len(queue.entries) > 1:
                self.say(queue.outcome(), title="Queue finished")
