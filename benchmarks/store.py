"""The store with many runs: how large it is, and how long a list and a run's series take: python -m benchmarks.store.

The runs are the article's 14-28x6-4, trained for 4,100 iterations from a few seeds; each is kept again and again, as a
sweep keeps its runs, and the last ones with checkpoints, until these take all that they may.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import structs

from joml_tui.experiment.presets import find_experiment
from joml_tui.runs.run import Run, start_run
from joml_tui.store import Store, restored
from joml_tui.sweep.packed_run import pack_run, unpack_run

_MIB = 2**20
#: Their checkpoints take more than all may together.
_WITH_CHECKPOINTS = 300


def report(runs: int, seeds: int, rounds: int) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    trained = [_trained(seed) for seed in range(seeds)]
    with_checkpoints = min(runs - 1, _WITH_CHECKPOINTS)
    yield f"{runs:,} runs of {trained[0].architecture}, {trained[0].iteration:,} iterations each, {seeds} trained"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        with Store(path) as store:
            bare = [unpack_run(pack_run(run)) for run in trained]
            began = time.perf_counter()
            for number in range(runs - with_checkpoints):
                store.keep(bare[number % seeds])
            each = (time.perf_counter() - began) / (runs - with_checkpoints)
            for number in range(with_checkpoints):
                store.keep(trained[number % seeds])
        size = path.stat().st_size
        yield f"keeping one      {1_000 * each:8.1f} ms"
        of_each = size / runs / 1_024
        yield f"file             {size / _MIB:8.0f} MiB, {of_each:.1f} KiB a run (of 10,000 below 1,024 MiB)"
        opening = [_seconds(lambda: Store(path).close()) for _ in range(rounds)]
        yield f"opening          {1_000 * statistics.median(opening):8.1f} ms"
        with Store(path) as store:
            middle = runs // 2 + 1
            yield _row("list of all", store.runs, rounds, "below 100")
            yield _row("newest 100", lambda: store.runs(newest=100), rounds)
            yield _row("a run's series", lambda: store.series(middle), rounds, "below 50")
            yield _row("a run to look at", lambda: restored(store, middle), rounds)


def _trained(seed: int) -> Run:
    run = start_run(structs.replace(find_experiment("article-14-28x6-4"), seed=seed), engine="thread")
    run.wait()
    return run


def _row(what: str, call: Callable[[], object], rounds: int, bound: str = "") -> str:
    times = sorted(_seconds(call) for _ in range(rounds))
    requirement = f" ({bound})" if bound else ""
    return f"{what:<16} {1_000 * statistics.median(times):8.1f} ms, at most {1_000 * times[-1]:.1f}{requirement}"


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000, help="how many are kept (10000)")
    parser.add_argument("--seeds", type=int, default=4, help="how many of them are trained (4)")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is timed (9)")
    arguments = parser.parse_args()
    for line in report(arguments.runs, arguments.seeds, arguments.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
