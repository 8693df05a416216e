"""The choice of a network's inputs: what is offered, what is on, and what switching gives."""

from joml_tui.experiment import DatasetShape
from joml_tui.ui.compose.input_choice import feature_names_of, switched, switches_of

NAMES = ("x1", "x2")


def titles(switches):
    return [each.title for each in switches]


def chosen(switches):
    return [each.term for each in switches if each.is_on]


def place_of(switches, term):
    return [each.term for each in switches].index(term)


def test_seven_inputs_are_offered_for_two_features_of_which_both_are_on():
    switches = switches_of(NAMES, ())
    assert titles(switches) == ["x1", "x2", "x1²", "x2²", "x1·x2", "sin x1", "sin x2"]
    assert chosen(switches) == ["x1", "x2"]


def test_nothing_is_offered_for_other_numbers_of_features():
    assert switches_of(("x1",), ()) == switches_of(("a", "b", "c"), ()) == ()
    assert switches_of((), ()) == switches_of((), ("x1^2",)) == ()  # before the data have been read


def test_what_an_experiment_has_beside_the_usual_terms_can_be_switched_off():
    switches = switches_of(NAMES, ("x2*x1", "cos(x1)"))
    assert titles(switches)[-2:] == ["sin x2", "cos x1"]
    assert chosen(switches) == ["x1*x2", "cos(x1)"]  # in the usual way of writing
    assert switched(switches, 7, NAMES) == ("x1*x2",)
    assert titles(switches_of(("a", "b", "c"), ("a^2", "b*c"))) == ["a²", "b·c"]


def test_terms_of_other_features_are_shown_as_they_are_written():
    switches = switches_of(NAMES, ("x1", "length^2"))
    assert switches[-1].title == "length^2" and switches[-1].is_on


def test_switching_keeps_the_usual_order():
    switches = switches_of(NAMES, ())
    features = switched(switches, place_of(switches, "sin(x1)"), NAMES)
    assert features == ("x1", "x2", "sin(x1)")
    switches = switches_of(NAMES, features)
    assert switched(switches, place_of(switches, "x1^2"), NAMES) == ("x1", "x2", "x1^2", "sin(x1)")


def test_the_features_themselves_are_no_terms():
    switches = switches_of(NAMES, ("x1", "x2", "x1^2"))
    assert switched(switches, 2, NAMES) == ()
    switches = switches_of(NAMES, ("x1",))
    assert switched(switches, 1, NAMES) == ()


def test_the_last_input_stays():
    assert switched(switches_of(NAMES, ("x1^2",)), 2, NAMES) is None


def test_names_are_those_of_the_data():
    assert feature_names_of(None) == ()
    assert feature_names_of(DatasetShape(2, 2, 100)) == NAMES
    assert feature_names_of(DatasetShape(2, 2, 100, feature_names=("p", "q"))) == ("p", "q")
