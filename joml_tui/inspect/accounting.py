"""Question: the article's accuracy and cost beside the true ones."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.analysis.article_accounting import article_accounting
from joml.statistics import metrics
from joml_tui.inspect.training_context import TrainingContext


class Accounting(Struct, frozen=True, tag=True):
    """A request for the network's figures in the article's accounting and in the true one."""


class AccountingFigures(Struct, frozen=True):
    """The four figures of one set of samples.

    Attributes
    ----------
    samples : int
    accuracy, cost : float
        Share of correctly classified samples, and mean cross-entropy in nats.
    article_accuracy, article_cost : float
        As the article counted.
    """

    samples: int
    accuracy: float
    article_accuracy: float
    cost: float
    article_cost: float


class AccountingNow(Struct, frozen=True, tag=True):
    """Both accountings of the present network.

    Attributes
    ----------
    iteration : int
    test, train : AccountingFigures or None
        Figures of the test part, if there is one, and of the whole training part.
    batch : AccountingFigures or None
        Figures of the latest mini-batch; None before the first iteration.
    iterations_per_epoch, batch_size, train_size : int
        The division of an epoch into mini-batches.
    y_hat, y : (classes, ...) arrays
        Probabilities and true classes of a misclassified sample and then of a correct one, if there are such.
    numbers : tuple of int
        The numbers of these samples in the test part, from 1; in the training part if there is no test part.
    """

    iteration: int
    test: AccountingFigures | None
    train: AccountingFigures
    batch: AccountingFigures | None
    iterations_per_epoch: int
    batch_size: int
    train_size: int
    y_hat: NDArray[np.float32]
    y: NDArray[np.float32]
    numbers: tuple[int, ...]


def answer(subject: TrainingContext) -> AccountingNow:
    """Return the figures of both accountings.

    Raises
    ------
    ValueError
        The network does not choose one class among many by softmax and cross-entropy, or has diverged.
    """
    data, trainer, network = subject.data, subject.trainer, subject.network
    with np.errstate(all="ignore"):  # a diverged network has no finite outputs
        train = _figures(subject, data.x_train, data.y_train)
        chosen = _latest_batch(subject)
        tested = bool(data.x_test.size)
        x, y = (data.x_test, data.y_test) if tested else (data.x_train, data.y_train)
        y_hat = network.predict(x)
    missing, hits = metrics.missing_outputs(y_hat), metrics.right(y_hat, y)
    if missing.all():
        raise ValueError("the network's outputs are not finite numbers: it has diverged, and nothing can be counted")
    kinds = (np.flatnonzero(~hits & ~missing), np.flatnonzero(hits))
    examples = [int(places[0]) for places in kinds if len(places)]
    return AccountingNow(
        subject.iteration,
        _figures(subject, x, y) if tested else None,
        train,
        _figures(subject, data.x_train[:, chosen], data.y_train[:, chosen]) if len(chosen) else None,
        trainer.iterations_per_epoch,
        trainer.batch_size,
        trainer.train_size,
        y_hat[:, examples],
        y[:, examples],
        tuple(place + 1 for place in examples),
    )


def _figures(subject: TrainingContext, x: NDArray[np.floating], y: NDArray[np.floating]) -> AccountingFigures:
    with np.errstate(all="ignore"):
        figures = article_accounting(subject.network, x, y)
    return AccountingFigures(
        x.shape[1], figures.accuracy, figures.entrywise_accuracy, figures.cost, figures.swapped_cost
    )


def _latest_batch(subject: TrainingContext) -> NDArray[np.integer]:
    """Return the training samples of the latest iteration."""
    trainer = subject.trainer
    place = (trainer.iteration - 1) % trainer.iterations_per_epoch
    order: NDArray[np.integer] = trainer.state()["order"]
    return order[place * trainer.batch_size : (place + 1) * trainer.batch_size] if trainer.iteration else order[:0]
