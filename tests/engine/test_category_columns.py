"""Places of the columns of categories among the features of a table."""

from joml.data.category_columns import category_columns
from joml.data.tables.encoding import BooleanEncoder, CategoryEncoder, NumberEncoder


def test_columns_of_categories_are_where_their_indicators_are():
    encoders = [
        NumberEncoder("age", missing=3),  # and a feature that marks missing cells
        CategoryEncoder("city", ("Rome", "Oslo"), other=True, missing=1),
        BooleanEncoder("alive"),
        CategoryEncoder("none", ()),
        CategoryEncoder("port", ("C", "Q", "S")),
    ]
    assert category_columns(encoders) == (("city", 2, 4), ("port", 7, 3))
