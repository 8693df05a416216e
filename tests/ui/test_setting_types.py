"""The types of settings, and the structs behind the names of choices."""

from typing import Literal

import pytest
from msgspec import Struct

from joml_tui.ui.compose.setting_types import (
    carry_over,
    fields_of,
    kinds_of,
    may_be_none,
    shortest,
    struct_behind,
    structs_of,
    types_of,
)


class Slow(Struct, frozen=True, tag="slow", tag_field="name"):
    rate: float = 0.1
    turns: int = 2


class Fast(Struct, frozen=True, tag="fast", tag_field="name"):
    rate: float = 0.9
    turns: int = 1
    learning_rate: float = 0.5


Pace = Literal["slow", "fast"] | Slow | Fast | None


def test_the_alternatives_of_a_type():
    assert len(kinds_of(Pace)) == 4
    assert len(kinds_of(float)) == 1
    assert {kind.cls for kind in structs_of(Pace)} == {Slow, Fast}
    assert may_be_none(Pace) and not may_be_none(float)


def test_fields_have_their_types():
    assert types_of(Slow) == {"rate": float, "turns": int}
    assert [field.name for field in fields_of(Fast)] == ["rate", "turns", "learning_rate"]


@pytest.mark.parametrize(("value", "behind"), [("slow", Slow()), (Slow(0.3), Slow(0.3)), ("still", None), (None, None)])
def test_behind_a_name_are_the_usual_settings(value, behind):
    assert struct_behind(value, Pace) == behind


def test_usual_settings_are_written_as_the_name_alone():
    assert shortest(Slow(), Pace) == "slow"
    assert shortest(Slow(0.3), Pace) == Slow(0.3)
    assert shortest(Slow(), Slow | Fast) == Slow()  # where a name alone is no value


def test_changed_settings_are_carried_over_and_a_learning_rate_is_not():
    assert carry_over(Slow(turns=7), Fast) == Fast(turns=7)
    assert carry_over(Slow(), Fast) == Fast()
    assert carry_over(Fast(0.2, 3, learning_rate=9.0), Slow) == Slow(0.2, 3)
    assert carry_over("slow", Fast) == Fast()
