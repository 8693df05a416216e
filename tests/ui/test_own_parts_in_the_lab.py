"""Parts of one's own in the lab: shown by name, chosen in the list, trained and refused as any other."""

from laboratory import has_ended, lab_of, opened, until
from textual.widgets import Static

from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.ui.compose.layer_list import LayerList
from joml_tui.ui.lessons.one_step import OneStep

MODULE = """
import numpy as np
from joml import ActivationFunction


class Swish(ActivationFunction):
    def __init__(self, beta=1.0):
        self.beta = beta

    def value(self, z):
        return z / (1 + np.exp(-self.beta * z))

    def der(self, z):
        share = 1 / (1 + np.exp(-self.beta * z))
        return share + self.beta * z * share * (1 - share)
"""
RULE = '''
class Rule:
    def __init__(self, learning_rate, theta, gradient):
        self.learning_rate = learning_rate

        def step():
            theta[...] -= self.learning_rate * gradient

        self.calls = (step,)

    def observe(self, cost):
        pass

    def state(self):
        return {}

    def restore(self, state):
        pass


class Plain:
    """theta <- theta - eta g."""

    def __init__(self, learning_rate=0.1):
        self.learning_rate = learning_rate

    def bind(self, theta, gradient):
        return Rule(self.learning_rate, theta, gradient)
'''
EXPERIMENT = """
version: 1
dataset: {name: moons, samples: 60}
layers: [{size: 4, activation: {own: "mine:Swish", beta: 2.0}}]
optimizer: {own: "mine:Plain", learning_rate: 0.05}
epochs: 2
"""


def explained(pilot):
    return str(pilot.app.screen.query_one("#explained", Static).content)


async def test_it_is_listed_chosen_and_trained(tmp_path):
    (tmp_path / "mine.py").write_text(MODULE + RULE)
    (tmp_path / "own.yaml").write_text(EXPERIMENT)
    async with opened(load_experiment(tmp_path / "own.yaml")) as pilot:
        layers = pilot.app.screen.query_one(LayerList)
        assert layers.rows[0].activation == "Swish"
        layers.focus()
        await pilot.press("right")
        assert layers.rows[0].activation == "relu"
        await pilot.press("left")
        assert layers.rows[0].spec.activation.settings == (("beta", 2.0),)
        await pilot.press("r")
        session = lab_of(pilot).session
        await has_ended(pilot)
        assert session.runs[-1].run.state.value == "finished"


async def test_a_part_that_is_gone_is_named_in_its_layer(tmp_path):
    (tmp_path / "mine.py").write_text(MODULE + RULE)
    (tmp_path / "own.yaml").write_text(EXPERIMENT)
    experiment = load_experiment(tmp_path / "own.yaml")
    (tmp_path / "mine.py").unlink()
    async with opened(experiment) as pilot:
        await pilot.press("r")
        layers = pilot.app.screen.query_one(LayerList)
        await until(pilot, lambda: layers._problems)
        assert "there is no file" in layers._problems[0].message
        assert lab_of(pilot).session.runs == []


async def test_one_step_is_explained_by_its_name_and_its_numbers(tmp_path):
    (tmp_path / "mine.py").write_text(MODULE + RULE)
    (tmp_path / "own.yaml").write_text(EXPERIMENT)
    async with opened(load_experiment(tmp_path / "own.yaml")) as pilot:
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, OneStep) and not pilot.app.screen.waiting)
        await pilot.pause()
        assert "σ = Swish" in explained(pilot)
        assert "custom" not in explained(pilot)
        await pilot.press("5")
        await pilot.pause()
        assert "Plain" in explained(pilot)
        assert "θ ← θ − η g\n" in explained(pilot)
        assert "W₁,₁ = " in explained(pilot)
