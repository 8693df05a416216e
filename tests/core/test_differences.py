from types import SimpleNamespace

from msgspec.structs import replace

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, LeakyReluSpec, MomentumSpec, Xor
from joml_tui.runs.differences import describe, flatten, readable, settings_of, side_by_side
from joml_tui.runs.layer_text import describe_layers
from joml_tui.runs.run import start_run
from joml_tui.runs.worker.messages import Adjusted

FIRST = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), epochs=2, batch_size=16)


def differing(*columns):
    return {line.path: line.values for line in side_by_side(columns) if line.differs}


def test_settings_stand_under_dotted_paths():
    flat = flatten(replace(FIRST, layers=(LayerSpec(4, LeakyReluSpec(0.2)), LayerSpec(3, dropout=0.5))))
    assert flat["dataset"] == "xor"
    assert flat["dataset.samples"] == "200"
    assert flat["layers"] == "2"
    assert flat["layers[0].activation"] == "leaky-relu"
    assert flat["layers[0].activation.slope"] == "0.2"
    assert flat["layers[1].dropout"] == "0.5"
    assert flat["optimizer"] == "adam"
    assert flat["optimizer.beta2"] == "0.999"
    assert flat["early_stopping"] == "–"
    assert "version" not in flat


def test_equal_experiments_do_not_differ():
    assert differing(flatten(FIRST), flatten(FIRST)) == {}


def test_only_what_was_changed_differs():
    second = replace(FIRST, seed=1, optimizer=AdamSpec(0.5), layers=(LayerSpec(5, "tanh"),))
    assert differing(flatten(FIRST), flatten(second)) == {
        "seed": ("0", "1"),
        "optimizer.learning_rate": ("0.001", "0.5"),
        "layers[0].size": ("4", "5"),
    }


def test_what_only_one_has_stands_beside_its_neighbours():
    other = flatten(replace(FIRST, optimizer=MomentumSpec(0.001)))
    lines = side_by_side([flatten(FIRST), other])
    paths = [line.path for line in lines]
    assert sorted(paths) == sorted({*flatten(FIRST), *other})
    assert paths[paths.index("optimizer") :][:3] == ["optimizer", "optimizer.learning_rate", "optimizer.momentum"]
    assert paths.index("optimizer.beta1") < paths.index("epochs")
    values = {line.path: line.values for line in lines}
    assert values["optimizer.momentum"] == ("–", "0.9")
    assert values["optimizer.beta1"] == ("0.9", "–")


def test_adjustments_and_results_are_part_of_a_run():
    run = start_run(FIRST, engine="thread")
    assert run.wait(300)
    run.adjustments += [Adjusted(5, "learning_rate", 0.1, 20), Adjusted(9, "learning_rate", 0.2, 20)]
    run.forked_from = (SimpleNamespace(architecture="2-4-2", id="run-7"), 3)
    described = describe(run)
    assert described["adjusted.learning_rate"] == "0.1 after 5, 0.2 after 9"
    assert described["adjusted.goes_on_from"] == "2-4-2 (run-7) after 3"
    assert described["result.state"] == "finished"
    assert described["result.iteration"] == "20"
    assert described["result.test_accuracy"] == f"{run.test_accuracy:.4f}"


def test_sizes_left_to_the_data_set_are_no_difference():
    left, written = FIRST, replace(FIRST, input_size=2, output=replace(FIRST.output, size=2))
    assert settings_of(left, "2-4-2") == settings_of(written, "2-4-2")
    assert settings_of(left, "")["input_size"] == "–"


def reading(*experiments, everything=False, **results):
    columns = [
        settings_of(each, "2-4-2") | {f"result.{name}": values[place] for name, values in results.items()}
        for place, each in enumerate(experiments)
    ]
    layers = [describe_layers(each.layers) for each in experiments]
    return readable(side_by_side(columns), layers, everything=everything)


def test_results_are_read_before_settings_and_layers_as_one_text():
    second = replace(FIRST, seed=1, layers=(LayerSpec(14, initialisation="identity"),) * 28)
    lines = reading(FIRST, second, state=("finished", "stopped"), train_cost=("1", "2"), test_accuracy=("0.7", "0.7"))
    assert [line.title for line in lines[:3]] == ["test accuracy", "train cost", "state"]
    assert {line.path: line.values for line in lines[3:]} == {
        "seed": ("0", "1"),
        "layers": ("4 tanh", "28×14 relu, init identity"),
    }


def test_all_lines_have_the_settings_of_each_layer_too():
    paths = [line.path for line in reading(FIRST, FIRST, everything=True, state=("finished", "finished"))]
    assert paths[0] == "result.state"
    assert {"layers", "layers[0].size", "epochs"} < set(paths)
