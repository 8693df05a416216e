"""Scripts of networks on terms of features: they read the features of a file, and answer as the network does."""

import subprocess
import sys

import numpy as np
import pytest
from term_table import NEW, expected_outputs, run_on_terms

from joml.data.input_terms import compute_terms, parse_terms
from joml_tui.export.network_source import write_joml_script, write_torch_script
from joml_tui.export.term_source import terms_source


def test_the_source_computes_every_form():
    terms = parse_terms(["b", "a^2", "a*b", "sin(b)", "cos(a)"], ("a", "b"))
    names = {"np": np}
    exec(terms_source(terms, 2), names)
    x = np.random.default_rng(0).standard_normal((50, 2)) * 4
    np.testing.assert_array_equal(names["inputs_of"](x), compute_terms(terms, x.T).T)


def test_names_of_features_are_not_in_the_source():
    names = ('"); import os #', "b")
    assert "import" not in terms_source(parse_terms([f"{names[0]}^2", "b"], names), 2)


def outputs_of(script, path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return np.array([[float(cell) for cell in line.split(",")] for line in done.stdout.splitlines()])


@pytest.mark.slow
@pytest.mark.parametrize(("task", "settings"), [("classes", {}), ("regression", {"standardize_y": True})])
@pytest.mark.parametrize("write", [write_joml_script, write_torch_script])
def test_a_script_takes_the_features_of_a_file(tmp_path, write, task, settings):
    if write is write_torch_script:
        pytest.importorskip("torch")
    run = run_on_terms(tmp_path, task, **settings)
    write(run, tmp_path / "net.py")
    rows = tmp_path / "rows.csv"
    header = "length,mass" if run.preparation.columns else ""  # without columns of other kinds, rows are numbers alone
    np.savetxt(rows, NEW, delimiter=",", fmt="%.9g", header=header, comments="")
    np.testing.assert_allclose(outputs_of(tmp_path / "net.py", rows), expected_outputs(run, NEW), rtol=1e-5, atol=1e-5)
