import pytest
from msgspec.structs import replace

from joml_tui.experiment import (
    AdamSpec,
    AdamWSpec,
    Blobs,
    Circles,
    CsvFile,
    CsvFolder,
    Diabetes,
    Digits,
    GradientDescentSpec,
    HuberSpec,
    IdxFiles,
    Iris,
    LeakyReluSpec,
    Moons,
    MultiGaussian,
    NesterovSpec,
    NpzFile,
    Parity,
    Plane,
    Sine,
    SpinGlass,
    Spirals,
    StepSpec,
    TableFile,
    Xor,
)
from joml_tui.ui.compose.preset_choices import (
    cost_choices,
    dataset_choices,
    describe_dataset,
    describe_optimizer,
    output_choices,
    schedule_choices,
)


@pytest.mark.parametrize(
    ("dataset", "text"),
    [
        (SpinGlass(), "spin-glass-14"),
        (Parity(7), "parity of 7 bits"),
        (Xor(2_000, 0.5), "xor, 2,000 samples, noise 0.5"),
        (Circles(2_000, 0.5), "circles, 2,000 samples, noise 0.5"),
        (Moons(2_000, 0.5), "moons, 2,000 samples, noise 0.5"),
        (Spirals(2_000, 3, 0.5), "3 spirals, 2,000 samples, noise 0.5"),
        (Blobs(2_000, 4, 0.5), "4 blobs, 2,000 samples, noise 0.5"),
        (Plane(2_000, 0.5), "plane, 2,000 samples, noise 0.5"),
        (MultiGaussian(2_000, 0.5), "multi-gaussian, 2,000 samples, noise 0.5"),
        (Sine(2_000, 0.5), "sine, 2,000 samples, noise 0.5"),
        (Digits(), "digits"),
        (Iris(), "iris"),
        (Diabetes(), "diabetes"),
        (CsvFile("a/b.csv"), "b.csv"),
        (CsvFile(""), "CSV file"),
        (NpzFile("a/b.npz"), "b.npz"),
        (IdxFiles("a\\images.gz", "labels.gz"), "images.gz"),
        (CsvFolder("a/b/"), "b"),
        (CsvFolder("/"), "csv-folder"),
        (TableFile("a/b.parquet"), "b.parquet"),
    ],
)
def test_a_data_set_in_one_short_text(dataset, text):
    assert describe_dataset(dataset) == text


@pytest.mark.parametrize("dataset", [Circles(), Moons(), Spirals(), Blobs(), Parity()])
def test_a_preset_s_data_set_is_found_among_the_choices(dataset):
    choices, current = dataset_choices(dataset)
    assert choices[current].value == dataset
    assert [choice.name for choice in choices[-2:]] == ["CSV file", "CSV file of values"]


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        (NpzFile("a/b.npz"), "npz file"),
        (CsvFolder("a", standardize=False), "csv-folder"),
        (TableFile("b", "kind"), "table file"),
    ],
)
def test_the_path_of_a_file_has_an_entry_of_its_own(dataset, name):
    choices, current = dataset_choices(dataset)
    assert choices[current].name == name
    assert choices[current].value == replace(dataset, path="")


@pytest.mark.parametrize("dataset", [Moons(50), IdxFiles("images", "labels")])
def test_any_other_is_a_choice_of_its_own(dataset):
    choices, current = dataset_choices(dataset)
    assert choices[current].value == dataset
    # The file of images has an entry of its own.
    assert choices[current].name == ("idx file" if isinstance(dataset, IdxFiles) else describe_dataset(dataset))
    assert current == len(choices) - 1


@pytest.mark.parametrize("name", ["CSV file", "CSV file of values"])
def test_a_csv_file_s_other_settings_are_kept_in_its_choice(name):
    dataset = CsvFile("a.csv", "kind", standardize=False, task="regression" if name.endswith("values") else "classes")
    choices, current = dataset_choices(dataset)
    assert choices[current].name == name
    assert choices[current].value == CsvFile("", "kind", standardize=False, task=dataset.task)


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (AdamSpec(0.002), "Adam 0.002"),
        (AdamSpec(0.002, 0.8), "Adam 0.002, beta1 0.8"),
        (GradientDescentSpec(0.3), "Gradient descent 0.3"),
        (NesterovSpec(0.3, 0.5, clip_norm=1), "Nesterov 0.3, momentum 0.5, clip 1"),
        (AdamWSpec(schedule="cosine", warm_up=2, l2=1e-4), "AdamW 0.001, cosine, l2 0.0001, warm-up 2"),
        (AdamSpec(schedule=StepSpec(3, 0.5)), "Adam 0.001, step, 3, 0.5"),
    ],
)
def test_an_optimizer_in_one_short_text(optimizer, text):
    assert describe_optimizer(optimizer) == text


def test_functions_with_settings_are_choices_of_their_own():
    for choose, current, name in (
        (schedule_choices, StepSpec(ratio=0.5), "step, 0.5"),
        (output_choices, LeakyReluSpec(0.1), "leaky-relu, 0.1"),
        (cost_choices, HuberSpec(0.1), "huber, 0.1"),
    ):
        choices, chosen = choose(current)
        assert (choices[chosen].name, choices[chosen].value) == (name, current)
        plain, first = choose(choices[0].value)
        assert (first, len(plain)) == (0, len(choices) - 1)
