"""What there is to say of a run: what was trained on what, how well, what went wrong, and how the article counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from msgspec import structs

from joml.intervals import Interval, accuracy_interval
from joml_tui.diagnosis import Finding, diagnose
from joml_tui.experiment import name_of
from joml_tui.inside import Question
from joml_tui.inside.accounting import Accounting, AccountingNow
from joml_tui.inside.accounting import Figures as Counted
from joml_tui.inside.baselines import Baselines, BaselinesReached
from joml_tui.inside.baselines import Reached as Baseline
from joml_tui.inside.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inside.health import Health, HealthNow
from joml_tui.packing import unpack
from joml_tui.runner import Run, RunState
from joml_tui.running.inspecting import Inspector
from joml_tui.running.messages import Inspect

AnswerT = TypeVar("AnswerT")

#: More classes than that make no table that is read.
_MOST_CLASSES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What is known of a run that has ended.

    Attributes
    ----------
    run : Run
    predicted : ConfusionNow or ValuesNow or None
        How the test part is predicted; None, as what follows, where nothing could be looked into.
    baselines : tuple of Baseline
        On the same split: what is reached without looking at x, and without a hidden layer.
    interval : Interval or None
        Wilson's of the test accuracy, at 95 %; R2 has none.
    findings : tuple of Finding
        What went wrong, the gravest first.
    accounting : AccountingNow or None
        The article's accounting; None where it does not apply.
    trouble : str
        Why the run's network could not be looked into, or nothing.
    """

    run: Run
    predicted: ConfusionNow | ValuesNow | None = None
    baselines: tuple[Baseline, ...] = ()
    interval: Interval | None = None
    findings: tuple[Finding, ...] = ()
    accounting: AccountingNow | None = None
    trouble: str = ""

    @property
    def score(self) -> float | None:
        """The test score of the weights that are kept: the share that is right, or R2."""
        match self.predicted:
            case ConfusionNow(counts=counts):
                return float(counts.trace(axis1=1, axis2=2).sum() / counts.sum())
            case ValuesNow(r2=r2):
                return r2
        return self.run.test_accuracy


def explain(run: Run) -> Explanation:
    """Look into a run of the store, as ``store.restored`` gives it, and its data set."""
    asked = _Asked(run)
    predicted = asked.about(Confusion(), ConfusionNow) or asked.about(Confusion(), ValuesNow)
    reached = asked.about(Baselines(), BaselinesReached)
    health = asked.about(Health(), HealthNow)
    findings: list[Finding] = []
    if run.history is not None and run.iteration:
        findings = diagnose(run.experiment, run.history, health, run.learning_rate)
    found = Explanation(
        run,
        predicted,
        reached.baselines if reached is not None else (),
        None,
        tuple(findings),
        asked.about(Accounting(), AccountingNow),
        asked.trouble,
    )
    if isinstance(predicted, ConfusionNow) and found.score is not None:
        return Explanation(
            run,
            predicted,
            found.baselines,
            accuracy_interval(found.score, predicted.samples),
            found.findings,
            found.accounting,
            found.trouble,
        )
    return found


class _Asked:
    """Asks about the state that is kept of a run; says once where nothing can be asked."""

    def __init__(self, run: Run) -> None:
        self._run, self._inspector = run, Inspector()
        self._state = run.snapshots.latest
        self.trouble = "" if self._state else "there are no weights of this run: it ended before there was a network"

    def about(self, question: Question, kind: type[AnswerT]) -> AnswerT | None:
        """Give the answer if it is of this kind."""
        if self.trouble or not self._state:
            return None
        experiment = structs.replace(self._run.experiment, epochs=self._run.epochs)
        request = Inspect(0, experiment, self._state, self._run.layers_record, question)
        answered = self._inspector.answer(request)
        if answered.refusal:
            if not isinstance(question, Accounting | Baselines):  # these do not suit every run
                self.trouble = answered.refusal
            return None
        answer = unpack(answered.answer, _ANSWERS[type(question)])
        return answer if isinstance(answer, kind) else None


_ANSWERS = {
    Confusion: ConfusionNow | ValuesNow,
    Baselines: BaselinesReached,
    Health: HealthNow,
    Accounting: AccountingNow,
}


# --- for humans -----------------------------------------------------------------------------------------------------


def describe(found: Explanation, title: str) -> str:
    """Lay an explanation out as paragraphs."""
    parts = [[f"{title}: {_became(found.run)}"], list(_trained(found)), list(_reached(found))]
    parts += [list(_confusion(found)), list(_troubles(found)), list(_counted(found))]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _became(run: Run) -> str:
    said = f"{run.state.value} after {run.iteration:,} of {run.total_iterations:,} iterations, {run.seconds:,.1f} s"
    return f"{said}: {run.message}" if run.message else f"{said}."


def _trained(found: Explanation) -> Iterator[str]:
    run = found.run
    experiment = run.experiment
    optimizer, output = experiment.optimizer, experiment.output
    replicas = f", {experiment.replicas} replicas, of which this is the first" if experiment.replicas > 1 else ""
    yield "What was trained"
    yield f"  {run.architecture or 'a network'}, {run.parameter_count:,} parameters{replicas}"
    if experiment.layers:
        functions = dict.fromkeys(_named(layer.activation) for layer in experiment.layers)
        count = len(experiment.layers)
        yield f"  {count} hidden {'layer' if count == 1 else 'layers'} of {', '.join(functions)}"
    yield f"  output {_named(output.activation)}, cost {_named(output.cost)}"
    batches = "all samples at once" if experiment.batch_size == "all" else f"batches of {experiment.batch_size:,}"
    yield f"  by {name_of(optimizer)} at {optimizer.learning_rate:g}, {batches}"
    yield f"  {run.epochs:,} epochs, seed {experiment.seed}"
    if run.goes_on_from:
        yield f"  going on from {run.goes_on_from}"
    yield from (
        f"  after iteration {change.iteration:,} {change.setting} was set to {change.value:g}"
        for change in run.adjustments
    )
    yield "on what"
    yield (
        f"  {name_of(experiment.dataset)}"
        + (f", {run.history.train_size:,} samples to train on" if run.history is not None else "")
        + (f", {found.predicted.samples:,} to test on" if found.predicted is not None else "")
    )


def _reached(found: Explanation) -> Iterator[str]:
    run, score = found.run, _score(found.run)
    if found.score is None:
        yield "How well: nothing was tested."
        return
    yield "How well"
    told = f"  test {score} {found.score:.4f}"
    if found.interval is not None and found.predicted is not None:
        told += f" (95 %: {found.interval.low:.4f} to {found.interval.high:.4f}, {found.predicted.samples:,} samples)"
    yield told
    if isinstance(found.predicted, ValuesNow):
        yield f"  mean absolute error {found.predicted.mean_absolute_error:.4g}"
    if run.train_accuracy is not None and run.train_cost is not None:
        yield f"  in training {score} {run.train_accuracy:.4f}, cost {run.train_cost:.4f}"
    if found.baselines:
        yield "  same split: " + ", ".join(f"{each.name} {each.accuracy:.4f}" for each in found.baselines)
        yield f"  {_verdict(found)}"


def _verdict(found: Explanation) -> str:
    """Say whether the network is worth more than what needs none."""
    assert found.score is not None  # the caller has looked
    best = max(found.baselines, key=lambda baseline: baseline.accuracy)
    if found.interval is not None and found.interval.low > best.accuracy:
        return f"Clearly better than the {best.name}."
    if found.interval is None and found.score > best.accuracy:
        return f"Better than the {best.name}."
    if found.score > best.accuracy:
        return f"Not clearly better than the {best.name}: it may be chance."
    return f"No better than the {best.name}: the network has learnt nothing that needs it."


def _confusion(found: Explanation) -> Iterator[str]:
    predicted = found.predicted
    if not isinstance(predicted, ConfusionNow):
        return
    tables, size = predicted.counts.shape[0], predicted.counts.shape[1]
    if tables > 1 or size > _MOST_CLASSES:
        yield (
            f"Confusion: --json has it, {tables} of {size} by {size}."
            if tables > 1
            else (f"Confusion matrix: --json has it, {size} by {size}.")
        )
        return
    names = predicted.classes if size == len(predicted.classes) else ("no", "yes")
    names = tuple(name if len(name) <= 12 else f"{name[:11]}…" for name in names)
    cells = [[f"{count:,}" for count in row] for row in predicted.counts[0].tolist()]
    wide = [max(len(name), *(len(row[place]) for row in cells)) for place, name in enumerate(names)]
    first = max(map(len, names))
    yield "Confusion matrix of the test part: true classes down, predicted ones across"
    yield "  " + " " * first + "  " + "  ".join(name.rjust(size) for name, size in zip(names, wide, strict=True))
    for name, row in zip(names, cells, strict=True):
        yield f"  {name:<{first}}  " + "  ".join(cell.rjust(size) for cell, size in zip(row, wide, strict=True))


def _troubles(found: Explanation) -> Iterator[str]:
    if found.trouble:
        yield f"The network could not be looked into: {found.trouble}."
    if found.run.state is RunState.FAILED:
        yield f"It failed: {found.run.message}."
        return
    if found.findings:
        yield "What went wrong"
        yield from (f"  {finding.sentence}" for finding in found.findings)
    elif found.run.iteration and not found.trouble:
        yield "Nothing is known to have gone wrong."


def _counted(found: Explanation) -> Iterator[str]:
    accounting = found.accounting
    if accounting is None:
        return
    parts: list[tuple[str, Counted | None]] = [
        ("test part", accounting.test),
        ("training part", accounting.train),
        ("last mini-batch", accounting.batch),
    ]
    yield "The article's accounting beside the true one"
    yield f"  {'':<16}{'accuracy':>18}  {'cost':>18}"
    yield f"  {'':<16}{'true':>8}  {'article':>8}  {'true':>8}  {'article':>8}"
    for name, figures in parts:
        if figures is not None:
            accuracies = f"{figures.accuracy:>8.4f}  {figures.article_accuracy:>8.4f}"
            yield f"  {name:<16}{accuracies}  {figures.cost:>8.4f}  {figures.article_cost:>8.4f}"
    yield "  The article compared one-hot matrices entry by entry, and swapped y and y-hat in the cost;"
    yield "  its training figures are of the last mini-batch alone."


def _score(run: Run) -> str:
    return "R2" if run.task == "values" else "accuracy"


def _named(function: object) -> str:
    return function if isinstance(function, str) else name_of(function)  # type: ignore[arg-type]


# --- for programs ---------------------------------------------------------------------------------------------------


def as_document(found: Explanation) -> dict[str, object]:
    """Give an explanation as plain values."""
    run, predicted = found.run, found.predicted
    score = "r2" if run.task == "values" else "accuracy"
    told: dict[str, object] = {
        "network": run.architecture,
        "parameters": run.parameter_count,
        "dataset": name_of(run.experiment.dataset),
        "task": run.task,
        "state": run.state.value,
        "message": run.message,
        "iteration": run.iteration,
        "seconds": run.seconds,
        "goes_on_from": run.goes_on_from,
        "adjustments": [
            {"iteration": change.iteration, "setting": change.setting, "value": change.value}
            for change in run.adjustments
        ],
        f"test_{score}": found.score,
        f"test_{score}_interval": None if found.interval is None else [found.interval.low, found.interval.high],
        "test_samples": None if predicted is None else predicted.samples,
        f"train_{score}": run.train_accuracy,
        "train_cost": run.train_cost,
        "test_cost": run.test_cost,
        "baselines": [{"name": each.name, score: each.accuracy, "cost": each.cost} for each in found.baselines],
        "confusion": None,
        "findings": [
            {"kind": each.kind, "what": each.what, "why": each.why, "since": each.since} for each in found.findings
        ],
        "accounting": None,
        "trouble": found.trouble,
    }
    if isinstance(predicted, ConfusionNow):
        told["confusion"] = {"classes": predicted.classes, "counts": predicted.counts.tolist()}
    elif isinstance(predicted, ValuesNow):
        told["mean_absolute_error"] = predicted.mean_absolute_error
    if found.accounting is not None:
        parts = {"test": found.accounting.test, "train": found.accounting.train, "batch": found.accounting.batch}
        told["accounting"] = {name: None if part is None else structs.asdict(part) for name, part in parts.items()}
    return told
