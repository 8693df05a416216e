"""Files of painted points: a table of two features and a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from joml_tui.export.safe_files import exported, free_path


def write_points(folder: Path, points: NDArray[np.float64], classes: NDArray[np.int64]) -> Path:
    """Write points to a new file ``points.csv`` in a folder, or to ``points-2.csv`` and so on.

    Parameters
    ----------
    folder : Path
    points : (samples, 2) array
    classes : (samples,) array of int

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        It cannot be written.
    """
    path = free_path(folder / "points.csv")
    rows = (f"{x:.4f},{y:.4f},{label}" for (x, y), label in zip(points.tolist(), classes.tolist(), strict=True))
    with exported(path) as temporary:
        temporary.write_text("\n".join(["x1,x2,class", *rows, ""]), encoding="utf-8")
    return path
