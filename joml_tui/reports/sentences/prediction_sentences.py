"""Predictions as sentences and short tables: confusion, values, the worst samples, and one sample."""

from __future__ import annotations

from math import isfinite

import numpy as np

from joml.data.tables.cell_decoding import decode_cells
from joml.statistics.class_figures import precisions, recalls
from joml.statistics.metrics import predictions
from joml.task import SCORE_NAMES
from joml.wording import counted
from joml_tui.inspect.confusion import ConfusionNow, ValuesNow
from joml_tui.inspect.sample_flow import SampleFlowNow
from joml_tui.inspect.trial import InputColumn, TrialNow
from joml_tui.inspect.worst_samples import WorstNow
from joml_tui.reports.sentences.text_table import text_table
from joml_tui.reports.spoken import spoken_number, spoken_share

_MOST_CLASSES, _MOST_SAMPLES, _MOST_OUTPUTS, _MOST_INPUTS = 40, 10, 10, 30
_HALF = 0.5


def describe_confusion(now: ConfusionNow) -> list[str]:
    """Return the score, the most frequent mistake, and a line for each class or question.

    Parameters
    ----------
    now : ConfusionNow

    Returns
    -------
    list of str
    """
    of_classes = len(now.counts) == 1 and len(now.classes) == now.counts.shape[1]
    name = SCORE_NAMES["classes" if of_classes else "multilabel"]
    where = f"over {counted(now.samples, f'{now.part} sample')}, after iteration {now.iteration:,}"
    lines = [f"{name[:1].upper()}{name[1:]} {spoken_share(now.score)} {where}."]
    if now.missing:
        lines.append(f"{counted(now.missing, 'sample')} have no class: the outputs for them are not finite.")
    return [*lines, *(_classes(now) if of_classes else _answers(now))]


def _classes(now: ConfusionNow) -> list[str]:
    counts = now.counts[0]
    recall, precision = recalls(counts), precisions(counts)
    mistakes = counts - np.diag(np.diag(counts))
    lines = []
    if mistakes.any():
        true, taken = (int(place) for place in np.unravel_index(int(mistakes.argmax()), mistakes.shape))
        times = counted(int(mistakes[true, taken]), "sample")
        lines.append(f"Most frequent mistake: {now.classes[true]} is predicted as {now.classes[taken]}, {times}.")
    else:
        lines.append("There is no mistake.")
    rows = []
    for place, name in enumerate(now.classes[:_MOST_CLASSES]):
        taken = int(mistakes[place].argmax())
        wrong = int(mistakes[place, taken])
        rows.append(
            [
                name,
                f"{int(counts[place].sum()):,}",
                _share(recall[place]),
                _share(precision[place]),
                f"{now.classes[taken]} ({wrong:,})" if wrong else "",
            ]
        )
    lines += text_table(("class", "samples", "recall", "precision", "mostly mistaken for"), rows)
    return [*lines, *_more(len(now.classes), _MOST_CLASSES, "class", "classes")]


def _answers(now: ConfusionNow) -> list[str]:
    rows = []
    for name, table in zip(now.classes[:_MOST_CLASSES], now.counts, strict=False):
        (no_no, no_yes), (yes_no, yes_yes) = table.tolist()
        share = (no_no + yes_yes) / max(int(table.sum()), 1)
        rows.append([name, *(f"{each:,}" for each in (yes_yes, yes_no, no_yes, no_no)), spoken_share(share)])
    head = ("question", "yes as yes", "yes as no", "no as yes", "no as no", "right")
    return [*text_table(head, rows), *_more(len(now.classes), _MOST_CLASSES, "question", "questions")]


def describe_values(now: ValuesNow) -> list[str]:
    """Return R2 and the mean absolute error of each output.

    Parameters
    ----------
    now : ValuesNow

    Returns
    -------
    list of str
    """
    where = f"over {counted(now.samples, f'{now.part} sample')}, after iteration {now.iteration:,}"
    lines = [f"R2 {spoken_number(now.r2)} {where}."]
    rows = [
        [name, spoken_number(float(error)), f"{spoken_number(float(edges[0]))} to {spoken_number(float(edges[-1]))}"]
        for name, error, edges in zip(now.outputs, now.mean_absolute_errors, now.edges, strict=True)
    ][:_MOST_CLASSES]
    lines += text_table(("value", "mean absolute error", "true and predicted values"), rows)
    return [*lines, *_more(len(now.outputs), _MOST_CLASSES, "value", "values")]


def describe_worst(now: WorstNow) -> list[str]:
    """Return the samples of the highest cost, with their true and predicted outcome.

    Parameters
    ----------
    now : WorstNow

    Returns
    -------
    list of str
    """
    if now.task == "regression":
        lines = [f"The costliest of {counted(now.samples, 'sample')}, after iteration {now.iteration:,}:"]
    elif now.cell is not None:
        true, predicted = (now.outputs[place] for place in now.cell)
        number = f"{now.wrong:,} of {counted(now.samples, 'sample')}"
        lines = [f"{number} are {true} and predicted as {predicted}, after iteration {now.iteration:,}."]
    else:
        lines = [f"{now.wrong:,} of {counted(now.samples, 'sample')} are wrong, after iteration {now.iteration:,}."]
    if not len(now.indices):
        return lines
    number = "sample" if now.raw is None else now.raw.kind
    rows = []
    for place in range(min(len(now.indices), _MOST_SAMPLES)):
        row = f"{int(now.indices[place]):,}" if now.raw is None else now.raw.identify(place)
        true, predicted = _outcome(now, place)
        rows.append([row, true, predicted, spoken_number(float(now.figures[place]))])
    return [*lines, *text_table((number, "true", "predicted", now.figure), rows)]


def _outcome(now: WorstNow, place: int) -> tuple[str, str]:
    y, y_hat = now.y[place], now.y_hat[place]
    if now.task == "classes":
        true = now.outputs[int(y.argmax())]
        if not np.isfinite(y_hat).all():
            return true, "unknown"
        predicted = int(y_hat.argmax())
        return true, f"{now.outputs[predicted]} at {spoken_share(float(y_hat[predicted]))}"
    if now.task == "multilabel":
        return _yes(now.outputs, y > 0.5), _yes(now.outputs, predictions("multilabel", y_hat) > 0.5)
    return _values(y), _values(y_hat)


def _yes(names: tuple[str, ...], answers: np.ndarray) -> str:
    yes = [name for name, answer in zip(names, answers.tolist(), strict=False) if answer]
    return ", ".join(yes) or "none"


def _values(values: np.ndarray) -> str:
    shown = ", ".join(spoken_number(float(value)) for value in values[:3])
    return shown + (" and more" if len(values) > 3 else "")


def _number(now: SampleFlowNow | TrialNow) -> str:
    """Return which sample of its part this is: by its name, or by its row in the file where it has one."""
    if now.name:
        return f"sample {now.name}"
    return f"sample {now.sample + 1:,} of {now.samples:,}" if now.row is None else f"row {now.row:,}"


def describe_flow(now: SampleFlowNow) -> list[str]:
    """Return the values that one sample has in a network: the outputs, and the most active units of each layer.

    Parameters
    ----------
    now : SampleFlowNow

    Returns
    -------
    list of str
    """
    number = _number(now)
    lines = [f"{now.part[:1].upper()}{now.part[1:]} {number}, after iteration {now.iteration:,}: {_result(now)}."]
    rows = []
    for place, layer in enumerate(now.layers):
        if not len(layer.a):
            continue
        most = int(np.abs(np.nan_to_num(layer.a)).argmax())
        name = layer.names[most] if layer.names else str(int(layer.units[most]) + 1)
        scaled = ", standardised" if now.standardised and place == len(now.layers) - 1 else ""
        title = "inputs" if place == 0 else f"{place} {layer.size} {layer.title}{scaled}"
        rows.append([title, name, spoken_number(float(layer.a[most])), _weights(layer.W)])
    return [*lines, *text_table(("layer", "largest", "its activation", "weights"), rows)]


def describe_trial(now: TrialNow) -> list[str]:
    """Return the input that was set, where it differs from its sample, and the prediction of each output.

    Parameters
    ----------
    now : TrialNow

    Returns
    -------
    list of str
    """
    number = _number(now)
    as_it_is = "as it is"
    if now.side and (pixels := int((now.x != now.sample_x).sum())):
        as_it_is = f"with {counted(pixels, 'pixel')} changed"
    elif changed := sum(column.differs(now.x, now.sample_x) for column in now.columns):
        as_it_is = f"with {changed} of {counted(len(now.columns), 'value')} changed"
    lines = [f"{now.part[:1].upper()}{now.part[1:]} {number} {as_it_is}, after iteration {now.iteration:,}."]
    if not now.side:
        lines += text_table(("input", "value", "of the sample"), _inputs(now))
    write = spoken_number if now.task == "regression" else spoken_share
    order = np.argsort(-now.y_hat, kind="stable") if now.task == "classes" else np.arange(len(now.y_hat))
    rows = [
        [now.outputs[place], write(float(now.y_hat[place])), write(float(now.y[place]))]
        for place in order[:_MOST_OUTPUTS].tolist()
    ]
    lines += text_table(("output", "predicted", "true"), rows)
    strongest = [_strongest(place, a) for place, a in enumerate(now.hidden, start=1) if len(a)]
    return [*lines, *(text_table(("layer", "strongest unit", "its activation", "units above 0"), strongest))]


def _strongest(layer: int, a: np.ndarray) -> list[str]:
    """Return a row on a hidden layer's activations."""
    most = int(np.abs(np.nan_to_num(a)).argmax())
    return [str(layer), str(most + 1), spoken_number(float(a[most])), f"{int((a > 0).sum()):,} of {len(a):,}"]


def _inputs(now: TrialNow) -> list[list[str]]:
    rows = []
    for column in now.columns[:_MOST_INPUTS]:
        value, before = (_input(column, x) for x in (now.x, now.sample_x))
        rows.append([column.name, value, before])
    return rows


def _input(column: InputColumn, x: np.ndarray) -> str:
    """Return one column of an input as text."""
    if column.mark is not None and x[column.mark] > _HALF:
        return "missing"
    if column.date is not None:
        size = len(column.date.feature_names)
        return decode_cells([column.date], x[np.newaxis, column.first : column.first + size])[0][0]
    if column.kind == "number":
        return spoken_number(float(x[column.first]))
    if column.flag:
        return column.choices[int(x[column.first] > _HALF)]
    features = x[column.first : column.first + len(column.choices)]
    return column.choices[int(features.argmax())] if len(features) and features.max() > _HALF else "none"


def _result(now: SampleFlowNow) -> str:
    if now.task == "classes" and len(now.y_hat):
        true, predicted = int(np.argmax(now.y)), int(np.argmax(now.y_hat))
        verdict = "right" if true == predicted else "wrong"
        at = spoken_share(float(now.y_hat[predicted]))
        return f"true {now.outputs[true]}, predicted {now.outputs[predicted]} at {at}, which is {verdict}"
    pairs = [
        f"{name} {spoken_number(float(predicted))} (true {spoken_number(float(true))})"
        for name, true, predicted in zip(now.outputs, now.y, now.y_hat, strict=False)
    ]
    return ", ".join(pairs[:_MOST_OUTPUTS])


def _weights(weights: np.ndarray) -> str:
    if not weights.size:
        return ""
    return f"{spoken_number(float(weights.min()))} to {spoken_number(float(weights.max()))}"


def _share(value: float) -> str:
    return spoken_share(value) if isfinite(value) else "none"


def _more(count: int, most: int, singular: str, plural: str) -> list[str]:
    return [f"And {counted(count - most, singular, plural)} more."] if count > most else []
