"""Three parts: what is looked at on the way is the validation part, and the test part is read for the result alone."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from joml import (
    Adam,
    CosineDecay,
    EarlyStopping,
    GradientDescent,
    Identity,
    Layer,
    MeanSquaredError,
    Momentum,
    Network,
    OutputLayer,
    ReduceOnPlateau,
    Scheduled,
    Tanh,
    Trainer,
)
from joml.analysis.rate_range import rate_range
from joml.data.generators.spin_glass import spin_glass_14
from joml.logger import BenchmarkLogger, CSVLogger, StdoutLogger, follow
from joml.training.early_stopping import RESTORED
from joml.training.records import mean_evaluation
from joml.training.replicas import train_replicas

RNG = np.random.default_rng(6)
X = RNG.normal(size=(4, 260)).astype(np.float32)
CLASSES = (X[0] - X[1] + 0.8 * RNG.normal(size=260) > 0).astype(int)
Y = np.eye(2, dtype=np.float32)[CLASSES].T
TRAIN, VALIDATION, TEST = (slice(0, 100), slice(100, 160), slice(160, 260))
GARBAGE = (X[:, TEST], 1 - Y[:, TEST])  # every class the other

PLATEAU = partial(Scheduled, Adam(0.004), ReduceOnPlateau(0.5, patience=0))


def trainer_of(test=(X[:, TEST], Y[:, TEST]), *, validation=True, **settings):
    parts = {"x_validation": X[:, VALIDATION], "y_validation": Y[:, VALIDATION]} if validation else {}
    settings = {"optimizer": Adam(0.004), "epochs": 30} | settings
    return Trainer(Network.from_architecture("4-30-2"), X[:, TRAIN], Y[:, TRAIN], *test, **parts, **settings)


def finish(trainer):
    """Train to the end, and give what was looked at: the iteration and the steps."""
    looks = []
    while not trainer.finished:
        steps = trainer.advance_block(1000)
        if steps.checked:
            looks.append((trainer.iteration, steps))
    return looks


class TestWhatIsLookedAt:
    def test_validation_is_measured_on_the_way_and_the_test_part_for_the_result(self):
        trainer = trainer_of(epochs=3)
        looks = finish(trainer)
        assert [at for at, _ in looks] == [4, 8, 12]
        assert all(steps.test is None and steps.checked is steps.validation for _, steps in looks)
        last = looks[-1][1]
        assert last.validation == trainer.network.evaluate(X[:, VALIDATION], Y[:, VALIDATION]) == trainer.check()
        assert last.gap == last.validation.cost - last.denoised_cost
        assert trainer.test() == trainer.network.evaluate(X[:, TEST], Y[:, TEST])
        assert (trainer.checked_part, trainer.parts) == ("validation", ("train", "validation", "test"))

    def test_without_a_validation_part_the_test_part_is_looked_at(self):
        trainer = trainer_of(validation=False, epochs=1)
        ((_, steps),) = finish(trainer)
        assert steps.validation is None
        assert steps.checked is steps.test
        assert steps.test == trainer.test() == trainer.check()
        assert (trainer.checked_part, trainer.parts) == ("test", ("train", "test"))

    def test_single_steps_tell_the_same(self):
        steps = list(trainer_of(epochs=1))
        assert [step.validation is None for step in steps] == [True, True, True, False]
        assert steps[-1].checked is steps[-1].validation
        assert steps[-1].test is None

    def test_a_part_of_no_samples_is_none(self):
        trainer = Trainer(
            Network.from_architecture("4-2"), X, Y, x_validation=np.empty((4, 0)), y_validation=np.empty((2, 0))
        )
        assert (trainer.checked_part, trainer.parts) == (None, ("train",))
        with pytest.raises(RuntimeError, match="no validation samples: give x_validation and y_validation"):
            trainer.evaluate("validation")
        with pytest.raises(RuntimeError, match="no test samples"):
            trainer.check()
        with pytest.raises(ValueError, match="one of train, validation, test, got 'all'"):
            trainer.evaluate("all")
        with pytest.raises(ValueError, match="there is x_validation and no y_validation"):
            Trainer(Network.from_architecture("4-2"), X, Y, x_validation=X)

    def test_each_part_is_judged_with_the_weights_of_now(self):
        trainer = trainer_of(epochs=2, replicas=(3, 8))
        finish(trainer)
        for part, samples in (("train", TRAIN), ("validation", VALIDATION), ("test", TEST)):
            evaluation = trainer.evaluate(part)
            for network, one in zip(trainer.networks, evaluation, strict=True):
                plain = network.evaluate(X[:, samples], Y[:, samples])
                assert one.accuracy == plain.accuracy
                assert one.cost == pytest.approx(plain.cost, rel=1e-6)
        assert trainer.test() == mean_evaluation(trainer.evaluate("test"), np.array([True, True]))


class TestTheTestPartDecidesNothing:
    @pytest.mark.parametrize(
        "settings",
        [
            {"early_stopping": EarlyStopping(patience=2)},
            {"optimizer": PLATEAU()},
            {"early_stopping": EarlyStopping(patience=2), "replicas": (1, 2, 3)},
        ],
    )
    def test_weights_are_the_same_bits_whatever_the_test_part_holds(self, settings):
        ends = []
        for test in ((X[:, TEST], Y[:, TEST]), GARBAGE, (None, None)):
            trainer = trainer_of(test, **settings)
            finish(trainer)
            ends.append(np.array([network.parameters.theta for network in trainer.networks]).tobytes())
        assert len(set(ends)) == 1
        # What is checked does count: with the garbage looked at, the weights are others.
        trainer = trainer_of(GARBAGE, validation=False, **settings)
        finish(trainer)
        assert np.array([network.parameters.theta for network in trainer.networks]).tobytes() != ends[0]

    def test_nor_is_it_computed_on_the_way(self, monkeypatch):
        trainer = trainer_of(epochs=2, early_stopping=EarlyStopping())
        monkeypatch.setattr(trainer, "_test_samples", None)
        assert len(finish(trainer)) == 2

    def test_a_range_test_looks_at_neither(self):
        suggested = [
            rate_range(trainer_of(test, early_stopping=EarlyStopping(patience=1)), iterations=60)
            for test in ((X[:, TEST], Y[:, TEST]), GARBAGE)
        ]
        np.testing.assert_array_equal(suggested[0].costs, suggested[1].costs)
        assert suggested[0].suggested == suggested[1].suggested


class TestLoggers:
    def test_they_name_the_part_that_they_show(self, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        kept, written = BenchmarkLogger(), CSVLogger("epochs.csv")
        trainer = trainer_of(early_stopping=EarlyStopping(patience=2))
        follow(trainer, StdoutLogger(), kept, written)
        last = trainer.networks[0]
        lines = capsys.readouterr().out.splitlines()
        assert "; validation cost " in lines[1]
        assert "test" not in "".join(lines)
        best = f"the parameters are the best, those after iteration {trainer.kept_iterations[0]}"
        assert lines[-1] == f"stopped early, after iteration {trainer.iteration}: {best}"
        assert list(kept.results()) == ["n_iter", "train_cost", "validation_cost", "train_acc", "validation_acc"]
        assert kept.results()["validation_cost"].min() == last.evaluate(X[:, VALIDATION], Y[:, VALIDATION]).cost
        assert kept.test_cost_vals == []
        kept.dump_results("series.csv")
        for name in ("epochs.csv", "series.csv"):
            assert (
                Path(name).read_text().splitlines()[0] == "n_iter,train_cost,validation_cost,train_acc,validation_acc"
            )
        kept.plot_benchmark()
        assert "o: validation" in capsys.readouterr().out

    def test_without_a_validation_part_they_are_as_ever(self, capsys):
        kept = BenchmarkLogger()
        follow(trainer_of(validation=False, epochs=1), StdoutLogger(), kept)
        assert "; test cost " in capsys.readouterr().out
        assert tuple(kept.results()) == BenchmarkLogger.COLUMNS


class TestKeptIterations:
    def test_the_best_of_the_validation_part_is_kept_and_named(self):
        trainer = trainer_of(early_stopping=EarlyStopping(patience=2))
        assert trainer.kept_iterations.tolist() == [0]
        looks = finish(trainer)
        costs = [steps.validation.cost for _, steps in looks]
        best = int(np.argmin(costs))
        assert trainer.stopped_early
        assert trainer.kept_iterations.tolist() == [looks[best][0]]
        assert trainer.check().cost == costs[best]

    def test_without_restoring_and_on_the_way_it_is_the_latest(self):
        trainer = trainer_of(early_stopping=EarlyStopping(patience=2, restore_best=False))
        trainer.advance(2)
        assert trainer.kept_iterations.tolist() == [2]
        finish(trainer)
        assert trainer.kept_iterations.tolist() == [trainer.iteration]

    @pytest.mark.parametrize("replicas", [None, 3])
    @pytest.mark.parametrize(
        ("optimizer", "dropout"),
        [
            (GradientDescent(0.6), 0.0),
            (GradientDescent(0.6), 0.2),
            (Scheduled(Momentum(0.2), CosineDecay(200)), 0.0),
        ],
    )
    def test_a_network_that_diverges_keeps_the_parameters_of_then_whatever_the_blocks(
        self, replicas, optimizer, dropout
    ):
        ends = []
        for most in (1, 7, 256):
            network = Network(2, seed=2).stack(Layer(8, Tanh(), dropout=dropout))
            network.output(OutputLayer(2, Identity(), MeanSquaredError()))
            samples = 30 * X[:2, TRAIN], Y[:, TRAIN]
            trainer = Trainer(network, *samples, epochs=80, batch_size=1, optimizer=optimizer, replicas=replicas)
            while not trainer.finished:
                trainer.advance_block(most)
            assert trainer.diverged.any()
            ends.append([trainer.kept_iterations, *(each.parameters.theta for each in trainer.networks)])
        for other in ends[1:]:
            for ours, theirs in zip(ends[0], other, strict=True):
                np.testing.assert_array_equal(ours, theirs)

    def test_replicas_keep_their_own_best(self):
        trainer = trainer_of(early_stopping=EarlyStopping(patience=2), replicas=(1, 2, 3))
        finish(trainer)
        assert len(set(trainer.kept_iterations.tolist())) > 1
        for place, seed in enumerate(trainer.seeds):
            network = Network.from_architecture("4-30-2", seed=seed)
            alone = Trainer(
                network,
                X[:, TRAIN],
                Y[:, TRAIN],
                x_validation=X[:, VALIDATION],
                y_validation=Y[:, VALIDATION],
                optimizer=Adam(0.004),
                epochs=30,
                early_stopping=EarlyStopping(patience=2),
            )
            finish(alone)
            assert alone.kept_iterations[0] == trainer.kept_iterations[place]
            np.testing.assert_allclose(
                network.parameters.theta, trainer.networks[place].parameters.theta, rtol=1e-3, atol=1e-5
            )

    def test_replicas_in_processes_tell_it_too(self):
        results = train_replicas(
            Network.from_architecture("4-30-2"),
            X[:, TRAIN],
            Y[:, TRAIN],
            X[:, TEST],
            Y[:, TEST],
            seeds=(1, 2),
            processes=1,
            x_validation=X[:, VALIDATION],
            y_validation=Y[:, VALIDATION],
            optimizer=Adam(0.004),
            epochs=30,
            early_stopping=EarlyStopping(patience=2),
        )
        for replica in results:
            costs = [check.cost for check in replica.checks]
            assert replica.checked_part == "validation"
            assert replica.kept_iteration == replica.check_iterations[int(np.argmin(costs))] < len(replica.costs)
            assert replica.test.cost == pytest.approx(replica.network.evaluate(X[:, TEST], Y[:, TEST]).cost, rel=1e-6)
            assert (replica.tests, replica.test_iterations) == ((), ())

    def test_it_outlasts_state_and_fork_until_training_goes_on(self):
        trainer = trainer_of(early_stopping=EarlyStopping(patience=2))
        finish(trainer)
        kept = trainer.kept_iterations.tolist()
        assert kept != [trainer.iteration]
        state = trainer.state()
        early = trainer_of(early_stopping=EarlyStopping(patience=2))
        early.restore({name: array for name, array in state.items() if name != RESTORED})  # as states were before
        assert trainer.fork().kept_iterations.tolist() == early.kept_iterations.tolist() == kept
        longer = trainer.fork(epochs=40)
        longer.advance(1)
        assert longer.kept_iterations.tolist() == [trainer.iteration + 1]


def test_a_restored_training_goes_on_with_the_same_looks():
    def make():
        return trainer_of(early_stopping=EarlyStopping(patience=3), optimizer=PLATEAU())

    whole, first, second = make(), make(), make()
    looks = finish(whole)
    while first.iteration < 10:
        first.advance(10 - first.iteration)
    second.restore(first.state())
    forked = first.fork()
    for trainer in (second, forked):
        rest = finish(trainer)
        assert [(at, steps.validation) for at, steps in rest] == [
            (at, steps.validation) for at, steps in looks if at > 10
        ]
        np.testing.assert_array_equal(trainer.network.parameters.theta, whole.network.parameters.theta)
        assert trainer.kept_iterations.tolist() == whole.kept_iterations.tolist()


def test_the_articles_two_parts_train_as_ever():
    data = spin_glass_14()
    network = Network.from_architecture("14-100-40-4")
    parts = data.x_train, data.y_train, data.x_test, data.y_test
    trainer = Trainer(network, *parts, optimizer=Adam(0.002), epochs=1, batch_size=32)
    assert (trainer.train_size, data.test_size, data.validation_size) == (13_107, 3_277, 0)
    costs = [float(trainer.advance(1).costs[0]) for _ in range(3)]
    np.testing.assert_allclose(costs, [1.6821141242980957, 1.5833899974822998, 1.6873825788497925], rtol=1e-5)
    ((at, steps),) = finish(trainer)
    assert (at, steps.validation, steps.checked) == (410, None, trainer.test())
    assert (steps.test.cost, steps.test.accuracy) == pytest.approx((0.5720033, 0.7793714), abs=2e-3)
