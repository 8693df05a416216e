"""The diagnoses of all runs: when they are updated, their findings, and which have been shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from joml_tui.runs.diagnosis import Finding, Kind
from joml_tui.runs.run import RunState
from joml_tui.ui import text
from joml_tui.ui.runs.session import LabRun

#: Seconds between diagnoses of a live run.
SECONDS_A_LOOK = 2.0


@dataclass(slots=True)
class Diagnosis:
    """The diagnosis of one run.

    Attributes
    ----------
    findings : list of Finding
        The most serious first.
    looked_at : tuple of int and bool, or None
        The run's iteration at the last diagnosis, and whether it had ended.
    shown : set of str
        Findings that have been shown.
    """

    findings: list[Finding] = field(default_factory=list)
    looked_at: tuple[int, bool] | None = None
    shown: set[Kind] = field(default_factory=set)


@dataclass(slots=True)
class Diagnoses:
    """The diagnoses of all runs; one run is diagnosed at a time, and live ones at intervals.

    Attributes
    ----------
    by_run : dict of str and Diagnosis
        By the runs' keys.
    under_way : bool
        Whether a run is being diagnosed.
    not_before : float
        The earliest time for the next diagnosis of a live run, by the clock passed to `begin`.
    """

    by_run: dict[str, Diagnosis] = field(default_factory=dict)
    under_way: bool = False
    not_before: float = 0.0

    def of(self, lab_run: LabRun) -> Diagnosis:
        """Return the diagnosis of a run; an empty one if there was none yet."""
        return self.by_run.setdefault(lab_run.key, Diagnosis())

    def warning_of(self, lab_run: LabRun | None) -> str:
        """Return the most serious finding as a line; empty for a healthy run."""
        findings = self.of(lab_run).findings if lab_run is not None else []
        return f"▲ {text.plain(findings[0].sentence, 400)}" if findings else ""

    def begin(self, lab_run: LabRun, now: float) -> bool:
        """Return whether a run is to be diagnosed now, and record that it is."""
        run = lab_run.run
        if self.under_way or run.history is None or run.state in (RunState.PREPARING, RunState.FAILED):
            return False
        state = (run.history.iterations, run.state.ended)
        diagnosis = self.of(lab_run)
        if diagnosis.looked_at == state or (lab_run.live and now < self.not_before):
            return False
        diagnosis.looked_at = state
        self.under_way = True
        return True

    def end(self, now: float) -> None:
        """Record the end of a diagnosis, and schedule the next one of a live run."""
        self.under_way = False
        self.not_before = now + SECONDS_A_LOOK

    def replace(self, lab_run: LabRun, findings: list[Finding]) -> bool:
        """Replace a run's findings, and return whether they have changed."""
        diagnosis = self.of(lab_run)
        differ = findings != diagnosis.findings
        diagnosis.findings = findings
        return differ

    def take_untold(self, lab_run: LabRun) -> Sequence[Finding]:
        """Return the findings on a run that have not been shown, and mark them as shown."""
        diagnosis = self.of(lab_run)
        untold = [finding for finding in diagnosis.findings if finding.kind not in diagnosis.shown]
        diagnosis.shown.update(finding.kind for finding in untold)
        return untold
