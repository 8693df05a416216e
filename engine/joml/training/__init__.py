"""Training: the one loop, its mini-batches, measurements, early stopping, snapshots and replicas."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joml.training.trainer import Trainer as Trainer
else:

    def __getattr__(name: str) -> Any:
        """Return the trainer on first use, because it imports modules of this package itself."""
        if name != "Trainer":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from joml.training.trainer import Trainer  # noqa: PLC0415

        return Trainer
