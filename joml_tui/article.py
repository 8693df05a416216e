"""The article's table and two recipes: what is trained, and how the results are counted, truly and as it did.

The article counted twice wrongly (``joml.metrics``), and took its training figures from the last mini-batch alone, the
13,107 mod 32 = 19 samples that an epoch leaves over. A case is trained as its preset says, so that one seed of it is
``joml-tui run PRESET --seed N``.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import structs

from joml import Adam, AdamW, CosineDecay, Layer, Network, Scheduled, SoftMaxCrossEntropyOutputLayer, Trainer
from joml.arrays import Array
from joml.blas import threads_for
from joml.initialisation import identity
from joml.metrics import entrywise_accuracy, swapped_cost
from joml.streams import stream
from joml_tui.experiment import Experiment, load_dataset
from joml_tui.experiment_yaml import load_experiment
from joml_tui.presets import package_folder
from joml_tui.running.building import build_trainer

#: Standard errors that a test accuracy must lie above that of the most frequent class to have left chance.
_STANDARD_ERRORS = 3
#: What the swapped cost costs where the true class is given no probability at all.
_SWAPPED_UNIT = -math.log(1e-8)


@dataclass(frozen=True, slots=True)
class Published:
    """A line of the article's table, as published: the accuracies entry by entry, the costs swapped."""

    test_accuracy: float
    test_cost: float
    train_accuracy: float
    train_cost: float


@dataclass(frozen=True, slots=True)
class Case:
    """What is trained from many seeds.

    Attributes
    ----------
    network : str
        The architecture.
    preset : str
        The experiment; a recipe is made from it.
    published : Published or None
        What the article says; None for a recipe.
    goal : float
        The true test accuracy that a recipe is to reach; 0 where there is none.
    ingredients : str
        What a recipe does otherwise than the article.
    """

    network: str
    preset: str
    published: Published | None = None
    goal: float = 0.0
    ingredients: str = ""


ARTICLE = (
    Case("14-100-40-4", "article-14-100-40-4", Published(0.9774, 1.2273, 1.0, 0.0804)),
    Case("14-28x6-4", "article-14-28x6-4", Published(0.9150, 4.5165, 0.8947, 5.3491)),
    Case("14-14x28-4", "article-14-14x28-4", Published(0.9340, 3.10, 0.9736, 1.166)),
)
RECIPES = (
    Case(
        "14-14x28-4",
        "article-14-14x28-4",
        goal=0.90,
        ingredients="hidden layers start as the identity; the rate falls along a cosine; 20 epochs",
    ),
    Case(
        "14-100-40-4",
        "article-14-100-40-4",
        goal=0.99,
        ingredients="weight decay 0.1 (AdamW); rate 0.01, falling along a cosine; 20 epochs",
    ),
)


class Figures(NamedTuple):
    """What a network reaches on a part of the data.

    Attributes
    ----------
    accuracy, cost : float
        The share classified right and the mean cross-entropy, of the whole part.
    entrywise_accuracy, swapped_cost : float
        As the article counted; of training, on the last mini-batch alone.
    """

    accuracy: float
    cost: float
    entrywise_accuracy: float
    swapped_cost: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one case ended from one seed.

    Attributes
    ----------
    case : Case
    seed : int
    parameters : int
    test, train : Figures
    failed : bool
        It diverged, or never left chance: on the test part it is right less often than the most frequent class is
        frequent, or no more than three standard errors above that.
    seconds : float
        Of training.
    """

    case: Case
    seed: int
    parameters: int
    test: Figures
    train: Figures
    failed: bool
    seconds: float


def true_accuracy(published: float) -> float:
    """Give the share classified right among four classes that an entry-wise accuracy means: 2 published - 1."""
    return 2 * published - 1


def true_class_probability(published: float) -> float:
    """Give the mean probability given to the true class that a swapped cost means: 1 - published / 18.42."""
    return 1 - published / _SWAPPED_UNIT


def experiment_of(case: Case) -> Experiment:
    """Read the package's own preset; one of the user's of that name does not count."""
    return _read(package_folder() / "experiments" / f"{case.preset}.yaml")


@cache
def _read(path: Path) -> Experiment:
    return load_experiment(path)


def train_case(case: Case, seed: int, epochs: int | None = None) -> Outcome:
    """Train a case from a seed, which decides weights, split and order, and measure where it ends.

    Parameters
    ----------
    case : Case
    seed : int
    epochs : int, optional
        As many as the preset says unless said.
    """
    experiment = structs.replace(experiment_of(case), seed=seed, test_every=10**9)
    if epochs is not None:
        experiment = structs.replace(experiment, epochs=epochs)
    start = time.perf_counter()
    with threads_for(1):  # the other processors are other seeds'
        trainer = build_trainer(experiment) if case.published else _recipe_trainer(experiment)
        while not trainer.finished:
            trainer.advance(trainer.total_iterations)
        seconds = time.perf_counter() - start
        data = load_dataset(experiment.dataset, seed)
        test = _figures(trainer.network, (data.x_test, data.y_test), (data.x_test, data.y_test))
        last = last_mini_batch(trainer, seed, data.x_train, data.y_train)
        train = _figures(trainer.network, (data.x_train, data.y_train), last)
    failed = trainer.diverged_at is not None or test.accuracy <= chance(data.y_test)
    return Outcome(case, seed, trainer.network.parameter_count, test, train, failed, seconds)


def _recipe_trainer(experiment: Experiment) -> Trainer:
    data, deep = load_dataset(experiment.dataset, experiment.seed), len(experiment.layers) > 2
    network = Network(14, experiment.name, experiment.seed)
    for layer in experiment.layers:
        network.stack(Layer(layer.size, initialisation=identity if deep else None))
    network.output(SoftMaxCrossEntropyOutputLayer(4))
    total = 20 * -(-data.x_train.shape[1] // 32)
    optimizer = Scheduled(Adam(0.002) if deep else AdamW(0.01, weight_decay=0.1), CosineDecay(total))
    return Trainer(
        network, data.x_train, data.y_train, optimizer=optimizer, epochs=20, batch_size=32, seed=experiment.seed
    )


def chance(y: Array) -> float:
    """Give the accuracy up to which a network may know no more than which class is the most frequent."""
    share = float(y.mean(axis=1).max())
    return share + _STANDARD_ERRORS * math.sqrt(share * (1 - share) / y.shape[1])


def last_mini_batch(trainer: Trainer, seed: int, x: Array, y: Array) -> tuple[Array, Array]:
    """Give the samples of a training's very last mini-batch: the order is one permutation an epoch."""
    generator = stream(seed, "shuffle")
    epochs = trainer.total_iterations // trainer.iterations_per_epoch
    order = [generator.permutation(trainer.train_size) for _ in range(epochs)][-1]
    last = order[(trainer.iterations_per_epoch - 1) * trainer.batch_size :]
    return x[:, last], y[:, last]


def _figures(network: Network, part: tuple[Array, Array], counted: tuple[Array, Array]) -> Figures:
    evaluation = network.evaluate(*part)
    with np.errstate(all="ignore"):  # a network that diverged
        y_hat = network.predict(counted[0])
        return Figures(
            evaluation.accuracy,
            evaluation.cost,
            entrywise_accuracy(y_hat, counted[1]),
            swapped_cost(y_hat, counted[1]),
        )
