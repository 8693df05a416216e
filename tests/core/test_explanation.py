"""The explanation of a run: it says which layers were left as they are."""

import pytest

from joml_tui.experiment import Experiment, LayerSpec, OutputSpec, Xor
from joml_tui.reports.explanation import describe, explain
from joml_tui.runs.run import start_run


@pytest.mark.parametrize(
    ("frozen", "output", "line"),
    [
        ((True, False), False, "  not trained, as frozen: layer 1"),
        ((False, True), True, "  not trained, as frozen: layer 2, the output layer"),
        ((False, False), False, None),
    ],
)
def test_frozen_layers_are_named(frozen, output, line):
    layers = tuple(LayerSpec(3, frozen=each) for each in frozen)
    experiment = Experiment(dataset=Xor(samples=60), layers=layers, output=OutputSpec(frozen=output), epochs=1)
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    lines = [each for each in describe(explain(run), "a run").splitlines() if "frozen" in each]
    assert lines == ([] if line is None else [line])
