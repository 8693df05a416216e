"""The optimizers' equations are those that they declare, whatever optimizer it is."""

import pytest

from joml.declaration import parts_of
from joml_tui.experiment import OwnOptimizerSpec
from joml_tui.experiment.specs import spec_named
from joml_tui.inspect.step_numbers import RuleTaken
from joml_tui.ui.lessons.notation import drawn_formula
from joml_tui.ui.lessons.optimizer_equations import Parameter, rule_lines

MEMORY = ("v", "w", "m", "v_max")
PARAMETER = Parameter("W₁,₁", 0.5, 0.25, 2.0, dict.fromkeys(MEMORY, 0.0), dict.fromkeys(MEMORY, 1.0))


def written(rule, role):
    return [line for kind, line in rule_lines(rule, PARAMETER) if kind == role]


@pytest.mark.parametrize("part", parts_of("optimizer").values(), ids=lambda part: part.name)
def test_built_in_rules_are_written_as_declared_and_with_numbers(part):
    words = part.name.title().replace("-", "")
    rule = RuleTaken(spec_named(f"{words}Spec")(), 0.1, 1, 1.0, part.formula)
    equations = written(rule, "equation")
    assert equations[-1].startswith("θ ← θ − η ")
    assert not {"theta", "eta", "_hat", "sqrt", "<-"} & {word for line in equations for word in line.split()}
    # Each quantity that the rule changes is worked out, and the parameter last.
    steps = [step.partition("←")[0].strip() for step in equations]
    assert [line.partition(" = ")[0] for line in written(rule, "hand")][-1] == "W₁,₁"
    assert set(steps[:-1]) < {line.partition(" = ")[0] for line in written(rule, "hand")} | {"θ"}


def test_adam_is_written_with_the_symbols_of_its_paper():
    assert drawn_formula(parts_of("optimizer")["adam"].formula) == [
        "m ← β₁ m + (1 − β₁) g,  m̂ = m / (1 − β₁ᵗ)",
        "v ← β₂ v + (1 − β₂) g²,  v̂ = v / (1 − β₂ᵗ)",
        "θ ← θ − η m̂ / (√v̂ + ε)",
    ]


def test_a_rule_without_numbers_of_its_own_shows_its_formula_and_what_changed():
    own = OwnOptimizerSpec("lion.py:adam")  # its name is a built-in one's, its rule is not
    rule = RuleTaken(own, 0.1, 1, 1.0, "u <- beta2 u + g;  theta <- theta - eta sign(u)")
    assert written(rule, "equation") == ["u ← β₂ u + g", "θ ← θ − η sign(u)"]
    assert written(rule, "hand") == ["g = ∇ = 2", "W₁,₁ = 0.5 − 0.25 = 0.25"]


def test_words_of_a_description_stay_words():
    assert drawn_formula("Sign-based steps, betas decayed") == ["Sign-based steps, betas decayed"]
    assert drawn_formula("") == []
