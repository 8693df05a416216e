"""Short names of layers."""

from joml_tui.inspect.layer_names import layer_names
from tests.core.image_training import training


def test_a_fully_connected_layer_has_its_size_and_function_and_another_its_shape_and_notation():
    assert layer_names(training().network)[3:] == ("3x2x2 r(c3k3b1-bn)", "4 relu", "4 d0.1", "2 softmax")
