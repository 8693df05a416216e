"""The article's networks and two recipes: their training, and their figures in the true and the article's accounting.

The article measured accuracy and cost wrongly (``joml.statistics.metrics``), and took its training figures from the
last mini-batch alone, which has 13,107 mod 32 = 19 samples.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, fields, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml import (
    Adam,
    AdamW,
    CosineDecay,
    Layer,
    Network,
    Optimizer,
    Scheduled,
    SoftMaxCrossEntropyOutputLayer,
    Trainer,
    parse_architecture,
)
from joml.analysis.article_accounting import article_accounting
from joml.array_types import Array
from joml.compiled.blas import ThreadLimit
from joml.data.dataset import Dataset
from joml.data.generators.spin_glass import spin_glass_14
from joml.initialisation import identity
from joml.rng import stream
from joml.statistics.baselines import majority

#: Samples in a mini-batch, throughout.
BATCH_SIZE = 32
#: The swapped cost at probability 0 of the true class.
_SWAPPED_UNIT = -math.log(1e-8)

Table = Literal["article", "recipe", "ablation"]


@dataclass(frozen=True, slots=True)
class Training:
    """The settings of a training; default the article's.

    Attributes
    ----------
    identity_start : bool
        Whether the hidden layers' weights start as the identity instead of He's.
    weight_decay : float
        Weight decay of AdamW; 0 means Adam.
    learning_rate : float
    cosine : bool
        Whether the learning rate falls to 0 along half a cosine instead of being constant.
    epochs : int
    """

    identity_start: bool = False
    weight_decay: float = 0.0
    learning_rate: float = 0.002
    cosine: bool = False
    epochs: int = 10

    def ingredients(self) -> list[str]:
        """Return the fields that differ from the article's training."""
        return [field.name for field in fields(self) if getattr(self, field.name) != field.default]

    def without(self, ingredient: str) -> Training:
        """Return the training with the article's value of this field."""
        return replace(self, **{ingredient: getattr(Training(), ingredient)})

    def optimizer(self, iterations: int) -> Optimizer:
        """Return the optimizer for a training with this number of iterations."""
        adam = AdamW(self.learning_rate, weight_decay=self.weight_decay) if self.weight_decay else None
        plain = adam or Adam(learning_rate=self.learning_rate)
        return Scheduled(plain, CosineDecay(iterations)) if self.cosine else plain


class Published(NamedTuple):
    """A line of the article's table, as published, with entry-wise accuracies and swapped costs."""

    test_accuracy: float
    test_cost: float
    train_accuracy: float
    train_cost: float


@dataclass(frozen=True, slots=True)
class Case:
    """A network and a training, to be repeated from many seeds.

    Attributes
    ----------
    table : {"article", "recipe", "ablation"}
        The table that shows it: a recipe should reach a goal, and an ablation is a recipe without one ingredient.
    network : str
        The architecture.
    training : Training
    published : Published or None
        The article's figures.
    goal : float
        The true test accuracy that a recipe should reach; 0 if there is none.
    without : str
        The ingredient that an ablation leaves out.
    """

    table: Table
    network: str
    training: Training = Training()
    published: Published | None = None
    goal: float = 0.0
    without: str = ""


ARTICLE = (
    Case("article", "14-100-40-4", published=Published(0.9774, 1.2273, 1.0, 0.0804)),
    Case("article", "14-28x6-4", published=Published(0.9150, 4.5165, 0.8947, 5.3491)),
    Case("article", "14-14x28-4", published=Published(0.9340, 3.10, 0.9736, 1.166)),
)
RECIPES = (
    Case("recipe", "14-14x28-4", Training(identity_start=True, cosine=True, epochs=20), goal=0.90),
    Case("recipe", "14-100-40-4", Training(weight_decay=0.1, learning_rate=0.01, cosine=True, epochs=20), goal=0.99),
)
ABLATIONS = tuple(
    replace(recipe, table="ablation", training=recipe.training.without(ingredient), without=ingredient)
    for recipe in RECIPES
    for ingredient in recipe.training.ingredients()
)


class ArticleFigures(NamedTuple):
    """The figures of a network on a part of the data.

    Attributes
    ----------
    accuracy, cost : float
        The share of correct samples and the mean cross-entropy over the whole part.
    entrywise_accuracy, swapped_cost : float
        The article's figures; for training, of the last mini-batch alone.
    """

    accuracy: float
    cost: float
    entrywise_accuracy: float
    swapped_cost: float


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The result of one case from one seed.

    Attributes
    ----------
    case : Case
    seed : int
    parameters : int
    test, train : ArticleFigures
    failed : bool
        Whether it diverged or did not learn: its test accuracy is not above ``chance``.
    seconds : float
        Seconds of training.
    """

    case: Case
    seed: int
    parameters: int
    test: ArticleFigures
    train: ArticleFigures
    failed: bool
    seconds: float


def true_accuracy(published: float) -> float:
    """Return the true accuracy for an entry-wise accuracy with four classes: 2 published - 1."""
    return 2 * published - 1


def true_class_probability(published: float) -> float:
    """Return the mean probability of the true class for a swapped cost: 1 - published / 18.42."""
    return 1 - published / _SWAPPED_UNIT


def train_case(case: Case, seed: int) -> CaseOutcome:
    """Train a case from a seed, and measure its final network.

    The seed decides weights, split and order through separate streams, as in ``joml-tui run``.
    """
    start = time.perf_counter()
    data, training = spin_glass_14(seed), case.training
    network = _network(case, seed)
    iterations = training.epochs * -(-data.x_train.shape[1] // BATCH_SIZE)
    with ThreadLimit():  # the other processors train other seeds
        trainer = Trainer(
            network,
            data.x_train,
            data.y_train,
            optimizer=training.optimizer(iterations),
            epochs=training.epochs,
            batch_size=BATCH_SIZE,
            seed=seed,
        )
        while not trainer.finished:
            trainer.advance(iterations)
        seconds = time.perf_counter() - start
        test = _figures(network, (data.x_test, data.y_test), (data.x_test, data.y_test))
        last = last_mini_batch(trainer, seed)
        train = _figures(network, (data.x_train, data.y_train), (data.x_train[:, last], data.y_train[:, last]))
    failed = trainer.diverged_at is not None or not test.accuracy > chance(data)
    return CaseOutcome(case, seed, network.parameter_count, test, train, failed, seconds)


def chance(data: Dataset) -> float:
    """Return the test accuracy that is still consistent with always predicting the most frequent class.

    It is the upper end of the majority class's interval at 95 %.
    """
    constant = majority(data)
    return constant.accuracy if constant.interval is None else constant.interval.high


def last_mini_batch(trainer: Trainer, seed: int) -> NDArray[np.int64]:
    """Return the places of the samples in a training's last mini-batch."""
    generator = stream(seed, "shuffle")
    epochs = trainer.total_iterations // trainer.iterations_per_epoch
    order = [generator.permutation(trainer.train_size) for _ in range(epochs)][-1]
    return order[(trainer.iterations_per_epoch - 1) * trainer.batch_size :]


def _network(case: Case, seed: int) -> Network:
    architecture = parse_architecture(case.network)
    network = Network(architecture.input_size, seed=seed)
    for size in architecture.hidden_sizes:
        network.stack(Layer(size, initialisation=identity if case.training.identity_start else None))
    network.output(SoftMaxCrossEntropyOutputLayer(architecture.output_size))
    return network


def _figures(network: Network, part: tuple[Array, Array], counted: tuple[Array, Array]) -> ArticleFigures:
    with np.errstate(all="ignore"):  # the network has diverged
        true, articles = article_accounting(network, *part), article_accounting(network, *counted)
    return ArticleFigures(true.accuracy, true.cost, articles.entrywise_accuracy, articles.swapped_cost)
