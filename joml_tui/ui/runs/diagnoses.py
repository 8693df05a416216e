"""What goes wrong in runs: which run is looked at and when, what was found, and what was told of it already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from joml_tui.runs.diagnosis import Finding, Kind
from joml_tui.runs.run import RunState
from joml_tui.ui import text
from joml_tui.ui.runs.session import LabRun

#: Between two looks at a live run.
SECONDS_A_LOOK = 2.0


@dataclass(slots=True)
class Diagnosis:
    """The state of one run's health.

    Attributes
    ----------
    findings : list of Finding
        The gravest first.
    looked_at : tuple of int and bool, or None
        How far the run was, and whether it had ended.
    told : set of str
        What was told already.
    """

    findings: list[Finding] = field(default_factory=list)
    looked_at: tuple[int, bool] | None = None
    told: set[Kind] = field(default_factory=set)


@dataclass(slots=True)
class Diagnoses:
    """The diagnoses of all runs; one run is looked at at a time, a live one only now and then.

    Attributes
    ----------
    by_run : dict of str and Diagnosis
        By the runs' keys.
    under_way : bool
        Whether a run is being looked at.
    not_before : float
        Until then, by the clock that `begin` is given, no live run is looked at again.
    """

    by_run: dict[str, Diagnosis] = field(default_factory=dict)
    under_way: bool = False
    not_before: float = 0.0

    def of(self, lab_run: LabRun) -> Diagnosis:
        """Return the diagnosis of a run; an empty one where it was never looked at."""
        return self.by_run.setdefault(lab_run.key, Diagnosis())

    def warning_of(self, lab_run: LabRun | None) -> str:
        """Return the gravest finding as a line, nothing for a healthy run."""
        findings = self.of(lab_run).findings if lab_run is not None else []
        return f"▲ {text.plain(findings[0].sentence, 400)}" if findings else ""

    def begin(self, lab_run: LabRun, now: float) -> bool:
        """Tell whether a run is to be looked at now, and if so take note that it is."""
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
        """Take note that the look at a run is over; the next one at a live run has time."""
        self.under_way = False
        self.not_before = now + SECONDS_A_LOOK

    def replace(self, lab_run: LabRun, findings: list[Finding]) -> bool:
        """Replace a run's findings; tell whether they differ from those before."""
        diagnosis = self.of(lab_run)
        differ = findings != diagnosis.findings
        diagnosis.findings = findings
        return differ

    def take_untold(self, lab_run: LabRun) -> Sequence[Finding]:
        """Return what was never told of a run, which counts as told from now on."""
        diagnosis = self.of(lab_run)
        untold = [finding for finding in diagnosis.findings if finding.kind not in diagnosis.told]
        diagnosis.told.update(finding.kind for finding in untold)
        return untold
