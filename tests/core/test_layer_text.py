import pytest

from joml_tui.experiment import AdamSpec, LayerSpec, LeakyReluSpec
from joml_tui.runs.layer_text import describe_layers

PLAIN = LayerSpec(14)


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ((), "–"),
        ((LayerSpec(100), LayerSpec(40)), "100 relu; 40 relu"),
        ((LayerSpec(14, initialisation="identity"),) * 28, "28×14 relu, init identity"),
        ((PLAIN, PLAIN, LayerSpec(4, "tanh"), PLAIN), "2×14 relu; 4 tanh; 14 relu"),
        (
            (LayerSpec(8, LeakyReluSpec(0.2), dropout=0.5, normalised=True, residual=2, optimizer=AdamSpec(0.01)),),
            "8 leaky-relu 0.2, dropout 0.5, normalised, residual 2, adam 0.01",
        ),
    ],
)
def test_equal_neighbours_are_counted_and_unusual_settings_named(layers, text):
    assert describe_layers(layers) == text
