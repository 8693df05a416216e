"""Parts of a person's own: named in an experiment, imported when they are needed, and never before."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from joml.analysis.gradient_check import check_gradients
from joml_tui.experiment import (
    OwnSpec,
    architecture_of,
    installed_parts,
    load_data,
    name_of,
    own_parts,
    problems,
    with_architecture,
)
from joml_tui.experiment.layer_parts import read_architecture
from joml_tui.experiment.presets import Preset, load_optimizer
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, load_experiment, parse_experiment
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.builder import build_network, build_trainer
from joml_tui.sweep.sweep_file import load_sweep

PARTS = '''
"""Parts of somebody's own."""
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from joml import ActivationFunction, Adam, CostFunction
from joml.declaration import Setting

(Path(__file__).parent / "imported").touch()


class Swish(ActivationFunction):
    """z sigmoid(beta z)."""

    def __init__(self, beta: Annotated[float, Setting("Steepness", at_least=0, at_most=10)] = 1.0) -> None:
        self.beta = beta

    def value(self, z):
        return z / (1 + np.exp(-self.beta * z))

    def der(self, z):
        share = 1 / (1 + np.exp(-self.beta * z))
        return share + self.beta * z * share * (1 - share)


class Quartic(CostFunction):
    """The mean of the errors' fourth powers."""

    def per_sample(self, y_hat, y):
        return ((y_hat - y) ** 4).mean(axis=-2)

    def gradient(self, y_hat, y):
        return 4 * (y_hat - y) ** 3 / y_hat.shape[-2]


def spread(size, previous_size, generator, scale=0.1):
    return generator.uniform(-scale, scale, (size, previous_size))


@dataclass(frozen=True)
class Halved:
    """Adam at half the rate."""

    learning_rate: float = 0.01
    beta1: float = 0.9

    def bind(self, theta, gradient):
        return Adam(self.learning_rate / 2, self.beta1).bind(theta, gradient)


def poly(share, power=2.0):
    """A power of the share that is left."""
    return (1 - share) ** power


class Saw:
    """Teeth."""

    def __init__(self, teeth: int = 3) -> None:
        self.teeth = teeth

    def __call__(self, share):
        return 1 - share * self.teeth % 1


def nan(share):
    return float("nan")


class NoFunction:
    pass
'''

EXPERIMENT = """
version: 1
dataset: {name: sine, samples: 60}
layers:
- {size: 6, activation: {own: "parts:Swish", beta: 1.5}, initialisation: {own: "parts:spread", scale: 0.5}}
output: {activation: identity, cost: {own: "parts:Quartic"}}
optimizer: {own: "parts:Halved", learning_rate: 0.02, beta1: 0.8, l2: 0.001}
epochs: 2
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parts.py").write_text(PARTS)
    (tmp_path / "own.yaml").write_text(EXPERIMENT)
    return tmp_path


def imported(folder):
    return (folder / "imported").exists()


def test_they_are_built_with_their_settings(folder):
    experiment = load_experiment(folder / "own.yaml")
    assert problems(experiment) == []
    trainer = build_trainer(experiment)
    layer = trainer.network.layers[0]
    assert type(layer.activation_function).__name__ == "Swish"
    assert layer.activation_function.beta == 1.5
    assert 0.1 < np.abs(layer.W).max() <= 0.5
    assert type(trainer.network.output_layer.cost_function).__name__ == "Quartic"
    assert trainer.learning_rate == 0.01  # it halves the rate
    trainer.advance(3)
    assert trainer.iteration == 3


def with_schedule(folder, schedule, warm_up=0):
    """Return the experiment of 48 training samples, 12 updates an epoch, with a schedule of one's own."""
    text = f"""
version: 1
dataset: {{name: sine, samples: 60}}
optimizer: {{name: momentum, learning_rate: 0.1, momentum: 0, schedule: {schedule}, warm_up: {warm_up}}}
batch_size: 4
epochs: 5
"""
    return parse_experiment(text, folder=folder)


def rates_of(experiment):
    """Return the learning rate of each update, from the steps that it makes along a gradient of 1."""
    trainer = build_trainer(experiment)
    theta, gradient = np.zeros(1), np.ones(1)
    rule = trainer._optimizer.bind(theta, gradient)
    rates = []
    for _ in range(60):
        before = theta.copy()
        for call in rule.calls:
            call()
        rates.append(before - theta)
    return np.concatenate(rates)


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ('{own: "parts:poly", power: 3}', lambda share: (1 - share) ** 3),
        ('{own: "parts:poly"}', lambda share: (1 - share) ** 2),
        ('{own: "parts:Saw", teeth: 2}', lambda share: 1 - share * 2 % 1),
    ],
)
def test_a_schedule_is_a_function_of_the_share_of_the_run(folder, schedule, factors):
    experiment = with_schedule(folder, schedule)
    assert problems(experiment) == []
    assert parse_experiment(dump_experiment(experiment)) == experiment
    np.testing.assert_allclose(rates_of(experiment), 0.1 * factors(np.arange(60) / 60), atol=1e-12)


def test_after_a_warm_up_it_is_of_the_rest_of_the_run(folder):
    rates = rates_of(with_schedule(folder, '{own: "parts:poly"}', warm_up=1))
    assert (np.diff(rates[:12]) > 0).all()
    np.testing.assert_allclose(rates[12:], 0.1 * (1 - np.arange(48) / 48) ** 2, atol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ('{own: "parts:spread"}', "spread is not a function of the share of the run that is done, from 0 to 1"),
        ('{own: "parts:poly", powr: 3}', "poly has no setting 'powr'; did you mean power?"),
        ('{own: "parts:poly", power: many}', "poly: power must be a number, got 'many'"),
        ('{own: "parts:polly"}', "has no 'polly'; did you mean poly?"),
    ],
)
def test_what_is_no_schedule_is_named_at_its_place(folder, schedule, message):
    (problem,) = problems(with_schedule(folder, schedule))
    assert problem.field == "optimizer.schedule" and message in problem.message


def test_a_factor_that_is_no_number_ends_the_run_and_says_so(folder):
    run = start_run(with_schedule(folder, '{own: "parts:nan"}'), engine="thread")
    assert run.wait(300)
    assert run.state is RunState.FAILED
    assert run.message.startswith("the schedule of the learning rate gave the factor nan after 0 updates")


def test_reading_writing_and_listing_imports_nothing(folder, tmp_path):
    experiment = load_experiment(folder / "own.yaml")
    again = parse_experiment(dump_experiment(experiment))
    assert again == experiment
    assert hash(again) == hash(experiment)
    assert name_of(experiment.layers[0].activation) == "Swish"
    assert experiment.layers[0].activation.own == f"{folder / 'parts.py'}:Swish"
    assert not imported(folder)
    problems(experiment)
    assert imported(folder)


def test_its_gradients_are_checked_as_any_other_s(folder):
    experiment = load_experiment(folder / "own.yaml")
    network = build_network(experiment).copy(np.float64)
    generator = np.random.default_rng(0)
    assert check_gradients(network, generator.normal(size=(1, 8)), generator.normal(size=(1, 8))).passed


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("parts:Swish", "parts:Swich", "layers[0].activation: {folder}/parts.py has no 'Swich'; did you mean Swish?"),
        ("beta: 1.5", "betta: 1.5", "layers[0].activation: Swish has no setting 'betta'; did you mean beta?"),
        (
            "beta: 1.5",
            "beta: 11",
            "layers[0].activation: Swish: beta must be a number of at least 0 and at most 10, got 11",
        ),
        (
            "parts:Swish",
            "parts:NoFunction",
            "layers[0].activation: NoFunction has no setting 'beta'; its settings: none",
        ),
        ("parts:Quartic", "parts:NoFunction", "output.cost: NoFunction is not a cost function, as is needed here"),
        ("parts:Quartic", "parts:PARTS", "output.cost: {folder}/parts.py has no 'PARTS'"),
        (
            "parts:Quartic",
            "nowhere:Quartic",
            "output.cost: Quartic: there is no nowhere.py beside the experiment, and no module nowhere is installed",
        ),
        (
            "parts:Quartic",
            "quartic",
            "output.cost: no installed package offers the cost 'quartic'; "
            "write module:Name for one in a file beside the experiment",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(folder, written, instead, message):
    path = folder / "own.yaml"
    path.write_text(EXPERIMENT.replace(written, instead))
    (problem,) = problems(load_experiment(path))
    assert f"{problem.field}: {problem.message}" == message.format(folder=folder)


def test_a_module_that_fails_says_why(folder):
    (folder / "parts.py").write_text("import math\nmath.nothing\n")
    faults = problems(load_experiment(folder / "own.yaml"))
    assert faults[0].message.endswith("parts.py failed: AttributeError: module 'math' has no attribute 'nothing'")


def test_a_value_that_is_no_setting_is_refused_when_it_is_read():
    with pytest.raises(ExperimentError, match="activation"):
        parse_experiment(EXPERIMENT.replace("beta: 1.5", "beta: [1, 2]"))


def test_a_changed_file_is_imported_again(folder):
    experiment = load_experiment(folder / "own.yaml")
    assert problems(experiment) == []
    (folder / "parts.py").write_text(PARTS.replace("class Swish", "class Other"))
    assert "has no 'Swish'" in problems(experiment)[0].message


@pytest.mark.slow
def test_a_run_is_stored_and_listed_when_its_part_is_gone(folder):
    path = folder / "own.yaml"
    store, command = folder / "runs.db", [sys.executable, "-m", "joml_tui"]
    environment = {**os.environ, "JOML_STORE": str(store)}

    def call(*arguments):
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)

    assert call("run", str(path)).returncode == 0
    (folder / "parts.py").unlink()
    listed = call("runs", "list")
    assert listed.returncode == 0
    assert "1-6-1" in listed.stdout
    resumed = call("run", str(path))
    assert resumed.returncode != 0
    assert "Swish" in resumed.stderr


def test_an_installed_package_offers_parts_by_name(folder, monkeypatch):
    package = folder / "site"
    package.mkdir()
    (package / "offered.py").write_text(PARTS)
    about = package / "offered-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[joml.parts]\nactivation.swish = offered:Swish\n")
    monkeypatch.syspath_prepend(str(package))
    own_parts._offered.cache_clear()
    monkeypatch.setattr(own_parts, "_offered", own_parts._offered.__wrapped__)
    assert installed_parts("activation") == ["swish"]
    assert installed_parts("cost") == []
    assert not imported(package)
    experiment = parse_experiment(EXPERIMENT.replace('"parts:Swish"', "swish"), folder=folder)
    assert problems(experiment) == []
    assert imported(package)
    layer = structs.replace(experiment.layers[0], activation=OwnSpec("swisch"))
    (problem,) = problems(structs.replace(experiment, layers=(layer,)))
    assert "did you mean swish?" in problem.message


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("shift: int = 0", "-3", None),
        ("shift=0", "-1.5", None),
        ("shift: int = 0", "1.5", "shift must be an integer, got 1.5"),
        ("shift: float = 0.0", ".inf", "shift must be a finite number, got inf"),
        ("shift=0.0", "text", "shift must be a number, got 'text'"),
        ("shift=False", "3", "shift must be true or false, got 3"),
        ("shift='a'", "3", "shift must be text, got 3"),
        ("shift: 'float | None' = None", "0.5", None),
        ("shift: 'float | None' = None", "a", "shift must be a number, got 'a'"),
        ("shift: 'Literal[1, 2]' = 1", "2", None),
        ("shift: 'Literal[1, 2]' = 1", "3", "shift must be 1 or 2, got 3"),
    ],
)
def test_a_setting_is_of_the_type_that_its_parameter_has(folder, parameter, value, message):
    (folder / "parts.py").write_text(PARTS.replace("generator, scale=0.1", f"generator, {parameter}, scale=0.1"))
    text = EXPERIMENT.replace("scale: 0.5", f"scale: 0.5, shift: {value}")
    faults = problems(parse_experiment(text, folder=folder))
    assert [each.message for each in faults] == ([] if message is None else [f"spread: {message}"])


def test_a_file_of_the_folder_one_is_in_is_not_taken_for_a_module(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert parse_experiment(EXPERIMENT).layers[0].activation.own == "parts:Swish"


def test_presets_and_sweeps_look_beside_their_own_files(folder):
    preset = folder / "halved.yaml"
    preset.write_text('version: 1\noptimizer: {own: "parts:Halved"}\n')
    assert load_optimizer(Preset("halved", preset, "")).own == f"{folder / 'parts.py'}:Halved"
    sweep = folder / "sweep.yaml"
    sweep.write_text(
        "version: 1\nname: own\nbase: xor\n"
        'grid: {"layers[0].activation": [relu, {own: "parts:Swish", beta: 2.0}]}\nseeds: 1\n'
    )
    activation = load_sweep(sweep).cells[1].jobs[0].experiment.layers[0].activation
    assert activation == OwnSpec(f"{folder / 'parts.py'}:Swish", (("beta", 2.0),))


DECLARED = """
import numpy as np
from joml import ActivationFunction
from joml.declaration import Setting, declare
from typing import Annotated

@declare("activation", "bent", "A bent line", "a = z + bend z^2")
class Bent(ActivationFunction):
    def __init__(self, bend: Annotated[float, Setting("How much it bends", at_least=0, below=1)] = 0.1) -> None:
        self.bend = bend

    def value(self, z):
        return z + self.bend * z * z

    def der(self, z):
        return 1 + 2 * self.bend * z

from joml_tui.experiment import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, LayerSpec
from joml_tui.experiment.yaml_text import ExperimentError, parse_experiment
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.builder import build_network
from joml_tui.ui.compose.preset_choices import output_choices
from joml_tui.ui.compose.setting_entries import settings_in

text = "version: 1\\ndataset: {name: xor}\\nlayers: [{size: 3, activation: {name: bent, bend: BEND}}]"
experiment = parse_experiment(text.replace("BEND", "0.25"))
assert build_network(experiment).layers[0].activation_function.bend == 0.25
try:
    parse_experiment(text.replace("BEND", "1"))
except ExperimentError as error:
    assert "bend: expected a number < 1, got 1" in str(error), error
else:
    raise AssertionError
assert "bent" in HIDDEN_ACTIVATIONS and "bent" in OUTPUT_ACTIVATIONS
assert any(choice.title == "A bent line" for choice in output_choices("softmax")[0])
(bend,) = [each for each in settings_in(experiment.layers[0], ("layers", 0)) if each.path[-1] == "bend"]
assert bend.allowed == "0 to below 1", bend.wanted
from joml_tui.estimators import JomlClassifier
JomlClassifier("4", activation="bent", epochs=1).fit(np.eye(4), [0, 1, 0, 1])
"""


@pytest.mark.slow
def test_a_part_declared_in_one_place_appears_everywhere():
    subprocess.run([sys.executable, "-c", DECLARED], check=True, cwd=Path(__file__).parent)


DECLARED_DATASET = """
from typing import Annotated
import numpy as np
from joml.data.dataset_traits import DatasetTraits, SampleCount, TestShare
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting, declare

@declare(
    "dataset", "stripes", "Stripes of two classes", label="Stripes",
    traits=DatasetTraits(
        lambda given: (1, 2, given["samples"]), "classes", summary="{stripes} stripes, {width} wide", advice="look out"
    ),
)
def stripes(
    samples: SampleCount = 100,
    stripes: Annotated[int, Setting("How many there are", at_least=2, at_most=9)] = 3,
    width: Annotated[float, Setting("How wide they are", above=0, title="Breadth")] = 1.5,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
):
    x = np.linspace(0, stripes * width, samples, endpoint=False)[:, np.newaxis]
    found = FileSamples(x, (x[:, 0] // width).astype(int) % 2, ("even", "odd"), name="stripes")
    return prepare(found, split or Split(test_share), seed)

from joml_tui.experiment import Stripes, load_data, problems, shape_of, source_of
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, parse_experiment
from joml_tui.ui.compose.preset_choices import describe_dataset
from joml_tui.ui.compose.setting_entries import settings_in

text = "version: 1\\ndataset: {name: stripes, stripes: COUNT}"
experiment = parse_experiment(text.replace("COUNT", "4"))
assert experiment.dataset == Stripes(stripes=4)
assert parse_experiment(dump_experiment(experiment)) == experiment
assert problems(experiment) == []
assert shape_of(experiment.dataset)[:3] == (1, 2, 100)
data = load_data(experiment)
assert (data.train_size, data.test_size, data.notes) == (80, 20, ("look out",)), data.notes
try:
    parse_experiment(text.replace("COUNT", "1"))
except ExperimentError as error:
    assert "dataset.stripes: expected an integer >= 2, got 1" in str(error), error
else:
    raise AssertionError
assert source_of(experiment.dataset) == "stripes"
assert describe_dataset(experiment.dataset) == "4 stripes, 1.5 wide"
settings = {each.path[-1]: each for each in settings_in(experiment) if each.path[0] == "dataset"}
assert "stripes" in settings["dataset"].names
assert settings["stripes"].allowed == "2 to 9"
assert settings["width"].title == "Breadth"
assert settings["width"].help == "How wide they are."
"""


@pytest.mark.slow
def test_a_data_set_declared_in_one_place_appears_everywhere():
    subprocess.run([sys.executable, "-c", DECLARED_DATASET], check=True, cwd=Path(__file__).parent)


def write_samples(folder, *names):
    """Write files of the document on parts of one's own as they stand there."""
    text = (Path(__file__).parents[2] / "docs/own-parts.md").read_text(encoding="utf-8")
    for name in names:
        sample = re.search(rf"^`{name}`.*?```\w+\n(.*?)```", text, re.DOTALL | re.MULTILINE)[1]
        (folder / name).write_text(sample)


def test_the_document_s_metric_works_as_it_stands(tmp_path):
    write_samples(tmp_path, "my_metrics.py", "f2.yaml")
    described = load_experiment(tmp_path / "f2.yaml")
    assert problems(described) == []
    check = build_trainer(described).check()
    assert 0 <= check.metrics["f2"] <= 1


def test_the_document_s_data_set_works_as_it_stands(tmp_path):
    write_samples(tmp_path, "my_data.py", "rings.yaml")
    described = load_experiment(tmp_path / "rings.yaml")
    assert problems(described) == []
    assert load_data(described).class_names == ("inner", "middle", "outer")


def test_the_document_s_example_works_as_it_stands(tmp_path):
    write_samples(tmp_path, "my_parts.py", "swish.yaml")
    described = load_experiment(tmp_path / "swish.yaml")
    assert problems(described) == []
    data = load_data(described)
    assert check_gradients(build_network(described), data.x_train[:, :6], data.y_train[:, :6]).passed


def test_the_document_s_function_of_single_numbers_works_as_it_stands_and_in_the_notation(tmp_path):
    write_samples(tmp_path, "my_leak.py", "leak.yaml")
    described = load_experiment(tmp_path / "leak.yaml")
    assert problems(described) == []
    assert str(architecture_of(described)) == "2-8(leak)-bn-8(leak)-2"
    read = read_architecture("2-16(leak)-bn-8(Leak)-leak-2", described.layers)
    wider = with_architecture(described, read)
    first, _, second, alone = wider.layers
    assert (first.size, second.size) == (16, 8)
    assert first.activation == second.activation == alone.activation == described.layers[0].activation
    data = load_data(wider)
    assert check_gradients(build_network(wider), data.x_train[:, :6], data.y_train[:, :6]).passed


WALKED = """
import sys
from pathlib import Path

exec(compile(Path("bump.py").read_text(), "bump.py", "exec"))

from joml.analysis.gradient_check import check_gradients
from joml_tui.experiment import HIDDEN_ACTIVATIONS, load_data, problems
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.builder import build_network

experiment = load_experiment(Path("bump.yaml"))
assert problems(experiment) == []
network = build_network(experiment)
assert network.layers[0].activation_function.width == 2.0
data = load_data(experiment)
assert check_gradients(network, data.x_train[:, :6], data.y_train[:, :6]).passed
assert "bump" in HIDDEN_ACTIVATIONS
"""


@pytest.mark.slow
def test_the_walkthrough_of_an_activation_works_as_it_stands(tmp_path):
    text = (Path(__file__).parents[2] / "docs/own-parts.md").read_text(encoding="utf-8")
    steps = text[text.index("### Add an activation in ten minutes") :]
    for name, language in (("bump.py", "python"), ("bump.yaml", "yaml")):
        block = re.search(rf"```{language}\n(.*?)```", steps, re.DOTALL)[1]
        (tmp_path / name).write_text(textwrap.dedent(block.rstrip(" ")))
    subprocess.run([sys.executable, "-c", WALKED], check=True, cwd=tmp_path)


@pytest.mark.parametrize("kind", ["activation", "cost", "optimizer", "layer"])
def test_a_function_in_place_of_a_part_is_named_with_what_is_needed(kind, tmp_path):
    (tmp_path / "own_squash.py").write_text("def squash(z: float) -> float:\n    return z / (1 + abs(z))\n")
    reference = own_parts.anchor_reference("own_squash:squash", tmp_path)
    with pytest.raises(own_parts.OwnPartError, match=r"^squash is a function of z; an? .* is needed here$"):
        own_parts.make_part(kind, reference, {})


def test_a_layer_of_ones_own_has_the_arguments_of_its_constructor_as_settings(tmp_path):
    (tmp_path / "own_layers.py").write_text(
        "from joml import OwnLayer\n\n\nclass Scale(OwnLayer):\n    def __init__(self, factor: float):\n"
        "        super().__init__()\n        self.factor = factor\n\n"
        "    def forward(self, x):\n        return self.factor * x\n"
    )
    reference = own_parts.anchor_reference("own_layers:Scale", tmp_path)
    assert own_parts.make_part("layer", reference, {"factor": 2}).factor == 2
    with pytest.raises(own_parts.OwnPartError, match=r"factor must be a number"):
        own_parts.make_part("layer", reference, {"factor": "much"})
    with pytest.raises(own_parts.OwnPartError, match=r"Scale cannot be made: .*factor"):
        own_parts.make_part("layer", reference, {})
    with pytest.raises(own_parts.OwnPartError, match="Layer is not a layer derived from"):
        own_parts.make_part("layer", "joml:Layer", {"size": 3})
