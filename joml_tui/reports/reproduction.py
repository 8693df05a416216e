"""``joml-tui reproduce``: the article's table over many seeds, and the recipes' table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, nan
from statistics import mean
from typing import Any

from joml import parse_architecture
from joml.statistics import metrics
from joml.wording import counted
from joml_tui.reports.article import (
    ABLATIONS,
    ARTICLE,
    RECIPES,
    ArticleFigures,
    Case,
    CaseOutcome,
    Table,
    Training,
    train_case,
    true_accuracy,
    true_class_probability,
)
from joml_tui.runs.figure_text import format_figure

COLUMNS = (
    "table",
    "network",
    "seed",
    "start",
    "optimizer",
    "learning_rate",
    "schedule",
    "weight_decay",
    "epochs",
    "parameters",
    "test_accuracy",
    "test_cost",
    "train_accuracy",
    "train_cost",
    "article_test_accuracy",
    "article_test_cost",
    "article_train_accuracy",
    "article_train_cost",
    "failed",
    "seconds",
)

_KEY = """
figure      as published; of training, of the last 19 samples alone
means       in true terms: the share right, 2 x figure - 1; the mean probability
            given to the true class, p = 1 - figure / 18.42
counted so  our mean, counted as the article did, in training on the last 19 too
mean ...    accuracy: the share right; cost: cross-entropy in nats
failed      diverged, or never left chance: not above the 95 % interval of what
            always naming the most frequent class achieves, about 0.30"""

#: A number of an outcome.
_Number = Callable[[CaseOutcome], float]


def cases_of(networks: Sequence[str] | None = None, ablation: bool = False) -> tuple[Case, ...]:
    """Return the cases of these networks, or of all if None, optionally with the recipes' ablations.

    Raises
    ------
    ValueError
        No network is named, or one that is not in the article; the message lists its networks.
    """
    names = [case.network for case in ARTICLE]
    unknown = [repr(network) for network in networks or () if network not in names]
    if unknown or (networks is not None and not networks):
        what = f"{unknown[0]} is none of the article's networks" if unknown else "no network is named"
        raise ValueError(f"{what}: choose among {', '.join(names)}")
    cases = (*ARTICLE, *RECIPES, *(ABLATIONS if ablation else ()))
    return tuple(case for case in cases if networks is None or case.network in networks)


def effort_of(case: Case) -> int:
    """Return the relative time that a case takes."""
    return case.training.epochs * len(parse_architecture(case.network).hidden_sizes)


def train(job: tuple[Case, int]) -> CaseOutcome:
    """Train one case from one seed."""
    return train_case(*job)


# --- writing --------------------------------------------------------------------------------------------------------


def describe(outcomes: Sequence[CaseOutcome]) -> str:
    """Return the tables of the article's networks, the recipes and the ablations, as far as there are outcomes."""
    by_case = {case: [outcome for outcome in outcomes if outcome.case == case] for case in _cases(outcomes)}

    def of(table: Table) -> dict[Case, list[CaseOutcome]]:
        return {case: own for case, own in by_case.items() if case.table == table}

    article, recipes, ablations = of("article"), of("recipe"), of("ablation")
    tables = []
    if article:
        tables.append(_article_table(article))
    if recipes:
        tables.append(_recipe_table(recipes))
    if ablations:
        tables.append(_ablation_table(recipes | ablations))
    return "\n\n".join(tables)


def _cases(outcomes: Sequence[CaseOutcome]) -> list[Case]:
    return list(dict.fromkeys(outcome.case for outcome in outcomes))


def _article_table(by_case: dict[Case, list[CaseOutcome]]) -> str:
    lines = [
        "The article's networks, its way: Adam at 0.002, batches of 32, 10 epochs",
        "",
        f"{'':21}the article      ours, over seeds",
        f"{'':20}{'figure':>6}    means  counted so  {_heads()}",
    ]
    for case, outcomes in by_case.items():
        failed = sum(outcome.failed for outcome in outcomes)
        share = f"{100 * failed / len(outcomes):.0f} %"
        lines += [f"{_title(outcomes)}: {failed} failed ({share})", *_article_lines(case, outcomes)]
    return "\n".join([*lines, _KEY])


def _article_lines(case: Case, outcomes: Sequence[CaseOutcome]) -> list[str]:
    published = case.published
    assert published is not None  # the article's cases have published figures
    return [
        _article_line("test accuracy", published.test_accuracy, *_accuracies(_test), outcomes),
        _article_line("test cost", published.test_cost, *_costs(_test), outcomes),
        _article_line("training accuracy", published.train_accuracy, *_accuracies(_training), outcomes),
        _article_line("training cost", published.train_cost, *_costs(_training), outcomes),
    ]


def _article_line(title: str, figure: float, counted: _Number, own: _Number, outcomes: Sequence[CaseOutcome]) -> str:
    cost = title.endswith("cost")
    means = f"p {true_class_probability(figure):.3f}" if cost else format_figure(true_accuracy(figure))
    ours = format_figure(mean(map(counted, outcomes)))
    return f"  {title:<17} {figure:>6.4f}  {means:>7}  {ours:>10}  {_spread(own, outcomes)}"


def _test(outcome: CaseOutcome) -> ArticleFigures:
    return outcome.test


def _training(outcome: CaseOutcome) -> ArticleFigures:
    return outcome.train


def _accuracies(figures_of: Callable[[CaseOutcome], ArticleFigures]) -> tuple[_Number, _Number]:
    """Return functions for the article's accuracy and the true one."""
    return lambda outcome: figures_of(outcome).entrywise_accuracy, lambda outcome: figures_of(outcome).accuracy


def _costs(figures_of: Callable[[CaseOutcome], ArticleFigures]) -> tuple[_Number, _Number]:
    return lambda outcome: figures_of(outcome).swapped_cost, lambda outcome: figures_of(outcome).cost


def _recipe_table(by_case: dict[Case, list[CaseOutcome]]) -> str:
    lines = ["Recipes: the same networks and data, trained otherwise", "", f"{'':32}{_heads()}"]
    for case, outcomes in by_case.items():
        ingredients = "; ".join(_ingredient(case.training, name) for name in case.training.ingredients())
        lines += [f"{_title(outcomes)}: {_reached(case, outcomes)} reach {case.goal:.2f}", f"  {ingredients}"]
        for title, (_, own) in (
            ("test accuracy", _accuracies(_test)),
            ("test cost", _costs(_test)),
            ("training accuracy", _accuracies(_training)),
            ("training cost", _costs(_training)),
        ):
            lines.append(f"  {title:<30}{_spread(own, outcomes)}")
    return "\n".join(lines)


def _ablation_table(by_case: dict[Case, list[CaseOutcome]]) -> str:
    """Return a table of the test accuracies of each recipe, with and without each ingredient."""
    lines = ["What each ingredient is worth: test accuracy of the recipes without it"]
    for network in dict.fromkeys(case.network for case in by_case):
        own = {case: outcomes for case, outcomes in by_case.items() if case.network == network}
        goal = max(case.goal for case in own)
        lines += ["", f"{network:<32}{_heads()}  {f'>= {goal:.2f}':>8}  failed"]
        for case, outcomes in own.items():
            title = _instead(case) if case.without else "the recipe"
            failed = f"{sum(outcome.failed for outcome in outcomes):>6}"
            spread = _spread(_accuracies(_test)[1], outcomes)
            lines.append(f"  {title:<30}{spread}  {_reached(case, outcomes):>8}  {failed}")
    return "\n".join(lines)


def _ingredient(training: Training, name: str) -> str:
    """Return the text of a training's field."""
    return {
        "identity_start": "hidden layers start as the identity" if training.identity_start else "start as He says",
        "cosine": "rate falls along a cosine" if training.cosine else "constant rate",
        "weight_decay": f"weight decay {training.weight_decay:g}" if training.weight_decay else "no weight decay",
        "learning_rate": f"rate {training.learning_rate:g}",
        "epochs": f"{training.epochs} epochs",
    }[name]


def _instead(case: Case) -> str:
    return f"but {_ingredient(case.training, case.without)}"


def _title(outcomes: Sequence[CaseOutcome]) -> str:
    seeds = counted(len(outcomes), "seed")
    return f"{outcomes[0].case.network}, {outcomes[0].parameters:,} parameters, {seeds}"


def _reached(case: Case, outcomes: Sequence[CaseOutcome]) -> str:
    return f"{sum(outcome.test.accuracy >= case.goal for outcome in outcomes)} of {len(outcomes)}"


def _heads() -> str:
    return "  ".join(f"{head:>6}" for head in ("mean", "spread", "min", "max"))


def _spread(number: _Number, outcomes: Sequence[CaseOutcome]) -> str:
    """Return mean, standard deviation, minimum and maximum as text."""
    values = [number(outcome) for outcome in outcomes]
    if not all(map(isfinite, values)):
        values = [nan]
    figures = (mean(values), metrics.spread(values), min(values), max(values))
    return "  ".join(f"{format_figure(value):>6}" for value in figures)


# --- keeping --------------------------------------------------------------------------------------------------------


def row_of(outcome: CaseOutcome) -> Sequence[Any]:
    """Return an outcome as a row of ``COLUMNS``."""
    case, training, test, train = outcome.case, outcome.case.training, outcome.test, outcome.train
    return (
        case.table,
        case.network,
        outcome.seed,
        "identity" if training.identity_start else "he",
        "adamw" if training.weight_decay else "adam",
        training.learning_rate,
        "cosine" if training.cosine else "constant",
        training.weight_decay,
        training.epochs,
        outcome.parameters,
        *(test.accuracy, test.cost, train.accuracy, train.cost),
        *(test.entrywise_accuracy, test.swapped_cost, train.entrywise_accuracy, train.swapped_cost),
        "yes" if outcome.failed else "no",
        round(outcome.seconds, 3),
    )
