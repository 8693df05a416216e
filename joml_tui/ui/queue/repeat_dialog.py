"""The dialog that repeats an experiment from several seeds."""

from __future__ import annotations

import itertools

from joml_tui.experiment import Experiment
from joml_tui.experiment.grid import MOST_RUNS, Combination, GridError, GridSetting, combinations
from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import EntryField

#: Enough to tell the spread from the mean.
_USUAL = 20
_LONGEST = 200


class RepeatDialog(FormDialog[list[Combination]]):
    """The dialog of the number of seeds, or of the seeds; the result is a run of each, None for Escape."""

    HELP = (
        "Trains the composed network from several seeds, which differ in the initial weights and the order of samples, "
        "and in the data if these are generated. Write the number of runs, or the seeds: 3..9 or 1, 5, 8."
    )

    def __init__(self, experiment: Experiment, network: str) -> None:
        self._experiment = experiment
        self._entry = EntryField("seeds", "", str(_USUAL), longest=_LONGEST)
        hint = "A number of runs, or seeds such as 3..9 or 1, 5, 8."
        super().__init__(f"Seeds of {network}", [self._entry], accept="Add to the queue", hint=hint)

    def read(self) -> list[Combination] | None:
        """Return an experiment for each seed; None after showing what is wrong."""
        try:
            seeds = seeds_of(self._experiment, self._entry.text)
            combined = combinations(self._experiment, [GridSetting.of("seed", seeds)])
        except GridError as error:
            self.say(str(error), problem=True)
            return None
        self.say(describe_seeds(seeds))
        return combined


def seeds_of(experiment: Experiment, text: str) -> tuple[int, ...]:
    """Return the seeds that a text names: a number of them from the experiment's own on, or the seeds themselves.

    Parameters
    ----------
    experiment : Experiment
    text : str
        Such as ``20``, ``3..9`` or ``1, 5, 8``.

    Returns
    -------
    tuple of int

    Raises
    ------
    GridError
        There are no seeds, too many, or something else.
    """
    typed = text.strip()
    if typed.isascii() and typed.isdigit():
        count = int(typed[:9])
        if not 1 <= count <= MOST_RUNS:
            raise GridError(f"Write a number of runs from 1 to {MOST_RUNS:,}.")
        # The replicas of a run have the seeds after its own.
        return tuple(experiment.seed + place * experiment.replicas for place in range(count))
    values = GridSetting.parse("seed", typed).values
    if not all(type(value) is int and value >= 0 for value in values):
        raise GridError("seed: seeds are whole numbers from 0 on, such as 3..9 or 1, 5, 8.")
    return values


def describe_seeds(seeds: tuple[int, ...]) -> str:
    """Return the number of runs and their seeds as text."""
    if len(seeds) == 1:
        return f"1 run: seed {seeds[0]}"
    evenly = len({later - earlier for earlier, later in itertools.pairwise(seeds)}) == 1
    shown = f"{seeds[0]}, {seeds[1]} … {seeds[-1]}" if evenly and len(seeds) > 2 else ", ".join(map(str, seeds[:9]))
    more = "" if evenly or len(seeds) <= 9 else " …"
    return f"{len(seeds):,} runs: seeds {shown}{more}"
