"""A callback of the Trainer of Hugging Face transformers that records the token table of its model."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from tovec.timeline.model_recorder import ModelRecorder
from tovec.timeline.row_names import tokenizer_in


class TransformersCallback(TrainerCallback):  # type: ignore[misc]
    """Records the token table of a model while transformers trains it; `tovec.open_timeline(path)` opens it.

    path: the folder of the moments, as of `tovec.Recorder`. every: optimizer steps between two moments;
    without it each comes a tenth later than the one before. tokens: names of the rows: a list, their ids or a
    tokenizer; the Trainer's tokenizer (`processing_class`) where left out. table: "input", "output", or the
    name of a module such as "transformer.wte". rows: how many of a large table, the first ones, or the tokens
    of which; without it the first 20,000.
    Losses are those that the Trainer logs (`logging_steps`) and measures (`eval_loss`). Where several
    processes train, the first one writes. Training that is resumed from a checkpoint goes on in the same
    folder. A table that DeepSpeed's stage 3 has spread over processes is refused.

    >>> from tovec.timeline import TransformersCallback
    >>> callback = TransformersCallback("film", every=100)  # for Trainer(…, callbacks=[callback])
    """

    def __init__(
        self,
        path: str | Path,
        *,
        every: int | None = None,
        tokens: Any = None,
        table: Any = "input",
        rows: int | Iterable[str] | None = None,
    ) -> None:
        self._recorder = ModelRecorder(path, every=every, tokens=tokens, table=table, rows=rows)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record the model as it is before training."""
        processing_class = kwargs.get("processing_class", kwargs.get("tokenizer"))  # its name until 4.46
        self._recorder.begin(
            kwargs["model"],
            state.global_step,
            state.epoch,
            tokenizer=tokenizer_in(processing_class),
            writes=state.is_world_process_zero,
        )

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write the last moment: all is logged about it now."""
        self._recorder.write_held()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Copy the table where a moment is due."""
        is_last = state.global_step >= state.max_steps
        self._recorder.step_taken(state.global_step, state.epoch, is_last=is_last)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Remember the losses of the next moment."""
        logs = logs or {}
        self._recorder.losses.add(logs.get("loss"))
        self._recorder.validation_loss = logs.get("eval_loss", self._recorder.validation_loss)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record the last step, unless the model is that of the best one by now."""
        self._recorder.end(None if args.load_best_model_at_end else state.global_step, state.epoch)
