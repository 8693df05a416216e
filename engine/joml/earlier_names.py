"""Earlier names of modules and classes, so that older programs and pickled objects still work.

Importing ``joml.adaptive`` gives the module ``joml.optimizers.adaptive`` itself, and ``joml.Clipped`` gives
``joml.WithGradientClipping``, each with a `DeprecationWarning`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

#: Earlier names of moved modules, with their current names.
RENAMED = {
    "joml.adaptive": "joml.optimizers.adaptive",
    "joml.composed": "joml.optimizers.transforms",
    "joml.schedules": "joml.optimizers.schedules",
    "joml.segments": "joml.optimizers.per_layer",
    "joml.functions": "joml.activations",
    "joml.functions.base": "joml.activations.activation",
    "joml.functions.broadcasting": "joml.activations.broadcasting",
    "joml.functions.identity": "joml.activations.identity",
    "joml.functions.rectifiers": "joml.activations.rectifiers",
    "joml.functions.smooth": "joml.activations.smooth",
    "joml.functions.softmax": "joml.activations.softmax",
    "joml.arrays": "joml.array_types",
    "joml.checks": "joml.validation",
    "joml.copying": "joml.copy_refusal",
    "joml.settled": "joml.fixed_settings",
    "joml.streams": "joml.rng",
    "joml.generators": "joml.rng_state",
    "joml.passes": "joml.compiled.passes",
    "joml.parameters": "joml.compiled.parameters",
    "joml.evaluation": "joml.compiled.evaluation",
    "joml.blas": "joml.compiled.blas",
    "joml.batches": "joml.training.batches",
    "joml.early_stopping": "joml.training.early_stopping",
    "joml.snapshots": "joml.training.snapshots",
    "joml.divergence": "joml.training.divergence",
    "joml.measuring": "joml.training.measurement",
    "joml.records": "joml.training.records",
    "joml.replicas": "joml.training.replicas",
    "joml.dataset": "joml.data.dataset",
    "joml.dataset_error": "joml.data.dataset_error",
    "joml.preparation": "joml.data.preparation",
    "joml.parts": "joml.data.split",
    "joml.normalisation": "joml.layer_normalisation",
    "joml.datasets": "joml.data",
    "joml.datasets.hypercube": "joml.data.generators.hypercube",
    "joml.datasets.spin_glass": "joml.data.generators.spin_glass",
    "joml.datasets.parity": "joml.data.generators.parity",
    "joml.datasets.planar": "joml.data.generators.planar",
    "joml.datasets.regression": "joml.data.generators.regression",
    "joml.datasets.generated": "joml.data.generators.generated",
    "joml.datasets.sklearn_sets": "joml.data.sklearn_sets",
    "joml.datasets.labels": "joml.data.labels",
    "joml.datasets.columns": "joml.data.readers.columns",
    "joml.datasets.csv_faults": "joml.data.readers.csv_faults",
    "joml.datasets.csv_file": "joml.data.readers.csv_file",
    "joml.datasets.csv_folder": "joml.data.readers.csv_folder",
    "joml.datasets.csv_format": "joml.data.readers.csv_format",
    "joml.datasets.csv_layout": "joml.data.readers.csv_layout",
    "joml.datasets.csv_text": "joml.data.readers.csv_text",
    "joml.datasets.file_kinds": "joml.data.readers.file_kinds",
    "joml.datasets.files": "joml.data.readers.file_samples",
    "joml.datasets.idx_file": "joml.data.readers.idx_file",
    "joml.datasets.npz_file": "joml.data.readers.npz_file",
    "joml.datasets.table_file": "joml.data.readers.table_file",
    "joml.datasets.text_file": "joml.data.readers.text_file",
    "joml.gradient_check": "joml.analysis.gradient_check",
    "joml.five_steps": "joml.analysis.five_steps",
    "joml.rate_range": "joml.analysis.rate_range",
    "joml.equivalence": "joml.analysis.equivalence",
    "joml.layer_measures": "joml.analysis.layer_statistics",
    "joml.accounting": "joml.analysis.article_accounting",
    "joml.metrics": "joml.statistics.metrics",
    "joml.intervals": "joml.statistics.intervals",
    "joml.comparison": "joml.statistics.seed_comparison",
    "joml.baselines": "joml.statistics.baselines",
    "joml.weights": "joml.files.weights",
    "joml.checkpoint": "joml.files.checkpoint",
    "joml.writing": "joml.files.atomic_write",
}

#: Earlier names of renamed classes, with their current names.
RENAMED_CLASSES = {
    "Clipped": "WithGradientClipping",
    "Decayed": "WithWeightDecay",
    "Rule": "BoundOptimizer",
    "VectorRule": "PreparedOptimizer",
}


def find_class(module: str, name: str, depth: int = 2) -> Any:
    """Return the class that had this earlier name in a module; used in the modules' ``__getattr__``.

    Parameters
    ----------
    module, name : str
    depth : int, default 2
        Number of callers from here to the one that is warned.

    Returns
    -------
    Any

    Raises
    ------
    AttributeError
        The module has no such class.
    """
    today = RENAMED_CLASSES.get(name)
    home = sys.modules[module]
    if today is None or not hasattr(home, today):
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=home)
    warnings.warn(f"{module}.{name} is now {module}.{today}", DeprecationWarning, stacklevel=depth)
    return getattr(home, today)


# Without the base classes of `importlib.abc`, which would import a dozen modules, `tempfile` among them.
class _RenamedLoader:
    def create_module(self, spec: ModuleSpec) -> None:
        """Return None, so that Python makes an empty module, which ``exec_module`` replaces."""

    def exec_module(self, module: ModuleType) -> None:
        """Replace the empty module by the current one."""
        earlier = module.__name__
        today = RENAMED[earlier]
        warnings.warn(f"{earlier} is now {today}", DeprecationWarning, stacklevel=2)
        sys.modules[earlier] = import_module(today)


class _RenamedFinder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for an earlier name, None for all others."""
        return ModuleSpec(fullname, cast("Loader", _RenamedLoader())) if fullname in RENAMED else None


def install() -> None:
    """Install the import of earlier names, before other finders, which would load a moved module a second time."""
    if not any(isinstance(finder, _RenamedFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _RenamedFinder())
