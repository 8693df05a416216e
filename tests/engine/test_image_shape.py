import pytest

from joml.data.image_shape import image_shape_of


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ((28, 20), (1, 28, 20)),
        ((3, 8, 9), (3, 8, 9)),
        ((1, 8, 9), (1, 8, 9)),
        ((8, 9, 1), (1, 8, 9)),
        ((64,), None),
        ((1, 64), None),
        ((5, 6, 7), None),
        ((2, 3, 4, 5), None),
    ],
)
def test_the_axes_of_a_sample_are_the_shape_of_an_image(axes, shape):
    assert image_shape_of(axes) == (shape, "")


def test_channels_that_come_last_or_may_do_so_are_named():
    shape, remark = image_shape_of((8, 9, 3))
    assert shape is None
    assert "8 x 9 x 3 have their channels last" in remark and "x.transpose(0, 3, 1, 2)" in remark
    shape, remark = image_shape_of((3, 9, 3))
    assert shape is None
    assert "3 x 9 x 3 may have their channels first or last" in remark
