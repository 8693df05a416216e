"""The question for baselines: the engine's own, told only where they compare, without changing the training."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs

from joml.statistics.baselines import baselines
from joml_tui import inspect
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, OutputSpec, Plane, Xor, load_data
from joml_tui.inspect.baseline_scores import Baselines, BaselinesReached
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

XOR = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=2)
PLANE = structs.replace(XOR, dataset=Plane(), output=OutputSpec(activation="identity", cost="mean-squared-error"))


@pytest.mark.parametrize("experiment", [XOR, PLANE], ids=["classes", "regression"])
def test_the_answer_is_what_the_engine_computes(experiment):
    answer = inspect.answer(Baselines(), build_subject(experiment))
    assert unpack(pack(answer), inspect.Answer) == answer
    assert isinstance(answer, BaselinesReached)
    expected = baselines(load_data(experiment))
    assert [(each.name, each.cost, each.accuracy) for each in answer.baselines] == [
        (each.name, each.cost, each.accuracy) for each in expected
    ]


@pytest.mark.parametrize(
    "output",
    [OutputSpec(cost="mean-squared-error"), OutputSpec(activation="sigmoid")],
    ids=["another cost", "an answer a class"],
)
def test_a_cost_that_does_not_compare_is_not_told(output):
    answer = inspect.answer(Baselines(), build_subject(structs.replace(XOR, output=output)))
    assert [each.cost for each in answer.baselines] == [None, None]
    assert all(0 <= each.accuracy <= 1 for each in answer.baselines)


def test_the_training_stays_as_it_is():
    asked, left = build_subject(XOR).trainer, build_subject(XOR)
    for _ in asked:
        pass
    while not left.trainer.finished:
        inspect.answer(Baselines(), left)
        left.trainer.advance(3)
    assert np.array_equal(asked.network.parameters.theta, left.network.parameters.theta)
