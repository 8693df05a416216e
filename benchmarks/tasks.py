"""The number of keys that usual tasks take: python -m benchmarks.tasks presses them, and checks what they reach.

The table in docs/lab.md is made from the same scripts, and a test presses them too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joml_tui.experiment import CsvFile, Experiment, architecture_of, name_of
from joml_tui.runs.run import RunState
from joml_tui.ui.key_names import drawn_key
from joml_tui.ui.runs.runs_table import RunsTable

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from joml_tui.ui.lab import Lab

#: The data file of the last task; its name is what is typed of its path.
TABLE = "my.csv"
_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a user wants, with the keys for it from the lab as it opens.

    Attributes
    ----------
    title : str
    keys : str
        Textual's names of the keys, with blanks between them.
    reached : callable
        Returns whether the lab shows what is wanted.
    typed : str
        What is typed in the middle and depends on the user, such as a path; its letters are not counted.
    """

    title: str
    keys: str
    reached: Callable[[Lab], object]
    typed: str = ""

    @property
    def presses(self) -> list[str]:
        """The keys one by one, with those of what is typed."""
        return [press for key in self.keys.split() for press in (_letters(self.typed) if key == "PATH" else [key])]

    @property
    def count(self) -> str:
        """The number of keys, as text."""
        keys = self.keys.split()
        return f"{len(keys) - 1} and the path" if "PATH" in keys else str(len(keys))

    @property
    def shown(self) -> str:
        """The keys as they are named in documents."""
        return " ".join("path" if key == "PATH" else f"`{drawn_key(key)}`" for key in self.keys.split())


def _letters(text: str) -> list[str]:
    return [{".": "full_stop"}.get(letter, letter) for letter in text]


def _ended(lab: Lab, runs: int = 1) -> bool:
    """Return whether so many runs have finished."""
    entries = lab.session.runs
    return len(entries) == runs and all(entry.run.state is RunState.FINISHED for entry in entries)


def _of_two_tanh_layers(lab: Lab) -> bool:
    if not _ended(lab):
        return False
    experiment = lab.session.runs[0].run.experiment
    return str(architecture_of(experiment)) == "14-64x2-4" and {each.activation for each in experiment.layers} == {
        "tanh"
    }


def _with_rmsprop(lab: Lab) -> bool:
    return _ended(lab) and name_of(lab.session.runs[0].run.experiment.optimizer) == "rmsprop"


def _regions_of_spirals(lab: Lab) -> bool:
    if not lab.session.runs:
        return False
    run, panel = lab.session.runs[0].run, lab.inside_area.panel
    return (
        name_of(run.experiment.dataset) == "spirals"
        and panel.title == "Regions"
        and panel.display
        and bool(panel._lines.rows)
    )


def _best_of_twenty(lab: Lab) -> bool:
    if not _ended(lab, runs=20):
        return False
    runs = lab.query_one(RunsTable).in_order()
    scores = [each.record.test_accuracy for each in runs]
    return scores == sorted(scores, reverse=True) and len({each.run.experiment.seed for each in runs}) == len(runs)


def _on_own_table(lab: Lab) -> bool:
    return _ended(lab) and isinstance(lab.session.runs[0].run.experiment.dataset, CsvFile)


TASKS = (
    Task("Train the network that the lab opens with", "r", _ended),
    Task(
        "Train 14-64-64-4 with tanh in both layers", "y 6 4 down 6 4 enter t enter equals_sign r", _of_two_tanh_layers
    ),
    Task("Train with another optimizer, RMSProp", "semicolon j r enter r", _with_rmsprop),
    Task("Train on two spirals, and watch the decision regions", "o s p enter r 4", _regions_of_spirals),
    Task("Train from 20 seeds, and see the best run on top", "ampersand enter S enter", _best_of_twenty),
    Task("Train on a table of your own", "J PATH enter r", _on_own_table, TABLE),
)


async def press(task: Task, size: tuple[int, int] = (160, 50), experiment: Experiment | None = None) -> bool:
    """Open the lab, press the keys of a task, and return whether it was reached within two minutes.

    Parameters
    ----------
    task : Task
    size : (int, int)
        Columns and rows of the terminal.
    experiment : Experiment, optional
        The one that the lab opens with, in place of its own.

    Returns
    -------
    bool
    """
    async with _opened(size, experiment) as pilot:
        for key in task.presses:
            await pilot.press(key)
            await _painted(pilot)
        end = time.monotonic() + _SECONDS
        while not task.reached(pilot.app.lab):
            if time.monotonic() > end:
                return False
            await pilot.pause(0.05)
        return True


@contextlib.asynccontextmanager
async def _opened(size: tuple[int, int], experiment: Experiment | None) -> AsyncIterator[Pilot[Any]]:
    """Open the lab in a folder with a table."""
    from joml_tui.ui.app import LabApp

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        rows = [f"{place % 7},{place % 3},{'yes' if place % 7 > place % 3 else 'no'}" for place in range(200)]
        Path(TABLE).write_text("\n".join(["size,age,target", *rows]), encoding="utf-8")
        app = LabApp(experiment)
        async with app.run_test(size=size, notifications=True) as pilot:
            try:
                await _painted(pilot)
                yield pilot
            finally:
                app.lab.stop_all()
                for entry in app.lab.session.runs:
                    await asyncio.to_thread(entry.run.wait, 5)


async def _painted(pilot: Pilot[Any]) -> None:
    """Wait as long as a quick typist does between two keys, and on a slow machine for the dialog that a key opens."""
    await pilot.pause(0.15)
    opening = [worker for worker in pilot.app.workers if worker.group == "queue"]
    if opening:  # of no workers, Textual would wait for all
        await pilot.app.workers.wait_for_complete(opening)
        await pilot.pause()


def lines(tasks: Sequence[Task] = TASKS) -> list[str]:
    """Press the keys of all tasks; return a line for each."""
    return [
        f"{task.count:>14}  {'reached' if asyncio.run(press(task)) else 'NOT REACHED':<12} {task.title}: {task.shown}"
        for task in tasks
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as settings:
        os.environ |= {"JOML_CONFIG": f"{settings}/none.toml", "JOML_STORE": f"{settings}/runs.db"}
        print("\n".join(lines()))
