"""A callback of the Trainer of Lightning that records the token table of its model."""

import importlib
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tovec.timeline.model_recorder import ModelRecorder

_NAMES = ("lightning.pytorch", "pytorch_lightning")  # of one library: now, and before version 2


def _callback_classes() -> tuple[type, ...]:
    """Return the class of callbacks under each name in use, else under the first that is installed."""
    used = tuple(module.Callback for name in _NAMES if (module := sys.modules.get(name)) is not None)
    if used:
        return used
    for name in _NAMES:
        try:
            return (importlib.import_module(name).Callback,)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError("lightning is not installed")


class LightningCallback(*_callback_classes()):  # type: ignore[misc]
    """Records the token table of a model while Lightning trains it; `tovec.open_timeline(path)` opens it.

    For `lightning` and for `pytorch_lightning`. path: the folder of the moments, as of `tovec.Recorder`.
    every: optimizer steps between two moments; without it each comes a tenth later than the one before.
    tokens: names of the rows: a list, their ids or a tokenizer; rows are numbered where left out. table:
    "input", "output", or the name of a module of the LightningModule, such as "model.wte"; needed where it
    has several torch.nn.Embedding and no get_input_embeddings. rows: how many of a large table, the first
    ones, or the tokens of which; without it the first 20,000. validation_loss: the name under which the model
    logs it.
    A moment has the mean of what `training_step` returned as loss. Where several processes train, the first
    one writes. Training that is resumed from a checkpoint goes on in the same folder.

    >>> from tovec.timeline import LightningCallback
    >>> callback = LightningCallback("film", tokens=["cat", "dog"])  # for Trainer(callbacks=[callback])
    """

    def __init__(
        self,
        path: str | Path,
        *,
        every: int | None = None,
        tokens: Any = None,
        table: Any = "input",
        rows: int | Iterable[str] | None = None,
        validation_loss: str = "val_loss",
    ) -> None:
        super().__init__()
        self._recorder = ModelRecorder(path, every=every, tokens=tokens, table=table, rows=rows)
        self._validation_loss = validation_loss
        self._epoch: float | None = None

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Record the model as it is before training."""
        self._epoch = float(trainer.current_epoch)
        self._recorder.begin(pl_module, trainer.global_step, self._epoch, writes=trainer.is_global_zero)

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Write the last moment: validation is over."""
        self._recorder.write_held()

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Copy the table where a moment is due; several batches may be one step."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if loss is not None and pl_module.automatic_optimization:
            loss = loss * trainer.accumulate_grad_batches  # Lightning has divided it
        self._recorder.losses.add(loss)
        if trainer.num_training_batches < math.inf:
            self._epoch = trainer.current_epoch + (batch_idx + 1) / trainer.num_training_batches
        self._recorder.step_taken(trainer.global_step, self._epoch)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Remember the loss that was measured."""
        if not trainer.sanity_checking:
            self._recorder.validation_loss = trainer.callback_metrics.get(self._validation_loss)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the last step."""
        self._recorder.end(trainer.global_step, self._epoch)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Keep what was recorded, Ctrl+C included."""
        self._recorder.end()
