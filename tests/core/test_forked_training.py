"""The settings in which a fork may differ from its origin."""

import pytest
from msgspec import structs

from joml_tui.experiment import (
    AugmentSpec,
    EarlyStoppingSpec,
    Experiment,
    LayerSpec,
    OutputSpec,
    SplitSpec,
    Xor,
)
from joml_tui.experiment.presets import find_experiment
from joml_tui.runs.forked_training import continues_optimizer, require_same_training

MOMENTUM = find_experiment("moons").optimizer
ORIGIN = Experiment(dataset=Xor(samples=40), layers=(LayerSpec(3),), epochs=3)
#: Settings that are free.
FREE = {"optimizer": MOMENTUM, "epochs": 9, "test_every": 5, "metrics": ("macro_f1",)}
#: Another value of each setting that the data or the network depend on.
OTHERS = {
    "dataset": Xor(samples=60),
    "split": SplitSpec(test=0.5),
    "features": ("x1^2",),
    "input_size": 3,
    "input_shape": (1, 2, 1),
    "layers": (LayerSpec(4),),
    "output": OutputSpec(activation="sigmoid"),
    "batch_size": 7,
    "seed": 2,
    "replicas": 2,
    "accumulate": 2,
    "average": 0.9,
    "class_weights": "balanced",
    "label_noise": 0.1,
    "early_stopping": EarlyStoppingSpec(),
    "augment": AugmentSpec(noise=0.1),
}


def test_a_fork_may_have_another_name_optimizer_length_checks_and_metrics():
    require_same_training(ORIGIN, structs.replace(ORIGIN, name="longer", **FREE))


def test_each_setting_is_one_of_the_two():
    assert {*OTHERS, "version", "name", *FREE} == {*Experiment.__struct_fields__}


@pytest.mark.parametrize("setting", sorted(OTHERS))
def test_a_fork_on_other_data_or_of_another_network_is_refused(setting):
    fork = structs.replace(ORIGIN, **{setting: OTHERS[setting]})
    with pytest.raises(ValueError, match=f"^{setting} differs from the forked run"):
        require_same_training(ORIGIN, fork)


def test_a_fork_may_state_the_validation_part_that_was_taken_by_default():
    for share in (0.0, 0.1):
        require_same_training(ORIGIN, structs.replace(ORIGIN, split=structs.replace(ORIGIN.split, validation=share)))
    with pytest.raises(ValueError, match=r"^split differs"):
        require_same_training(ORIGIN, structs.replace(ORIGIN, split=structs.replace(ORIGIN.split, validation=0.3)))


def test_an_optimizer_keeps_its_state_with_another_rate_only():
    faster = structs.replace(ORIGIN, optimizer=structs.replace(ORIGIN.optimizer, learning_rate=0.2))
    assert continues_optimizer(ORIGIN, ORIGIN) and continues_optimizer(ORIGIN, faster)
    assert not continues_optimizer(ORIGIN, structs.replace(ORIGIN, optimizer=MOMENTUM))
    assert not continues_optimizer(
        ORIGIN, structs.replace(ORIGIN, optimizer=structs.replace(ORIGIN.optimizer, beta1=0.5))
    )
