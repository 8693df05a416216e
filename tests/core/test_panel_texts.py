"""``explain --view`` puts each of the lab's views in words."""

import json

import pytest
from command_line import document, given

from joml_tui.reports.sentences.panel_texts import VIEWS


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "runs.db"
    assert given("run", "xor", "--epochs", 2, store=path).exit_code == 0
    return path


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "spectrum"])
def test_every_view_has_words(store, view):
    result = given("explain", "last", "--view", view, store=store)
    assert result.exit_code == 0, result.stderr
    first, *lines = result.stdout.splitlines()
    assert first.startswith("Run ")
    assert lines


def test_a_view_that_does_not_fit_says_why(store):
    result = given("explain", "last", "--view", "spectrum", store=store)
    assert result.exit_code == 1
    assert "a Walsh spectrum needs features of two values" in result.stderr
    assert result.stdout == ""


def test_names_are_found_as_they_are_written(store):
    assert given("explain", "last", "--view", "Heat map", store=store).exit_code == 0
    wrong = given("explain", "last", "--view", "confusoin", store=store)
    assert wrong.exit_code == 2
    assert "did you mean confusion?" in wrong.stderr
    other = given("explain", "last", "--view", "?", store=store)
    assert "there are curves, layers," in other.stderr


def test_json_has_the_lines(store):
    found = document("explain", "last", "--view", "worst", store=store)
    assert found["view"] == "worst"
    assert found["lines"][0].endswith("after iteration 50.")


def test_explain_says_how_the_run_learnt(store):
    text = given("explain", "last", store=store).stdout
    assert "How it learnt\n  Cost of this run " in text
    assert "  Accuracy of this run " in text
    json.loads(given("explain", "last", "--json", store=store).stdout)
