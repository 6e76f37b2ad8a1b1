"""A training run told on the terminal: bars on standard error, which pipes and --json leave alone."""

import time
from typing import TYPE_CHECKING, Any

import click

from tovec.training.run import Reporter

if TYPE_CHECKING:
    from tovec.text.corpus import Corpus
    from tovec.text.documents import Documents, Texts
    from tovec.training.skipgram import Progress, Trained


class Bars(Reporter):
    """Progress bars with words a second, loss and time to go; a line for what is worth knowing."""

    def __init__(self) -> None:
        self.words_per_s = 0.0
        self._bar: Any = None
        self._began = 0.0
        self._n_words = 0

    def reading(self, n_bytes: int | None) -> None:
        """Open the bar of reading."""
        self._bar = _bar(n_bytes, "reading", unit="B", unit_scale=True)

    def read(self, n_bytes: int) -> None:
        """Move it."""
        self._bar.update(n_bytes)

    def training(self, corpus: "Corpus", documents: "Documents | Texts") -> None:
        """Tell what was read, open the bar of training."""
        self._bar.close()
        left_out = corpus.n_read - len(corpus.ids)
        click.echo(
            f"read {corpus.n_read:,} tokens in {corpus.n_documents:,} documents; "
            f"{len(corpus.vocabulary):,} different ones are in the vocabulary"
            + (f", {left_out:,} tokens are too rare and left out" if left_out else ""),
            err=True,
        )
        if corpus.n_replaced:
            click.echo(f"{corpus.n_replaced:,} bad bytes became U+FFFD (--errors replace)", err=True)
        self._bar = _bar(None, "training", unit="words", unit_scale=True)
        self._began = time.perf_counter()

    def trained(self, progress: "Progress") -> None:
        """Move the bar of training."""
        self._bar.total = progress.total
        self._n_words = progress.done
        self._bar.set_postfix_str(f"loss {progress.loss:.3f}", refresh=False)
        self._bar.update(progress.done - self._bar.n)

    def finished(self, result: "Trained") -> None:
        """Close it."""
        self._bar.close()
        self.words_per_s = self._n_words / max(time.perf_counter() - self._began, 1e-9)
        if result.interrupted:
            click.echo(f"stopped after {result.epochs:.2f} epochs; keeping what has been learned", err=True)


def _bar(total: int | None, what: str, **options: Any) -> Any:
    from tqdm import tqdm

    # disable=None: no bar where standard error is no terminal.
    return tqdm(total=total, desc=what, disable=None, dynamic_ncols=True, **options)
