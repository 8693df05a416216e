import pytest
from laboratory import SHORT, SMALL, WIDE, compose_of, lab_of, last_run, opened, opens, settled, typed, until
from msgspec import structs
from textual.widgets import Button, Select

from joml_tui.experiment import (
    AdamSpec,
    AdamWSpec,
    CosineSpec,
    CsvFile,
    CsvFolder,
    EarlyStoppingSpec,
    EluSpec,
    Experiment,
    HuberSpec,
    IdxFiles,
    LayerSpec,
    MomentumSpec,
    NormalSpec,
    OrthogonalSpec,
    OutputSpec,
    Sine,
    SpinGlass,
    SplitSpec,
    Xor,
    problems,
)
from joml_tui.ui.compose.settings_dialog import SettingsDialog
from joml_tui.ui.widgets.form_field import ChoiceField, Field

DEEP = structs.replace(SHORT, layers=(LayerSpec(4, "tanh"), LayerSpec(4, "tanh"), LayerSpec(4, "elu")))


async def more(pilot, group=None):
    await opens(pilot, SettingsDialog, "O")
    if group:
        await pilot.click(f"#group-{('Optimizer', 'Regularisation', 'Layers', 'Training', 'Data set').index(group)}")
        await pilot.pause()
    return pilot.app.screen


async def enter(pilot, path, text):
    entry = pilot.app.screen.query_one(f"#set-{path}")
    entry.focus()
    await pilot.press("end", "ctrl+u")
    entry.insert_text_at_cursor(text)
    await pilot.pause()


async def choose(pilot, path, name):
    select = pilot.app.screen.query_one(path if path.startswith("#") else f"#set-{path}", Select)
    select.value = [choice.name for choice in select.query_ancestor(ChoiceField).choices].index(name)
    await pilot.pause()
    await pilot.pause()


async def take(pilot, key="enter"):
    await pilot.press(key)
    await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
    await settled(pilot)


async def composed(pilot):
    reading = await compose_of(pilot).checked()
    assert reading.problems == []
    return reading.experiment


def shown(pilot):
    return {setting.path for setting in pilot.app.screen._settings.values()}


def problem(pilot, path):
    return pilot.app.screen.query_one(f"#field-set-{path}").problem


@pytest.mark.quick
async def test_what_is_typed_by_keys_alone_is_trained():
    async with opened(SHORT, SMALL) as pilot:
        await more(pilot)
        await pilot.press("tab", "0", "full_stop", "8", "pagedown")
        await pilot.pause()
        assert ("optimizer", "l2") in shown(pilot)
        await pilot.press("down", "0", "full_stop", "1", "tab", "5", "enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        await settled(pilot)
        assert str(lab_of(pilot).query_one("#more-settings", Button).label) == "O all settings · 4 changed"
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        expected = AdamSpec(0.01, beta1=0.8, l2=0.1, clip_norm=5.0)
        assert last_run(pilot).run.experiment.optimizer == expected


async def test_by_mouse():
    async with opened(SHORT, SMALL) as pilot:
        await pilot.click("#more-settings")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettingsDialog))
        await until(pilot, lambda: pilot.app.screen.query("#more-entries .setting"))
        await pilot.pause()
        await pilot.click("#group-3")
        await until(pilot, lambda: pilot.app.screen.query("#set-early_stopping"))
        await choose(pilot, "early_stopping", "yes")
        await enter(pilot, "early_stopping-patience", "7")
        await choose(pilot, "early_stopping-restore_best", "no")
        await enter(pilot, "class_weights", "balanced")
        await enter(pilot, "test_every", "20")
        await pilot.click("#accept")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        experiment = await composed(pilot)
        assert experiment.early_stopping == EarlyStoppingSpec(7, restore_best=False)
        assert (experiment.class_weights, experiment.test_every) == ("balanced", 20)


async def test_escape_changes_nothing_and_an_unchanged_experiment_keeps_its_preset():
    async with opened() as pilot:
        before = await composed(pilot)
        await more(pilot)
        await enter(pilot, "optimizer-beta1", "0.5")
        await pilot.press("escape")
        await settled(pilot)
        assert await composed(pilot) == before
        await more(pilot)
        await take(pilot, "f2")
        assert await composed(pilot) == before
        assert compose_of(pilot).draft.base.name == before.name


async def test_a_wrong_value_is_said_beneath_kept_and_keeps_the_dialog_open():
    async with opened(SHORT, SMALL) as pilot:
        screen = await more(pilot)
        await enter(pilot, "optimizer-beta1", "[/] two")
        assert problem(pilot, "optimizer-beta1") == "Must be a number from 0 to below 1"
        await pilot.press("pagedown", "pagedown")
        await pilot.pause()
        await pilot.press("f2")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert screen.focused.id == "set-optimizer-beta1"
        assert screen.focused.value == "[/] two"
        assert problem(pilot, "optimizer-beta1")
        await enter(pilot, "optimizer-beta1", "")
        assert problem(pilot, "optimizer-beta1") == ""
        await take(pilot)
        assert (await composed(pilot)).optimizer == SHORT.optimizer


async def test_a_wrong_value_of_a_setting_that_is_gone_is_forgotten():
    async with opened(SHORT) as pilot:
        await more(pilot)
        await enter(pilot, "optimizer-beta1", "2")
        await choose(pilot, "optimizer", "momentum")
        assert ("optimizer", "beta1") not in shown(pilot)
        await enter(pilot, "optimizer-momentum", "0.7")
        await take(pilot)
        assert (await composed(pilot)).optimizer == MomentumSpec(momentum=0.7)


async def test_settings_of_other_optimizers_and_schedules_are_not_offered():
    async with opened(SHORT) as pilot:
        await more(pilot, "Regularisation")
        assert ("optimizer", "weight_decay") not in shown(pilot)
        await pilot.press("pageup")
        await pilot.pause()
        assert ("optimizer", "momentum") not in shown(pilot)
        await choose(pilot, "optimizer", "adamw")
        await choose(pilot, "optimizer-schedule", "cosine")
        await enter(pilot, "optimizer-schedule-final", "0.25")
        await pilot.press("pagedown")
        await pilot.pause()
        await enter(pilot, "optimizer-weight_decay", "0.5")
        await take(pilot)
        assert (await composed(pilot)).optimizer == AdamWSpec(schedule=CosineSpec(0.25), weight_decay=0.5)


async def test_the_layer_that_has_the_keys_is_the_one_that_is_set():
    async with opened(DEEP) as pilot:
        await pilot.press("y", "down", "down")
        await more(pilot)
        await enter(pilot, "layers-2-activation-alpha", "0.5")
        await choose(pilot, "layers-2-initialisation", "orthogonal")
        await enter(pilot, "layers-2-initialisation-gain", "2")
        await choose(pilot, "layers-2-optimizer", "momentum")
        await enter(pilot, "layers-2-optimizer-learning_rate", "0.3")
        await enter(pilot, "layers-2-dropout", "0.25")
        await take(pilot)
        experiment = await composed(pilot)
        assert experiment.layers[:2] == DEEP.layers[:2]
        assert experiment.layers[2] == LayerSpec(
            4, EluSpec(0.5), OrthogonalSpec(2.0), 0.25, optimizer=MomentumSpec(learning_rate=0.3)
        )


async def test_all_layers_at_once_and_the_output():
    async with opened(DEEP) as pilot:
        await more(pilot, "Layers")
        await choose(pilot, "layers-0-initialisation", "normal")
        await enter(pilot, "layers-0-initialisation-deviation", "0.1")
        await choose(pilot, "#more-place", "output")
        await choose(pilot, "output-optimizer", "momentum")
        await take(pilot, "f2")
        experiment = await composed(pilot)
        assert [layer.initialisation for layer in experiment.layers] == [NormalSpec(0.1)] * 3
        assert [layer.activation for layer in experiment.layers] == ["tanh", "tanh", "elu"]
        assert experiment.output.optimizer == MomentumSpec()


async def test_the_cost_has_its_settings():
    experiment = Experiment(
        dataset=Sine(), layers=(LayerSpec(4),), output=OutputSpec(activation="identity", cost="huber")
    )
    async with opened(experiment) as pilot:
        await more(pilot, "Training")
        await enter(pilot, "output-cost-delta", "0.5")
        await take(pilot)
        assert (await composed(pilot)).output.cost == HuberSpec(0.5)


async def test_a_network_without_hidden_layers_has_its_output_to_set():
    async with opened(structs.replace(SHORT, layers=())) as pilot:
        await more(pilot, "Layers")
        await choose(pilot, "output-initialisation", "zeros")
        await take(pilot, "f2")
        assert (await composed(pilot)).output.initialisation == "zeros"


async def test_a_group_is_reset_and_the_others_are_not():
    experiment = structs.replace(SHORT, optimizer=AdamSpec(0.01, beta1=0.5, l2=0.1, schedule="cosine"))
    async with opened(experiment) as pilot:
        await more(pilot)
        await enter(pilot, "optimizer-beta2", "9")
        await pilot.click("#reset")
        await pilot.pause()
        assert problem(pilot, "optimizer-beta2") == ""
        await take(pilot, "f2")
        assert (await composed(pilot)).optimizer == AdamSpec(0.01, l2=0.1)


async def test_what_was_decided_on_reading_a_file_stands_beneath_the_data_set(tmp_path):
    path = tmp_path / "numbered.csv"
    path.write_text("Id,u,kind,\n" + "".join(f"{n},{n * 7 % 5},{'ab'[n % 2]},\n" for n in range(1, 21)))
    async with opened(SHORT, WIDE) as pilot:
        compose_of(pilot).load(structs.replace(SHORT, dataset=CsvFile(str(path)), batch_size=4))
        await compose_of(pilot).checked()
        await pilot.pause()
        field = pilot.app.screen.query_one("#field-dataset", Field)
        text = field.text_beneath
        assert text.startswith("20 samples · 2 classes · rows end with a comma: column 4, without a name")
        assert text.endswith(" · 1 more note: K has all")
        await more(pilot, "Data set")
        await enter(pilot, "dataset-ignore", "Id")
        await take(pilot)
        assert (await composed(pilot)).dataset == CsvFile(str(path), ignore=("Id",))
        await pilot.pause()
        assert "more note" not in field.text_beneath


async def test_the_data_set_has_its_settings_and_another_one_is_fitted_to():
    async with opened(SHORT) as pilot:
        await more(pilot, "Data set")
        await enter(pilot, "dataset-samples", "300")
        await take(pilot)
        assert (await composed(pilot)).dataset == Xor(samples=300)
        await more(pilot, "Data set")
        await choose(pilot, "dataset", "idx")
        await pilot.press("f2")
        await pilot.pause()
        assert problem(pilot, "dataset-images") == "Must not be empty"
        await choose(pilot, "dataset", "spin-glass-14")
        await take(pilot, "f2")
        experiment = await composed(pilot)
        assert (experiment.dataset, experiment.input_size, experiment.output.size) == (SpinGlass(), 14, 4)


async def test_a_validation_part_is_asked_for_and_its_size_is_shown():
    def note():
        return compose_of(pilot).query_one("#field-dataset", Field).text_beneath

    async with opened(SHORT) as pilot:
        await until(pilot, lambda: "samples" in note())
        await more(pilot, "Data set")
        await enter(pilot, "split-validation", "0.25")
        await choose(pilot, "split-stratified", "yes")
        await take(pilot, "f2")
        experiment = await composed(pilot)
        assert experiment.split == SplitSpec(validation=0.25, stratified=True)
        await until(pilot, lambda: "validation" in note())
        samples = experiment.dataset.samples
        sizes = round(0.55 * samples), round(0.25 * samples), round(0.2 * samples)
        wanted = "{:,} train, {:,} validation, {:,} test".format(*sizes)
        assert note() == wanted
        await more(pilot, "Data set")
        await enter(pilot, "split-validation", "1")
        await pilot.press("f2")
        await pilot.pause()
        assert problem(pilot, "split-validation") == "Must be a number from 0 to below 1, or empty"
        await enter(pilot, "split-validation", "")
        await take(pilot, "f2")
        assert (await composed(pilot)).split == SplitSpec(stratified=True)


async def test_files_are_named_and_what_is_wrong_with_them_is_said():
    async with opened(SHORT) as pilot:
        await more(pilot, "Data set")
        await choose(pilot, "dataset", "idx")
        await enter(pilot, "dataset-images", "no/images")
        await enter(pilot, "dataset-labels", "no/labels")
        await take(pilot)
        reading = await compose_of(pilot).checked()
        assert compose_of(pilot).draft.dataset == IdxFiles("no/images", "no/labels")
        assert reading.problems[0].field == "dataset"


async def test_a_folder_of_csv_files_is_chosen_and_fitted_to(tmp_path):
    for part in ("train", "test"):
        (tmp_path / f"x_{part}.csv").write_text("".join(f"{n},{n * n},1\n" for n in range(20)))
        (tmp_path / f"y_{part}.csv").write_text("".join(f"{n % 5}\n" for n in range(20)))
    async with opened(SHORT) as pilot:
        await more(pilot, "Data set")
        await choose(pilot, "dataset", "table")
        await choose(pilot, "dataset", "csv-folder")
        await enter(pilot, "dataset-path", str(tmp_path))
        await take(pilot)
        experiment = await composed(pilot)
        assert experiment.dataset == CsvFolder(str(tmp_path))
        assert (experiment.input_size, experiment.output.size) == (3, 5)


async def test_what_is_typed_on_the_main_screen_stays_also_what_is_impossible():
    async with opened(SHORT) as pilot:
        await typed(pilot, "epochs", "many")
        await typed(pilot, "architecture", "2-7")
        await pilot.press("escape")
        await more(pilot)
        await enter(pilot, "optimizer-beta1", "0.5")
        await take(pilot)
        lab = lab_of(pilot)
        assert lab.query_one("#epochs").value == "many"
        assert lab.query_one("#architecture").value == "2-7"
        assert compose_of(pilot).draft.optimizer.beta1 == 0.5


async def test_what_does_not_go_together_is_said_on_both_screens():
    experiment = structs.replace(SHORT, class_weights=(1.0, 2.0, 3.0))
    assert [each.field for each in problems(experiment)] == ["class_weights"]
    async with opened(experiment) as pilot:
        assert "3 weights are given" in lab_of(pilot).query_one("#field-more-settings").problem
        await more(pilot, "Training")
        assert "3 weights are given" in problem(pilot, "class_weights")
        await enter(pilot, "class_weights", "1, 2")
        await take(pilot)
        assert (await composed(pilot)).class_weights == (1.0, 2.0)
        assert lab_of(pilot).query_one("#field-more-settings").problem == ""


async def test_the_layers_have_room_at_100x30():
    async with opened(size=(100, 30)) as pilot:
        lab = lab_of(pilot)
        await typed(pilot, "architecture", "14-28x6-4")
        await pilot.press("escape")
        lab.query_one("#compose").scroll_home(animate=False)
        await pilot.pause()
        visible = lab.query_one("#layers").region.intersection(lab.query_one("#compose").region)
        assert visible.height >= 3
        await pilot.press("y")
        layers, compose = lab.query_one("#layers"), lab.query_one("#compose")
        # All six, with both ends.
        await until(pilot, lambda: layers.region.intersection(compose.region).height >= 8)


async def test_the_order_of_a_split_and_the_number_of_training_samples():
    async with opened(SHORT) as pilot:
        await more(pilot, "Data set")
        await enter(pilot, "split-train_samples", "none at all")
        assert "whole number" in problem(pilot, "split-train_samples")
        await enter(pilot, "split-train_samples", "100")
        await enter(pilot, "split-by", "order")
        await take(pilot)
        split = (await composed(pilot)).split
        assert (split.by, split.group, split.train_samples) == ("order", None, 100)
        await more(pilot, "Data set")
        await enter(pilot, "split-by", "")
        await take(pilot)
        assert (await composed(pilot)).split.by is None
