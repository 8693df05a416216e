"""Dataclasses made lightly are those of the standard library."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Sequence
from dataclasses import field
from typing import get_type_hints

import pytest

from joml.light_dataclasses import dataclass

OPTIONS = [
    {"frozen": frozen, "slots": slots, "eq": eq}
    for frozen in (True, False)
    for slots in (True, False)
    for eq in (True, False)
]


def made(decorator, options):
    """Return the same class, made by a decorator."""

    @decorator(**options)
    class Point:
        """A point."""

        x: int
        y: float = 0.5
        names: Sequence[str] = ()
        notes: list[str] = field(default_factory=list)
        shown: bool = field(default=True, repr=False)
        weight: float = field(default=1.0, compare=False)

        def __post_init__(self):
            if self.x < 0:
                raise ValueError(f"x must not be negative, got {self.x}")

    return Point


@pytest.fixture(params=OPTIONS, ids=str)
def pair(request):
    return made(dataclass, request.param), made(dataclasses.dataclass, request.param)


def outcome(function, *arguments):
    """Return what a function returns or raises, as text."""
    try:
        return repr(function(*arguments))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def test_they_say_the_same_of_themselves(pair):
    ours, theirs = pair
    assert str(inspect.signature(ours)).replace("tests.", "") == str(inspect.signature(theirs)).replace("tests.", "")
    assert get_type_hints(ours.__init__) == get_type_hints(theirs.__init__)
    assert ours.__match_args__ == theirs.__match_args__
    assert repr(ours.__dataclass_params__) == repr(theirs.__dataclass_params__)
    assert list(map(repr, dataclasses.fields(ours))) == list(map(repr, dataclasses.fields(theirs)))
    assert hasattr(ours, "__slots__") == hasattr(theirs, "__slots__")


def test_their_objects_are_alike(pair):
    ours, theirs = pair
    for arguments in ((3,), (3, 0.5, ("a",), ["b"], False), (-1,), ()):
        assert outcome(ours, *arguments) == outcome(theirs, *arguments)
    assert ours(1).notes is not ours(1).notes
    assert repr(dataclasses.replace(ours(1), y=2)) == repr(dataclasses.replace(theirs(1), y=2))
    assert dataclasses.asdict(ours(1)) == dataclasses.asdict(theirs(1))


def test_they_are_equal_hashed_and_refused_alike(pair):
    def changed(point):
        point.x = 2
        return point

    def shortened(point):
        del point.x
        return point

    ours, theirs = pair
    for cls in pair:
        same = [cls(1) == cls(1, weight=3.0), cls(1) == cls(2), cls(1) == "1"]
        assert same == [theirs(1) == theirs(1), False, False]
    for function in (changed, shortened, lambda point: hash(point) == hash(point)):
        assert outcome(function, ours(1)) == outcome(function, theirs(1))


def test_a_class_without_fields_and_one_that_refers_to_itself():
    @dataclass(frozen=True, slots=True)
    class Empty:
        """Nothing."""

    @dataclass
    class Knot:
        """A knot."""

        next: object = None

    assert Empty() == Empty() and hash(Empty()) == hash(Empty())
    knot = Knot()
    knot.next = knot
    assert repr(knot).endswith("Knot(next=...)")


def test_derived_classes_have_further_attributes():
    base = made(dataclass, OPTIONS[0])

    class Named(base):
        """A point with a name."""

    point = Named(1)
    point.name = "a"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    assert (point.name, Named(1) == Named(1), Named(1) == base(1)) == ("a", True, False)

    @dataclass(frozen=True)
    class Deep(base):
        """A point in space."""

        z: int = 0

    assert Deep(1, z=4) == Deep(1, z=4) != Deep(1, z=5)


@dataclass(frozen=True, slots=True)
class Kept:
    """A pair."""

    left: int
    right: int = 2


def test_they_are_pickled_and_copied():
    assert pickle.loads(pickle.dumps(Kept(1))) == copy.deepcopy(Kept(1)) == copy.copy(Kept(1)) == Kept(1)
