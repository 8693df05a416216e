import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from joml_tui.experiment import (
    AdamSpec,
    AdamWSpec,
    CosineSpec,
    CsvFile,
    CsvFolder,
    DatasetShape,
    EarlyStoppingSpec,
    EluSpec,
    Experiment,
    GradientDescentSpec,
    HuberSpec,
    IdxFiles,
    LayerSpec,
    Moons,
    NpzFile,
    OutputSpec,
    Plane,
    Sine,
    SpinGlass,
    SplitSpec,
    TableFile,
    Xor,
    name_of,
)
from joml_tui.ui.compose.draft import Draft, LayerEntry

ARTICLE = Experiment(
    dataset=SpinGlass(), layers=(LayerSpec(100), LayerSpec(40, "tanh")), optimizer=AdamSpec(0.002), test_every=7
)
SHAPE = DatasetShape(14, 4, 16_384)


@pytest.fixture
def draft():
    draft = Draft.of(ARTICLE)
    draft.fit(SHAPE)
    return draft


def problem_fields(draft):
    return [problem.field for problem in draft.read().problems]


def test_it_amounts_to_the_experiment_it_was_made_of(draft):
    experiment = draft.read().experiment
    assert experiment.layers == ARTICLE.layers
    assert (experiment.input_size, experiment.output.size) == (14, 4)
    assert experiment.optimizer == ARTICLE.optimizer
    assert experiment.test_every == 7


def test_the_layers_follow_the_text_and_keep_their_activations_by_place(draft):
    draft.write_architecture("14-7x3-4")
    assert [(layer.size, layer.activation) for layer in draft.layers] == [("7", "relu"), ("7", "tanh"), ("7", "relu")]
    assert draft.architecture == "14-7x3-4"


def test_the_text_follows_the_layers(draft):
    draft.layers = [LayerEntry("28")] * 6
    draft.layers_edited()
    assert draft.architecture == "14-28x6-4"


def test_a_text_that_is_no_architecture_stays_as_typed_and_leaves_the_layers(draft):
    draft.write_architecture("14-100-4O-4")
    assert draft.architecture == "14-100-4O-4"
    assert [layer.size for layer in draft.layers] == ["100", "40"]
    assert problem_fields(draft) == ["architecture"]
    assert draft.parameter_count is None


@pytest.mark.parametrize("size", ["", "0", "65537", "9" * 5000, "abc", "²"])
def test_a_size_that_is_none_stays_as_typed_and_is_named(draft, size):
    draft.layers[1].size = size
    draft.layers_edited()
    assert draft.architecture == "14-100-?-4"
    assert draft.layers[1].size == size
    assert problem_fields(draft) == ["layers[1].size"]


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("learning_rate", "0", "optimizer.learning_rate"),
        ("learning_rate", "nan", "optimizer.learning_rate"),
        ("learning_rate", "inf", "optimizer.learning_rate"),
        ("learning_rate", "fast", "optimizer.learning_rate"),
        ("batch_size", "0", "batch_size"),
        ("batch_size", "3.5", "batch_size"),
        ("batch_size", "al", "batch_size"),
        ("warm_up", "-1", "optimizer.warm_up"),
        ("warm_up", "nan", "optimizer.warm_up"),
        ("warm_up", "soon", "optimizer.warm_up"),
        ("epochs", "", "epochs"),
        ("epochs", "1" * 5000, "epochs"),
        ("seed", "-1", "seed"),
        ("seed", str(2**63), "seed"),
    ],
)
def test_an_impossible_entry_is_named(draft, name, text, field):
    setattr(draft, name, text)
    assert draft.read().experiment is None
    assert problem_fields(draft) == [field]


def test_numbers_may_be_written_as_people_do(draft):
    draft.learning_rate, draft.batch_size, draft.seed = "2e-3", " 1,024 ", str(2**63 - 1)
    experiment = draft.read().experiment
    assert experiment.optimizer.learning_rate == 0.002
    assert experiment.batch_size == 1024
    assert experiment.seed == 2**63 - 1


def test_an_optimizer_brings_its_learning_rate(draft):
    draft.choose_optimizer(GradientDescentSpec(0.1))
    assert draft.learning_rate == "0.1"
    draft.learning_rate = "0.3"
    assert draft.read().experiment.optimizer == GradientDescentSpec(0.3)


def test_an_optimizer_brings_its_schedule_and_keeps_what_has_no_entry(draft):
    spec = AdamWSpec(0.01, weight_decay=0.5, clip_norm=2, schedule=CosineSpec(0.1), warm_up=1.5)
    draft.choose_optimizer(spec)
    assert (draft.schedule, draft.warm_up) == (CosineSpec(0.1), "1.5")
    draft.schedule, draft.warm_up = "step", ""
    expected = AdamWSpec(0.01, weight_decay=0.5, clip_norm=2, schedule="step")
    assert draft.read().experiment.optimizer == expected


def test_what_has_no_entry_is_kept():
    layer = LayerSpec(8, EluSpec(0.5), "zeros", 0.3, True, 0, AdamSpec())
    experiment = Experiment(
        dataset=SpinGlass(),
        layers=(layer,),
        output=OutputSpec(4, "sigmoid", HuberSpec(0.2), "zeros", AdamSpec()),
        input_size=14,
        class_weights="balanced",
        early_stopping=EarlyStoppingSpec(2),
        batch_size="all",
    )
    assert Draft.of(experiment).read().experiment == experiment


@pytest.mark.parametrize(
    "changed",
    [
        {"metrics": ("macro-f1",)},
        {"class_weights": "balanced"},
        {"early_stopping": EarlyStoppingSpec(3)},
        {"split": SplitSpec(validation=0.2)},
        {"test_every": 9},
        {"output": OutputSpec(4, "sigmoid", initialisation="zeros")},
        {"optimizer": AdamWSpec(0.3, weight_decay=0.5, schedule="step")},
        {"dataset": Xor(samples=77)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_settings_that_were_changed_elsewhere_are_taken(draft, changed):
    draft.epochs = "3"
    experiment = replace(draft.valid_experiment(), **changed)
    draft.take(experiment)
    assert draft.read().experiment == replace(experiment, epochs=3)


def test_a_batch_may_be_all(draft):
    draft.batch_size = " All "
    assert draft.read().experiment.batch_size == "all"


def test_the_output_follows_what_is_to_be_learnt(draft):
    draft.choose_dataset(Plane())
    draft.fit(DatasetShape(2, 1, 1000, task="regression"))
    assert draft.read().experiment.output == OutputSpec(1, "identity", "mean-squared-error")
    draft.cost = "huber"
    draft.choose_dataset(Sine())
    draft.fit(DatasetShape(1, 1, 1000, task="regression"))
    assert draft.read().experiment.output == OutputSpec(1, "identity", "huber")
    draft.fit(DatasetShape(2, 3, 1000, task="multilabel"))
    assert draft.read().experiment.output == OutputSpec(3, "sigmoid")
    draft.fit(SHAPE)
    assert draft.read().experiment.output == OutputSpec(4)


def test_the_ends_follow_the_data_set_and_the_hidden_layers_stay(draft):
    draft.choose_dataset(Xor())
    draft.fit(DatasetShape(2, 2, 1000))
    assert draft.architecture == "2-100-40-2"


def test_ends_typed_to_be_others_stay(draft):
    draft.write_architecture("13-100-4")
    draft.fit(DatasetShape(2, 2, 1000))
    assert draft.architecture == "13-100-4"


def test_a_text_under_repair_is_not_overwritten_by_another_data_set(draft):
    draft.write_architecture("14-100-")
    draft.fit(DatasetShape(2, 2, 1000))
    assert draft.architecture == "14-100-"


def test_a_path_once_typed_survives_a_look_at_other_data_sets(draft):
    draft.choose_dataset(CsvFile(path=""))
    draft.csv_path, draft.csv_label = "a[b.csv", "2"
    draft.choose_dataset(SpinGlass())
    draft.choose_dataset(CsvFile(path=""))
    assert draft.dataset_spec() == CsvFile(path="a[b.csv", label=2)


def test_codes_of_a_typed_file_are_settings_until_another_one_is_typed(draft):
    draft.choose("dataset", CsvFile(path="", columns={"age": "number"}))
    draft.write("csv-path", "shops.csv")
    assert draft.has_new_file
    draft.take_codes(replace(draft.dataset_spec(), columns={"age": "number", "zip": "category"}))
    assert not draft.has_new_file
    assert draft.dataset_spec().columns == {"age": "number", "zip": "category"}
    draft.write("csv-label", "zip")
    assert draft.dataset_spec().columns == {"age": "number"}  # a label is no feature
    draft.write("csv-label", "kind")
    draft.write("csv-path", "others.csv")
    assert draft.has_new_file
    assert draft.dataset_spec().columns == {"age": "number"}
    draft.take_codes(draft.dataset_spec())
    draft.choose("dataset", CsvFile(path=""))
    assert draft.has_new_file


def test_the_settings_of_an_experiment_on_a_file_are_its_own():
    assert not Draft.of(Experiment(dataset=CsvFile(path="shops.csv"))).has_new_file


def test_every_file_or_folder_has_a_path_and_a_table_a_label(draft):
    for dataset, has_label in (
        (TableFile("a.parquet", "kind"), True),
        (NpzFile("a.npz"), False),
        (CsvFolder("a"), False),
    ):
        draft.choose_dataset(dataset)
        assert (draft.csv_path, draft.has_label) == (dataset.path, has_label)
        draft.csv_path = " b "
        assert draft.dataset_spec() == replace(dataset, path="b")
        draft.csv_path = ""
        assert draft.read().problems[0].field == "dataset.path"
    draft.choose_dataset(IdxFiles("images", "labels"))
    assert draft.dataset_spec() == IdxFiles("images", "labels")
    assert not draft.has_label


@pytest.mark.parametrize(("text", "label"), [("", -1), ("-1", -1), ("0", 0), ("species", "species"), (" 3 ", 3)])
def test_the_label_column_is_a_position_or_a_name(draft, text, label):
    draft.choose_dataset(CsvFile(path="x.csv"))
    draft.csv_path, draft.csv_label = "x.csv", text
    assert draft.dataset_spec().label == label


@given(st.lists(st.integers(1, 65_536), max_size=12), st.integers(1, 99), st.integers(1, 99))
def test_text_and_layers_amount_to_each_other(sizes, inputs, outputs):
    draft = Draft.of(ARTICLE)
    draft.write_architecture("-".join(map(str, [inputs, *sizes, outputs])))
    assert [layer.value for layer in draft.layers] == sizes
    draft.layers_edited()
    again = Draft.of(ARTICLE)
    again.write_architecture(draft.architecture)
    assert [layer.value for layer in again.layers] == sizes
    assert again.parameter_count == draft.parameter_count


@given(st.text(max_size=60))
def test_no_text_breaks_the_draft(text):
    draft = Draft.of(ARTICLE)
    draft.write_architecture(text)
    draft.learning_rate = draft.batch_size = draft.epochs = draft.seed = draft.csv_label = text
    draft.choose_dataset(CsvFile(path=""))
    draft.csv_path = text
    draft.read()
    assert draft.architecture == text


def test_images_have_an_entry_and_their_labels_follow(tmp_path):
    for name in (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        (tmp_path / name).touch()
    draft = Draft.of(Experiment(dataset=IdxFiles("a/train-images-idx3-ubyte", "b/own-labels")))
    assert (draft.csv_path, draft.file_title) == ("a/train-images-idx3-ubyte", "Images")
    assert draft.dataset_spec() == IdxFiles("a/train-images-idx3-ubyte", "b/own-labels")
    draft.write("csv-path", f"{tmp_path}/train-images-idx3-ubyte")
    labels, *test = (
        f"{tmp_path}/{name}" for name in ("train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    )
    assert draft.dataset_spec() == IdxFiles(draft.csv_path, labels, *test)
    draft.write("csv-path", "")
    assert draft.lacks_file
    assert [problem.field for problem in draft.read().problems if "images" in problem.message] == ["dataset.images"]


def test_each_kind_of_file_has_an_entry_with_its_title():
    titles = {}
    for dataset in (CsvFile("a"), CsvFolder("a"), NpzFile("a"), IdxFiles("a", "b"), Moons()):
        draft = Draft.of(Experiment(dataset=dataset))
        titles[name_of(dataset)] = draft.file_title if draft.csv_path else None
    assert titles == {"csv": "File", "csv-folder": "Folder", "npz": "File", "idx": "Images", "moons": None}


class TestNoise:
    def test_noise_and_the_test_part_are_entries_of_generated_data(self):
        draft = Draft.of(Experiment(dataset=Moons(noise=0.2)))
        assert draft.texts["noise"] == "0.2" and draft.has_noise
        draft.write("noise", "0.3")
        draft.write("test-share", "0.5")
        assert draft.dataset_spec() == Moons(noise=0.3, test_share=0.5)

    def test_a_wrong_number_is_a_problem_and_changes_nothing(self):
        draft = Draft.of(Experiment(dataset=Moons(noise=0.2)))
        draft.write("noise", "-1")
        draft.write("test-share", "x")
        fields = {problem.field: problem.message for problem in draft.read().problems}
        assert "0" in fields["dataset.noise"]
        assert fields["dataset.test_share"] == "must be a number"
        assert draft.dataset_spec() == Moons(noise=0.2)

    def test_other_data_have_no_noise(self):
        draft = Draft.of(Experiment(dataset=Moons(noise=0.2)))
        draft.choose_dataset(SpinGlass())
        assert not draft.has_noise and draft.texts["noise"] == ""
        draft.choose_dataset(Moons(noise=0.4))
        assert draft.texts["noise"] == "0.4"


class TestInputs:
    @pytest.fixture
    def planar(self):
        draft = Draft.of(Experiment(dataset=Xor(), layers=(LayerSpec(4),)))
        draft.fit(DatasetShape(2, 2, 1000))
        return draft

    def test_the_network_s_inputs_follow_the_switches(self, planar):
        assert planar.switch_input(2) and planar.switch_input(5)
        assert planar.architecture == "4-4-2"
        assert planar.input_titles == ("x1", "x2", "x1²", "sin x1")
        experiment = planar.read().experiment
        assert (experiment.features, experiment.input_size) == (("x1", "x2", "x1^2", "sin(x1)"), 4)
        assert Draft.of(experiment).features == experiment.features
        assert planar.switch_input(2) and planar.switch_input(5)
        assert planar.read().experiment.features == () and planar.input_titles == ()

    def test_a_text_under_repair_is_not_overwritten(self, planar):
        planar.write_architecture("2-4-")
        planar.switch_input(2)
        assert planar.architecture == "2-4-" and planar.input_size == 3

    def test_the_last_input_stays(self, planar):
        assert planar.switch_input(0)
        assert not planar.switch_input(1)
        assert planar.features == ("x2",)

    def test_terms_stay_for_data_with_the_same_features_alone(self, planar):
        planar.switch_input(2)
        planar.fit(DatasetShape(2, 3, 500))
        assert (planar.features, planar.architecture) == (("x1", "x2", "x1^2"), "3-4-3")
        planar.fit(DatasetShape(2, 3, 500, feature_names=("p", "q")))
        assert (planar.features, planar.architecture) == ((), "2-4-3")

    def test_sizes_that_are_forgotten_come_back(self, planar):
        planar.switch_input(2)
        planar.forget_sizes()
        assert planar.architecture == "?-4-?"
        planar.fit(DatasetShape(2, 2, 1000))
        assert planar.architecture == "3-4-2"

    def test_settings_of_the_dialog_are_taken(self, planar):
        planar.take(replace(planar.valid_experiment(), features=("x1", "cos(x2)", "x1*x2")))
        assert (planar.features, planar.architecture) == (("x1", "cos(x2)", "x1*x2"), "3-4-2")


DIGITS = DatasetShape(64, 10, 1_797, image_shape=(1, 8, 8))


def draft_of_digits(text):
    draft = Draft.of(Experiment(dataset=Xor(), layers=()))
    draft.fit(DIGITS)
    draft.write_architecture(text)
    return draft


def test_layers_of_all_kinds_follow_the_text_and_the_text_follows_them():
    draft = draft_of_digits("1@8x8-c8k3-p2-30(tanh)-10")
    assert [layer.size for layer in draft.layers] == ["c8k3", "p2", "30"]
    assert draft.parameter_count == draft.stack.parameter_count
    draft.layers[0].set(channels=4, activation="tanh")
    draft.layers_edited()
    assert draft.architecture == "1@8x8-c4k3(tanh)-p2-30(tanh)-10"
    assert draft.stack.shapes[1] == (4, 6, 6)
    draft.write_architecture("64-30-10")
    assert [layer.size for layer in draft.layers] == ["30"]


def test_images_follow_the_data_set_unless_they_were_typed_otherwise():
    draft = draft_of_digits("1@8x8-c8k3-10")
    assert draft.read().experiment.input_shape is None
    draft.fit(DatasetShape(784, 10, 70_000, image_shape=(1, 28, 28)))
    assert draft.architecture == "1@28x28-c8k3-10"
    draft.write_architecture("1@14x56-c8k3-10")
    assert draft.read().experiment.input_shape == (1, 14, 56)


def test_a_setting_that_a_kind_lacks_changes_nothing():
    draft = draft_of_digits("1@8x8-c8k3-p2-10")
    assert not draft.layers[1].set(activation="tanh")
    assert draft.layers[0].set(activation="tanh")
    assert [layer.activation for layer in draft.layers] == ["tanh", ""]


def test_layers_that_do_not_follow_each_other_have_no_shapes():
    draft = draft_of_digits("1@8x8-c8k3-10")
    draft.layers[0].set(kernel=9)
    draft.layers_edited()
    assert (draft.architecture, draft.stack, draft.parameter_count) == ("1@8x8-c8k9-10", None, None)
