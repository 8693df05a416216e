"""The article's table over many seeds, and the recipes' beside it: ``joml-tui reproduce``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from math import isfinite
from pathlib import Path
from statistics import mean, stdev

import click

from joml_tui.article import (
    ARTICLE,
    RECIPES,
    Case,
    Figures,
    Outcome,
    experiment_of,
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
    "preset",
    "seed",
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

#: The numbers of a row: what of an outcome they are of.
_Number = Callable[[Outcome], float]


def reproduce_headless(
    cases: Sequence[Case],
    seeds: Sequence[int],
    *,
    processes: int | None = None,
    csv_path: Path | None = None,
    overwrite: bool = False,
    epochs: int | None = None,
) -> int:
    """Train every case from every seed, print the tables, and write a row a run if a path is given.

    Parameters
    ----------
    cases : sequence of Case
        From ``joml_tui.article.ARTICLE`` and ``RECIPES``.
    seeds : sequence of int
    processes : int, optional
        As many as there are processors unless said.
    csv_path : Path, optional
    overwrite : bool
    epochs : int, optional
        As many as each preset says unless said.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 failed, 130 interrupted (the tables are then of what was done).
    """
    outcomes: list[Outcome] = []
    # The deepest take the longest; started first, they are no last one that the others wait for.
    jobs = [(case, seed, epochs) for case in sorted(cases, key=_effort, reverse=True) for seed in seeds]
    code, message = _DONE, ""
    try:
        with closing(share_out(_train, jobs, processes, "runs")) as results:
            outcomes.extend(results)
    except KeyboardInterrupt:
        code, message = _INTERRUPTED, f"interrupted: {len(outcomes)} of {len(jobs)} runs are done"
    except BrokenProcessPool:
        code, message = _FAILED, "a process that trained was ended from outside; is there memory for --processes?"
    except Exception as error:  # whatever it was in a worker, it ends this command and nothing else
        code, message = _FAILED, str(error) or type(error).__name__
    outcomes.sort(key=lambda outcome: (cases.index(outcome.case), outcome.seed))
    if outcomes:
        click.echo(describe(outcomes))
    if message:
        click.echo(f"joml-tui: {message}", err=True)
    written = csv_path is None or not outcomes or _write(outcomes, csv_path, overwrite)
    return code or (_DONE if written else _FAILED)


def cases_of(networks: Sequence[str] | None) -> tuple[Case, ...]:
    """Give the cases of these networks, of all where None.

    Raises
    ------
    ValueError
        A network is none of the article's; says which there are.
    """
    known = [case.network for case in ARTICLE]
    unknown = [repr(network) for network in networks or () if network not in known]
    if unknown or networks == []:
        what = f"{unknown[0]} is none of the article's networks" if unknown else "no network is named"
        raise ValueError(f"{what}: choose among {', '.join(known)}")
    return tuple(case for case in (*ARTICLE, *RECIPES) if networks is None or case.network in networks)


def _effort(case: Case) -> int:
    experiment = experiment_of(case)
    return experiment.epochs * len(experiment.layers)


def _train(job: tuple[Case, int, int | None]) -> Outcome:
    return train_case(*job)


# --- telling --------------------------------------------------------------------------------------------------------


def describe(outcomes: Sequence[Outcome]) -> str:
    """Lay out the article's table, and the recipes' beneath it; each only where there are outcomes of it."""
    article = [outcome for outcome in outcomes if outcome.case.published is not None]
    recipes = [outcome for outcome in outcomes if outcome.case.published is None]
    tables = [table(part) for table, part in ((_article_table, article), (_recipe_table, recipes)) if part]
    return "\n\n".join(tables)


def _article_table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "The article's networks, trained as it says: Adam at 0.002, batches of 32, 10 epochs.",
        "",
        f"{'':19}{'the article':^16}  {'ours over the seeds':>29}",
        f"{'':19}{'figure':>7}  {'means':>7}  {'counted so':>10}  {_heads()}",
    ]
    for case, own in _by_case(outcomes):
        failed = sum(outcome.failed for outcome in own)
        lines.append(
            f"{case.network}: {own[0].parameters:,} parameters, {_seeds(own)}, {failed} failed "
            f"({100 * failed / len(own):.0f} %)"
        )
        lines += _article_lines(case, own)
    lines += [
        "",
        "figure      as published; the training figures are those of the last 19 samples alone",
        "means       in true terms: the share classified right, 2 x figure - 1, and the mean",
        "            probability given to the true class, p = 1 - figure / 18.42",
        "counted so  our mean, counted as the article did; in training on the same 19 samples",
        "mean ...    accuracy: share classified right; cost: cross-entropy in nats; whole parts",
        "failed      never left chance: test accuracy no more than three standard errors above",
        "            the share of the most frequent class, which is about 0.29",
    ]
    return "\n".join(lines)


def _article_lines(case: Case, outcomes: Sequence[Outcome]) -> list[str]:
    published = case.published
    assert published is not None  # the caller has chosen
    rows: list[tuple[str, float, str, _Number, _Number]] = []
    for title, figures_of, accuracy, cost in (
        ("test", _test, published.test_accuracy, published.test_cost),
        ("training", _training, published.train_accuracy, published.train_cost),
    ):
        rows.append((f"{title} accuracy", accuracy, f"{true_accuracy(accuracy):.4f}", *_accuracies(figures_of)))
        rows.append((f"{title} cost", cost, f"p {true_class_probability(cost):.3f}", *_costs(figures_of)))
    return [
        f"  {title:<17}{figure:>7.4f}  {means:>7}  {_number(mean(map(counted, outcomes))):>10}  {_spread(own, outcomes)}"
        for title, figure, means, counted, own in rows
    ]


def _test(outcome: Outcome) -> Figures:
    return outcome.test


def _training(outcome: Outcome) -> Figures:
    return outcome.train


def _accuracies(figures_of: Callable[[Outcome], Figures]) -> tuple[_Number, _Number]:
    """Give the accuracy as the article counted it, and as it is."""
    return lambda outcome: figures_of(outcome).entrywise_accuracy, lambda outcome: figures_of(outcome).accuracy


def _costs(figures_of: Callable[[Outcome], Figures]) -> tuple[_Number, _Number]:
    return lambda outcome: figures_of(outcome).swapped_cost, lambda outcome: figures_of(outcome).cost


def _recipe_table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "Recipes: the same networks on the same data, trained otherwise.",
        "",
        f"{'':37}{_heads()}",
    ]
    for case, own in _by_case(outcomes):
        reached = sum(outcome.test.accuracy >= case.goal for outcome in own)
        lines += [
            f"{case.network}: {own[0].parameters:,} parameters, {_seeds(own)}, "
            f"{reached} of {len(own)} reach {case.goal:.2f} true test accuracy",
            f"  {case.ingredients}",
        ]
        for title, number in (
            ("test accuracy", _accuracies(_test)[1]),
            ("test cost", _costs(_test)[1]),
            ("training accuracy", _accuracies(_training)[1]),
            ("training cost", _costs(_training)[1]),
        ):
            lines.append(f"  {title:<35}{_spread(number, own)}")
    return "\n".join(lines)


def _by_case(outcomes: Sequence[Outcome]) -> list[tuple[Case, list[Outcome]]]:
    cases = dict.fromkeys(outcome.case for outcome in outcomes)
    return [(case, [outcome for outcome in outcomes if outcome.case == case]) for case in cases]


def _seeds(outcomes: Sequence[Outcome]) -> str:
    return "1 seed" if len(outcomes) == 1 else f"{len(outcomes)} seeds"


def _heads() -> str:
    return "  ".join(f"{head:>7}" for head in ("mean", "spread", "min", "max"))


def _spread(number: _Number, outcomes: Sequence[Outcome]) -> str:
    """Lay out mean, standard deviation, least and largest."""
    values = [number(outcome) for outcome in outcomes]
    if not all(map(isfinite, values)):
        return "  ".join(f"{'-':>7}" for _ in range(4))
    deviation = _number(stdev(values)) if len(values) > 1 else "-"
    return "  ".join(
        f"{cell:>7}" for cell in (_number(mean(values)), deviation, *map(_number, (min(values), max(values))))
    )


def _number(value: float) -> str:
    return f"{value:.4f}" if isfinite(value) else "-"


def _write(outcomes: Sequence[Outcome], path: Path, overwrite: bool) -> bool:
    try:
        write_rows(path, COLUMNS, map(_row, outcomes), overwrite)
    except ExportError as error:
        click.echo(f"joml-tui: {error}", err=True)
        return False
    click.echo(f"A row a run is in {path}.", err=True)
    return True


def _row(outcome: Outcome) -> Sequence[object]:
    case, test, train = outcome.case, outcome.test, outcome.train
    return (
        "recipe" if case.published is None else "article",
        case.network,
        case.preset,
        outcome.seed,
        outcome.parameters,
        test.accuracy,
        test.cost,
        train.accuracy,
        train.cost,
        test.entrywise_accuracy,
        test.swapped_cost,
        train.entrywise_accuracy,
        train.swapped_cost,
        "yes" if outcome.failed else "no",
        round(outcome.seconds, 3),
    )
