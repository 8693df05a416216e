"""Embeddings of a table's own columns of categories, in files, in the notation, and in networks."""

import json

import numpy as np
import pytest

from joml_tui.experiment import (
    architecture_of,
    load_data,
    problems,
    shape_of,
    with_architecture,
    with_columns_of_data,
)
from joml_tui.experiment.category_layers import asks_for_columns
from joml_tui.experiment.layer_parts import notation_of, read_architecture, read_hidden_layers
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.runs.worker.builder import build_trainer
from joml_tui.runs.worker.same_data import columns_of, rebuild_network, shapes_of
from joml_tui.serialization import pack_state
from tests.core.mixed_table import NAMES, rows, write_rows


@pytest.fixture(scope="module")
def experiment_of(tmp_path_factory):
    """Return experiments on a table of which sex and deck are columns of categories, by their layers."""
    path = str(write_rows(tmp_path_factory.mktemp("tables") / "mixed.csv", NAMES, rows(120)))
    dataset = {"name": "csv", "path": path, "task": "regression"}

    def make(*layers, **settings):
        return parse_experiment(json.dumps({"version": 1, "dataset": dataset, "layers": layers, **settings}))

    return make


def embedding(size=2, **settings):
    return {"layer": "embedding", "size": size, **settings}


def test_columns_have_the_places_of_their_indicators(experiment_of):
    every, one = experiment_of(embedding(), {"size": 5}), experiment_of(embedding(columns=["deck"]), {"size": 5})
    shape = shape_of(every.dataset)
    (sex, deck) = shape.category_columns
    assert [sex.name, deck.name] == ["sex", "deck"]
    assert all(name.startswith("deck") for name in shape.feature_names[deck.first : deck.first + deck.indicators])
    inputs = shape.input_size
    assert str(architecture_of(one)) == f"{inputs}-e2({deck.first}:{deck.indicators})-5-1"
    places = f"{sex.first}:{sex.indicators},{deck.first}:{deck.indicators}"
    assert str(architecture_of(every)) == f"{inputs}-e2({places})-5-1"
    assert problems(every) == problems(one) == []
    assert not asks_for_columns(with_columns_of_data(one).layers)
    assert with_columns_of_data(one, shape.category_columns) == with_columns_of_data(one)


@pytest.mark.parametrize(
    ("layers", "settings", "expected"),
    [
        ([embedding(columns=["cabin"])], {}, "'cabin' is no column of categories of the data set, which has sex, deck"),
        ([{"size": 4}, embedding()], {}, "is the first layer"),
        ([{"layer": "residual", "layers": [embedding()]}], {}, "is the first layer"),
        ([embedding()], {"features": ["age", "age^2"]}, "leave the features out"),
        ([embedding(columns=["deck", "deck"])], {}, "name each column once"),
    ],
)
def test_columns_that_are_not_there_are_a_problem_of_the_layer(experiment_of, layers, settings, expected):
    (problem,) = problems(experiment_of(*layers, **settings))
    assert problem.field == f"layers[{len(layers) - 1}]"
    assert expected in problem.message


def test_data_without_columns_of_categories_are_a_problem():
    (problem,) = problems(parse_experiment("version: 1\ndataset: {name: moons}\nlayers: [{layer: embedding, size: 2}]"))
    assert "the data set has none" in problem.message


@pytest.mark.parametrize("text", ["e3", "e3(sex)", "e3(sex,9:2)", "E3(Deck)"])
def test_the_notation_names_columns_or_means_all_of_them(experiment_of, text):
    experiment = experiment_of({"size": 5})
    inputs = shape_of(experiment.dataset).input_size
    (layer, _) = with_architecture(experiment, read_architecture(f"{inputs}-{text}-7-1", experiment.layers)).layers
    assert notation_of(layer).lower() == text.lower()
    assert [each.notation for each in read_hidden_layers(f"{text}-7", ())] == [notation_of(layer), "7"]


def test_an_edited_architecture_keeps_the_columns_and_settings_of_a_layer(experiment_of):
    experiment = experiment_of(embedding(columns=["sex"], frozen=True))
    text = "9-e2(sex)-7-1"
    changed = with_architecture(experiment, read_architecture(text, experiment.layers))
    assert changed.layers[0] == experiment.layers[0]
    assert parse_experiment(dump_experiment(changed)).layers == changed.layers


def test_a_network_is_trained_and_rebuilt_without_its_data(experiment_of, monkeypatch):
    experiment = experiment_of(embedding(), {"size": 5}, epochs=1)
    data = load_data(experiment)
    trainer = build_trainer(experiment, data)
    trainer.advance(2)
    assert trainer.network.layers[0].W.shape[0] == 2
    monkeypatch.setattr("joml_tui.experiment.experiment.shape_of", lambda dataset: pytest.fail("data are read"))
    preparation = data.preparation
    packed = pack_state(trainer.state())
    again = rebuild_network(experiment, *shapes_of(preparation), packed, columns=columns_of(preparation))
    np.testing.assert_array_equal(again.predict(data.x_test), trainer.network.predict(data.x_test))
