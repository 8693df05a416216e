"""The table of a sweep's results."""

import pytest
from command_line import document, given


@pytest.fixture
def sweep(tmp_path):
    rows = "".join(f"{row / 40},{1000 * row + 7}\n" for row in range(40))
    (tmp_path / "values.csv").write_text(f"x,price\n{rows}")
    (tmp_path / "sweep.yaml").write_text(
        "version: 1\nname: rates\nseeds: 2\ngrid: {epochs: [1, 2]}\nbase:\n  version: 1\n"
        "  dataset: {name: csv, path: values.csv, task: regression, standardize_y: true}\n"
        "  layers: [{size: 3, activation: tanh}]\n"
        "  output: {activation: identity, cost: mean-squared-error}\n"
    )
    return tmp_path / "sweep.yaml"


@pytest.mark.slow
def test_costs_are_in_the_units_of_the_data_and_json_keeps_them(sweep, tmp_path):
    store = tmp_path / "runs.db"
    result = given("queue", sweep, store=store)
    assert result.exit_code == 0, result.stderr
    assert "test RMSE" in result.stdout
    assert "test cost" not in result.stdout
    assert float(result.stdout.splitlines()[2].split()[-2]) > 100
    setting = document("queue", sweep, store=store)["settings"][0]
    assert setting["test_cost"]["mean"] < 100
