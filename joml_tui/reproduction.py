"""The article's table over many seeds, and the recipes' beside it: ``joml-tui reproduce``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from math import isfinite, nan
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import click

from joml import parse_architecture
from joml_tui.article import (
    ABLATIONS,
    ARTICLE,
    RECIPES,
    Case,
    Figures,
    Outcome,
    Table,
    Training,
    train_case,
    true_accuracy,
    true_class_probability,
)
from joml_tui.export import ExportError, write_rows
from joml_tui.pool import share_out

_DONE, _FAILED, _INTERRUPTED = 0, 1, 130

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
_Number = Callable[[Outcome], float]


def reproduce_headless(
    cases: Sequence[Case],
    seeds: Sequence[int],
    processes: int | None = None,
    csv_path: Path | None = None,
    overwrite: bool = False,
    *,
    quiet: bool = False,
    told: Callable[[Sequence[Outcome]], None] | None = None,
) -> int:
    """Train every case from every seed, print the tables, and write a row a run if a path is given.

    Parameters
    ----------
    cases : sequence of Case
        As ``cases_of`` gives them.
    seeds : sequence of int
    processes : int, optional
        As many as there are processors unless said.
    csv_path : Path, optional
    overwrite : bool
    quiet : bool
        Whether nothing is told of the progress.
    told : callable, optional
        Tells the outcomes; unless given, ``describe`` lays them out on standard output.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 failed, 130 interrupted (the tables are then of what was done).
    """
    outcomes: list[Outcome] = []
    # What takes longest is started first, so that nothing long is left for one process at the end.
    jobs = [(case, seed) for case in sorted(cases, key=_effort, reverse=True) for seed in seeds]
    code, message = _DONE, ""
    try:
        with closing(share_out(_train, jobs, processes, "reproduce", quiet)) as results:
            for outcome in results:
                outcomes.append(outcome)  # not extend: an interrupt must not lose what is done
    except KeyboardInterrupt:
        code, message = _INTERRUPTED, f"interrupted: {len(outcomes)} of {len(jobs)} runs are done"
    except BrokenProcessPool:
        code, message = _FAILED, "a process that trained was ended from outside; is there memory for --processes?"
    except Exception as error:  # whatever it was in a worker, it ends this command and nothing else
        code, message = _FAILED, str(error) or type(error).__name__
    outcomes.sort(key=lambda outcome: (cases.index(outcome.case), outcome.seed))
    if outcomes and told is not None:
        told(outcomes)
    elif outcomes:
        click.echo(describe(outcomes))
    if message:
        click.echo(f"joml-tui: {message}", err=True)
    written = csv_path is None or not outcomes or _write(outcomes, csv_path, overwrite, quiet)
    return code or (_DONE if written else _FAILED)


def cases_of(networks: Sequence[str] | None = None, ablation: bool = False) -> tuple[Case, ...]:
    """Give the cases of these networks, of all where None; with the recipes' ablations if wished.

    Raises
    ------
    ValueError
        None is named, or one that is none of the article's; says which there are.
    """
    known = [case.network for case in ARTICLE]
    unknown = [repr(network) for network in networks or () if network not in known]
    if unknown or (networks is not None and not networks):
        what = f"{unknown[0]} is none of the article's networks" if unknown else "no network is named"
        raise ValueError(f"{what}: choose among {', '.join(known)}")
    cases = (*ARTICLE, *RECIPES, *(ABLATIONS if ablation else ()))
    return tuple(case for case in cases if networks is None or case.network in networks)


def _effort(case: Case) -> int:
    return case.training.epochs * len(parse_architecture(case.network).hidden_sizes)


def _train(job: tuple[Case, int]) -> Outcome:
    return train_case(*job)


# --- telling --------------------------------------------------------------------------------------------------------


def describe(outcomes: Sequence[Outcome]) -> str:
    """Lay out a table of the article's networks, of the recipes and of the ablations: those there are outcomes of."""
    by_case = {case: [outcome for outcome in outcomes if outcome.case == case] for case in _cases(outcomes)}

    def of(table: Table) -> dict[Case, list[Outcome]]:
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


def _cases(outcomes: Sequence[Outcome]) -> list[Case]:
    return list(dict.fromkeys(outcome.case for outcome in outcomes))


def _article_table(by_case: dict[Case, list[Outcome]]) -> str:
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


def _article_lines(case: Case, outcomes: Sequence[Outcome]) -> list[str]:
    published = case.published
    assert published is not None  # the article's cases have it
    return [
        _article_line("test accuracy", published.test_accuracy, *_accuracies(_test), outcomes),
        _article_line("test cost", published.test_cost, *_costs(_test), outcomes),
        _article_line("training accuracy", published.train_accuracy, *_accuracies(_training), outcomes),
        _article_line("training cost", published.train_cost, *_costs(_training), outcomes),
    ]


def _article_line(title: str, figure: float, counted: _Number, own: _Number, outcomes: Sequence[Outcome]) -> str:
    cost = title.endswith("cost")
    means = f"p {true_class_probability(figure):.3f}" if cost else _text(true_accuracy(figure))
    ours = _text(mean(map(counted, outcomes)))
    return f"  {title:<17} {figure:>6.4f}  {means:>7}  {ours:>10}  {_spread(own, outcomes)}"


def _test(outcome: Outcome) -> Figures:
    return outcome.test


def _training(outcome: Outcome) -> Figures:
    return outcome.train


def _accuracies(figures_of: Callable[[Outcome], Figures]) -> tuple[_Number, _Number]:
    """Give the accuracy as the article counted it, and as it is."""
    return lambda outcome: figures_of(outcome).entrywise_accuracy, lambda outcome: figures_of(outcome).accuracy


def _costs(figures_of: Callable[[Outcome], Figures]) -> tuple[_Number, _Number]:
    return lambda outcome: figures_of(outcome).swapped_cost, lambda outcome: figures_of(outcome).cost


def _recipe_table(by_case: dict[Case, list[Outcome]]) -> str:
    lines = ["Recipes: the same networks and data, trained otherwise", "", f"{'':32}{_heads()}"]
    for case, outcomes in by_case.items():
        told = "; ".join(_ingredient(case.training, name) for name in case.training.ingredients())
        lines += [f"{_title(outcomes)}: {_reached(case, outcomes)} reach {case.goal:.2f}", f"  {told}"]
        for title, (_, own) in (
            ("test accuracy", _accuracies(_test)),
            ("test cost", _costs(_test)),
            ("training accuracy", _accuracies(_training)),
            ("training cost", _costs(_training)),
        ):
            lines.append(f"  {title:<30}{_spread(own, outcomes)}")
    return "\n".join(lines)


def _ablation_table(by_case: dict[Case, list[Outcome]]) -> str:
    """Lay out for each recipe, and what is left of it without each ingredient, the test accuracies."""
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
    """Say what a field of a training is in it."""
    return {
        "identity_start": "hidden layers start as the identity" if training.identity_start else "start as He says",
        "cosine": "rate falls along a cosine" if training.cosine else "constant rate",
        "weight_decay": f"weight decay {training.weight_decay:g}" if training.weight_decay else "no weight decay",
        "learning_rate": f"rate {training.learning_rate:g}",
        "epochs": f"{training.epochs} epochs",
    }[name]


def _instead(case: Case) -> str:
    return f"but {_ingredient(case.training, case.without)}"


def _title(outcomes: Sequence[Outcome]) -> str:
    seeds = "1 seed" if len(outcomes) == 1 else f"{len(outcomes)} seeds"
    return f"{outcomes[0].case.network}, {outcomes[0].parameters:,} parameters, {seeds}"


def _reached(case: Case, outcomes: Sequence[Outcome]) -> str:
    return f"{sum(outcome.test.accuracy >= case.goal for outcome in outcomes)} of {len(outcomes)}"


def _heads() -> str:
    return "  ".join(f"{head:>6}" for head in ("mean", "spread", "min", "max"))


def _spread(number: _Number, outcomes: Sequence[Outcome]) -> str:
    """Lay out mean, standard deviation, least and largest."""
    values = [number(outcome) for outcome in outcomes]
    if not all(map(isfinite, values)):
        values = [nan]
    deviation = stdev(values) if len(values) > 1 else nan
    return "  ".join(f"{_text(value):>6}" for value in (mean(values), deviation, min(values), max(values)))


def _text(value: float) -> str:
    return f"{value:.4f}" if isfinite(value) else "-"


# --- keeping --------------------------------------------------------------------------------------------------------


def _write(outcomes: Sequence[Outcome], path: Path, overwrite: bool, quiet: bool) -> bool:
    try:
        write_rows(path, COLUMNS, map(row_of, outcomes), overwrite)
    except ExportError as error:
        click.echo(f"joml-tui: {error}", err=True)
        return False
    if not quiet:
        click.echo(f"A row a run is in {path}.", err=True)
    return True


def row_of(outcome: Outcome) -> Sequence[Any]:
    """Give an outcome by ``COLUMNS``."""
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
