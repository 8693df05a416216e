"""The questions behind the teaching screens: what they tell can be checked by hand, and they change nothing."""

import threading

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    AMSGradSpec,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    LionSpec,
    MomentumSpec,
    NesterovSpec,
    OutputSpec,
    RmsPropSpec,
    Sine,
    SpinGlass,
    Xor,
)
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.inspect import answer
from joml_tui.inspect.accounting import Accounting
from joml_tui.inspect.collapse import Collapsing
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.runs.run import inspect_experiment, start_run
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

XOR = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(6, "tanh"), LayerSpec(5, "relu")), batch_size=16, epochs=3)
OPTIONS = structs.replace(
    XOR,
    layers=(
        LayerSpec(6, "tanh", dropout=0.5),
        LayerSpec(6, "sigmoid", normalised=True),
        LayerSpec(6, "relu", residual=2),
        LayerSpec(6, "identity", residual=1, dropout=0.25, normalised=True),
    ),
)
OPTIMIZERS = (
    GradientDescentSpec(0.3),
    MomentumSpec(0.1),
    NesterovSpec(0.1),
    AdaGradSpec(0.05),
    RmsPropSpec(0.01),
    AdamSpec(0.01),
    AdamWSpec(0.01, weight_decay=0.1),
    AMSGradSpec(0.01, beta2=0.5),
    LionSpec(0.01, weight_decay=0.1),
)


def trained(experiment, iterations=17):
    subject = build_subject(experiment)
    while subject.trainer.iteration < iterations:
        subject.trainer.advance(iterations - subject.trainer.iteration)
    return subject


def close(actual, expected, rtol=1e-4, atol=1e-6):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


def test_gathered_gradients_move_the_weights_after_the_last_mini_batch_of_an_update():
    experiment = structs.replace(XOR, accumulate=3, optimizer=GradientDescentSpec(0.3))
    subject = trained(experiment, iterations=1)
    steps = []
    for _ in range(2):
        steps.append(answer(NextStep(), subject))
        subject.trainer.advance(1)
    kept, moved = (step.layers[0] for step in steps)
    assert [(step.gathered.place, step.gathered.of, step.gathered.samples) for step in steps] == [
        (2, 3, 16),
        (3, 3, 32),
    ]
    np.testing.assert_array_equal(kept.W_after, kept.W)
    close(moved.gathered[:, :-1], kept.gathered[:, :-1] + 16 * kept.dW)
    close(moved.mean_gradient[:, :-1], (moved.gathered[:, :-1] + 16 * moved.dW) / 48)
    close(moved.W_after, moved.W - 0.3 * moved.mean_gradient[:, :-1])
    np.testing.assert_array_equal(moved.W_after, subject.network.layers[0].W)


class TestNextStep:
    @pytest.mark.parametrize("experiment", [XOR, OPTIONS], ids=["plain", "options"])
    def test_each_equation_holds(self, experiment):
        subject = trained(experiment)
        step = answer(NextStep(), subject)
        assert (step.iteration, step.samples) == (18, 16)
        activations = {
            "tanh": np.tanh,
            "relu": lambda z: np.maximum(z, 0),
            "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
            "identity": lambda z: z,
        }
        previous = step.x
        for layer in step.layers[:-1]:
            close(layer.z, layer.W @ previous + layer.b[:, None])
            n = layer.z
            if layer.normalised:
                close(layer.mean, layer.z.mean(axis=0))
                n = layer.gamma[:, None] * (layer.z - layer.mean) / layer.deviation + layer.beta[:, None]
                close(layer.n, n, atol=1e-5)
            a = activations[layer.activation](n)
            if layer.dropout:
                assert np.isin(layer.mask, np.array([0, 1 / (1 - layer.dropout)], np.float32)).all()
                a = a * layer.mask
            if layer.residual:
                a = a + layer.skipped
            close(layer.a, a, atol=1e-5)
            previous = layer.a
        for layer, after in zip(step.layers[:-1], step.layers[1:], strict=True):
            expected = after.W.T @ after.delta + (layer.carried if layer.carried.size else 0)
            close(layer.received, expected)
            if not layer.normalised:
                mask = layer.mask if layer.dropout else 1
                close(layer.delta, layer.received * mask * layer.slope)
        previous = step.x
        for layer in step.layers:
            close(layer.dW, layer.delta @ previous.T)
            close(layer.db, layer.delta.sum(axis=1))
            previous = layer.a
        close(step.layers[-1].delta, (step.layers[-1].a - step.y) / 16)
        assert step.cost == pytest.approx(step.per_sample.mean(), rel=1e-5)

    def test_it_is_what_the_training_does_next_and_leaves_it_alone(self):
        subject, alone = trained(OPTIONS), trained(OPTIONS)
        step = answer(NextStep(), subject)
        subject.trainer.advance(1), alone.trainer.advance(1)
        np.testing.assert_array_equal(subject.network.parameters.theta, alone.network.parameters.theta)
        for layer, explained in zip(subject.network.layers, step.layers, strict=True):
            np.testing.assert_array_equal(layer.W, explained.W_after)
            np.testing.assert_array_equal(layer.b, explained.b_after)

    @pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: type(optimizer).__name__)
    @pytest.mark.parametrize(
        "around", [{}, {"l2": 0.1, "clip_norm": 1e-3, "schedule": "cosine"}], ids=["bare", "around"]
    )
    def test_the_rule_with_its_numbers_gives_the_step(self, optimizer, around):
        experiment = structs.replace(XOR, optimizer=structs.replace(optimizer, **around))
        for layer in answer(NextStep(), trained(experiment)).layers:
            rule, after = layer.rule, {name: values[:, :-1] for name, values in layer.memory_after.items()}
            before = {name: values[:, :-1] for name, values in layer.memory.items()}
            assert rule.t == 18
            assert (rule.learning_rate < optimizer.learning_rate) == bool(around)
            assert (rule.shrunk < 1) == bool(around)
            g = rule.shrunk * layer.dW + around.get("l2", 0) * layer.W
            eta = rule.learning_rate
            match optimizer:
                case GradientDescentSpec():
                    step = eta * g
                case MomentumSpec(momentum=momentum):
                    close(after["v"], momentum * before["v"] + g)
                    step = eta * after["v"]
                case NesterovSpec(momentum=momentum):
                    step = eta * (g + momentum * after["v"])
                case AdaGradSpec(epsilon=epsilon):
                    close(after["w"], before["w"] + g**2)
                    step = eta * g / (np.sqrt(after["w"]) + epsilon)
                case RmsPropSpec(beta=beta, epsilon=epsilon):
                    close(after["v"], beta * before["v"] + (1 - beta) * g**2)
                    step = eta * g / (np.sqrt(after["v"]) + epsilon)
                case AMSGradSpec(beta1=beta1, beta2=beta2, epsilon=epsilon):
                    close(after["v_max"], np.maximum(before["v_max"], beta2 * before["v"] + (1 - beta2) * g**2))
                    m, v = after["m"] / (1 - beta1**18), after["v_max"] / (1 - beta2**18)
                    step = eta * m / (np.sqrt(v) + epsilon)
                case LionSpec(beta1=beta1, beta2=beta2):
                    close(after["m"], beta2 * before["m"] + (1 - beta2) * g)
                    step = eta * (np.sign(beta1 * before["m"] + (1 - beta1) * g) + 0.1 * layer.W)
                case (
                    AdamSpec(beta1=beta1, beta2=beta2, epsilon=epsilon)
                    | AdamWSpec(beta1=beta1, beta2=beta2, epsilon=epsilon)
                ):
                    close(after["m"], beta1 * before["m"] + (1 - beta1) * g)
                    m, v = after["m"] / (1 - beta1**18), after["v"] / (1 - beta2**18)
                    step = eta * m / (np.sqrt(v) + epsilon)
                    if isinstance(optimizer, AdamWSpec):
                        step = step + eta * 0.1 * layer.W
            close(layer.W_after, layer.W - step)

    def test_layers_with_optimizers_of_their_own_tell_theirs(self):
        layers = (LayerSpec(6, "tanh", optimizer=MomentumSpec(0.1)), LayerSpec(5, normalised=True), LayerSpec(4))
        step = answer(NextStep(), trained(structs.replace(XOR, layers=layers)))
        assert [set(layer.memory) for layer in step.layers] == [{"v"}, {"m", "v"}, {"m", "v"}, {"m", "v"}]
        for layer in step.layers[1:]:
            memory = layer.memory_after["m"]
            close(memory[:, :-1], 0.9 * layer.memory["m"][:, :-1] + 0.1 * layer.dW)
            close(memory[:, -1], 0.9 * layer.memory["m"][:, -1] + 0.1 * layer.db)

    def test_large_networks_are_cut_and_told_in_full(self):
        layers = (LayerSpec(300), LayerSpec(40), *(LayerSpec(40) for _ in range(60)))
        step = answer(NextStep(), build_subject(structs.replace(XOR, layers=layers, batch_size="all")))
        assert (step.layers[0].size, step.layers[0].inputs, step.samples) == (300, 2, 160)
        assert step.layers[0].z.shape == (32, 32)
        assert step.layers[1].W.shape == (32, 32)
        assert step.layers[1].memory["m"].shape == (32, 33)
        assert len(pack(step)) < 4_000_000

    def test_class_weights_and_other_costs(self):
        balanced = answer(NextStep(), build_subject(structs.replace(XOR, class_weights=(1.0, 3.0))))
        assert set(np.round(balanced.weights, 3)) == {1, 3}
        output = OutputSpec(activation="identity", cost="mean-squared-error")
        values = answer(
            NextStep(),
            build_subject(Experiment(dataset=Sine(samples=60), layers=(LayerSpec(5, "tanh"),), output=output)),
        )
        last = values.layers[-1]
        close(values.cost_gradient, 2 * (last.a - values.y))
        close(last.delta, values.cost_gradient * last.slope / 32)

    def test_a_diverged_network_is_reported_too(self):
        subject = trained(structs.replace(XOR, optimizer=GradientDescentSpec(1e30), layers=(LayerSpec(6),)), 1)
        while not subject.trainer.finished:
            subject.trainer.advance(10)
        step = answer(NextStep(), subject)
        assert not np.isfinite(step.cost)
        assert unpack(pack(step), type(step)).iteration == step.iteration


class TestAccounting:
    def test_both_accountings_of_test_and_last_mini_batch(self):
        subject = build_subject(structs.replace(find_experiment("article-14-100-40-4"), epochs=1))
        nothing = answer(Accounting(), subject)
        assert nothing.batch is None
        while not subject.trainer.finished:
            subject.trainer.advance(100)
        accounting = answer(Accounting(), subject)
        assert (accounting.test.samples, accounting.train.samples, accounting.batch.samples) == (3277, 13107, 19)
        for figures in (accounting.test, accounting.train, accounting.batch):
            assert figures.article_accuracy == pytest.approx((1 + figures.accuracy) / 2)
        y_hat = subject.network.predict(subject.data.x_test)
        given = (y_hat * subject.data.y_test).sum(axis=0).mean()
        assert accounting.test.article_cost == pytest.approx(-np.log(1e-8) * (1 - given), rel=1e-4)
        wrong, right = accounting.y_hat[:, 0], accounting.y_hat[:, 1]
        assert wrong.argmax() != accounting.y[:, 0].argmax()
        assert right.argmax() == accounting.y[:, 1].argmax()
        close(wrong, subject.network.predict(subject.data.x_test[:, accounting.numbers[0] - 1]))

    def test_the_last_mini_batch_is_the_one_that_was_trained_on(self):
        subject = trained(XOR, 14)
        accounting = answer(Accounting(), subject)
        latest = subject.trainer._latest
        evaluation = subject.network.evaluate(latest.x.copy(), latest.y.copy())
        assert accounting.batch.samples == 16
        assert (accounting.batch.cost, accounting.batch.accuracy) == pytest.approx(
            (evaluation.cost, evaluation.accuracy)
        )

    def test_other_outputs_are_refused(self):
        output = OutputSpec(activation="identity", cost="mean-squared-error")
        with pytest.raises(ValueError, match="softmax outputs with cross-entropy"):
            answer(Accounting(), build_subject(Experiment(dataset=Sine(samples=60), output=output)))


class TestCollapsing:
    LINEAR = structs.replace(XOR, layers=(LayerSpec(6, "identity"), LayerSpec(6, "identity", residual=1)))

    def test_linear_layers_are_one(self):
        subject = trained(self.LINEAR)
        collapsed = answer(Collapsing(), subject)
        first, second, last = subject.network.layers
        W = last.W @ (second.W + np.eye(6)) @ first.W
        b = last.W @ (second.W @ first.b + second.b + first.b) + last.b
        close(collapsed.W, W)
        close(collapsed.b, b)
        assert collapsed.shapes == ((6, 2), (6, 6), (2, 6))
        assert collapsed.residuals == (0, 1, 0)
        assert collapsed.samples == 1000
        assert collapsed.largest_difference < 1e-5
        close(collapsed.example_deep, collapsed.example_single)
        logits = collapsed.W @ collapsed.example_x + collapsed.b
        close(collapsed.example_single, np.exp(logits) / np.exp(logits).sum())

    def test_the_end_of_a_network_with_layers_of_other_kinds_is_one_layer(self):
        text = (
            "version: 1\ndataset: {name: digits}\nlayers: [{layer: convolution, channels: 2, kernel: 3, stride: 2}, "
            "{size: 6, activation: identity}, {size: 5, activation: identity}]"
        )
        subject = build_subject(parse_experiment(text))
        collapsed = answer(Collapsing(), subject)
        first, second, last = subject.network.layers[1:]
        close(collapsed.W, last.W @ second.W @ first.W)
        assert (collapsed.layers_before, collapsed.input_layer) == (1, "c2k3s2")
        with pytest.raises(ValueError, match=r"layer 2 of .* is not linear, its activation function is ReLu"):
            answer(Collapsing(), build_subject(parse_experiment(text.replace("activation: identity", "dropout: 0", 1))))

    def test_a_layer_that_is_not_linear_is_named(self):
        with pytest.raises(ValueError, match=r"layer 1 of .* is not linear, its activation function is Tanh"):
            answer(Collapsing(), build_subject(XOR))
        normalised = structs.replace(XOR, layers=(LayerSpec(4, "identity"), LayerSpec(4, "identity", normalised=True)))
        with pytest.raises(ValueError, match=r"layer 2 of .* normalises its units"):
            answer(Collapsing(), build_subject(normalised))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["thread", "process"])
def test_a_run_answers_them_and_its_training_stays_the_same(engine):
    experiment = structs.replace(find_experiment("article-14-28x6-4"), epochs=1)
    asked, alone = start_run(experiment, engine=engine), start_run(experiment, engine=engine)
    while not asked.state.ended:
        for question in (NextStep(), Accounting()):
            heard, answers = threading.Event(), []
            asked.ask(question, lambda reply, answers=answers, heard=heard: (answers.append(reply), heard.set()))
            assert heard.wait(300)
            assert not isinstance(answers[0], str)
    alone.wait()
    np.testing.assert_array_equal(asked.history.train_cost, alone.history.train_cost)


def test_the_composed_network_answers_without_a_run():
    experiment = structs.replace(XOR, dataset=SpinGlass())
    assert inspect_experiment(experiment, NextStep()).iteration == 1
    assert inspect_experiment(experiment, Accounting()).batch is None
    with pytest.raises(ValueError, match="not linear"):
        inspect_experiment(experiment, Collapsing())
