import pytest
from msgspec.structs import replace

from joml_tui.experiment import AdamSpec, EarlyStoppingSpec, Experiment, LayerSpec, MomentumSpec, Spirals, Xor
from joml_tui.runs.setting_paths import setting_values
from joml_tui.runs.varying_settings import settings_by_pattern, varying_fields

FIRST = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),) * 2, epochs=2, batch_size=16)
ADAM = FIRST.optimizer


def varying(*experiments):
    return [field.name for field in varying_fields([settings_by_pattern(setting_values(each)) for each in experiments])]


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        (FIRST, []),
        (replace(FIRST, seed=1), ["seed"]),
        (replace(FIRST, optimizer=replace(ADAM, learning_rate=0.5)), ["learning_rate"]),
        (replace(FIRST, optimizer=replace(ADAM, l2=0.5), batch_size="all"), ["batch_size", "optimizer.l2"]),
        (replace(FIRST, optimizer=MomentumSpec(0.5)), ["optimizer"]),
        (replace(FIRST, dataset=Spirals(samples=90)), ["dataset"]),
        (replace(FIRST, dataset=Xor(samples=90)), ["dataset.samples"]),
        (replace(FIRST, early_stopping=EarlyStoppingSpec()), ["early_stopping"]),
        (replace(FIRST, layers=(LayerSpec(4, "relu"),) * 3), ["layers[].activation"]),
        (replace(FIRST, layers=(LayerSpec(4, "tanh"),) * 9, name="deep", epochs=9), []),
    ],
)
def test_fields_of_what_differs_and_no_others(other, fields):
    assert varying(FIRST, other) == fields


def test_one_run_alone_differs_from_nothing_and_very_different_ones_in_six_settings():
    assert varying(FIRST) == []
    other = Experiment(
        dataset=Xor(samples=9, noise=0.3),
        layers=(LayerSpec(4, "relu", dropout=0.5, normalised=True, residual=1),),
        optimizer=AdamSpec(0.1, l1=0.1, l2=0.1),
        seed=4,
    )
    assert varying(FIRST, other)[:3] == ["learning_rate", "batch_size", "seed"]
    assert len(varying(FIRST, other)) == 6
