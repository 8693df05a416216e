"""The progress line of a run."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from joml.task import SCORE_NAMES
from joml_tui.runs.run import Run, RunState
from joml_tui.runs.worker.messages import FileReading
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.runs.lab_fields import STATE_SIGNS
from joml_tui.ui.runs.session import LabRun

_GAP = "   "
_BAR, _WIDEST_BAR = 10, 40
_LEAST_OUTCOME = 20


class Progress(Widget):
    """A line with name, bar, per cent, epoch, iteration, speed and time left, as far as they fit."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._content = Content("")
        self._lab_run: LabRun | None = None
        self._idle = Content("")

    def show(self, lab_run: LabRun | None, idle: Content) -> None:
        """Show a run, or a hint without one."""
        self._lab_run, self._idle = lab_run, idle
        content = self._written(self.size.width)
        if not content.is_same(self._content):
            self._content = content
            self.refresh()

    def on_resize(self) -> None:
        """Write the line again for its new width."""
        self.show(self._lab_run, self._idle)

    def render(self) -> Content:
        """Return the line as last written."""
        return self._content

    def _written(self, width: int) -> Content:
        if self._lab_run is None:
            return self._idle.truncate(width, ellipsis=True)
        return _live(self._lab_run, width) if self._lab_run.live else _ended(self._lab_run, width)


def _live(lab_run: LabRun, width: int) -> Content:
    run = lab_run.run
    if run.state is RunState.PREPARING and run.reading is not None:
        return _reading(lab_run.label, run.reading, width)
    running = run.state is RunState.RUNNING
    parts = {
        "name": lab_run.label,
        "share": f"{100 * run.progress:3.0f} %",
        "epoch": f"epoch {run.epoch}/{run.epochs}",
        "iteration": f"iteration {run.iteration:,}/{run.total_iterations:,}",
        "speed": f"{text.rate(run.steps_per_second)} steps/s" if run.pace is None else str(run.pace),
        "faster": f"{key_of('full-speed')} full speed" if run.pace is not None and running else "",
        "left": f"{text.duration(run.eta_seconds)} left" if running and run.eta_seconds else run.state.value,
    }
    if not parts["faster"]:
        del parts["faster"]
    watched = ("faster", "iteration", "name", "epoch", "speed")
    dispensable = ("iteration", "speed", "name", "epoch") if run.pace is None else watched
    _drop(parts, dispensable, width - _BAR - len(_GAP))
    name = parts.pop("name", "")
    after = _GAP + _GAP.join(parts.values())
    before = f"{name}{_GAP}" if name else ""
    bar = _bar(run.progress, max(_BAR, min(_WIDEST_BAR, width - len(before) - len(after))))
    return Content.assemble((before, "bold"), *bar, after)


def _reading(label: str, reading: FileReading, width: int) -> Content:
    """Return the progress of a run whose data file is being read."""
    share = reading.done / max(reading.size, 1)
    after = f"{_GAP}{100 * share:3.0f} %{_GAP}reading {text.plain(reading.name, 30)}"
    before = f"{label}{_GAP}" if len(label) + 2 * len(_GAP) + _BAR + len(after) <= width else ""
    bar = _bar(share, max(_BAR, min(_WIDEST_BAR, width - len(before) - len(after))))
    return Content.assemble((before, "bold"), *bar, after)


def _ended(lab_run: LabRun, width: int) -> Content:
    run = lab_run.run
    sign = STATE_SIGNS[run.state]
    if run.state in {RunState.FAILED, RunState.DIVERGED}:
        label = lab_run.label_within(width - _LEAST_OUTCOME - 5)
        outcome = text.plain(run.message or run.state.value, max(width - len(label) - 5, _LEAST_OUTCOME))
        colour = "$text-error" if run.state is RunState.FAILED else "$text-warning"
        return Content.assemble((f"{sign} {label}", "bold"), ("   " + outcome, colour))
    in_time = f" in {text.duration(run.seconds)}" if run.state is RunState.FINISHED else ""
    parts = {
        "name": f"{sign} {lab_run.label}",
        "state": f"{run.state.value}{in_time}",
        "score": f"test {SCORE_NAMES[run.task]} {text.score(run.test_accuracy, run.task)}",
        "cost": _test_cost(run),
        "replay": f"{key_of('replay')} replays it" if len(run.snapshots.iterations) > 1 else "",
    }
    if not parts["replay"]:
        del parts["replay"]
    _drop(parts, ("replay", "cost", "state"), width)
    del parts["name"]
    after = _GAP + _GAP.join(parts.values())
    label = lab_run.label_within(width - len(after) - 2)  # a figure is never cut, but a long name is
    return Content.assemble((f"{sign} {label}", "bold"), after)


def _test_cost(run: Run) -> str:
    """Return the cost on the test part: in the units of the data if there is a conversion."""
    if run.cost_scale is not None and (error := run.record.cost_in_units("test")) is not None:
        return f"test {run.cost_scale} {text.measured(error)}"
    return f"test cost {text.cost(run.test_cost)}{_unit(run.record.cost_unit)}"


def _unit(unit: str) -> str:
    """Return the unit of costs as text, if it is not the usual one."""
    return "" if unit in ("", "nats") else f" ({unit})"


def _drop(parts: dict[str, str], dispensable: tuple[str, ...], width: int) -> None:
    """Remove parts in this order until the rest fits."""
    for name in dispensable:
        if sum(len(part) + len(_GAP) for part in parts.values()) - len(_GAP) <= width:
            return
        parts.pop(name, None)


def _bar(progress: float, width: int) -> list[tuple[str, str]]:
    """Return a bar filled to ``progress``, in halves of a cell."""
    halves = round(2 * width * min(max(progress, 0.0), 1.0))
    full, half = divmod(halves, 2)
    return [("━" * full + "╸" * half, "$footer-key-foreground"), ("─" * (width - full - half), "$foreground 20%")]
