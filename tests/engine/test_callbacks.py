"""Callbacks: when they are called, what they are given, and how they end a training."""

import numpy as np
import pytest

from joml import Adam, EarlyStopping, Network, Trainer

X = np.random.default_rng(0).normal(size=(3, 40))
Y = np.eye(2)[(X[0] * X[1] > 0).astype(int)].T


def trainer(callbacks, **settings):
    usual = {"optimizer": Adam(0.01), "epochs": 4, "batch_size": 8}
    tests = (X[:, ::3], Y[:, ::3]) if settings.pop("tests", True) else ()
    return Trainer(Network.from_architecture("3-5-2"), X, Y, *tests, callbacks=callbacks, **{**usual, **settings})


def by_steps(own):
    for _ in own:
        pass


def by_blocks(own):
    while not own.finished:
        own.advance(7)


@pytest.mark.parametrize("go", [by_steps, by_blocks])
@pytest.mark.parametrize(
    ("settings", "at"),
    [
        ({}, [5, 10, 15, 20]),
        ({"test_every": 3}, [3, 5, 6, 9, 10, 12, 15, 18, 20]),
        ({"tests": False, "test_every": 3}, [5, 10, 15, 20]),
    ],
)
def test_they_are_called_at_the_end_of_epochs_and_at_checks(go, settings, at):
    heard = []
    go(trainer([lambda _, progress: heard.append(progress)], **settings))
    assert [(each.iteration, each.epoch) for each in heard] == [(each, -(-each // 5)) for each in at]
    checked = settings.get("tests", True)
    assert all((each.check is not None) == (checked and each.iteration % settings.get("test_every", 5) == 0)
               for each in heard[:-1])  # fmt: skip


@pytest.mark.parametrize("go", [by_steps, by_blocks])
def test_progress_has_the_epochs_mean_cost_and_the_check(go):
    plain, heard = trainer(()), []
    costs = plain.advance(5).costs
    go(trainer([lambda own, progress: heard.append((progress, own.test()))]))
    assert heard[0][0].cost == pytest.approx(costs.mean())
    assert heard[0][0].check == heard[0][1] == plain.test()


@pytest.mark.parametrize("go", [by_steps, by_blocks])
@pytest.mark.parametrize("replicas", [None, 2])
def test_one_that_returns_true_ends_the_training_after_a_last_check(go, replicas):
    calls = []
    own = trainer([lambda _, progress: progress.iteration == 10, lambda *_: calls.append(1)], replicas=replicas,
                  test_every=100)  # fmt: skip
    plain = trainer((), replicas=replicas)
    plain.advance(10)
    go(own)
    assert own.finished and own.stopped_early and own.iteration == 10 and len(calls) == 2
    np.testing.assert_array_equal(own.networks[-1].parameters.theta, plain.networks[-1].parameters.theta)
    own.clear_stop()
    assert own.advance(100).first_iteration == 11


def test_the_end_has_a_check_that_was_not_due_and_the_best_parameters():
    bad = trainer([lambda _, progress: progress.iteration == 10], test_every=100).advance(50)
    assert bad.test is not None
    thetas = []
    own = trainer(
        [lambda own, progress: thetas.append(own.network.parameters.theta.copy()) or progress.epoch == 3],
        early_stopping=EarlyStopping(least_improvement=1.0),  # the first check stays the best
    )
    own.advance(50)
    assert own.iteration == 15
    np.testing.assert_array_equal(own.network.parameters.theta, thetas[0])


def test_train_takes_them_and_forks_have_none():
    network, calls = Network.from_architecture("3-5-2"), []
    network.train(X, Y, 50, callbacks=[lambda own, progress: calls.append(own.fork().advance(3)) or len(calls) == 2])
    assert len(calls) == 2


def test_what_is_no_callback_is_refused():
    for wrong in (3, [3], [Adam]):
        with pytest.raises(ValueError, match="callback"):
            trainer(wrong)
    with pytest.raises(TypeError, match="returns True to end the training, or None"):
        trainer([lambda *_: 1]).advance(5)


def test_a_comparison_of_numpys_numbers_may_end_a_training():
    for answer, ended in ((np.True_, True), (np.False_, False)):
        training = trainer([lambda *_, answer=answer: answer])
        training.advance(10_000)
        assert (training.iteration < training.total_iterations) == ended
