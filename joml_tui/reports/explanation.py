"""The explanation of a run: network and data, results, problems, and the article's accounting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite, isnan
from typing import TypeVar

import numpy as np
from msgspec import structs

from joml.data.preparation import Preparation
from joml.layers.layer_stack import parse_ends
from joml.statistics.intervals import Interval, accuracy_interval
from joml.statistics.metrics import R2_NOT_DEFINED
from joml.task import SCORE_NAMES, TARGETS
from joml.wording import list_some
from joml_tui.alignment import align_left
from joml_tui.experiment import AugmentSpec, LayerSpec, name_of, source_of
from joml_tui.inspect import Question
from joml_tui.inspect.accounting import Accounting, AccountingNow
from joml_tui.inspect.accounting import AccountingFigures as Counted
from joml_tui.inspect.baseline_scores import Baselines, BaselinesReached
from joml_tui.inspect.baseline_scores import BaselineScore as Baseline
from joml_tui.inspect.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inspect.health_report import BalancedScore, Health, HealthReport, balanced_score
from joml_tui.reports.figure_lines import figure_document, figure_lines, written_in_units
from joml_tui.reports.sentences.curve_sentences import describe_curves, describe_training_figures
from joml_tui.reports.stored_answers import NO_WEIGHTS, StoredAnswers
from joml_tui.runs.diagnosis import Finding, diagnose_run, judge
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run import Run, RunState
from joml_tui.runs.run_data import describe_checked_part, describe_left_out, describe_parts, describe_what_is_missing
from joml_tui.runs.run_record import Part, RunRecord, describe_costs, metric_lines

AnswerT = TypeVar("AnswerT")

#: Most classes in a table of confusion.
_MOST_CLASSES = 12
#: Frozen layers that a line names.
_MOST_FROZEN = 8
#: Most outputs whose errors are written.
_MOST_OUTPUTS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """The explanation of a run that has ended.

    Attributes
    ----------
    run : Run
    predicted : ConfusionNow or ValuesNow or None
        Predictions of the test part; None, like the fields below, if the network could not be inspected.
    baselines : tuple of Baseline
        The constant and the linear baseline on the same split.
    interval : Interval or None
        Wilson's interval of the test accuracy at 95 %; None for R2.
    findings : tuple of Finding
        Problems, the most serious first.
    accounting : AccountingNow or None
        The article's accounting; None if it does not apply.
    trouble : str
        Why the run's network could not be inspected, or "".
    data_trouble : str
        Why the run's data cannot be used, if they are missing or have changed; results that need them are left out.
    balanced : BalancedScore or None
        The balanced accuracy beside that of chance, on the test part; None unless the experiment weights its classes.
    """

    run: Run
    predicted: ConfusionNow | ValuesNow | None = None
    baselines: tuple[Baseline, ...] = ()
    interval: Interval | None = None
    findings: tuple[Finding, ...] = ()
    accounting: AccountingNow | None = None
    trouble: str = ""
    data_trouble: str = ""
    balanced: BalancedScore | None = None

    @property
    def score(self) -> float | None:
        """The test score of the kept weights: the share of correct samples, or R2."""
        return self.run.test_accuracy

    @property
    def samples(self) -> int | None:
        """Number of samples of the test score, if recorded."""
        result = None if self.run.results is None else self.run.results.test
        if result is not None and result.samples is not None:
            return result.samples
        return None if self.predicted is None else self.predicted.samples


def explain(run: Run) -> Explanation:
    """Return the explanation of a run from ``store.restored``, using its data set."""
    asked = _Asked(run)
    predicted = asked.about(Confusion(), ConfusionNow) or asked.about(Confusion(), ValuesNow)
    reached = asked.about(Baselines(), BaselinesReached)
    health = asked.about(Health(), HealthReport)
    findings = diagnose_run(run, health)
    explanation = Explanation(
        run,
        predicted,
        reached.baselines if reached is not None else (),
        None,
        tuple(findings),
        asked.about(Accounting(), AccountingNow),
        asked.trouble,
        asked.data_trouble,
        _balanced(run, predicted),
    )
    single = run.experiment.replicas == 1 and run.task != "regression"
    if single and explanation.score is not None and isfinite(explanation.score) and explanation.samples is not None:
        answers = parse_ends(run.architecture)[1] if run.task == "multilabel" else 1
        return replace(explanation, interval=accuracy_interval(explanation.score, explanation.samples, answers=answers))
    return explanation


def _balanced(run: Run, predicted: ConfusionNow | ValuesNow | None) -> BalancedScore | None:
    weighted = run.experiment.class_weights != "none" and run.task == "classes"
    return balanced_score(predicted.counts[0]) if weighted and isinstance(predicted, ConfusionNow) else None


def diagnose_closely(run: Run) -> list[Finding]:
    """Return the problems of a run that has ended, reading its data again to compute the score of chance."""
    return diagnose_run(run, _Asked(run).about(Health(), HealthReport))


class _Asked:
    """Questions about a run's stored state; after the first failure no more are asked."""

    def __init__(self, run: Run) -> None:
        self._answers = StoredAnswers(run)
        self.data_trouble = ""
        self.trouble = "" if self._answers.has_weights else NO_WEIGHTS

    def about(self, question: Question, kind: type[AnswerT]) -> AnswerT | None:
        """Return the answer to a question, or None if there is none of this kind."""
        if self.trouble:
            return None
        answer = self._answers.ask(question)
        if self._answers.data_trouble:
            self.data_trouble = self._answers.data_trouble
            return None
        if isinstance(answer, str):
            if not isinstance(question, Accounting | Baselines):  # some questions do not fit every run
                self.trouble = answer
            return None
        return answer if isinstance(answer, kind) else None


# --- for humans -----------------------------------------------------------------------------------------------------


def describe(explanation: Explanation, title: str) -> str:
    """Return an explanation as paragraphs of text."""
    parts = [[f"{title}: {_became(explanation.run)}"], list(_trained(explanation)), list(_reached(explanation))]
    parts += [
        list(_learnt(explanation.run)),
        list(_confusion(explanation)),
        list(_troubles(explanation)),
        list(_counted(explanation)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _became(run: Run) -> str:
    end = f"{run.state.value} after {run.iteration:,} of {run.total_iterations:,} iterations, {run.seconds:,.1f} s"
    return f"{end}: {run.message}" if run.message else f"{end}."


def _augmented(augment: AugmentSpec) -> str:
    changes = [
        f"shifted by up to {augment.shift} pixel{'s' if augment.shift > 1 else ''}" if augment.shift else "",
        f"rotated by up to {augment.rotate:g} degrees" if augment.rotate else "",
        f"with noise of deviation {augment.noise:g}" if augment.noise else "",
    ]
    return ", ".join(filter(None, changes)) or "not changed"


def _trained(explanation: Explanation) -> Iterator[str]:
    run = explanation.run
    experiment = run.experiment
    optimizer, output = experiment.optimizer, experiment.output
    replicas = f", {experiment.replicas} replicas, of which this is the first" if experiment.replicas > 1 else ""
    yield "What was trained"
    yield f"  {run.architecture or 'a network'}, {run.parameter_count:,} parameters{replicas}"
    if experiment.features:
        yield f"  inputs {', '.join(experiment.features)}"
    if experiment.layers:
        named = dict.fromkeys(
            _named(layer.activation if isinstance(layer, LayerSpec) else layer) for layer in experiment.layers
        )
        count = len(experiment.layers)
        yield f"  {count} hidden {'layer' if count == 1 else 'layers'} of {', '.join(named)}"
    yield f"  output {_named(output.activation)}, cost {_named(output.cost)}"
    frozen = [
        f"layer {place}" for place, layer in enumerate(experiment.layers, start=1) if getattr(layer, "frozen", False)
    ]
    frozen += ["the output layer"] if output.frozen else []
    if frozen:
        yield f"  not trained, as frozen: {list_some(frozen, _MOST_FROZEN)}"
    batches = "all samples at once" if experiment.batch_size == "all" else f"batches of {experiment.batch_size:,}"
    if experiment.accumulate > 1:
        batches += f", an update after each {experiment.accumulate:,} of them"
    yield f"  by {name_of(optimizer)} at {optimizer.learning_rate:g}, {batches}"
    yield f"  {run.epochs:,} epochs, seed {experiment.seed}"
    if experiment.augment is not None:
        yield f"  training samples {_augmented(experiment.augment)} at random in every mini-batch"
    if experiment.average:
        yield f"  its weights are a moving average that keeps {experiment.average:g} of itself at each update"
    if run.goes_on_from:
        yield f"  continued from {run.goes_on_from}"
    yield from (f"  {change.describe()}" for change in run.adjustments)
    yield "on what"
    yield f"  {source_of(experiment.dataset)}{_parts(explanation)}"
    if run.preparation is not None:
        yield from (f"  {note}" for note in run.preparation.notes)
        if left_out := describe_left_out(experiment, run.preparation):
            yield f"  {left_out}"
        if hint := describe_checked_part(experiment, run.preparation):
            yield f"  {hint}"
    if missing := describe_what_is_missing(run):
        yield f"  {missing}: they are taken from {source_of(experiment.dataset)} as it is now"


def _parts(explanation: Explanation) -> str:
    """Return a phrase on the number of samples in each part, as far as recorded."""
    preparation, history = explanation.run.preparation, explanation.run.history
    if preparation is not None:
        return f", {describe_parts(preparation)}"
    train = f", {history.train_size:,} samples to train on" if history is not None else ""
    return train + (f", {explanation.predicted.samples:,} to test on" if explanation.predicted is not None else "")


def _reached(explanation: Explanation) -> Iterator[str]:
    run, score = explanation.run, _score(explanation.run)
    if explanation.score is None:
        yield "How well: nothing was tested."
        return
    yield "How well"
    results, replicas = run.results, run.experiment.replicas
    if results is not None and results.kept_iteration != run.iteration and replicas == 1:
        yield f"  of the weights after iteration {results.kept_iteration:,}, the best, which are kept:"
    sentence = f"  test {score} {format_figure(explanation.score)}"
    if explanation.interval is not None:
        low, high = explanation.interval.low, explanation.interval.high
        tested = "sample" if explanation.samples == 1 else "samples"
        sentence += f" (95 %: {format_figure(low)} to {format_figure(high)}, {explanation.samples:,} {tested})"
    if isnan(explanation.score):
        sentence += f" ({_why_no_score(explanation)})"
    if replicas > 1:
        sentence += _over_replicas(run)
    yield sentence + ("" if run.test_cost is None else f", {_cost(run.record, 'test')}")
    if run.validation_accuracy is not None and run.validation_cost is not None:
        yield f"  validation {score} {format_figure(run.validation_accuracy)}, {_cost(run.record, 'validation')}"
    if isinstance(explanation.predicted, ValuesNow):
        yield from _errors(explanation.predicted, _of_which_network(explanation))
    if run.train_accuracy is not None and run.train_cost is not None:
        of = "training" if results is not None else "in training, over the latest epoch,"
        yield f"  {of} {score} {format_figure(run.train_accuracy)}, {_cost(run.record, 'train')}"
    yield from (f"  {line}" for line in metric_lines(run.record))
    scale = run.record.cost_scale
    written = {"mean_absolute_error"} if isinstance(explanation.predicted, ValuesNow) else set()
    written |= set() if scale is None else {scale.figure}
    yield from (f"  {line}" for line in figure_lines(run.record, _class_names(run), written))
    yield f"  {describe_costs(run.record)}"
    if explanation.baselines:
        yield "  same split: " + ", ".join(
            f"{each.name} {format_figure(each.accuracy)}" for each in explanation.baselines
        )
        if isfinite(explanation.score):
            verdict = judge(explanation.score, explanation.interval, explanation.baselines, explanation.balanced)
            yield f"  {verdict}"


def _learnt(run: Run) -> Iterator[str]:
    """Yield sentences on the curves of cost and score."""
    if run.history is None or not run.iteration:
        return
    yield "How it learnt"
    for figure in ("cost", "accuracy"):
        yield from (f"  {sentence}" for sentence in describe_curves(run, "this run", figure, format_figure)[:1])
    yield from (f"  {sentence}" for sentence in describe_training_figures(run))


def _of_which_network(explanation: Explanation) -> str:
    """Return a note that a figure is of the first replica, if there are replicas."""
    return ", by the first replica" if explanation.run.experiment.replicas > 1 else ""


def _errors(values: ValuesNow, of_which: str) -> Iterator[str]:
    """Yield sentences on the errors of values, in the data's units."""
    pairs = zip(values.outputs, values.mean_absolute_errors.tolist(), strict=True)
    errors = [f"{written_in_units(error)} of {name}" for name, error in pairs]
    yield f"  mean absolute error{of_which}, in the data's units: {list_some(errors, _MOST_OUTPUTS)}"


def _over_replicas(run: Run) -> str:
    spread = run.record.spread("test", "accuracy")
    count = run.results.networks if run.results is not None else run.experiment.replicas
    return f", the mean of {count} replicas" + ("" if spread is None else f" (spread {format_figure(spread)})")


def _why_no_score(explanation: Explanation) -> str:
    values = explanation.predicted if isinstance(explanation.predicted, ValuesNow) else None
    if values is not None and np.isfinite(values.mean_absolute_errors).all():
        return R2_NOT_DEFINED
    return "the network's outputs are not finite"


def _cost(record: RunRecord, part: Part) -> str:
    """Return the cost on a part in words: in the units of the data if there is a conversion."""
    error = record.cost_in_units(part)
    if error is not None:
        return f"{record.cost_scale} {written_in_units(error)}"
    cost = record.figure(part, "cost")
    return f"{record.cost_name} {format_figure(cost)}"


def _confusion(explanation: Explanation) -> Iterator[str]:
    predicted = explanation.predicted
    if not isinstance(predicted, ConfusionNow):
        return
    if predicted.missing:
        share = f"{predicted.missing:,} of {predicted.samples:,} test samples"
        yield f"{share} have no class: the outputs are not finite."
    if predicted.missing == predicted.samples:
        return
    tables, size = predicted.counts.shape[0], predicted.counts.shape[1]
    if tables > 1 or size > _MOST_CLASSES:
        yield (
            f"Confusion: {tables} tables of {size} by {size}, one for each answer; --json has them."
            if tables > 1
            else f"Confusion matrix: {size} by {size}; --json has it."
        )
        return
    names = predicted.classes if size == len(predicted.classes) else ("no", "yes")
    names = tuple(name if len(name) <= 12 else f"{name[:11]}…" for name in names)
    cells = [[f"{count:,}" for count in row] for row in predicted.counts[0].tolist()]
    wide = [max(len(name), *(len(row[place]) for row in cells)) for place, name in enumerate(names)]
    first = max(map(len, names))
    yield f"Confusion matrix of the test part{_of_which_network(explanation)}: true classes down, predicted ones across"
    yield "  " + " " * first + "  " + "  ".join(name.rjust(size) for name, size in zip(names, wide, strict=True))
    for name, row in zip(names, cells, strict=True):
        yield f"  {align_left(name, first)}  " + "  ".join(
            cell.rjust(size) for cell, size in zip(row, wide, strict=True)
        )


def _troubles(explanation: Explanation) -> Iterator[str]:
    if explanation.trouble:
        yield f"The network could not be inspected: {explanation.trouble}."
    if explanation.data_trouble:
        yield f"Its data set is needed for the confusion matrix and the baselines: {explanation.data_trouble}."
        yield "  Predictions and exports do without it."
    if explanation.run.state is RunState.FAILED:
        yield f"It failed: {explanation.run.message}."
        return
    if explanation.findings:
        yield "Problems"
        yield from (f"  {finding.sentence}" for finding in explanation.findings)
    elif explanation.run.iteration and not explanation.trouble:
        yield "No problems found."


def _counted(explanation: Explanation) -> Iterator[str]:
    accounting = explanation.accounting
    if accounting is None:
        return
    parts: list[tuple[str, Counted | None]] = [
        ("test part", accounting.test),
        ("training part", accounting.train),
        ("last mini-batch", accounting.batch),
    ]
    yield f"The article's accounting beside the true one{_of_which_network(explanation)}"
    yield f"  {'':<16}{'accuracy':>18}  {'cost':>18}"
    yield f"  {'':<16}{'true':>8}  {'article':>8}  {'true':>8}  {'article':>8}"
    for name, figures in parts:
        if figures is not None:
            numbers = (figures.accuracy, figures.article_accuracy, figures.cost, figures.article_cost)
            yield f"  {name:<16}" + "  ".join(f"{format_figure(number):>8}" for number in numbers)
    yield "  The article compared one-hot matrices entry by entry, and swapped y and y-hat in the cost;"
    yield "  its training figures are of the last mini-batch alone."


def _class_names(run: Run) -> tuple[str, ...]:
    return () if run.preparation is None else run.preparation.class_names


def _score(run: Run) -> str:
    return SCORE_NAMES[run.task]


def _named(function: object) -> str:
    return function if isinstance(function, str) else name_of(function)  # type: ignore[arg-type]


# --- for programs ---------------------------------------------------------------------------------------------------


def _data_document(preparation: Preparation) -> dict[str, object]:
    """Return the facts about the data, without lists that have one entry per feature."""
    return {
        "train_samples": preparation.train_size,
        "validation_samples": preparation.validation_size,
        "test_samples": preparation.test_size,
        "fingerprint": preparation.fingerprint,
        "notes": list(preparation.notes),
    }


def _mean_absolute_error(run: Run, predicted: ValuesNow) -> float | None:
    """Return the run's mean absolute error; for runs of earlier versions, that of its predictions."""
    if run.results is not None:
        return None if run.results.test is None else run.results.test.mean_absolute_error
    errors = predicted.mean_absolute_errors
    return None if predicted.standardised and len(errors) > 1 else float(errors.mean())


def as_document(explanation: Explanation) -> dict[str, object]:
    """Return an explanation as plain values."""
    run, predicted = explanation.run, explanation.predicted
    score = "r2" if run.task == "regression" else "accuracy"
    document: dict[str, object] = {
        "network": run.architecture,
        "parameters": run.parameter_count,
        "replicas": run.experiment.replicas,
        "dataset": source_of(run.experiment.dataset),
        "task": TARGETS[run.task],  # as programs have always read it
        "state": run.state.value,
        "message": run.message,
        "iteration": run.iteration,
        "seconds": run.seconds,
        "goes_on_from": run.goes_on_from,
        "adjustments": [change.to_values() for change in run.adjustments],
        "kept_iteration": run.record.kept_iteration,
        f"test_{score}": explanation.score,
        f"test_{score}_interval": None
        if explanation.interval is None
        else [explanation.interval.low, explanation.interval.high],
        "test_samples": explanation.samples,
        "test_cost": run.test_cost,
        "cost_unit": run.record.cost_unit,
        f"validation_{score}": run.validation_accuracy,
        "validation_cost": run.validation_cost,
        f"train_{score}": run.train_accuracy,
        "train_cost": run.train_cost,
        **figure_document(run.record, _class_names(run)),
        **run.record.metrics,
        "baselines": [{"name": each.name, score: each.accuracy, "cost": each.cost} for each in explanation.baselines],
        "confusion": None,
        "findings": [
            {"kind": each.kind, "what": each.what, "why": each.why, "since": each.since}
            for each in explanation.findings
        ],
        "accounting": None,
        "trouble": explanation.trouble,
        "data_trouble": explanation.data_trouble,
        "data": None if run.preparation is None else _data_document(run.preparation),
        "not_recorded": describe_what_is_missing(run),
    }
    if isinstance(predicted, ConfusionNow):
        counts = predicted.counts.tolist()
        document["confusion"] = {"classes": predicted.classes, "counts": counts, "missing": predicted.missing}
    elif isinstance(predicted, ValuesNow):
        errors = predicted.mean_absolute_errors
        document["mean_absolute_error"] = _mean_absolute_error(run, predicted)
        document["mean_absolute_errors"] = dict(zip(predicted.outputs, errors.tolist(), strict=True))
        document["costs_of_standardised_values"] = predicted.standardised
    if explanation.accounting is not None:
        parts = {
            "test": explanation.accounting.test,
            "train": explanation.accounting.train,
            "batch": explanation.accounting.batch,
        }
        document["accounting"] = {name: None if part is None else structs.asdict(part) for name, part in parts.items()}
    return document
