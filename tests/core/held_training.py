"""The command ``joml-tui`` in a process that holds a training after so many iterations, until it is stopped or killed.

It says "held" on standard error then: what a test does to it, it does at that moment, however fast the machine is.
"""

from __future__ import annotations

import sys
import threading

from joml import Steps, Trainer
from joml_tui.cli import main
from joml_tui.runs.run import Run

HELD = "held\n"


def hold_at(iteration: int) -> None:
    """Let trainings come that far and wait there for their run to be stopped."""
    advance, stop, stopped = Trainer.advance, Run.stop, threading.Event()

    def pausing(self: Trainer, iterations: int) -> Steps:
        if self.iteration >= iteration and not stopped.is_set():
            sys.stderr.write(HELD)
            sys.stderr.flush()
            stopped.wait()
        return advance(self, iterations if stopped.is_set() else min(iterations, iteration - self.iteration))

    def stopping(self: Run) -> None:
        stop(self)
        stopped.set()

    Trainer.advance, Run.stop = pausing, stopping


if __name__ == "__main__":
    hold_at(int(sys.argv.pop(1)))
    main()
