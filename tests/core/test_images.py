import pytest

from joml_tui.inspect.images import image_side


@pytest.mark.parametrize(
    ("features", "task", "shape", "side"),
    [
        (64, "classes", None, 8),
        (784, "classes", None, 28),
        (784, "regression", None, 0),
        (100, "classes", None, 0),
        (100, "regression", (1, 10, 10), 10),
        (64, "classes", (1, 4, 16), 0),
        (784, "classes", (4, 14, 14), 0),
        (841, "classes", (1, 29, 29), 0),
        (4_096, "classes", (1, 64, 64), 0),
    ],
)
def test_a_recorded_shape_goes_before_a_guess(features, task, shape, side):
    assert image_side(features, task, shape) == side
