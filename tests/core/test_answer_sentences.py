"""Every view of a network can be put in words, with the figures that the view draws."""

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, OutputSpec, Parity, Plane, Xor
from joml_tui.inspect import answer
from joml_tui.inspect.accounting import Accounting
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.layer_curves import Layers
from joml_tui.inspect.projection import Projection
from joml_tui.inspect.regions import Regions
from joml_tui.inspect.sample_flow import SampleFlow
from joml_tui.inspect.trial import Trial
from joml_tui.inspect.units import Units
from joml_tui.inspect.walsh import Walsh
from joml_tui.inspect.worst_samples import Worst
from joml_tui.reports.sentences.answer_sentences import describe_answer
from joml_tui.reports.sentences.layer_sentences import describe_histograms, describe_layers_over_time
from joml_tui.runs.worker.builder import build_subject

CLASSES = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"), LayerSpec(3)), optimizer=AdamSpec(0.01), batch_size=16
)
VALUES = structs.replace(
    CLASSES, dataset=Plane(samples=200), output=OutputSpec(cost="mean-squared-error", activation="identity")
)
BITS = structs.replace(CLASSES, dataset=Parity(bits=5))


def subject_of(experiment, iterations=20):
    subject = build_subject(experiment)
    for _ in range(iterations):
        before = subject.trainer.network.parameters.theta.copy()
        subject.trainer.advance(1)
        subject.record.measure(before)
    return subject


@pytest.fixture(scope="module")
def classes():
    return subject_of(CLASSES)


@pytest.fixture(scope="module")
def values():
    return subject_of(VALUES)


def words(question, subject):
    return describe_answer(answer(question, subject))


def test_confusion_has_the_score_the_worst_mistake_and_a_line_for_each_class(classes):
    now = answer(Confusion(), classes)
    lines = describe_answer(now)
    assert lines[0] == f"Accuracy {100 * now.score:.1f} % over 40 test samples, after iteration 20."
    mistakes = now.counts[0] - np.diag(np.diag(now.counts[0]))
    true, taken = np.unravel_index(mistakes.argmax(), mistakes.shape)
    most = mistakes[true, taken]
    assert lines[1].startswith(
        f"Most frequent mistake: {now.classes[true]} is predicted as {now.classes[taken]}, {most} "
    )
    assert [line.split("  ")[0] for line in lines[3:]] == list(now.classes)


def test_values_have_r2_and_the_error_of_each(values):
    now = answer(Confusion(), values)
    lines = describe_answer(now)
    assert lines[0].startswith("R2 ")
    assert lines[2].split()[0] == now.outputs[0]


def test_layers_have_their_latest_measures(classes):
    now = answer(Layers(), classes)
    lines = describe_answer(now)
    assert lines[0] == "The network has 3 layers and 35 parameters, after iteration 20."
    assert lines[1].startswith("The gradient of layer 1 is ")
    assert [line.split()[:3] for line in lines[-4:-1]] == [
        ["1", "4", "tanh"],
        ["2", "3", "relu"],
        ["3", "2", "softmax"],
    ]
    over_time = describe_layers_over_time(now)
    assert over_time[1].split()[:4] == ["gradient", "at", "iteration", "1"]
    assert over_time[1].split()[-1] == "20"
    histograms = describe_histograms(now)
    assert len(histograms) == 4
    assert float(histograms[1].split()[3]) < float(histograms[1].split()[5])


def test_layers_without_measurements_say_so():
    subject = build_subject(CLASSES)
    now = answer(Layers(), subject)
    assert describe_answer(now)[-1].startswith("No measurements yet")
    assert describe_layers_over_time(now) == ["No measurements yet: layers are measured while the run trains."]


def test_layers_that_fade_or_do_nothing_are_named(classes):
    now = answer(Layers(), classes)
    series = now.series
    gradient, dead = series.gradient.copy(), series.dead.copy()
    gradient[-1] = 0.001, 0.5, 1.0
    dead[-1] = np.nan, 0.75
    faded = structs.replace(now, series=structs.replace(series, gradient=gradient, dead=dead))
    lines = describe_answer(faded)
    assert "The gradient of layer 1 is 0.001 times the output layer's: it fades on its way back." in lines
    assert "At least half of the units are dead or saturated in layer 2." in lines


def test_worst_samples_have_their_outcomes_and_costs(classes, values):
    now = answer(Worst(), classes)
    lines = describe_answer(now)
    assert lines[0] == f"{now.wrong} of 40 samples are wrong, after iteration 20."
    assert lines[2].split()[0] == str(int(now.indices[0]))
    assert words(Worst(), values)[0] == "The costliest of 40 samples, after iteration 20:"
    cell = answer(Worst(cell=(0, 1)), classes)
    of_40 = f"{cell.wrong} of 40 samples are {cell.outputs[0]} and predicted as {cell.outputs[1]}, after iteration 20."
    assert describe_answer(cell)[0] == of_40
    nothing = structs.replace(now, indices=now.indices[:0], wrong=0)
    assert describe_answer(nothing) == ["0 of 40 samples are wrong, after iteration 20."]


def test_the_plane_is_described_by_shares_and_parts(classes, values):
    now = answer(Regions(30, 30), classes)
    lines = describe_answer(now)
    assert lines[0].startswith("The plane of x1 from ")
    assert f"{now.training.counted_wrong} of 160 training samples are wrong" in lines[1]
    share = 100 * (now.classes == 0).mean()
    assert lines[4].split("  ")[0] == now.names[0]
    assert f"{share:.1f} %" in lines[4]
    assert [line.split()[0] for line in lines[-3:]] == ["top", "middle", "bottom"]
    assert words(Regions(30, 30), values)[1].startswith("Predicted ")


def test_units_have_their_weights_and_ranges(classes):
    now = answer(Units(0, 0, 4, 8, 8), classes)
    lines = describe_answer(now)
    assert lines[0] == "Layer 1 (4 tanh), units 1 to 4 of 4, after iteration 20."
    assert [line.split()[0] for line in lines[2:]] == ["1", "2", "3", "4"]
    most = int(np.abs(now.weights[0]).argmax())
    assert f"from {now.inputs[most]}" in lines[2]
    assert words(Units(9, 0, 2, 8, 8), classes)[0].startswith("The output layer (2 softmax), units 1 to 2 of 2")


def test_inputs_that_are_terms_have_their_names_and_no_weights():
    lines = words(Units(-1, 0, 4, 8, 8), subject_of(structs.replace(CLASSES, features=("x1", "x2^2")), 1))
    assert lines[0] == "The inputs, units 1 to 2 of 2, after iteration 1."
    assert [line.split()[0] for line in lines[1:]] == ["unit", "x1", "x2²"]


def test_a_sample_has_its_outcome_and_the_largest_unit_of_each_layer(classes, values):
    now = answer(SampleFlow("test", 3), classes)
    lines = describe_answer(now)
    verdict = "right" if now.y.argmax() == now.y_hat.argmax() else "wrong"
    assert lines[0].startswith("Test sample 4 of 40, after iteration 20: true ")
    assert lines[0].endswith(f"which is {verdict}.")
    assert len(lines) == 1 + 1 + 4
    assert "(true " in words(SampleFlow(), values)[0]


def test_an_input_has_its_values_and_probabilities(classes, values):
    now = answer(Trial("test", 0), classes)
    lines = describe_answer(now)
    assert lines[0] == "Test sample 1 of 40 as it is, after iteration 20."
    first_output = next(place for place, line in enumerate(lines) if line.startswith("output")) + 1
    assert lines[first_output].split("  ")[0] == now.outputs[int(now.y_hat.argmax())]
    strongest = int(np.abs(now.hidden[0]).argmax()) + 1
    assert lines[-2].split()[:2] == ["1", str(strongest)]
    x = (float(now.x[0]) + 0.5, float(now.x[1]))
    assert "with 1 of 2 values changed" in words(Trial("test", 0, x), classes)[0]
    assert any(line.startswith(answer(Trial(), values).outputs[0]) for line in words(Trial(), values))


def test_a_projection_tells_how_far_the_classes_are_apart(classes, values):
    now = answer(Projection(1), classes)
    lines = describe_answer(now)
    assert lines[0].startswith(
        f"Layer 1 (4 tanh) by 40 test samples, after iteration 20: the plane shows {100 * now.share:.1f} %"
    )
    assert lines[1].endswith("nearest to the centre of their own class.")
    assert words(Projection(0), values)[0].startswith("The inputs (2 inputs)")


def test_a_spectrum_has_a_line_for_each_degree():
    lines = words(Walsh(), subject_of(BITS, 2))
    assert "Parity: all energy at degree 5" in lines[0]
    assert [line.split()[0] for line in lines[2:]] == list("012345")


def test_what_no_view_shows_has_no_words(classes):
    assert describe_answer(answer(Accounting(), subject_of(CLASSES, 1))) == []


def test_names_of_any_length_and_with_any_character_stay_on_their_line(classes):
    now = answer(Confusion(), classes)
    odd = structs.replace(now, classes=("a\nb\x1b[31m" + "x" * 100, "é"))
    for line in describe_answer(odd)[2:]:
        assert "\n" not in line
        assert "\x1b" not in line
        assert len(line) < 160
