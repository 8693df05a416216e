"""A sweep's worker, which trains the jobs of a batch one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence

from joml_tui.experiment import hold_files
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run import start_run
from joml_tui.sweep.packed_run import pack_run

#: Seconds after which a worker returns its results: at most this time and one run are lost in a crash.
SLICE_SECONDS = 1.0


def train_batch(experiments: Sequence[str], seconds: float = SLICE_SECONDS) -> list[bytes]:
    """Train experiments in this process, one after the other, for a limited time.

    Each result equals that of ``joml-tui run`` bit for bit; replicas are trained as a stack.

    Parameters
    ----------
    experiments : sequence of str
        Experiments as YAML.
    seconds : float
        Seconds after which no further experiment is started.

    Returns
    -------
    list of bytes
        The results of the first ones, at least one, for ``unpack_run``.
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
