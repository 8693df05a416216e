"""Damaged inputs: real files and texts, changed at random, for every reader of the product.

A reader may read what it is given or refuse it with its documented error. Any other exception is a finding, and so are
more than two seconds of processor time and more than 500 MB of memory. Each kind has seeds, so that a finding is played
again:

    python tests/project/damaged_inputs.py --kind npz --count 10000 --seed 7
"""

from __future__ import annotations

import argparse
import gzip
import io
import lzma
import random
import resource
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import damaged_messages
import numpy as np

from joml import Adam, ArchitectureError, Network, SiLU, Trainer, parse_architecture
from joml.data.dataset_error import DatasetError
from joml.data.readers.image_folder import read_image_folder
from joml.files import checkpoint, weights
from joml.files.parameter_tables import TableError, read_parameters, read_samples
from joml.layers.layer_stack import parse_layers
from joml_tui.experiment import architecture_of, load_data
from joml_tui.experiment.grid import GridError, GridSetting
from joml_tui.experiment.opening import open_experiment, read_change
from joml_tui.experiment.yaml_text import ExperimentError, load_experiment, parse_experiment
from joml_tui.reports.table_report import inspect_table
from joml_tui.runs.run_filter import FilterError, parse_filter
from joml_tui.store import StoreError, open_store
from joml_tui.store.inspection import examine
from joml_tui.sweep.scheduler import SweepError
from joml_tui.sweep.sweep_file import parse_sweep
from joml_tui.user_settings import read_settings

#: Seconds of the processor and bytes of memory that an input may take.
MOST_SECONDS, MOST_BYTES = 2.0, 500_000_000
_GENERATOR = np.random.default_rng(3)
_X = _GENERATOR.normal(size=(40, 3))
_CLASSES = np.arange(40) % 3
_Y = np.eye(3)[_CLASSES].T
_ROWS = [
    f"{width:.3f},{height:.2f},{colour},{kind}"
    for (width, height, _), colour, kind in zip(_X, ["red", "blue"] * 20, _CLASSES, strict=True)
]
_TABLE = "width,height,colour,class\n" + "\n".join(_ROWS)
_EXPERIMENT = """\
version: 1
name: a small one
dataset: {name: moons, samples: 200, noise: 0.2}
split: {validation: 0.1, test: 0.2}
layers: [{size: 8, activation: {name: leaky-relu, slope: 0.1}, dropout: 0.1}, {size: 4, activation: tanh}]
output: {cost: cross-entropy}
optimizer: {name: adam, learning_rate: 0.01, l2: 0.001, schedule: {name: cosine-decay}}
epochs: 3
early_stopping: {patience: 2}
metrics: [macro-f1]
"""
_SWEEP = """\
name: widths
base: xor
grid: {"layers[0].size": [2, 4, 8], optimizer.learning_rate: [0.1, 0.01]}
seeds: 0..4
"""


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes
    ----------
    samples : callable
        Returns whole inputs: names of files and their bytes; takes an empty folder to make them in.
    read : callable
        Reads an input by its path, and suppresses the documented errors.
    """

    samples: Callable[[Path], dict[str, bytes]]
    read: Callable[[Path], object]


# --- changes ----------------------------------------------------------------------------------------------------------

_SIGNS = b'\x00\xff\x7f\x80\n\r",;\t09-e{[&*!:#'
_NUMBERS = (b"99999999999999999999", b"-1", b"1e400", b"nan", b"0x", b"", "\u0663".encode(), b"1" * 400)
_WORDS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a content with some random changes, most of them near its beginning, where its form is declared."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 4, 16])):
        if not changed:
            break
        place = chance.randrange(len(changed))
        if chance.random() < 0.4:
            place = min(place, int(chance.expovariate(1 / 60)))
        chance.choice(_CHANGES)(changed, place, chance)
    return bytes(changed)


def _flip(content: bytearray, place: int, chance: random.Random) -> None:
    content[place] ^= 1 << chance.randrange(8)


def _set(content: bytearray, place: int, chance: random.Random) -> None:
    content[place] = chance.choice(_SIGNS)


def _cut_out(content: bytearray, place: int, chance: random.Random) -> None:
    del content[place : place + chance.randrange(1, 40)]


def _cut_off(content: bytearray, place: int, _: random.Random) -> None:
    del content[place:]


def _insert(content: bytearray, place: int, chance: random.Random) -> None:
    content[place:place] = chance.randbytes(chance.randrange(1, 20))


def _repeat(content: bytearray, place: int, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    content[place:place] = content[start : start + chance.randrange(1, 200)]


def _renumber(content: bytearray, _: int, chance: random.Random) -> None:
    digits = [place for place, code in enumerate(content) if chr(code).isdigit()]
    if digits:
        place = chance.choice(digits)
        content[place : place + 1] = chance.choice(_NUMBERS)


def _overwrite(content: bytearray, place: int, chance: random.Random) -> None:
    content[place : place + 4] = chance.choice(_WORDS)


_CHANGES = (_flip, _flip, _set, _cut_out, _cut_off, _insert, _repeat, _renumber, _overwrite)

# --- inputs and their readers -----------------------------------------------------------------------------------------


def _saved(save: Callable[..., None], *arrays: object, **named: object) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


def _npz(_: Path) -> dict[str, bytes]:
    parts = {"x_train": _X[:30], "y_train": _CLASSES[:30], "x_test": _X[30:], "y_test": _CLASSES[30:]}
    return {
        "a.npz": _saved(np.savez, X=_X, y=_CLASSES),
        "b.npz": _saved(np.savez_compressed, **parts),
        "c.npy": _saved(np.save, np.column_stack([_X, _CLASSES])),
    }


def _idx(_: Path) -> dict[str, bytes]:
    images = _idx_of(_GENERATOR.integers(0, 255, (40, 4, 4)).astype(np.uint8))
    return {"train-images-idx3-ubyte": images, "train-images-idx3-ubyte.gz": gzip.compress(images)}


def _idx_of(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def _read_idx(path: Path) -> None:
    path.with_name("train-labels-idx1-ubyte").write_bytes(_idx_of(_CLASSES.astype(np.uint8)))
    _read_as("idx", path)


def _images(_: Path) -> dict[str, bytes]:
    from PIL import Image  # an optional extra

    colours = Image.fromarray(_GENERATOR.integers(0, 255, (9, 8, 3)).astype(np.uint8))
    kinds = {
        "a.png": colours,
        "b.png": colours.convert("P"),
        "c.png": colours.convert("LA"),
        "d.png": Image.fromarray(_GENERATOR.integers(0, 65535, (9, 8)).astype(np.uint16)),
        "e.jpg": colours,
        "f.jpg": colours,  # with an orientation
        "g.png": colours,  # with several frames
    }
    turned = Image.Exif()
    turned[0x0112] = 6
    options = {"f.jpg": {"exif": turned}, "g.png": {"save_all": True, "append_images": [colours.rotate(90)]}}
    content = {}
    for name, image in kinds.items():
        file = io.BytesIO()
        image.save(file, "JPEG" if name.endswith("jpg") else "PNG", **options.get(name, {}))
        content[name] = file.getvalue()
    return content


def _read_images(path: Path) -> None:
    for name in ("whole", "damaged"):
        (path.parent / f"photos of {path.name}/{name}").mkdir(parents=True, exist_ok=True)
    folder = path.parent / f"photos of {path.name}"
    (folder / "damaged" / path.name).write_bytes(path.read_bytes())
    whole = folder / "whole" / path.name
    if not whole.exists():  # the first one is whole
        whole.write_bytes(path.read_bytes())
    with suppress(DatasetError):
        read_image_folder(folder, size="6x5")


def _read_npz(path: Path) -> None:
    _read_table(path)
    _read_as("npz", path)


def _read_as(name: str, path: Path) -> None:
    with suppress(DatasetError, ExperimentError):
        load_data(parse_experiment(f"version: 1\ndataset: {{name: {name}, path: {str(path)!r}}}\nepochs: 1\n"))


def _tables(_: Path) -> dict[str, bytes]:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("d.csv", _TABLE)
    german = _TABLE.replace(",", ";").replace(".", ",")
    names = '{"width": %s, "height": %s, "colour": "%s", "class": %s}'
    return {
        "a.csv": _TABLE.encode(),
        "b.csv": german.encode("utf-16"),
        "c.csv.gz": gzip.compress(_TABLE.encode()),
        "d.csv.zip": zipped.getvalue(),
        "e.csv.xz": lzma.compress(_TABLE.encode()),
        "f.arff": (
            "@relation r\n@attribute w numeric\n@attribute h numeric\n@attribute c {red,blue}\n@attribute k {0,1,2}\n"
            "@data\n" + "\n".join(_ROWS)
        ).encode(),
        "g.libsvm": "\n".join(f"{k} 1:{w:.3f} 3:{h:.2f}" for (w, h, _), k in zip(_X, _CLASSES, strict=True)).encode(),
        "h.jsonl": "\n".join(names % tuple(row.split(",")) for row in _ROWS).encode(),
        "i.csv": ("day,hour,class\n" + "\n".join(f"2024-0{k + 1}-1{k},{k}:30,{k}" for k in _CLASSES)).encode(),
    }


def _arrow(folder: Path) -> dict[str, bytes]:
    import pyarrow
    import pyarrow.feather
    import pyarrow.orc
    import pyarrow.parquet

    table = pyarrow.table({"width": _X[:, 0], "colour": ["red", "blue"] * 20, "class": _CLASSES})
    pyarrow.parquet.write_table(table, folder / "a.parquet")
    pyarrow.feather.write_feather(table, folder / "b.feather")
    pyarrow.orc.write_table(table, folder / "c.orc")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _matlab(folder: Path) -> dict[str, bytes]:
    from scipy.io import savemat

    savemat(folder / "a.mat", {"X": _X, "y": _CLASSES})
    savemat(folder / "b.mat", {"X": _X, "y": _CLASSES}, do_compression=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _read_table(path: Path) -> None:
    with suppress(DatasetError, ExperimentError):
        inspect_table(str(path), {})


def _network() -> Network:
    return Network.from_architecture("3-4-3", seed=1)


def _weights(folder: Path) -> dict[str, bytes]:
    names = ["w.npz", "w.csv"]
    with suppress(weights.WeightsError):  # safetensors is an extra
        weights.save(_network(), folder / "w.safetensors")
        names.append("w.safetensors")
    for name in names[:2]:
        weights.save(_network(), folder / name)
    return {name: (folder / name).read_bytes() for name in names}


def _read_weights(path: Path) -> None:
    with suppress(weights.WeightsError, OSError):
        weights.load(_network(), path)
    with suppress(TableError, OSError):
        read_samples(path, 3)
    with suppress(TableError, OSError):
        read_parameters(path, None, (3, 4, 3))


def _trainer() -> Trainer:
    return Trainer(_network(), _X.T, _Y, _X.T, _Y, optimizer=Adam(), epochs=3)


def _checkpoints(folder: Path) -> dict[str, bytes]:
    trainer = _trainer()
    trainer.advance(2)
    checkpoint.save(trainer, folder / "c.npz")
    return {"c.npz": (folder / "c.npz").read_bytes()}


def _read_checkpoint(path: Path) -> None:
    trainer = _trainer()
    with suppress(checkpoint.CheckpointError, OSError):
        checkpoint.load(trainer, path)
        trainer.advance(3)


def _texts(_: Path) -> dict[str, bytes]:
    return {
        "experiment.yaml": _EXPERIMENT.encode(),
        "sweep.yaml": _SWEEP.encode(),
        "settings.toml": b'theme = "nord"\nsmoothing = 10\nquiet = true\npace = "watch"\n[keys]\ntrain = ["r", "f5"]\n',
        "architecture.txt": b"14-28x6-4",
        "layers.txt": b"1@28x28-c8k5s2b1(tanh)-p2-r(c8k3b1-bn)-relu-d0.2-30x2-10",
        "own-layers.txt": b"2-e4@1:3-r(8(swish)-r(bn-8)-d0.1)-swish-30x2(swish)-3",
        "set.txt": (
            b"layers=r(4(swish)-r(bn-4)-d0.1)-30x2(tanh)-swish\nlayers=e4-r(8)-relu\nlayers[0].size=3\n"
            b"optimizer={name: sgd, learning_rate: 0.1, schedule: {name: step-decay}}\noptimizer.learning_rate=1e-3\n"
            b"split.test=25%\ndataset.noise=0.3\noutput.cost.name=cross-entropy\ntags=[a, b]\nmetrics=[macro-f1]"
        ),
        "filter.txt": b'test_acc>90% created>=2026-11-01 opt:adam !"two words" layers[1].activation=tanh',
        "grid.txt": b"0..8..2, 1e-3, tanh, {name: adam, learning_rate: 0.1}",
    }


def _read_text(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    match path.name:
        case "experiment.yaml":
            with suppress(ExperimentError):
                load_experiment(path)
        case "sweep.yaml":
            with suppress(ExperimentError, SweepError, GridError):
                parse_sweep(text, str(path))
        case "settings.toml":
            read_settings(path)
        case "architecture.txt":
            with suppress(ArchitectureError):
                parse_architecture(text)
        case "layers.txt":
            with suppress(ArchitectureError):
                _ = parse_layers(text).parameter_count
        case "own-layers.txt":
            with suppress(ArchitectureError):
                stack = parse_layers(text, {"swish": SiLU()})
                _ = stack.parameter_count, str(stack)
        case "set.txt":
            for line in text.split("\n"):
                with suppress(ExperimentError):
                    experiment = open_experiment("xor", [read_change(line)]).experiment
                    with suppress(ValueError):
                        architecture_of(experiment)
        case "filter.txt":
            with suppress(FilterError):
                parse_filter(text)
        case "grid.txt":
            with suppress(GridError, ExperimentError):
                GridSetting.parse("optimizer.learning_rate", text)


def _stores(folder: Path) -> dict[str, bytes]:
    from click.testing import CliRunner

    from joml_tui.cli import main

    path = folder / "runs.db"
    for name in ("xor", "sine"):
        result = CliRunner().invoke(main, ["run", name, "--epochs", "1", "--quiet", "--store", str(path)])
        assert result.exit_code == 0, result.output
    return {"runs.db": path.read_bytes()}


def _read_store(path: Path) -> None:
    for other in path.parent.glob("runs.db?*"):
        other.unlink()
    examine(path)
    with suppress(StoreError), open_store(path) as store:
        for run in store.runs():
            for read in (store.experiment, store.state, store.shape, store.run):
                with suppress(StoreError):
                    read(run.number)


KINDS = {
    "npz": Kind(_npz, _read_npz),
    "idx": Kind(_idx, _read_idx),
    "images": Kind(_images, _read_images),
    "table": Kind(_tables, _read_table),
    "arrow": Kind(_arrow, _read_table),
    "matlab": Kind(_matlab, _read_table),
    "weights": Kind(_weights, _read_weights),
    "checkpoint": Kind(_checkpoints, _read_checkpoint),
    "text": Kind(_texts, _read_text),
    "store": Kind(_stores, _read_store),
    "request": Kind(damaged_messages.requests, damaged_messages.read_message),
    "event": Kind(damaged_messages.events, damaged_messages.read_message),
    "drawing": Kind(damaged_messages.drawings, damaged_messages.read_message),
    "packed run": Kind(damaged_messages.packed_runs, damaged_messages.read_message),
}

# --- a campaign -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """An input that a reader did not bear.

    Attributes
    ----------
    what : str
        The exception with its place, or the time or memory that it took.
    name : str
        The name of the file.
    content : bytes
    """

    what: str
    name: str
    content: bytes


def attack(kind: Kind, count: int, seed: int, folder: Path) -> Iterator[Finding]:
    """Yield what is found with a number of damaged inputs, the first of each sort.

    Parameters
    ----------
    kind : Kind
    count : int
    seed : int
    folder : Path
        An empty folder.
    """
    chance = random.Random(seed)
    (folder / "whole").mkdir()
    (folder / "damaged").mkdir()
    samples = kind.samples(folder / "whole")
    for name, content in samples.items():  # a whole input is read; otherwise nothing is tried
        (folder / "damaged" / name).write_bytes(content)
        kind.read(folder / "damaged" / name)
    sorts: set[str] = set()
    for _ in range(count):
        name, content = chance.choice([*samples.items()])
        changed = damaged(content, chance)
        what = _burden(kind.read, folder / "damaged" / name, changed)
        if what and what not in sorts:
            sorts.add(what)
            yield Finding(what, name, changed)


def _burden(read: Callable[[Path], object], path: Path, content: bytes) -> str:
    """Return what is wrong with the reading of an input; empty if nothing is."""
    path.write_bytes(content)
    memory, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        read(path)
    except Exception as error:
        *_, last = traceback.extract_tb(error.__traceback__)
        return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    if time.process_time() - began > MOST_SECONDS:
        return f"more than {MOST_SECONDS:.0f} s"
    taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * (1 if sys.platform == "darwin" else 1024)
    return f"more than {MOST_BYTES / 1e6:.0f} MB" if taken > MOST_BYTES else ""


def main() -> int:
    """Attack the readers of some kinds, keep the inputs that they did not bear, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kind", choices=KINDS, action="append", help="a kind of input; may be repeated (all)")
    parser.add_argument("--count", type=int, default=1_000, help="inputs of each kind (1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("damaged"), help="a folder for what is found (damaged)")
    given = parser.parse_args()
    bad = 0
    for name in given.kind or KINDS:
        began, count = time.monotonic(), 0
        with tempfile.TemporaryDirectory() as folder:
            for count, finding in enumerate(attack(KINDS[name], given.count, given.seed, Path(folder)), start=1):
                given.keep.mkdir(exist_ok=True)
                (given.keep / f"{name}-{given.seed}-{count}-{finding.name}").write_bytes(finding.content)
                print(f"{name}: {finding.name}: {finding.what}", flush=True)
        took = time.monotonic() - began
        print(f"{name}: {given.count:,} inputs in {took:.0f} s, {count or 'nothing'} found", flush=True)
        bad += count
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
