"""A training run told on the terminal: bars on standard error, which pipes and --json leave alone."""

import sys
import time
from typing import TYPE_CHECKING, Any

from tovec.cli.shared import say
from tovec.training.run import Reporter

if TYPE_CHECKING:
    from tovec.text.corpus import Corpus
    from tovec.training.schedule import Position, Progress


class Bars(Reporter):
    """Progress bars with words a second, loss and time to go; a line for what is worth knowing."""

    def __init__(self) -> None:
        self.words_per_s = 0.0
        self._bar: Any = None
        self._began = 0.0
        self._n_words = 0
        self._start = 0.0
        self._n_disk = 0

    def reading(self, n_bytes: int | None) -> None:
        """Open the bar of reading."""
        self._bar = _bar(n_bytes, "reading", unit="B", unit_scale=True)

    def read(self, n_bytes: int) -> None:
        """Move it."""
        self._bar.update(n_bytes)

    def not_kept(self, what: str) -> None:
        """Say what the embedding to continue from has not kept."""
        say(f"the source of --continue-from has no {what}", err=True)

    def compiling(self) -> None:
        """Say why nothing moves for a moment."""
        say("compiling the training loops, once for this installation …", err=True)

    def disk(self, n_bytes: int) -> None:
        """Note it, to be told with the memory."""
        self._n_disk = n_bytes

    def training(self, corpus: "Corpus", n_bytes: int, resumed_at: float) -> None:
        """Tell what was read, open the bar of training."""
        self._bar.close()
        left_out = corpus.n_read - len(corpus.ids)
        say(
            f"read {corpus.n_read:,} tokens in {corpus.n_documents:,} documents; "
            f"{len(corpus.vocabulary):,} different ones are in the vocabulary"
            + (f", {left_out:,} tokens are too rare and left out" if left_out else ""),
            err=True,
        )
        if corpus.n_replaced:
            say(f"{corpus.n_replaced:,} bad bytes became U+FFFD (--errors replace)", err=True)
        room = f" and {self._n_disk / 1e6:,.0f} MB on the disk" if self._n_disk else ""
        say(f"training takes {n_bytes / 1e6:,.0f} MB of memory{room}", err=True)
        if resumed_at:
            say(f"going on from the checkpoint at {resumed_at:.2f} epochs", err=True)
        self._bar = _bar(None, "training", unit="words", unit_scale=True)
        self._began, self._start = time.perf_counter(), resumed_at

    def trained(self, progress: "Progress", n_ids: int) -> None:
        """Move the bar of training."""
        self._bar.total = round(progress.total / max(progress.done, 1) * progress.epoch * n_ids)
        self._n_words = round((progress.epoch - self._start) * n_ids)
        if progress.loss == progress.loss:  # no step has ended since the last report
            self._bar.set_postfix_str(f"loss {progress.loss:.3f}", refresh=False)
        self._bar.update(round(progress.epoch * n_ids) - self._bar.n)

    def epoch_ended(self, epoch: int, loss: float, validation_loss: float | None) -> None:
        """Tell the loss on held-out text, where there is some."""
        if validation_loss is not None:
            self._bar.write(
                f"epoch {epoch}: loss {loss:.4f}, on held-out text {validation_loss:.4f}", file=sys.stderr
            )

    def finished(self, position: "Position") -> None:
        """Close it."""
        self._bar.close()
        self.words_per_s = self._n_words / max(time.perf_counter() - self._began, 1e-9)
        if position.interrupted:
            say(f"stopped after {position.epochs:.2f} epochs; keeping what has been learned", err=True)


def _bar(total: int | None, what: str, **options: Any) -> Any:
    from tqdm import tqdm

    # disable=None: no bar where standard error is no terminal.
    return tqdm(total=total, desc=what, disable=None, dynamic_ncols=True, **options)
