"""Which run is looked at and when, and what of the findings is still to be told; without a screen."""

from types import SimpleNamespace

import pytest

from joml_tui.runs.diagnosis import Finding
from joml_tui.runs.run import RunState
from joml_tui.ui.runs.diagnoses import SECONDS_A_LOOK, Diagnoses
from joml_tui.ui.runs.session import LabRun


def run_at(iteration, state=RunState.RUNNING):
    history = None if iteration is None else SimpleNamespace(iterations=iteration)
    return LabRun(SimpleNamespace(history=history, state=state), 1, 1)


def finding(kind, sentence="It stands still."):
    return Finding(kind, sentence, "Try another rate.", 0)


@pytest.mark.parametrize(
    ("iteration", "state"),
    [(None, RunState.RUNNING), (5, RunState.PREPARING), (5, RunState.FAILED)],
)
def test_what_has_nothing_to_look_at_is_not_looked_at(iteration, state):
    assert not Diagnoses().begin(run_at(iteration, state), now=100.0)


def test_one_run_is_looked_at_at_a_time():
    diagnoses = Diagnoses()
    assert diagnoses.begin(run_at(5), now=100.0)
    other = LabRun(run_at(5).run, 2, 2)
    assert not diagnoses.begin(other, now=200.0)
    diagnoses.end(now=200.0)
    assert diagnoses.begin(other, now=200.0 + SECONDS_A_LOOK)


def test_a_live_run_has_time_between_two_looks_and_stands_not_still():
    diagnoses, lab_run = Diagnoses(), run_at(5)
    diagnoses.begin(lab_run, now=100.0)
    diagnoses.end(now=100.0)
    lab_run.run.history.iterations = 6
    assert not diagnoses.begin(lab_run, now=100.0 + SECONDS_A_LOOK / 2)
    assert diagnoses.begin(lab_run, now=100.0 + SECONDS_A_LOOK)
    diagnoses.end(now=110.0)
    assert not diagnoses.begin(lab_run, now=200.0)  # at the same iteration still


def test_the_end_of_a_run_is_looked_at_at_once_and_once():
    diagnoses, lab_run = Diagnoses(), run_at(5)
    diagnoses.begin(lab_run, now=100.0)
    diagnoses.end(now=100.0)
    lab_run.run.state = RunState.FINISHED
    assert diagnoses.begin(lab_run, now=100.0)
    diagnoses.end(now=100.0)
    assert not diagnoses.begin(lab_run, now=500.0)


def test_each_kind_of_finding_is_reported_once_for_a_run():
    diagnoses, lab_run = Diagnoses(), run_at(5)
    assert diagnoses.replace(lab_run, [finding("stalled")])
    assert [each.kind for each in diagnoses.take_untold(lab_run)] == ["stalled"]
    assert not diagnoses.replace(lab_run, [finding("stalled")])
    assert diagnoses.replace(lab_run, [finding("overfitting"), finding("stalled", "It still stands still.")])
    assert [each.kind for each in diagnoses.take_untold(lab_run)] == ["overfitting"]
    assert not diagnoses.take_untold(lab_run)


def test_the_line_has_the_gravest_finding_and_nothing_for_a_healthy_run():
    diagnoses, lab_run = Diagnoses(), run_at(5)
    assert diagnoses.warning_of(lab_run) == diagnoses.warning_of(None) == ""
    diagnoses.replace(lab_run, [finding("stalled", "Grave [/x]."), finding("overfitting", "Less so.")])
    assert diagnoses.warning_of(lab_run) == "▲ Grave [/x]. Try another rate."
