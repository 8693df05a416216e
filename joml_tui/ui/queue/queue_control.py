"""The control that fills the queue and starts its experiments."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from textual.screen import Screen

from joml_tui.experiment import Experiment
from joml_tui.experiment.grid import Combination
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.queue.queue import Queue, Queued
from joml_tui.ui.runs.run_control import RunControl
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import Session
from joml_tui.ui.runs.transport import Transport
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.threads import in_background

#: The three networks that the article compares.
BENCHMARK = ("article-14-100-40-4", "article-14-28x6-4", "article-14-14x28-4")


class QueueControl:
    """The control of the queue.

    Parameters
    ----------
    queue : Queue
    session : Session
    compose_area : ComposeArea
    runs : RunsArea
    transport : Transport
    training : RunControl
    arrangement : Arrangement
    """

    def __init__(
        self,
        queue: Queue,
        session: Session,
        compose_area: ComposeArea,
        runs: RunsArea,
        transport: Transport,
        training: RunControl,
        arrangement: Arrangement,
    ) -> None:
        self._queue, self._session, self._training = queue, session, training
        self._compose_area, self._runs, self._transport = compose_area, runs, transport
        self._arrangement = arrangement
        self._grids = itertools.count(1)

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    def action_show(self) -> None:
        """Show the queue."""
        from joml_tui.ui.queue.queue_screen import QueueScreen  # noqa: PLC0415 - not before the first paint

        screen = QueueScreen(self._queue, self._session, self.advance, self.action_grid)
        open_screen(self.screen, screen, self._show_run)

    def _show_run(self, key: str | None) -> None:
        lab_run = self._session.by_key(key) if key is not None else None
        if lab_run is not None:
            self._runs.select(lab_run)

    # --- Adding ----------------------------------------------------------------------------------------------------

    @in_worker(group="queue")
    async def action_add(self) -> None:
        """Add the composed network to the queue."""
        experiment = await self._compose_area.valid_experiment("queue")
        if experiment is not None:
            self._add([Queued(experiment)])

    @in_worker(group="queue")
    async def action_benchmark(self) -> None:
        """Add the article's three networks to the queue, and continue it."""
        try:
            experiments = [await in_background(find_experiment, name) for name in BENCHMARK]
        except ExperimentError as error:
            say(self.screen, f"{error}", severity="error", title="Cannot queue the benchmark")
            return
        self._queue.go_on(self._session)
        self._add([Queued(experiment, tags=("benchmark",)) for experiment in experiments])
        self._arrangement.leave_compose()

    @in_worker(group="queue")
    async def action_grid(self) -> None:
        """Add a grid made from the composed experiment."""
        experiment = await self._compose_area.valid_experiment("queue")
        if experiment is not None:
            self._open_grid(experiment)

    def _open_grid(self, experiment: Experiment) -> None:
        from joml_tui.ui.queue.grid_dialog import GridBuilder  # noqa: PLC0415 - not before the first paint

        open_screen(self.screen, GridBuilder(experiment, Queued(experiment).network), self._add_grid)

    @in_worker(group="queue")
    async def action_repeat(self) -> None:
        """Add the composed experiment from several seeds."""
        from joml_tui.ui.queue.repeat_dialog import RepeatDialog  # noqa: PLC0415 - not before the first paint

        experiment = await self._compose_area.valid_experiment("queue")
        if experiment is not None:
            open_screen(self.screen, RepeatDialog(experiment, Queued(experiment).network), self._add_grid)

    def _add_grid(self, combinations: list[Combination] | None) -> None:
        if combinations:
            tag = f"grid-{next(self._grids)}"
            self._add([Queued(each.experiment, each.label, (tag,)) for each in combinations])

    def _add(self, entries: Sequence[Queued]) -> None:
        queue = self._queue
        queue.add(entries)
        self.advance()
        added = entries[0].network if len(entries) == 1 else f"{len(entries):,} networks"
        obstacle = queue.obstacle(self._session)
        remedy = (
            f" The queue {obstacle}: {key_of('queue')}, then {key_of('queue-hold')} continues it." if obstacle else ""
        )
        say(self.screen, f"{added} queued, {queue.count}.{remedy} {key_of('queue')} shows the queue.")

    # --- Going on --------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Start the next experiment if nothing trains and the queue is not on hold."""
        while (entry := self._queue.next_for(self._session)) is not None:
            selected = self._runs.selected
            # A selected other run stays selected.
            follows = selected is None or self._queue.of(selected.run) is not None
            try:
                lab_run = self._session.start(entry.experiment, self._training.tell)
            except Exception as error:  # after any error of starting, the others still run
                entry.refused = str(error) or type(error).__name__
                say(self.screen, entry.refused, severity="error", title=f"{entry.network} could not start")
                continue
            entry.lab_run = lab_run
            lab_run.note, lab_run.tags = entry.note, entry.tags
            self._runs.record(lab_run, select=follows)
        self._show_count()

    def _show_count(self) -> None:
        """Show the queue's progress beside the run's, and a notice at its end."""
        queue = self._queue
        suffix = " (held)" if queue.obstacle(self._session) else ""
        self._transport.show_queue("" if queue.ended else f"queue: {queue.count}{suffix}")
        if queue.ended and not queue.end_shown:
            queue.end_shown = True
            if len(queue.entries) > 1:
                say(self.screen, queue.outcome(), title="Queue finished")
