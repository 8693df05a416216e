"""The parts of an experiment's data: which there are, how large, and what is said of them."""

from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from joml.data.dataset import DatasetError
from joml.data.split import PartSizes
from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    Diabetes,
    EarlyStoppingSpec,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    NpzFile,
    PlateauSpec,
    SpinGlass,
    SplitSpec,
    Xor,
    architecture_of,
    divides_by_seed,
    load_data,
    part_sizes_of,
    problems,
)
from joml_tui.experiment.presets import find_experiment, list_presets
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, parse_experiment

XOR = Experiment(dataset=Xor())
STOPPING = structs.replace(XOR, early_stopping=EarlyStoppingSpec())


def test_the_article_has_two_parts_and_early_stopping_a_third():
    assert part_sizes_of(Experiment(dataset=SpinGlass())) == PartSizes(13_107, 0, 3_277)
    stopping = Experiment(dataset=SpinGlass(), early_stopping=EarlyStoppingSpec())
    assert part_sizes_of(stopping) == PartSizes(11_469, 1_638, 3_277)
    for preset in list_presets():
        experiment = find_experiment(preset.name)
        if experiment.early_stopping is None and isinstance(experiment.dataset, SpinGlass):
            assert part_sizes_of(experiment).validation == 0, preset.name


def test_a_plateau_of_any_optimizer_needs_a_validation_part():
    waits = AdamSpec(schedule="reduce-on-plateau")
    own = GradientDescentSpec(schedule=PlateauSpec())
    assert part_sizes_of(XOR) == PartSizes(800, 0, 200)
    for experiment in (
        structs.replace(XOR, optimizer=waits),
        structs.replace(XOR, layers=(LayerSpec(4), LayerSpec(4, optimizer=own))),
        structs.replace(XOR, output=structs.replace(XOR.output, optimizer=own)),
        STOPPING,
    ):
        assert part_sizes_of(experiment) == PartSizes(700, 100, 200)
    assert part_sizes_of(structs.replace(XOR, optimizer=AdamSpec(schedule="cosine"))).validation == 0


def test_what_is_asked_for_counts():
    for split, sizes in (
        (SplitSpec(validation=0), (800, 0, 200)),
        (SplitSpec(validation=0.3), (500, 300, 200)),
        (SplitSpec(test=0.5), (400, 100, 500)),
        (SplitSpec(validation=0.05, test=0.1, stratified=True), (850, 50, 100)),
    ):
        experiment = structs.replace(STOPPING, split=split)
        data = load_data(experiment)
        assert (data.train_size, data.validation_size, data.test_size) == part_sizes_of(experiment) == sizes


def test_what_was_decided_is_noted_and_goes_with_the_preparation():
    data = load_data(STOPPING)
    assert data.notes == data.preparation.notes
    assert data.notes == (
        "early stopping uses a validation part: 100 of the training samples; split: {validation: ...} sets its share",
    )
    assert load_data(XOR).notes == ()
    article = Experiment(dataset=SpinGlass())
    (note,) = load_data(article).notes
    assert note.startswith("two parts, as in the article: the curves show the test part")
    assert load_data(structs.replace(article, split=SplitSpec(validation=0.1))).notes == ()
    assert load_data(structs.replace(STOPPING, split=SplitSpec(validation=0.1))).notes == ()
    none = structs.replace(STOPPING, split=SplitSpec(validation=0), optimizer=AdamSpec(schedule="reduce-on-plateau"))
    assert load_data(none).notes == (
        "early stopping and reduce-on-plateau use the test part (split: {validation: 0}), so its figures are too "
        "optimistic",
    )


def test_too_few_samples_for_a_validation_part_that_nobody_asked_for(tmp_path):
    np.savez(tmp_path / "four.npz", x=np.arange(4.0)[:, None], y=[0, 1, 0, 1])
    few = Experiment(dataset=NpzFile(str(tmp_path / "four.npz"), test_share=0.5), batch_size="all")
    stopping = structs.replace(few, early_stopping=EarlyStoppingSpec())
    seed = next(s for s in range(20) if not problems(few) and len(set(_labels(few, s))) == 2)
    stopping = structs.replace(stopping, seed=seed)
    assert part_sizes_of(stopping) == PartSizes(2, 0, 2)
    assert "too few samples for three parts" in load_data(stopping).notes[0]
    asked = structs.replace(few, split=SplitSpec(validation=0.1, test=0.75))
    assert [(p.field, "too few samples" in p.message) for p in problems(asked)] == [("split.test", False)]
    asked = structs.replace(
        few, dataset=NpzFile(str(tmp_path / "four.npz")), split=SplitSpec(validation=0.1, test=0.75)
    )
    assert [(p.field, "too few samples for three parts" in p.message) for p in problems(asked)] == [("split", True)]


def _labels(experiment, seed):
    try:
        return load_data(structs.replace(experiment, seed=seed)).y_train.argmax(axis=0).tolist()
    except DatasetError:
        return []


def test_files_with_a_test_part_of_their_own(tmp_path):
    x, y = np.arange(60.0)[:, None], np.arange(60) % 2
    np.savez(tmp_path / "own.npz", x=x[:40], y=y[:40], x_test=x[40:], y_test=y[40:])
    own = Experiment(dataset=NpzFile(str(tmp_path / "own.npz"), standardize=False))
    assert part_sizes_of(own) == PartSizes(40, 0, 20)
    asked = structs.replace(own, split=SplitSpec(validation=0.25, test=0.4))
    data = load_data(asked)
    assert (data.train_size, data.validation_size, data.test_size) == part_sizes_of(asked) == (30, 10, 20)
    assert data.x_test[0].tolist() == list(range(40, 60))
    assert data.notes[0] == "the files have their own test part, so split.test is ignored"


def test_problems_name_the_field():
    both = structs.replace(XOR, dataset=Xor(test_share=0.3), split=SplitSpec(test=0.4))
    assert [tuple(p) for p in problems(both)] == [
        ("split.test", "0.4 here, and test_share is 0.3 in the data set: leave one of them out")
    ]
    with pytest.raises(DatasetError, match=r"split.test: 0.4 here"):
        load_data(both)
    assert not problems(structs.replace(XOR, dataset=Xor(test_share=0.3), split=SplitSpec(test=0.3)))
    assert not problems(structs.replace(XOR, split=SplitSpec(test=0.4)))
    values = Experiment(dataset=Diabetes(), split=SplitSpec(stratified=True))
    values = structs.replace(values, output=structs.replace(values.output, activation="identity"))
    values = structs.replace(values, output=structs.replace(values.output, cost="mean-squared-error"))
    assert [(p.field, p.message) for p in problems(values)] == [
        ("split.stratified", "only classes can be stratified, and the data set has values")
    ]
    nothing = structs.replace(XOR, split=SplitSpec(validation=0.5, test=0.5))
    assert [p.field for p in problems(nothing)] == ["split"]
    large = structs.replace(STOPPING, batch_size=750)
    assert [(p.field, p.message) for p in problems(large)] == [
        (
            "batch_size",
            "a mini-batch of 750 is larger than the training part of 700 samples beside a validation part of 100: "
            "choose fewer, or all",
        )
    ]
    assert not problems(structs.replace(XOR, batch_size=750))
    assert [p.field for p in problems(structs.replace(XOR, split=SplitSpec(validation=2)))] == ["split.validation"]


def test_yaml_names_line_and_field_and_leaves_out_what_is_not_asked_for():
    text = "version: 1\ndataset: {name: xor}\nsplit: {validation: 0.1, stratified: true}\n"
    experiment = parse_experiment(text)
    assert experiment.split == SplitSpec(validation=0.1, stratified=True)
    assert parse_experiment(dump_experiment(experiment)) == experiment
    assert "validation: 0.1" in dump_experiment(experiment)
    assert "split" not in dump_experiment(XOR)
    zero = dump_experiment(structs.replace(XOR, split=SplitSpec(validation=0)))
    assert parse_experiment(zero).split == SplitSpec(validation=0)
    for wrong, fault in (
        ("split: {validation: 1.5}", r":3: split.validation: "),
        ("split:\n  test: 0", r":4: split.test: "),
        ("split: {validaton: 0.1}", r":3: split.validaton: .*did you mean validation"),
        ("split: 0.2", r":3: split: "),
    ):
        with pytest.raises(ExperimentError, match=fault):
            parse_experiment(f"version: 1\ndataset: {{name: xor}}\n{wrong}\n")


def test_a_file_is_split_as_it_always_was(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,kind\n" + "".join(f"{i},{'xy'[i % 2]}\n" for i in range(50)))
    plain = load_data(Experiment(dataset=CsvFile(str(path), standardize=False)))
    checked = load_data(Experiment(dataset=CsvFile(str(path), standardize=False), split=SplitSpec(validation=0.2)))
    assert (plain.x_test == checked.x_test).all()
    assert plain.x_train[0].tolist() == [*checked.x_train[0], *checked.x_validation[0]]


class TestSplitByAColumn:
    """Experiments whose parts a column of the file decides."""

    @pytest.fixture
    def visits(self, tmp_path):
        rows = [f"2021-01-{28 - place % 28:02},p{place % 7},{place},{'yn'[place % 2]}" for place in range(56)]
        (tmp_path / "visits.csv").write_text("\n".join(["date,patient,a,label", *rows]))

        def make(**split):
            ignored = CsvFile(str(tmp_path / "visits.csv"), ignore=("date", "patient"))
            return Experiment(dataset=ignored, split=SplitSpec(**split))

        return make

    def test_it_is_written_and_read_and_older_experiments_are_written_as_before(self, visits):
        experiment = visits(group="patient", train_samples=10)
        written = dump_experiment(experiment)
        assert "group: patient" in written and "train_samples: 10" in written
        assert parse_experiment(written).split == experiment.split
        assert "group" not in dump_experiment(visits()) and "by:" not in dump_experiment(visits(validation=0.1))

    def test_sizes_of_groups_are_those_of_the_data(self, visits):
        experiment = visits(group="patient", test=0.3)
        data = load_data(experiment)
        assert part_sizes_of(experiment) == (data.train_size, 0, data.test_size) == PartSizes(40, 0, 16)
        assert problems(experiment) == []

    def test_mistakes_are_problems_of_the_field(self, visits):
        for split, field, message in (
            ({"by": "dat"}, "split.by", "did you mean 'date'?"),
            ({"group": "who"}, "split.group", "the columns are"),
            ({"by": "date", "group": "patient"}, "split", "cannot be combined"),
            ({"train_samples": 100}, "split.train_samples", "100 were asked for, and there are 45"),
        ):
            (problem,) = problems(visits(**split))
            assert problem.field == field and message in problem.message

    def test_the_seed_decides_groups_and_no_order(self, visits):
        assert divides_by_seed(visits(group="patient"))
        assert not divides_by_seed(visits(by="date"))
        assert divides_by_seed(visits(train_samples=5))

    def test_a_file_that_has_changed_is_divided_anew(self, visits):
        experiment = visits(group="patient", test=0.3)
        before = part_sizes_of(experiment)
        path = Path(experiment.dataset.path)
        path.write_text(path.read_text() + "\n2022-01-01,p9,3,y" * 14)
        assert sum(part_sizes_of(experiment)) == sum(before) + 14


class TestInputFeatures:
    TERMS = ("x1", "x2^2", "x1*x2", "sin(x1)")

    def test_the_network_takes_terms_in_place_of_the_features(self):
        experiment = structs.replace(XOR, features=self.TERMS)
        data, plain = load_data(experiment), load_data(XOR)
        assert data.feature_names == data.preparation.terms == self.TERMS
        np.testing.assert_array_equal(data.plain.x_train, plain.x_train)
        np.testing.assert_array_equal(data.x_test, plain.with_terms(self.TERMS).x_test)
        assert architecture_of(experiment).sizes == (4, 2)
        assert architecture_of(XOR).sizes == (2, 2)
        assert problems(experiment) == problems(structs.replace(experiment, input_size=4)) == []

    def test_notes_on_the_parts_leave_the_features_as_they_are(self):
        data = load_data(structs.replace(STOPPING, features=self.TERMS))
        assert "early stopping uses a validation part" in data.notes[0]
        assert (data.plain.input_size, data.preparation.notes) == (2, data.notes)

    @pytest.mark.parametrize(
        ("changes", "field", "message"),
        [
            ({"features": ("x1", "x3")}, "features", "there is no feature 'x3'; the features are x1, x2"),
            ({"features": ("x1", "x1")}, "features", "'x1' is there twice"),
            ({"features": ("x1", "")}, "features[1]", "must not be empty"),
            ({"input_size": 2}, "input_size", "the experiment has 4 features, the network 2 inputs"),
            ({"layers": (LayerSpec(2, residual=1),)}, "layers[0].residual", "layer 1 has 2, the input 4"),
        ],
    )
    def test_mistakes_are_problems_of_their_field(self, changes, field, message):
        (problem,) = problems(structs.replace(XOR, **{"features": self.TERMS, **changes}))
        assert problem.field == field
        assert message in problem.message

    def test_data_without_a_file_know_the_names_of_their_features(self):
        experiment = Experiment(dataset=Diabetes(), features=("bmi", "bmi^2", "age*bp"))
        assert problems(structs.replace(experiment, output=find_experiment("sine").output)) == []
        assert load_data(experiment).feature_names == experiment.features

    def test_what_is_wrong_in_spite_of_all_is_an_error_of_the_data(self):
        with pytest.raises(DatasetError, match="'x9' is no input"):
            load_data(structs.replace(XOR, features=("x9",)))

    def test_yaml_names_them_and_leaves_them_out_where_there_are_none(self):
        text = "version: 1\ndataset: {name: xor}\nfeatures: [x1, x2^2, x1*x2, sin(x1)]\n"
        experiment = parse_experiment(text)
        assert experiment.features == self.TERMS
        assert "features: [x1, x2^2, x1*x2, sin(x1)]\n" in dump_experiment(experiment)
        assert parse_experiment(dump_experiment(experiment)) == experiment
        assert "features" not in dump_experiment(XOR)
        with pytest.raises(ExperimentError, match=r"experiment:3: features: expected a list, got 'x1\^2'"):
            parse_experiment("version: 1\ndataset: {name: xor}\nfeatures: x1^2\n")
        with pytest.raises(ExperimentError, match=r"experiment:3: features\[1\]: expected text, got 2"):
            parse_experiment("version: 1\ndataset: {name: xor}\nfeatures: [x1, 2]\n")
