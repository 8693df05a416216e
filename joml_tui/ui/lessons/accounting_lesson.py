"""The lesson on the article's accounting, the true one, and their difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from joml_tui.inspect import Answer
from joml_tui.inspect.accounting import Accounting, AccountingFigures, AccountingNow
from joml_tui.ui import text
from joml_tui.ui.deferred_calls import call_after_paint
from joml_tui.ui.lessons.lesson import Lesson
from joml_tui.ui.lessons.lesson_source import Source
from joml_tui.ui.lessons.notation import index, ordinal, value
from joml_tui.ui.lessons.page import SPACE, Said, written

#: -log 1e-8: the article's cost per unit of misplaced probability.
_CHARGE = float(-np.log(1e-8))
_MOST_CLASSES = 8


class AccountingLesson(Lesson):
    """The lesson with both accountings of one run."""

    TOPIC = "The article's figures and the true ones"
    BINDINGS = [
        Binding("down", "scroll(1)", "Scroll", key_display="↑ ↓"),
        Binding("up", "scroll(-1)", "Scroll back", show=False),
        Binding("pagedown,space", "scroll(12)", "Page", show=False),
        Binding("pageup", "scroll(-12)", "Page back", show=False),
    ]

    HELP: ClassVar[str] = (
        "What the article's program would have printed for this run, the true figures, and why they differ, with one "
        "sample worked by hand."
    )

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__(sources, Accounting(), self._widgets, self._show_reply)
        self._now: AccountingNow | None = None

    def way_out(self, refusal: str) -> str:
        """Return which networks have the article's figures."""
        if "softmax" not in refusal:
            return ""
        return (
            "The article measures networks that choose one class among many: choose softmax as the output and "
            "cross-entropy as the cost among the settings, and train again."
        )

    def _widgets(self) -> Iterable[Widget]:
        """Return one column of text."""
        with VerticalScroll(id="reading", can_focus=False):
            yield Static(id="told", markup=False)

    def _show_reply(self, answer: Answer) -> None:
        """Show the figures and their explanation."""
        assert isinstance(answer, AccountingNow)
        self._now = answer
        self.show_title(f"iteration {answer.iteration:,}")
        call_after_paint(self, self._show)

    def on_resize(self) -> None:
        """Lay the text out for another width."""
        call_after_paint(self, self._show)

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#reading").scroll_relative(y=by, animate=False)

    def _show(self) -> None:
        if self._now is not None:
            width = min(90, self.size.width - 3)
            self.query_one("#told", Static).update(written(accounting_lines(self._now), width))


def accounting_lines(now: AccountingNow) -> list[Said]:
    """Return lines with the figures and the reason of the difference, with a sample as the example."""
    lines: list[Said] = [("text", f"{'':<32}{'true':>12}{'the article':>16}")]
    part = "Test part" if now.test is not None else "Training part (there is no test part)"
    lines += _figures(part, now.test or now.train)
    if now.batch is not None:
        lines += _figures("Last mini-batch of training", now.batch)
    else:
        lines.append(("text", "No mini-batch of training yet: the run has not made its first iteration."))
    if now.test is not None:
        lines += _figures("Whole training part", now.train)
    lines.append(SPACE)
    if now.numbers:
        lines += [*_accuracy_lines(now), SPACE, *_cost_lines(now), SPACE]
    return [*lines, *_batch_lines(now)]


def _figures(title: str, figures: AccountingFigures) -> list[Said]:
    return [
        ("heading", f"{title}, {figures.samples:,} samples"),
        ("text", _row("accuracy", text.share(figures.accuracy), text.share(figures.article_accuracy))),
        ("text", _row("cost", text.cost(figures.cost), text.cost(figures.article_cost))),
    ]


def _row(name: str, true: str, article: str) -> str:
    return f"  {name:<30}{true:>12}{article:>16}"


def _accuracy_lines(now: AccountingNow) -> list[Said]:
    classes = len(now.y)
    true, predicted = int(now.y[:, 0].argmax()), int(now.y_hat[:, 0].argmax())
    shown = _shown_classes(classes, true, predicted)
    equal = classes - 2 * (true != predicted)
    figures = now.test or now.train
    a = figures.accuracy
    more = "  …" if len(shown) < classes else ""
    lines: list[Said] = [
        ("heading", "Why the accuracies differ"),
        (
            "text",
            "The article's program compares the predicted and the true one-hot matrices entry by entry. "
            f"{_sample(now)} is of the {ordinal(true + 1)} class, and the network says the {ordinal(predicted + 1)}:",
        ),
        ("hand", "class      " + "".join(f"{k + 1:>4}" for k in shown) + more),
        ("hand", "predicted  " + "".join(f"{int(k == predicted):>4}" for k in shown) + more),
        ("hand", "true       " + "".join(f"{int(k == true):>4}" for k in shown) + more),
        (
            "hand",
            "equal      " + "".join(f"{'✓' if (k == predicted) == (k == true) else '✗':>4}" for k in shown) + more,
        ),
    ]
    share = value(equal / classes)
    if true != predicted:
        lines.append(
            (
                "text",
                f"{equal:,} of {classes:,} entries are equal, so it counts {share}; the true accuracy counts 0.",
            )
        )
    else:
        lines.append(("text", f"All {classes:,} entries are equal: 1 in both. For a wrong class, two would differ."))
    wrong = value((classes - 2) / classes)
    if classes == 2:
        lines.append(
            ("text", "With two classes both entries of a wrong sample differ, and the two accuracies are the same.")
        )
    elif np.isfinite(figures.article_accuracy):
        lines += [
            (
                "text",
                f"Among {classes:,} classes each wrong sample counts {wrong}, so that from the true accuracy a follows",
            ),
            (
                "hand",
                f"1 − (1 − a)·2/{classes} = 1 − (1 − {value(a)})·{value(2 / classes)} = "
                f"{value(figures.article_accuracy)}",
            ),
            ("text", f"Even with no sample right it would be {wrong}."),
        ]
    return lines


def _cost_lines(now: AccountingNow) -> list[Said]:
    classes = len(now.y)
    true, predicted = int(now.y[:, 0].argmax()), int(now.y_hat[:, 0].argmax())
    shown = _shown_classes(classes, true, predicted)
    y_hat = now.y_hat[:, 0].astype(float)
    given = float(y_hat[true])
    others = [value(float(y_hat[k])) for k in shown if k != true] + (["…"] if len(shown) < classes else [])
    true_cost = value(float(-np.log(given))) if given > 0 else "∞"
    figures = now.test or now.train
    lines: list[Said] = [
        ("heading", "Why the costs differ"),
        ("text", "The cross-entropy takes the logarithm of the prediction. The article's program exchanged the two:"),
        ("equation", "true        H(ŷ, y) = −Σₖ yₖ log ŷₖ"),
        ("equation", "exchanged           −Σₖ ŷₖ log(yₖ + 10⁻⁸)"),
        ("text", f"y is 0 or 1, so that its logarithm has two values: log 1 = 0 and log 10⁻⁸ = −{_CHARGE:.2f}."),
        ("text", f"{_sample(now)} again, of the {ordinal(true + 1)} class:"),
        ("hand", "class  " + "".join(f"{k + 1:>10}" for k in shown)),
        ("hand", "ŷ      " + "".join(f"{value(float(y_hat[k])):>10}" for k in shown)),
        ("hand", "y      " + "".join(f"{int(k == true):>10}" for k in shown)),
        ("hand", f"true:      −log ŷ{index(true + 1)} = −log {value(given)} = {true_cost}"),
        (
            "hand",
            f"exchanged: {_CHARGE:.2f}·({' + '.join(others)}) = {_CHARGE:.2f}·(1 − {value(given)}) = "
            f"{value(_CHARGE * (1 - given))}",
        ),
        (
            "text",
            f"Over all samples it is {_CHARGE:.2f} times (1 − the mean probability of the true class): never above "
            f"{_CHARGE:.2f}, where the true cost grows without bound as that probability nears 0.",
        ),
    ]
    if np.isfinite(figures.article_cost):
        mean = 1 - figures.article_cost / _CHARGE
        lines.append(("hand", f"{_CHARGE:.2f}·(1 − {value(mean)}) = {value(figures.article_cost)}"))
    lines.append(("text", "Training minimises the true cost."))
    return lines


def _batch_lines(now: AccountingNow) -> list[Said]:
    last = now.train_size - (now.iterations_per_epoch - 1) * now.batch_size
    samples = now.batch.samples if now.batch is not None else last
    sentence = (
        f"The article took them from the last mini-batch alone. An epoch here is {now.iterations_per_epoch:,} "
        f"mini-batches of {now.batch_size:,} samples, the last of {last:,}."
    )
    return [
        ("heading", "Why its training figures jump"),
        ("text", sentence),
        (
            "text",
            f"Of {samples:,} samples, each is {100 / samples:.2f} % of the accuracy: one more or less changes it by "
            "that much.",
        ),
    ]


def _sample(now: AccountingNow) -> str:
    return f"Sample {now.numbers[0]:,} of the {'test' if now.test is not None else 'training'} part"


def _shown_classes(classes: int, true: int, predicted: int) -> list[int]:
    """Return the classes that fit on a line, including the true and the predicted one."""
    most = min(classes, _MOST_CLASSES)
    shown = {true, predicted}
    for k in range(classes):
        if len(shown) >= most:
            break
        shown.add(k)
    return sorted(shown)
