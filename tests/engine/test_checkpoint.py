"""Checkpoints, snapshots, forks, the range test and the five steps: nothing of them disturbs a training."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joml import (
    Adam,
    CosineDecay,
    Dataset,
    EarlyStopping,
    GradientDescent,
    Layer,
    Momentum,
    Network,
    ReduceOnPlateau,
    Scheduled,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
    WithGradientClipping,
)
from joml.analysis.five_steps import FiveSteps
from joml.analysis.rate_range import rate_range
from joml.data.generators.spin_glass import spin_glass_14
from joml.files.checkpoint import CheckpointError, load, save
from joml.training.snapshots import Snapshots


@pytest.fixture(scope="module")
def data() -> tuple[Dataset, ...]:
    dataset = spin_glass_14()
    return dataset.x_train[:, :300], dataset.y_train[:, :300], dataset.x_test[:, :200], dataset.y_test[:, :200]


def plain(seed=0):
    return Network.from_architecture("14-12x2-4", seed=seed)


def with_options(seed=0):
    network = Network(14, seed=seed)
    network.stack(Layer(10, Tanh(), dropout=0.2))
    network.stack(Layer(10, normalised=True, residual=1, optimizer=Momentum(0.05)))
    network.output(SoftMaxCrossEntropyOutputLayer(4))
    return network


TRAININGS = {
    "plain": (plain, {}),
    "with options": (with_options, {"class_weights": "balanced", "optimizer": GradientDescent(0.1)}),
    "scheduled": (
        plain,
        {"optimizer": Scheduled(WithGradientClipping(Adam(0.01), 1), CosineDecay(60)), "test_every": 7},
    ),
    "plateau": (plain, {"optimizer": Scheduled(Adam(0.05), ReduceOnPlateau(patience=0, threshold=0.1))}),
    "stopping early": (plain, {"early_stopping": EarlyStopping(patience=2), "optimizer": Adam(0.02), "test_every": 3}),
    "replicas": (with_options, {"replicas": 3, "optimizer": Scheduled(Adam(0.05), ReduceOnPlateau(patience=0))}),
    "replicas stopping early": (plain, {"replicas": 3, "early_stopping": EarlyStopping(patience=2), "test_every": 3}),
}


def trainer_of(name, data, epochs=6, **changes):
    make, settings = TRAININGS[name]
    return Trainer(make(), *data, epochs=epochs, **{**settings, **changes})


def costs_of(trainer, most=4, until=None):
    costs = []
    while not trainer.finished and (until is None or trainer.iteration < until):
        left = most if until is None else min(most, until - trainer.iteration)
        steps = trainer.advance(left)
        costs += (steps.replicas.costs if steps.replicas else steps.costs[np.newaxis]).T.tolist()
    return costs


def thetas(trainer):
    return np.stack([network.parameters.theta for network in trainer.networks])


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("at", [0, 3, 10, 14])
class TestBitForBit:
    def test_a_checkpoint_continues_as_if_nothing_had_been(self, data, name, at, tmp_path):
        whole, first, second = (trainer_of(name, data) for _ in range(3))
        expected = costs_of(whole)
        before = costs_of(first, until=at)
        save(first, tmp_path / "run.npz")
        load(second, tmp_path / "run.npz")
        assert second.iteration == at
        np.testing.assert_array_equal(before + costs_of(second, most=5), expected)
        np.testing.assert_array_equal(thetas(second), thetas(whole))
        np.testing.assert_array_equal(second.ended_at, whole.ended_at)

    @pytest.mark.slow
    def test_a_fork_does_what_its_origin_does_and_leaves_it_alone(self, data, name, at):
        whole, origin = (trainer_of(name, data) for _ in range(2))
        expected = costs_of(whole)
        before = costs_of(origin, until=at)
        fork = origin.fork()
        np.testing.assert_array_equal(before + costs_of(fork, most=1), expected)
        assert origin.iteration == at
        np.testing.assert_array_equal(before + costs_of(origin), expected)
        np.testing.assert_array_equal(thetas(origin), thetas(whole))

    def test_rewound_it_repeats_itself(self, data, name, at):
        trainer = trainer_of(name, data)
        costs_of(trainer, until=at)
        state = trainer.state()
        once, end = costs_of(trainer), thetas(trainer).copy()
        trainer.restore(state)
        assert trainer.iteration == at
        np.testing.assert_array_equal(costs_of(trainer, most=9), once)
        np.testing.assert_array_equal(thetas(trainer), end)


class TestCheckpoint:
    def test_another_training_is_refused_and_nothing_changes(self, data, tmp_path):
        trainer = trainer_of("plain", data)
        costs_of(trainer, until=5)
        save(trainer, tmp_path / "run.npz")
        for other in (
            Trainer(Network.from_architecture("14-5-4"), *data),
            trainer_of("plain", data, optimizer=Momentum()),
            trainer_of("plain", data, batch_size=16),
            trainer_of("plain", data, early_stopping=EarlyStopping()),
            Trainer(plain(), data[0][:, :200], data[1][:, :200]),
        ):
            before = thetas(other).copy()
            with pytest.raises(CheckpointError, match=r"run\.npz is of another training"):
                load(other, tmp_path / "run.npz")
            np.testing.assert_array_equal(thetas(other), before)
            assert other.iteration == 0

    @pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
    def test_a_damaged_file_is_named(self, data, tmp_path, content):
        path = tmp_path / "run.npz"
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"run\.npz is not a checkpoint"):
            load(trainer_of("plain", data), path)

    @pytest.mark.slow
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(draw=st.data())
    def test_wherever_a_file_is_damaged_it_is_reported_or_does_no_harm(self, data, tmp_path, draw):
        path = tmp_path / "run.npz"
        save(trainer_of("stopping early", data), path)
        content = bytearray(path.read_bytes())
        for _ in range(draw.draw(st.integers(1, 4))):
            content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
        path.write_bytes(content[: draw.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))])
        trainer = trainer_of("stopping early", data)
        before = thetas(trainer).copy()
        try:
            load(trainer, path)
        except CheckpointError as error:
            assert "run.npz" in str(error)
            np.testing.assert_array_equal(thetas(trainer), before)
            assert trainer.iteration == 0

    @pytest.mark.parametrize(
        ("name", "array"),
        [
            ("generators", np.frombuffer(b"3", np.uint8)),
            ("generators", np.frombuffer(b"[]", np.uint8)),
            ("generators", np.frombuffer(b"[1, 2]", np.uint8)),
            ("iteration", np.array(-5)),
            ("order", np.full(300, 300)),
            ("layers", np.array("[]")),
            ("layers", np.array("nonsense")),
            ("layers", np.array("3")),
        ],
    )
    def test_what_no_training_can_have_been_is_refused_and_nothing_changes(self, data, tmp_path, name, array):
        path = tmp_path / "run.npz"
        trainer = trainer_of("plain", data)
        costs_of(trainer, until=7)
        save(trainer, path)
        with np.load(path) as archive:
            state = dict(archive)
        np.savez(path, **{**state, name: array})
        other, same = trainer_of("plain", data), trainer_of("plain", data)
        with pytest.raises(CheckpointError, match=r"run\.npz is of another training"):
            load(other, path)
        np.testing.assert_array_equal(costs_of(other), costs_of(same))  # the generators have not moved

    def test_other_functions_in_a_network_of_the_same_sizes_are_reported(self, data, tmp_path):
        path = tmp_path / "run.npz"
        save(trainer_of("plain", data), path)
        for layer, message in ((Layer(12, Tanh()), r"Tanh\(\)"), (Layer(12, dropout=0.1), r"dropout=0\.1")):
            network = Network(14)
            network.stack(Layer(12))
            network.stack(layer)
            network.output(SoftMaxCrossEntropyOutputLayer(4))
            with pytest.raises(CheckpointError, match=rf"layer 2 has 12 units, ReLu\(\), .*; here it has .*{message}"):
                load(Trainer(network, *data), path)

    def test_a_file_that_tells_of_no_layers_is_loaded(self, data, tmp_path):
        trainer, other = trainer_of("plain", data), trainer_of("plain", data)
        costs_of(trainer, until=7)
        np.savez(tmp_path / "run.npz", **trainer.state())
        load(other, tmp_path / "run.npz")
        np.testing.assert_array_equal(costs_of(other), costs_of(trainer))

    def test_a_cut_file_is_named(self, data, tmp_path):
        path = tmp_path / "run.npz"
        save(trainer_of("plain", data), path)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(CheckpointError, match=r"run\.npz is not a checkpoint"):
            load(trainer_of("plain", data), path)

    def test_where_it_cannot_be_written_nothing_is_left_behind(self, data, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match="file"):
            save(trainer_of("plain", data), tmp_path / "file" / "run.npz")
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


class TestForks:
    def test_another_rate_holds_from_there_on(self, data):
        trainer = trainer_of("plain", data)
        costs_of(trainer, until=10)
        fork = trainer.fork(learning_rate=0.05)
        ours, theirs = costs_of(fork, until=20), costs_of(trainer, until=20)
        assert ours[0] == theirs[0]
        assert ours[1] != theirs[1]
        assert (fork.learning_rate, trainer.learning_rate) == (0.05, 0.001)

    def test_another_optimizer_begins_afresh(self, data):
        trainer = trainer_of("plain", data)
        costs_of(trainer, until=10)
        fork = trainer.fork(optimizer=GradientDescent(0.5))
        theta = thetas(trainer)[0].copy()
        steps = FiveSteps.of_next(fork)
        steps.forward_propagation(), steps.cost(), steps.back_propagation()
        gradient = np.concatenate(
            [np.column_stack([dW, db]).ravel() for dW, db in zip(*vars_of(steps.gradients()), strict=True)]
        )
        fork.advance(1)
        np.testing.assert_allclose(thetas(fork)[0], theta - 0.5 * gradient, rtol=1e-5, atol=1e-7)

    def test_more_epochs_go_on_after_the_end_and_after_early_stopping(self, data):
        trainer = trainer_of("stopping early", data, epochs=40)
        costs_of(trainer)
        assert trainer.stopped_early
        with pytest.raises(RuntimeError, match="finished"):
            trainer.advance(1)
        fork = trainer.fork(epochs=41)
        assert not fork.finished
        assert len(fork.advance(1)) == 1


def vars_of(gradients):
    return gradients.dW, gradients.db


class TestSnapshots:
    def test_the_ring_keeps_the_latest_and_rewinds_to_them(self, data):
        whole = trainer_of("plain", data)
        expected = costs_of(whole)
        trainer = trainer_of("plain", data)
        ring = Snapshots(trainer, every=7, most=4)
        assert ring.iterations == (0,)
        while not trainer.finished:
            trainer.advance(ring.until_next)
            ring.take_if_due()
        assert ring.iterations == (42, 49, 56, 60)
        assert ring.rewind(55) == trainer.iteration == 49
        np.testing.assert_array_equal(costs_of(trainer), expected[49:])
        np.testing.assert_array_equal(thetas(trainer), thetas(whole))
        with pytest.raises(ValueError, match="the earliest is 42"):
            ring.rewind(41)

    def test_a_snapshot_after_a_rewind_replaces_what_came_later(self, data):
        trainer = trainer_of("plain", data)
        ring = Snapshots(trainer)
        while not trainer.finished:
            trainer.advance(ring.until_next)
            ring.take_if_due()
        assert ring.iterations == (0, 10, 20, 30, 40, 50, 60)
        ring.rewind(25)
        trainer.learning_rate = 0.1
        costs_of(trainer, until=30)
        ring.take()
        assert ring.iterations == (0, 10, 20, 30)

    def test_a_fork_from_the_past_parts_from_the_run(self, data):
        trainer = trainer_of("with options", data)
        ring = Snapshots(trainer)
        costs = []
        while not trainer.finished:
            costs += trainer.advance(min(3, ring.until_next)).costs.tolist()
            ring.take_if_due()
        same, other = ring.fork(20), ring.fork(20, learning_rate=0.5)
        np.testing.assert_array_equal(np.ravel(costs_of(same)), costs[20:])
        assert np.ravel(costs_of(other))[0] == costs[20]
        assert trainer.iteration == 60

    def test_a_snapshot_costs_little_more_than_the_parameters(self, data):
        trainer = trainer_of("plain", data)
        # theta, and the two means of Adam; and the order of 300 samples
        assert Snapshots(trainer).bytes_each < 3 * 4 * trainer.network.parameter_count + 8 * 300 + 2_000


class TestRateRange:
    @pytest.mark.parametrize("name", TRAININGS)
    def test_it_disturbs_nothing(self, data, name):
        whole, tested = (trainer_of(name, data) for _ in range(2))
        expected = costs_of(whole)
        before = costs_of(tested, until=8)
        rate_range(tested, iterations=60)
        np.testing.assert_array_equal(before + costs_of(tested), expected)
        np.testing.assert_array_equal(thetas(tested), thetas(whole))

    def test_the_suggested_rate_learns_and_too_large_ones_are_seen(self):
        dataset = spin_glass_14()
        network = Network.from_architecture("14-40-4")
        trainer = Trainer(network, dataset.x_train, dataset.y_train, optimizer=Adam())
        result = rate_range(trainer, 1e-6, 100.0, 300)
        assert len(result.rates) == len(result.costs) == len(result.smoothed) < 300  # it became much worse
        assert 1e-4 < result.suggested < 1
        assert result.smoothed[-1] > 4 * result.smoothed.min()
        np.testing.assert_allclose(np.diff(np.log(result.rates)), np.log(1e8) / 299)

        def cost_after(rate):
            one = Trainer(network.copy(), dataset.x_train, dataset.y_train, optimizer=Adam(rate))
            return np.mean(costs_of(one, most=300, until=300)[-50:])

        assert cost_after(result.suggested) < min(cost_after(1e-5), cost_after(10.0))

    def test_settings_out_of_range_are_named(self, data):
        trainer = trainer_of("plain", data)
        for message, name in (((0, 1), "low"), ((1, 0.5), "high"), ((0.1, 1, 59), "iterations")):
            with pytest.raises(ValueError, match=name):
                rate_range(trainer, *message)


class TestFiveSteps:
    def test_they_give_what_the_article_names(self, data):
        x, y = data[0][:, :20].astype(float), data[1][:, :20].astype(float)
        network = Network.from_architecture("14-9-7-4", dtype=np.float64)
        Ws, bs = network.get_Ws_bs()
        steps = FiveSteps(network, x, y, GradientDescent(0.1))

        forward = steps.forward_propagation()
        a = x
        np.testing.assert_array_equal(forward.a0, x)
        for i in range(3):
            z = Ws[i] @ a + bs[i][:, None]
            np.testing.assert_allclose(forward.z[i], z, rtol=1e-12, atol=1e-14)
            a = np.maximum(z, 0) if i < 2 else np.exp(z) / np.exp(z).sum(axis=0)
            np.testing.assert_allclose(forward.a[i], a, rtol=1e-12)
        np.testing.assert_array_equal(forward.y_hat, forward.a[-1])

        cost = steps.cost()
        np.testing.assert_allclose(cost.per_sample, -np.log((a * y).sum(axis=0)), rtol=1e-10)
        assert cost.cost == pytest.approx(network.cost(x, y))

        delta = steps.back_propagation().delta
        expected = (a - y) / 20
        for i in (2, 1, 0):
            np.testing.assert_allclose(delta[i], expected, rtol=1e-10, atol=1e-16)
            if i:
                expected = (Ws[i].T @ expected) * (forward.z[i - 1] > 0)

        gradients = steps.gradients()
        for i, previous in enumerate((x, *forward.a[:-1])):
            np.testing.assert_allclose(gradients.dW[i], delta[i] @ previous.T, rtol=1e-10, atol=1e-16)
            np.testing.assert_allclose(gradients.db[i], delta[i].sum(axis=1), rtol=1e-10, atol=1e-16)

        update = steps.update()
        for i in range(3):
            np.testing.assert_array_equal(update.W_before[i], Ws[i])
            np.testing.assert_allclose(update.W_after[i], Ws[i] - 0.1 * gradients.dW[i], rtol=1e-12)
            np.testing.assert_allclose(update.b_after[i], bs[i] - 0.1 * gradients.db[i], rtol=1e-12, atol=1e-18)
            np.testing.assert_array_equal(network.layers[i].W, update.W_after[i])

    @pytest.mark.parametrize("name", [name for name in TRAININGS if "replicas" not in name])
    def test_taken_apart_a_step_is_the_one_that_the_trainer_makes(self, data, name):
        trainer = trainer_of(name, data)
        costs_of(trainer, until=9)  # the next mini-batch is the smaller last one
        before = thetas(trainer).copy()
        steps = FiveSteps.of_next(trainer)
        steps.forward_propagation()
        cost = steps.cost().cost
        steps.back_propagation(), steps.gradients()
        update = steps.update()
        np.testing.assert_array_equal(thetas(trainer), before)
        assert float(trainer.advance(1).costs[0]) == pytest.approx(cost, rel=1e-6)
        Ws, bs = trainer.network.get_Ws_bs()
        for W, b, W_after, b_after in zip(Ws, bs, update.W_after, update.b_after, strict=True):
            np.testing.assert_array_equal(W, W_after)
            np.testing.assert_array_equal(b, b_after)

    def test_out_of_order_the_next_one_is_named(self, data):
        steps = FiveSteps(plain(), data[0][:, :8], data[1][:, :8])
        with pytest.raises(RuntimeError, match=r"the next step is forward_propagation\(\)"):
            steps.cost()
        steps.forward_propagation()
        with pytest.raises(RuntimeError, match=r"update\(\) is out of order: the next step is cost\(\)"):
            steps.update()
