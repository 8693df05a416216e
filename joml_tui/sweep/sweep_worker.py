"""What a worker does: it trains the jobs of a batch one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence

from joml_tui.experiment import hold_files
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run import start_run
from joml_tui.sweep.packed_run import pack_run

#: A worker hands over what it has done after so many seconds: no more than that and one run is ever trained in vain.
SLICE_SECONDS = 1.0


def train_batch(experiments: Sequence[str], seconds: float = SLICE_SECONDS) -> list[bytes]:
    """Train experiments in this process, one after the other, for a while.

    Each is trained as ``joml-tui run`` trains it, and equals its result bit for bit; one with replicas is trained as a
    stack.

    Parameters
    ----------
    experiments : sequence of str
        As YAML.
    seconds : float
        After so many seconds no further one is begun.

    Returns
    -------
    list of bytes
        What became of the first ones, at least one, each as ``unpack_run`` takes it.
    """
    hold_files()
    done: list[bytes] = []
    until = time.monotonic() + seconds
    for text in experiments:
        run = start_run(parse_experiment(text), engine="thread")
        run.wait()
        done.append(pack_run(run))
        if time.monotonic() >= until:
            break
    return done
