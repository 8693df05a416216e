"""Diagnosing: what goes wrong in the selected run, looked for now and then beside the screen's thread."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from joml_tui.inspect.health_report import Health, HealthReport
from joml_tui.runs.diagnosis import Finding, Kind, diagnose
from joml_tui.runs.run import RunState
from joml_tui.ui import text
from joml_tui.ui.ask_run import asked
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.static_text import StaticText

#: Between two looks at a live run.
_SECONDS_A_LOOK = 2.0


@dataclass(slots=True)
class Diagnosis:
    """What is known of one run's health.

    Attributes
    ----------
    found : list of Finding
    looked_at : tuple of int and bool, or None
        How far the run was, and whether it had ended.
    told : set of str
        What was told already.
    """

    found: list[Finding] = field(default_factory=list)
    looked_at: tuple[int, bool] | None = None
    told: set[Kind] = field(default_factory=set)


class DiagnosingHandlers(LabScreen):
    """Keeps the line of what goes wrong up to date.

    Attributes
    ----------
    diagnoses : dict of str and Diagnosis
        By the runs' keys.
    """

    diagnoses: dict[str, Diagnosis]
    _diagnosing = False
    _diagnose_from = 0.0

    def diagnosis_of(self, lab_run: LabRun) -> Diagnosis:
        """Return what is known of a run's health."""
        return self.diagnoses.setdefault(lab_run.key, Diagnosis())

    def warning_of(self, lab_run: LabRun | None) -> str:
        """Return the gravest finding as a line, nothing for a healthy run."""
        found = self.diagnosis_of(lab_run).found if lab_run is not None else []
        return f"▲ {text.plain(found[0].sentence, 400)}" if found else ""

    def show_finding(self) -> None:
        """Show what goes wrong in the selected run, and look whether that is still so."""
        selected = self.selected
        warning = self.warning_of(selected)
        line = self.query_one("#finding", StaticText)
        line.say(warning)
        if line.has_class("shown") != bool(warning):
            line.set_class(bool(warning), "shown")
        if selected is not None:
            self._look_closer(selected)

    def _look_closer(self, lab_run: LabRun) -> None:
        run = lab_run.run
        if self._diagnosing or run.history is None or run.state in (RunState.PREPARING, RunState.FAILED):
            return
        now = (run.history.iterations, run.state.ended)
        known = self.diagnosis_of(lab_run)
        if known.looked_at == now or (lab_run.live and time.monotonic() < self._diagnose_from):
            return
        known.looked_at = now
        self._diagnosing = True
        self._diagnose(lab_run, known)

    @in_worker(group="diagnose")
    async def _diagnose(self, lab_run: LabRun, known: Diagnosis) -> None:
        run = lab_run.run
        try:
            answer = await asked(run, Health())
            history = run.history
            if history is None:
                return
            health = answer if isinstance(answer, HealthReport) else None
            found = await in_background(
                diagnose,
                run.experiment,
                history,
                health,
                run.learning_rate,
                ended=run.state.ended,
                metric_faults=run.metric_faults,
            )
        finally:
            self._diagnosing = False
            self._diagnose_from = time.monotonic() + _SECONDS_A_LOOK
        if found != known.found:
            known.found = found
            self.show_selected()
        self._tell(lab_run, known)

    def _tell(self, lab_run: LabRun, known: Diagnosis) -> None:
        """Tell once what was found where the line above the charts is out of sight."""
        # As it is about to be: at the end of a short run the area may have been brought up a moment ago.
        shown = all(node.display for node in self.query_one("#charts-area").ancestors_with_self)
        in_sight = shown and self.is_current and lab_run is self.selected
        for finding in known.found:
            if finding.kind not in known.told:
                known.told.add(finding.kind)
                if not in_sight and finding.kind != "diverged":  # told as the run's end
                    self.say(finding.what, severity="warning", title=lab_run.label)
