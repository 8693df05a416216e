"""The article's table and two recipes: what is trained, and how the results are counted, truly and as it did.

The article counted twice wrongly (``joml.statistics.metrics``), and took its training figures from the last mini-batch
alone, the 13,107 mod 32 = 19 samples that an epoch leaves over.
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
#: What the swapped cost costs where the true class is given no probability at all.
_SWAPPED_UNIT = -math.log(1e-8)

Table = Literal["article", "recipe", "ablation"]


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained; default the article's way.

    Attributes
    ----------
    identity_start : bool
        The hidden layers' weights start as the identity, else as He says.
    weight_decay : float
        Of AdamW; 0 is Adam.
    learning_rate : float
    cosine : bool
        The learning rate falls to 0 along half a cosine, else it is constant.
    epochs : int
    """

    identity_start: bool = False
    weight_decay: float = 0.0
    learning_rate: float = 0.002
    cosine: bool = False
    epochs: int = 10

    def ingredients(self) -> list[str]:
        """Name what differs from the article's way, by field."""
        return [field.name for field in fields(self) if getattr(self, field.name) != field.default]

    def without(self, ingredient: str) -> Training:
        """Return the same but for this field, which is as the article has it."""
        return replace(self, **{ingredient: getattr(Training(), ingredient)})

    def optimizer(self, iterations: int) -> Optimizer:
        """Return the optimizer for a training of so many iterations."""
        adam = AdamW(self.learning_rate, weight_decay=self.weight_decay) if self.weight_decay else None
        plain = adam or Adam(learning_rate=self.learning_rate)
        return Scheduled(plain, CosineDecay(iterations)) if self.cosine else plain


class Published(NamedTuple):
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
    table : {"article", "recipe", "ablation"}
        Where it is told: a recipe reaches a goal, and an ablation is one with an ingredient left out.
    network : str
        The architecture.
    training : Training
    published : Published or None
        What the article says.
    goal : float
        The true test accuracy that a recipe is to reach; 0 where there is none.
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
class CaseOutcome:
    """Where one case ended from one seed.

    Attributes
    ----------
    case : Case
    seed : int
    parameters : int
    test, train : ArticleFigures
    failed : bool
        It diverged, or never left chance: its test accuracy is not above ``chance``.
    seconds : float
        Of training.
    """

    case: Case
    seed: int
    parameters: int
    test: ArticleFigures
    train: ArticleFigures
    failed: bool
    seconds: float


def true_accuracy(published: float) -> float:
    """Return the share classified right among four classes that an entry-wise accuracy means: 2 published - 1."""
    return 2 * published - 1


def true_class_probability(published: float) -> float:
    """Return the mean probability given to the true class that a swapped cost means: 1 - published / 18.42."""
    return 1 - published / _SWAPPED_UNIT


def train_case(case: Case, seed: int) -> CaseOutcome:
    """Train a case from a seed, and measure where it ends.

    The seed decides weights, split and order, each through a stream of its own, as ``joml-tui run`` has it.
    """
    start = time.perf_counter()
    data, training = spin_glass_14(seed), case.training
    network = _network(case, seed)
    iterations = training.epochs * -(-data.x_train.shape[1] // BATCH_SIZE)
    with ThreadLimit():  # the other processors are other seeds'
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
    """Return the test accuracy up to which a network may know no more than which class is the most frequent.

    The upper end of the majority class's interval at 95 %.
    """
    constant = majority(data)
    return constant.accuracy if constant.interval is None else constant.interval.high


def last_mini_batch(trainer: Trainer, seed: int) -> NDArray[np.int64]:
    """Return the places of a training's very last samples: the order is one permutation an epoch."""
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
    with np.errstate(all="ignore"):  # a network that diverged
        true, articles = article_accounting(network, *part), article_accounting(network, *counted)
    return ArticleFigures(true.accuracy, true.cost, articles.entrywise_accuracy, articles.swapped_cost)
