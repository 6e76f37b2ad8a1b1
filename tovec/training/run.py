"""Texts or files to an embedding: read, train, note how it was made."""

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack, cast

import numpy as np

from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadText, EmptyCorpus, TovecError
from tovec.text.corpus import Corpus, build_corpus
from tovec.text.documents import Documents, Texts
from tovec.text.inputs import STDIN
from tovec.text.phrases import PhraseRules
from tovec.text.tokenizers import Tokenizer, tokenizer_from_name
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.training.checkpoint import digest_of, read_checkpoint, write_checkpoint
from tovec.training.config import Settings, TrainConfig
from tovec.training.held_out import held_out_corpus
from tovec.training.memory import check_memory
from tovec.training.objectives import Plan
from tovec.training.result import Maker
from tovec.training.schedule import Events, Moments, Position, Progress, run

Inputs = str | Path | Sequence[str | Path] | Iterable[str]


OnMoment = Callable[[Embedding, Progress], None]


class Reporter:
    """Told what a run is doing, from the calling thread. This one says nothing."""

    def reading(self, n_bytes: int | None) -> None:
        """Reading begins, of so many bytes (None: nobody knows)."""

    def read(self, n_bytes: int) -> None:
        """So many bytes more have been read."""

    def compiling(self) -> None:
        """The loops are compiled, once for each installation; takes some seconds."""

    def training(self, corpus: Corpus, n_bytes: int, resumed_at: float) -> None:
        """All is read; training begins with `resumed_at` epochs behind it, and takes `n_bytes` of memory."""

    def trained(self, progress: Progress, n_ids: int) -> None:
        """Training has come so far, through so many ids."""

    def epoch_ended(self, epoch: int, loss: float, validation_loss: float | None) -> None:
        """An epoch has ended; its mean losses, on the text and on held-out text."""

    def finished(self, position: Position) -> None:
        """Training has ended."""


def train(
    texts_or_paths: Inputs,
    *,
    work: Path | None = None,
    resume: bool = False,
    checkpoint_every: float | None = None,
    validation: Inputs | None = None,
    continue_from: Embedding | None = None,
    snapshots: int = 0,
    on_epoch: OnMoment | None = None,
    on_snapshot: OnMoment | None = None,
    reporter: Reporter | None = None,
    **settings: Unpack[Settings],
) -> Embedding:
    """Train vectors on your own text and return them with their vocabulary and tokenizer.

    texts_or_paths: a path (a `str` or a `Path`: file, folder, glob, `-` for standard input), a
    list of `Path`, or any iterable of `str`, each of which is one document. settings: those of
    TrainConfig. Ctrl-C ends training early and returns what has been learned.

    work: where the id stream and checkpoints lie (None: a temporary folder); it is left to the caller.
    checkpoint_every: epochs, or fractions of one, between checkpoints. resume: go on from the
    checkpoint in `work`, if there is one; text and settings must be the same. validation: held-out
    documents, as texts_or_paths, whose loss is measured after each epoch. continue_from: its tokens
    keep their ids and begin with their vectors; new tokens come behind them. Its dim is that of the run.
    on_epoch, on_snapshot: called with the embedding so far after each epoch, and at `snapshots`
    moments evenly apart, the last at the end.

    Raises BadText for text that cannot be read, EmptyCorpus when nothing is left to train on,
    BadSetting for a setting outside its range, BadCheckpoint, TooLarge when there is not the memory,
    Diverged when numbers leave all bounds.
    """
    if checkpoint_every is not None and not 0 < checkpoint_every < float("inf"):
        raise BadSetting("checkpoint_every", checkpoint_every, "a number of epochs above 0")
    if isinstance(snapshots, bool) or not isinstance(snapshots, int) or snapshots < 0:
        raise BadSetting("snapshots", snapshots, "a whole number from 0 up")
    if (resume or checkpoint_every is not None) and work is None:
        raise TovecError("checkpoints need a folder of their own: give `work`, a Path")
    if continue_from is not None:
        settings.setdefault("dim", continue_from.dim)
    config = TrainConfig(**settings)
    if validation is not None and config.objective == "glove":
        raise TovecError(
            "the loss of glove is one of counts, so there is none on held-out text; leave it out"
        )
    if continue_from is not None:
        config = _continued(config, continue_from)
    reporter = reporter or Reporter()
    documents = documents_from(texts_or_paths, config)
    held_out_documents = None if validation is None else documents_from(validation, config)
    tokenizer = _tokenizer(config)
    with _work_folder(work) as folder:
        reporter.reading(documents.n_bytes() if isinstance(documents, Documents) else None)
        phrases = PhraseRules(config.phrases, config.phrase_threshold) if config.phrases else None
        corpus = build_corpus(
            *(documents, tokenizer, folder, config.rules),
            phrases=phrases,
            threads=config.threads,
            on_read=reporter.read,
        )
        _check_pairs(corpus, config.min_count)
        held_out = None if held_out_documents is None else held_out_corpus(held_out_documents, corpus)
        plan = Plan(corpus, config)
        n_bytes = check_memory(plan.n_bytes())
        if not _is_compiled(plan.kernels):
            reporter.compiling()
        objective = plan.objective(folder, held_out, _start_of(continue_from))
        run_settings = _run_settings(config, continue_from)
        digest = digest_of(corpus) if resume or checkpoint_every is not None else ""
        position = read_checkpoint(folder, objective.arrays, run_settings, digest) if resume else None
        position = position or Position.start(config.epochs, objective.n_steps)
        moments = Moments(objective.n_steps, config.epochs, checkpoint_every, snapshots)
        made = Maker(corpus, config, objective, continue_from)
        happening = _Happening(made, moments, folder, run_settings, digest, reporter, on_epoch, on_snapshot)
        reporter.training(corpus, n_bytes, position.epochs)
        position = run(objective, config, moments, position, happening)
        reporter.finished(position)
        if not any(n for _, n in position.losses):
            raise EmptyCorpus(
                "sampling left no token a context; use more text, a higher `sample`, or 0 to leave none out"
            )
        if position.interrupted and checkpoint_every is not None:
            happening.checkpoint(replace(position, interrupted=False))
        return made.embedding(position)


class _Happening(Events):
    """Tells, hands out and writes down what a run has come to."""

    def __init__(
        self,
        made: Maker,
        moments: Moments,
        folder: Path,
        settings: Mapping[str, Any],
        digest: str,
        reporter: Reporter,
        on_epoch: OnMoment | None,
        on_snapshot: OnMoment | None,
    ) -> None:
        self._made, self._moments, self._folder = made, moments, folder
        self._settings, self._digest, self._reporter = settings, digest, reporter
        self._on_epoch, self._on_snapshot = on_epoch, on_snapshot

    def progress(self, progress: Progress) -> None:
        self._reporter.trained(progress, len(self._made.corpus.ids))

    def epoch_ended(self, position: Position) -> None:
        epoch = position.step // self._moments.n_steps
        loss, held_out = position.mean_losses()[epoch - 1], position.validation_losses
        self._reporter.epoch_ended(epoch, loss, held_out[-1] if held_out else None)
        self._hand(self._on_epoch, position)

    def snapshot(self, position: Position) -> None:
        self._hand(self._on_snapshot, position)

    def checkpoint(self, position: Position) -> None:
        write_checkpoint(self._folder, self._made.objective.arrays, position, self._settings, self._digest)

    def _hand(self, to: OnMoment | None, position: Position) -> None:
        if to is not None:
            loss = (position.mean_losses() or [math.nan])[-1]
            progress = Progress(position.step, self._moments.total, position.epochs, loss)
            to(self._made.embedding(position), progress)


def documents_from(texts_or_paths: Inputs, config: TrainConfig) -> Documents | Texts:
    """Return the documents that `train` reads. Raises BadText when a path leads nowhere."""
    if isinstance(texts_or_paths, str | Path):
        return _files([texts_or_paths], config)
    if not isinstance(texts_or_paths, Sequence):
        return Texts(texts_or_paths)
    if texts_or_paths and all(isinstance(item, Path) or item == STDIN for item in texts_or_paths):
        return _files(texts_or_paths, config)
    if texts_or_paths and all(len(str(item)) < 256 and Path(item).is_file() for item in texts_or_paths):
        raise BadText(
            f"{texts_or_paths[0]!r} is the name of a file, but strings in a list are documents; "
            "give pathlib.Path objects to read files"
        )
    return Texts(cast(Sequence[str], texts_or_paths))  # which refuses what is no string


def _files(inputs: Sequence[str | Path], config: TrainConfig) -> Documents:
    documents = Documents(tuple(inputs), config.document, config.encoding, config.errors)
    documents.paths()  # a name that leads nowhere is told before any work
    return documents


def _tokenizer(config: TrainConfig) -> Tokenizer | SubwordRecipe:
    if isinstance(config.tokenizer, str | Path):
        return tokenizer_from_name(config.tokenizer, lowercase=config.lowercase)
    return config.tokenizer


@contextmanager
def _work_folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="tovec-") as folder:
        yield Path(folder)


def _check_pairs(corpus: Corpus, min_count: int) -> None:
    lengths = corpus.offsets[1:] - corpus.offsets[:-1]
    if lengths.max() < 2:
        lower = ", or a lower `min_count`" if min_count > 1 else ""
        raise EmptyCorpus(
            "no document has two tokens that are in the vocabulary, so no token has a context; "
            f"use longer documents, as `document` file makes them{lower}"
        )


def _is_compiled(kernels: str) -> bool:
    from tovec.compiled import is_compiled

    return is_compiled(kernels)


def _continued(config: TrainConfig, old: Embedding) -> TrainConfig:
    """Return the settings of a run that goes on from `old`: its tokens come first, whatever their count."""
    if config.objective != "skip-gram" or config.ngrams is not None or old.ngrams is not None:
        way = "; tovec convert writes it without, to .vec for one" if old.ngrams is not None else ""
        raise TovecError(f"only skip-gram without n-grams can continue from another embedding{way}")
    if config.dim != old.dim:
        raise BadSetting("dim", config.dim, f"{old.dim}, that of the embedding to continue from")
    if config.special_tokens:
        raise BadSetting("special_tokens", config.special_tokens, "left out: the old tokens come first")
    unknown = old.vocabulary.unknown if config.unknown is None else config.unknown
    return replace(config, special_tokens=old.vocabulary.tokens, unknown=unknown)


def _start_of(old: Embedding | None) -> tuple[Any, Any] | None:
    """Return input and output vectors to go on from; outputs of zero where they were not kept.

    They are copies as large as the tables that they fill, so nobody is to keep them longer.
    """
    if old is None:
        return None
    return old[:], np.zeros((len(old), old.dim), dtype=np.float32) if old.outputs is None else old.outputs[:]


def _run_settings(config: TrainConfig, old: Embedding | None) -> dict[str, Any]:
    """Return what must be the same for a run to go on."""
    settings = config.as_json()
    if old is not None:
        settings["special_tokens"] = len(old)
    return settings
