"""Comparing experiments: what paired seeds share, what is told of them, and the command as a process."""

import os
import re
import signal
import subprocess
import time
from concurrent.futures import Future

import numpy as np
import pytest
from command_line import SCRIPT, given, process
from msgspec import structs

from joml.data.generators.planar import xor
from joml.statistics.baselines import Baseline, baselines
from joml.statistics.intervals import wilson
from joml.statistics.seed_comparison import compare
from joml_tui.cli.over_seeds import compare_headless
from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    NpzFile,
    SpinGlass,
    SplitSpec,
    Xor,
    load_data,
)
from joml_tui.reports import comparison
from joml_tui.reports.comparison import (
    ComparisonResults,
    SeedScore,
    as_document,
    describe,
    difference_of_data,
    names_of,
)
from joml_tui.runs.worker.builder import build_network, build_trainer

SMALL = Experiment(dataset=Xor(samples=100), layers=(LayerSpec(4),), optimizer=AdamSpec(0.02), epochs=3, batch_size=20)


# --- what paired seeds share ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 5])
def test_equal_shapes_start_from_the_same_weights_split_and_order(seed):
    pair = [structs.replace(SMALL, seed=seed, optimizer=spec) for spec in (AdamSpec(0.02), GradientDescentSpec(0.5))]
    first, second = (build_trainer(experiment) for experiment in pair)
    np.testing.assert_array_equal(first.network.parameters.theta, second.network.parameters.theta)
    # The first mini-batch is measured before its update, and the optimizers differ from there on.
    before, after = (tuple(trainer.advance(1).costs) for trainer in (first, second))
    assert before == after
    assert first.advance(1).costs != second.advance(1).costs


def test_layers_are_the_same_up_to_the_first_that_differs():
    pair = [structs.replace(SMALL, layers=tuple(map(LayerSpec, sizes))) for sizes in ((8, 6, 5), (8, 6, 9))]
    first, second = (build_network(experiment) for experiment in pair)
    for layer, other in zip(first.layers[:2], second.layers[:2], strict=True):
        np.testing.assert_array_equal(layer.W, other.W)
    assert first.layers[2].W.shape != second.layers[2].W.shape


def test_the_order_of_the_samples_does_not_depend_on_the_batch_size():
    # Weights that do not move: a mini-batch costs what its samples cost one by one, if they are the same.
    still = structs.replace(SMALL, optimizer=GradientDescentSpec(1e-30), epochs=2, seed=3)
    costs = {}
    for batch_size in (1, 20):
        trainer = build_trainer(structs.replace(still, batch_size=batch_size))
        costs[batch_size] = [step.cost for step in trainer]
    np.testing.assert_allclose(np.reshape(costs[1], (-1, 20)).mean(axis=1), costs[20], rtol=1e-5)
    assert costs[1][:80] != costs[1][80:]


def test_another_seed_has_another_split_and_other_weights():
    pair = [structs.replace(SMALL, seed=seed) for seed in (0, 1)]
    first, second = (load_data(experiment) for experiment in pair)
    assert not np.array_equal(first.x_test, second.x_test)
    weights = [build_network(experiment).parameters.theta for experiment in pair]
    assert not np.array_equal(*weights)


# --- what is told ---------------------------------------------------------------------------------------------------


def results(a, b, diverged=()):
    chance = Baseline("majority class", 1.38, 0.25, wilson(250, 1_000))
    linear = Baseline("logistic regression", 1.38, 0.26, wilson(260, 1_000))
    comparison = ComparisonResults(("deep", "wide"))
    for seed, (first, second) in enumerate(zip(a, b, strict=True)):
        comparison.runs[0][seed] = SeedScore(first, seed in diverged)
        comparison.runs[1][seed] = SeedScore(second, False)
        comparison.baselines[seed] = (chance, linear)
    return comparison


def test_the_table_has_a_line_each_and_the_verdict_beneath():
    a, b = [0.8, 0.82, 0.84, 0.81], [0.9, 0.91, 0.95, 0.92]
    lines = describe(results(a, b)).splitlines()
    assert lines[1].split() == ["over", "seeds", "mean", "spread", "min", "max", "failed"]
    spread = [f"{np.std(values, ddof=1):.4f}" for values in (a, b)]
    assert lines[2].split() == ["deep", "0.8175", spread[0], "0.8000", "0.8400", "0", "%"]
    assert lines[3].split() == ["wide", "0.9200", spread[1], "0.9000", "0.9500", "0", "%"]
    assert lines[4].split() == ["majority", "class", "0.2500", "0.0000", "0.2500", "0.2500"]
    assert lines[5].split()[:3] == ["logistic", "regression", "0.2600"]
    assert "\n".join(lines[7:]) == compare(a, b, ("deep", "wide")).verdict
    assert lines[7].startswith("wide is better by 0.1025")


def test_runs_that_never_left_chance_or_diverged_are_failed():
    chance = wilson(250, 1_000).high
    lines = describe(results([0.8, chance, 0.2, 0.5], [0.9, chance + 0.001, 0.9, 0.9], diverged=[3])).splitlines()
    assert lines[2].endswith(" 75 %")
    assert lines[3].endswith(" 0 %")
    assert lines[6].startswith("failed: ")


def test_one_seed_has_neither_spread_nor_interval():
    text = describe(results([0.8], [0.9]))
    assert text.splitlines()[2].split() == ["deep", "0.8000", "-", "0.8000", "0.8000", "0", "%"]
    assert "one seed says nothing about noise" in text


def test_results_that_are_no_numbers_are_left_out_and_that_is_said():
    text = describe(results([0.8, float("nan"), 0.7, 0.75], [0.9, 0.9, 0.9, 0.9], diverged=[1]))
    assert "seed 1 is left out" in text
    assert "3 paired seeds" in text
    assert text.splitlines()[2].endswith(" 25 %")


def test_what_is_missing_is_reported_with_its_reason():
    nan = float("nan")
    comparison = results([0.8, nan, nan, 0.7], [0.9, 0.9, nan, nan])
    for seed in range(4):
        comparison.baselines[seed] = (
            Baseline("mean", 1.0, nan if seed == 2 else -0.01, None),
            Baseline("ls", 1, 0.5, None),
        )
    text = describe(comparison)
    assert "seed 1 is left out of the comparison: the outputs of deep for the test part are not finite numbers" in text
    assert "seed 2 is left out of the comparison: R2 of the test part is not defined: all values are equal" in text
    assert "seed 3 is left out of the comparison: the outputs of wide" in text
    assert "gave no number" not in text
    # Each row is of the seeds that have a score, and says so.
    rows = [line.split("  ")[0] for line in text.splitlines()]
    assert {"deep (2 of 4 seeds)", "wide (2 of 4 seeds)", "mean (3 of 4 seeds)"} <= set(rows)
    assert " 0.7500 " in text
    assert [each["seed"] for each in as_document(comparison)["left_out"]] == [1, 2, 3]


def test_where_no_score_is_defined_nothing_is_compared():
    nan = float("nan")
    comparison = results([nan, nan], [nan, nan])
    for seed in (0, 1):
        comparison.baselines[seed] = Baseline("mean", 1.0, nan, None), Baseline("least squares", 1.0, nan, None)
    text = describe(comparison)
    assert text.count("R2 of the test part is not defined: all values are equal") == 2
    assert "nothing can be compared" in text


def test_of_values_r2_is_reported_and_chance_is_the_mean():
    comparison = results([0.7, -0.2], [0.9, 0.8])
    for seed in (0, 1):
        models = Baseline("mean", 1.0, -0.01, None), Baseline("least squares", 0.5, 0.5, None)
        comparison.baselines[seed] = models
    lines = describe(comparison).splitlines()
    assert lines[0].strip() == "test R2"
    assert lines[2].endswith(" 50 %")
    assert lines[5].startswith("least squares")
    assert lines[6] == "failed: diverged, or no better than the mean on the same split"


def test_names_are_short_and_different():
    assert names_of("xor", "some/folder/mine.yaml") == ("xor", "mine")
    assert names_of("a/net.yaml", "b/net.yml") == ("net (A)", "net (B)")


def test_data_are_the_same_or_their_difference_is_reported(tmp_path):
    def difference(first, second, split=None, other=None):
        split, other = split or SplitSpec(), other or SplitSpec()
        return difference_of_data(Experiment(dataset=first, split=split), Experiment(dataset=second, split=other))

    assert difference(SpinGlass(), SpinGlass(0.2)) == ""
    assert difference(SpinGlass(), Xor()) == "spin-glass-14 and xor"
    assert difference(Xor(), Xor(noise=0.5, samples=900)) == "samples is 1000 and 900, noise is 0.35 and 0.5"
    (tmp_path / "link").symlink_to(tmp_path)
    same = [CsvFile(str(path / "x.csv")) for path in (tmp_path, tmp_path / "link")]
    assert difference(*same) == ""
    # The test part is the same with a validation part and without, but not stratified or of another size.
    assert difference(Xor(), Xor(), None, SplitSpec(validation=0.3)) == ""
    assert difference(Xor(test_share=0.3), Xor(), None, SplitSpec(test=0.3)) == ""
    assert difference(Xor(), Xor(), None, SplitSpec(test=0.3)) == "test_share is 0.2 and 0.3"
    assert difference(Xor(), Xor(), None, SplitSpec(stratified=True)) == "stratified is no and yes"
    assert difference(Xor(), Xor(), None, SplitSpec(by="order")) == "by is not set and order"
    assert difference(Xor(), Xor(), None, SplitSpec(train_samples=100)) == ""


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_seed_reaches_what_its_single_run_reaches(capsys):
    wider = structs.replace(SMALL, layers=(LayerSpec(16),), batch_size=10)
    assert compare_headless(("small", "wide"), (SMALL, wider), seeds=3, processes=2) == 0
    reached = []
    for experiment in (SMALL, wider):
        trainers = [build_trainer(structs.replace(experiment, seed=seed)) for seed in range(3)]
        for trainer in trainers:
            while not trainer.finished:
                trainer.advance(100)
        reached.append([trainer.test().accuracy for trainer in trainers])
    expected = ComparisonResults(("small", "wide"))
    for seed in range(3):
        for runs, accuracies in zip(expected.runs, reached, strict=True):
            runs[seed] = SeedScore(accuracies[seed], False)
        expected.baselines[seed] = baselines(xor(100, seed=seed))
    assert capsys.readouterr().out == describe(expected) + "\n"


@pytest.mark.parametrize(
    ("own_test", "validation", "baselines_learnt"),
    [(True, 0.0, [0]), (True, 0.2, [0, 1, 2]), (False, 0.0, [0, 1, 2])],
    ids=["the file's own parts", "a validation part is drawn", "all parts are drawn"],
)
def test_baselines_are_learnt_once_for_each_split(tmp_path, own_test, validation, baselines_learnt):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    parts = {"x": x[:40], "y": y[:40], "x_test": x[40:], "y_test": y[40:]} if own_test else {"x": x, "y": y}
    np.savez(tmp_path / "d.npz", **parts)
    experiment = structs.replace(
        SMALL, dataset=NpzFile(str(tmp_path / "d.npz")), split=SplitSpec(validation=validation)
    )

    class Here:
        """A pool that works at once, in this process."""

        def submit(self, work, experiment):
            done = Future()
            done.set_result(work(experiment))
            if work is comparison._baselines:
                seeds.append(experiment.seed)
            return done

    seeds, both = [], ComparisonResults(("a", "b"))
    for future, job in comparison._submit_all(Here(), both, (experiment, experiment), 3):
        job.take(future)
    assert seeds == baselines_learnt
    assert both.seeds == [0, 1, 2]
    for seed in both.seeds:  # and each is what is learnt from its own split
        for one, other in zip(
            both.baselines[seed], baselines(load_data(structs.replace(experiment, seed=seed))), strict=True
        ):
            assert one == other


@pytest.mark.slow
def test_the_command_prints_table_and_verdict_and_tells_its_progress(tmp_path):
    (tmp_path / "slow.yaml").write_text(
        "version: 1\ndataset: {name: xor}\nlayers: [{size: 8, activation: tanh}]\n"
        "optimizer: {name: gradient-descent, learning_rate: 1e-6}\n"
    )
    result = process("compare", "xor", "slow.yaml", "--seeds", 3, "--epochs", 2, "--processes", 2, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["xor", "slow", "majority", "logistic"]
    assert "3 paired seeds" in result.stdout
    assert "100 % of the runs are done" in result.stderr
    again = process("compare", "xor", "slow.yaml", "--seeds", 3, "--epochs", 2, "--processes", 1, cwd=tmp_path)
    assert again.stdout == result.stdout


@pytest.mark.slow
def test_an_experiment_compared_with_itself_is_no_different():
    result = given("compare", "xor", "xor", "--seeds", 2, "--epochs", 1, "--processes", 1)
    assert result.exit_code == 0, result.stderr
    assert "no difference: each of 2 paired seeds gave both the same" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["xor", "article-14-28x6-4"], "not comparable: their data differ (xor and spin-glass-14)"),
        (["xor", "other.yaml"], "(test_share is 0.2 and 0.3)"),
        (["xor", "xr"], "did you mean xor?"),
        (["xor", "xor", "--seeds", "0"], "--seeds"),
        (["xor"], "Missing argument 'B'"),
    ],
    ids=["data", "settings", "unknown", "seeds", "missing"],
)
def test_what_cannot_be_compared_is_refused(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text("version: 1\ndataset: {name: xor, test_share: 0.3}\n")
    result = given("compare", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.slow
def test_what_goes_wrong_in_a_worker_ends_with_1_and_a_sentence(capsys):
    missing = structs.replace(SMALL, dataset=CsvFile("no-such.csv"))
    assert compare_headless(("a", "b"), (missing, missing), seeds=1, processes=1) == 1
    shown = capsys.readouterr()
    assert re.match(r"joml-tui: (a|b|the baselines), seed 0: .*no-such.csv", shown.err.splitlines()[-1])
    assert "Traceback" not in shown.err
    assert shown.out == ""


@pytest.mark.slow
def test_an_interrupted_comparison_tells_the_seeds_that_are_done_and_leaves_no_process():
    with subprocess.Popen(
        [SCRIPT, "compare", "article-14-100-40-4", "article-14-28x6-4", "--seeds", "40", "--epochs", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        # A tenth of the runs being done is the first that is told.
        assert "10 %" in running.stderr.readline()
        os.killpg(running.pid, signal.SIGINT)
        output, errors = running.communicate(timeout=300)
    assert running.returncode == 130
    assert "majority class" in output
    assert "interrupted: " in errors
    assert "Traceback" not in errors
    end = time.monotonic() + 300
    while str(running.pid) in living_groups():
        assert time.monotonic() < end, "a process was left"
        time.sleep(0.05)


def living_groups():
    """List the groups of all processes; one that is a zombie has ended: who takes its exit code is not ours to say."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines() if not line.split()[1].startswith("Z")]
