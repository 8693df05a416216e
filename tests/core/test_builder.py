"""From an experiment's words to the engine's objects."""

import numpy as np
import pytest
from msgspec import structs

from joml import (
    ELU,
    GELU,
    AdaGrad,
    Adam,
    AdamW,
    CosineDecay,
    CrossEntropy,
    GradientDescent,
    Huber,
    Identity,
    LeakyReLu,
    MeanAbsoluteError,
    MeanSquaredError,
    Momentum,
    Nesterov,
    OneCycle,
    ReduceOnPlateau,
    ReLu,
    RMSProp,
    Scheduled,
    Sigmoid,
    SiLU,
    SoftMax,
    StepDecay,
    Tanh,
    Trainer,
    WarmUp,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.initialisation import glorot, he, normal
from joml_tui.experiment import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    AugmentSpec,
    CosineSpec,
    EarlyStoppingSpec,
    EluSpec,
    Experiment,
    GradientDescentSpec,
    HuberSpec,
    LayerSpec,
    LeakyReluSpec,
    MomentumSpec,
    NesterovSpec,
    NormalSpec,
    OneCycleSpec,
    OrthogonalSpec,
    OutputSpec,
    Plane,
    PlateauSpec,
    RmsPropSpec,
    StepSpec,
    Xor,
    load_data,
    problems,
)
from joml_tui.runs.worker.builder import build_activation, build_cost, build_network, build_trainer
from joml_tui.runs.worker.optimizer_builder import Length, build_optimizer

LENGTH = Length(epochs=10, updates_per_epoch=100)
SMALL = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(8), LayerSpec(8)), epochs=2, batch_size=20)


@pytest.mark.parametrize(
    ("spec", "optimizer"),
    [
        (GradientDescentSpec(0.3), GradientDescent(0.3)),
        (MomentumSpec(0.3, 0.8), Momentum(0.3, 0.8)),
        (NesterovSpec(0.3, 0.8), Nesterov(0.3, 0.8)),
        (AdaGradSpec(0.3, 1e-7), AdaGrad(0.3, 1e-7)),
        (RmsPropSpec(0.3, 0.8, 1e-7), RMSProp(0.3, 0.8, 1e-7)),
        (AdamSpec(0.3, 0.8, 0.7, 1e-7), Adam(0.3, 0.8, 0.7, 1e-7)),
        (AdamWSpec(0.3, 0.8, 0.7, 1e-7, 0.2), AdamW(0.3, 0.8, 0.7, 1e-7, 0.2)),
        (AdamSpec(l1=0.1, l2=0.2), WithWeightDecay(Adam(), 0.1, 0.2)),
        (AdamSpec(clip_norm=3), WithGradientClipping(Adam(), 3)),
        (AdamSpec(clip_norm=3, l2=0.2), WithGradientClipping(WithWeightDecay(Adam(), 0, 0.2), 3)),
        (AdamSpec(clip_norm=3, schedule="cosine"), Scheduled(WithGradientClipping(Adam(), 3), CosineDecay(1000))),
    ],
)
def test_every_optimizer_and_what_goes_around_it(spec, optimizer):
    assert build_optimizer(spec, LENGTH) == optimizer


@pytest.mark.parametrize("spec", [GradientDescentSpec, MomentumSpec, NesterovSpec, AdaGradSpec, RmsPropSpec, AdamSpec])
def test_the_defaults_are_the_engine_s(spec):
    built = build_optimizer(spec(), LENGTH)
    assert built == type(built)()


@pytest.mark.parametrize(
    ("changes", "schedule"),
    [
        ({"schedule": "cosine"}, CosineDecay(1000)),
        ({"schedule": CosineSpec(0.1)}, CosineDecay(1000, 0.1)),
        ({"schedule": "one-cycle"}, OneCycle(1000)),
        ({"schedule": OneCycleSpec(0.2, 0.1, 0.01)}, OneCycle(1000, 0.2, 0.1, 0.01)),
        ({"schedule": "step"}, StepDecay(334, 0.1)),
        ({"schedule": StepSpec(2.5, 0.5)}, StepDecay(250, 0.5)),
        ({"schedule": "reduce-on-plateau"}, ReduceOnPlateau(patience=2)),
        ({"schedule": PlateauSpec(0.5, 4, 0.01, 1, 0.1)}, ReduceOnPlateau(0.5, 4, 0.01, 1, 0.1)),
        ({"warm_up": 2}, WarmUp(200)),
        ({"warm_up": 0.001}, WarmUp(1)),
        ({"warm_up": 2, "schedule": "cosine"}, WarmUp(200, then=CosineDecay(800))),
        ({"warm_up": 1, "schedule": "step"}, WarmUp(100, then=StepDecay(300, 0.1))),
    ],
)
def test_schedules_speak_epochs_and_shares_of_the_run(changes, schedule):
    assert build_optimizer(AdamSpec(**changes), LENGTH) == Scheduled(Adam(), schedule)


def test_a_warm_up_comes_before_the_wait_for_a_plateau():
    built = build_optimizer(AdamSpec(warm_up=1, schedule="reduce-on-plateau"), LENGTH)
    assert built == Scheduled(Scheduled(Adam(), WarmUp(100)), ReduceOnPlateau(patience=2))


@pytest.mark.parametrize("batch_size", [7, 20, "all"])
@pytest.mark.parametrize("epochs", [3, 12])
def test_a_cosine_ends_with_the_run_whatever_its_length(batch_size, epochs):
    experiment = structs.replace(
        SMALL, batch_size=batch_size, epochs=epochs, optimizer=GradientDescentSpec(1.0, schedule=CosineSpec(0.0))
    )
    total = build_trainer(experiment).total_iterations
    built = build_optimizer(experiment.optimizer, Length(epochs, total // epochs))
    assert built.schedule.factor(total) == pytest.approx(0)
    assert built.schedule.factor(total // 2) == pytest.approx(0.5, abs=2 / total)


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ("relu", ReLu()),
        ("leaky-relu", LeakyReLu()),
        (LeakyReluSpec(0.3), LeakyReLu(0.3)),
        ("elu", ELU()),
        (EluSpec(0.5), ELU(0.5)),
        ("gelu", GELU()),
        ("silu", SiLU()),
        ("sigmoid", Sigmoid()),
        ("tanh", Tanh()),
        ("identity", Identity()),
        ("softmax", SoftMax()),
    ],
)
def test_every_activation(activation, function):
    assert build_activation(activation) == function


@pytest.mark.parametrize(
    ("cost", "kind"),
    [
        ("cross-entropy", CrossEntropy),
        ("mean-squared-error", MeanSquaredError),
        ("mean-absolute-error", MeanAbsoluteError),
        ("huber", Huber),
    ],
)
def test_every_cost(cost, kind):
    assert type(build_cost(cost)) is kind
    assert build_cost(HuberSpec(0.3)).delta == 0.3
    assert build_cost("huber").delta == 1.0


def test_every_option_of_a_layer():
    experiment = structs.replace(
        SMALL,
        layers=(
            LayerSpec(8, "tanh", dropout=0.25, normalised=True),
            LayerSpec(8, residual=1, optimizer=NesterovSpec(0.2, schedule="cosine")),
        ),
        output=OutputSpec(optimizer=AdamSpec(0.5)),
    )
    first, second, output = build_network(experiment, LENGTH).layers
    assert (first.dropout, first.normalised, first.residual, first.optimizer) == (0.25, True, 0, None)
    assert (second.dropout, second.normalised, second.residual) == (0.0, False, 1)
    assert second.optimizer == Scheduled(Nesterov(0.2), CosineDecay(1000))
    assert output.optimizer == Adam(0.5)
    assert build_network(experiment).layers[1].optimizer is None


def test_weights_start_as_the_activation_or_the_layer_says():
    layers = build_network(
        structs.replace(
            SMALL,
            layers=(
                LayerSpec(8),
                LayerSpec(8, "tanh"),
                LayerSpec(8, initialisation="glorot"),
                LayerSpec(8, initialisation=OrthogonalSpec(2.0)),
                LayerSpec(8, initialisation="zeros"),
                LayerSpec(8, initialisation=NormalSpec(0.3)),
            ),
            output=OutputSpec(initialisation="normal"),
        )
    ).layers
    assert [layer.initialisation for layer in layers[:3]] == [he, glorot, glorot]
    assert pytest.approx(4 * np.eye(8), abs=1e-5) == layers[3].W @ layers[3].W.T
    assert not layers[4].W.any()
    assert layers[5].initialisation.keywords == {"deviation": 0.3}
    assert layers[6].initialisation is normal


def test_an_experiment_without_options_trains_as_the_engine_s_plain_call_does():
    data = load_data(SMALL)
    network = build_network(SMALL)
    plain = Trainer(
        network, data.x_train, data.y_train, data.x_test, data.y_test, optimizer=Adam(), epochs=2, batch_size=20, seed=0
    )
    for expected, step in zip(plain, build_trainer(SMALL), strict=True):
        assert step.cost == expected.cost


def test_class_weights_and_batches_of_all_reach_the_trainer():
    data = load_data(SMALL)
    for weights in ("balanced", (1.0, 3.0)):
        trainer = build_trainer(structs.replace(SMALL, batch_size="all", class_weights=weights))
        assert trainer.iterations_per_epoch == 1
        plain = Trainer(
            build_network(SMALL), data.x_train, data.y_train, epochs=2, batch_size="all", seed=0, class_weights=weights
        )
        assert [step.cost for step in trainer] == [step.cost for step in plain]


def test_accumulation_reaches_the_trainer_and_its_schedules():
    experiment = structs.replace(SMALL, accumulate=3, optimizer=AdamSpec(schedule="cosine"))
    trainer = build_trainer(experiment)
    total = experiment.epochs * trainer.updates_per_epoch
    assert trainer.updates_per_epoch == -(-trainer.iterations_per_epoch // 3)
    network = build_network(experiment)
    data = load_data(experiment)
    plain = Trainer(
        *(network, data.x_train, data.y_train),
        **{"optimizer": Scheduled(Adam(), CosineDecay(total)), "epochs": 2, "batch_size": 20, "accumulate": 3},
    )
    assert [step.cost for step in trainer] == [step.cost for step in plain]


def test_frozen_layers_stay_and_the_others_are_trained():
    experiment = structs.replace(SMALL, layers=(LayerSpec(5, frozen=True), LayerSpec(3)))
    trainer = build_trainer(experiment)
    before = trainer.network.get_Ws_bs()[0]
    trainer.advance(3)
    after = trainer.network.get_Ws_bs()[0]
    assert [(old == new).all() for old, new in zip(before, after, strict=True)] == [True, False, False]


def test_the_average_of_weights_reaches_the_trainer():
    trainer = build_trainer(structs.replace(SMALL, average=0.9))
    trainer.advance(5)
    assert (trainer.moved_parameters != trainer.network.parameters.theta).any()


def test_augmentation_and_label_noise_reach_the_trainer_and_the_run_says_how_many_labels_are_wrong():
    clean, noisy = load_data(SMALL), load_data(structs.replace(SMALL, label_noise=0.25))
    count = round(clean.train_size / 4)
    assert (clean.y_train != noisy.y_train).any(axis=0).sum() == count
    assert noisy.preparation.notes[0].startswith(f"label noise: {count} of the")
    first, plain = (build_trainer(each) for each in (structs.replace(SMALL, augment=AugmentSpec(noise=0.1)), SMALL))
    assert next(first).cost != next(plain).cost


def test_early_stopping_reaches_the_trainer():
    # A rate at which nothing is learnt: the second test is no better than the first.
    stopping = EarlyStoppingSpec(patience=2, least_improvement=1.0)
    experiment = structs.replace(SMALL, epochs=50, early_stopping=stopping, optimizer=GradientDescentSpec(1e-9))
    trainer = build_trainer(experiment)
    while not trainer.finished:
        trainer.advance(1_000)
    assert trainer.stopped_early
    assert trainer.iteration == 3 * trainer.iterations_per_epoch


def test_a_regression_learns():
    experiment = Experiment(
        dataset=Plane(noise=0),
        output=OutputSpec(None, "identity", "mean-squared-error"),
        optimizer=AdamSpec(0.01),
        epochs=30,
    )
    trainer = build_trainer(experiment)
    while not trainer.finished:
        test = trainer.advance(1_000).test
    assert test.cost < 1e-4
    assert test.accuracy > 0.999  # R2


def test_a_batch_size_left_out_is_at_most_the_training_part():
    few = Experiment(dataset=Xor(samples=20), epochs=1)
    assert problems(few) == []
    assert build_trainer(few).batch_size == 16
    (problem,) = problems(structs.replace(few, batch_size=33))
    assert problem.field == "batch_size"
