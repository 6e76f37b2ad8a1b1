"""Texts or files to an embedding: read, train, note how it was made."""

import math
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from tovec.checks import whole_number
from tovec.embedding import Embedding
from tovec.errors import BadSetting, CannotSave, EmptyCorpus, TooLarge, TovecError
from tovec.foreign_names import explains_keywords
from tovec.progress import Counter, Ended, Note, Reporter, Stage, silent
from tovec.text.at_hand import Texts, TokenLists
from tovec.text.corpus import Corpus
from tovec.text.documents import Documents
from tovec.text.given import Given, documents_from
from tovec.training.checkpoint import Checkpoints, check_before_reading, digest_of
from tovec.training.config import Settings
from tovec.training.events import CorpusRead, EpochEnded, Trained, TrainingBegins
from tovec.training.held_out import held_out_corpus
from tovec.training.keeping import Keeper
from tovec.training.memory import check_memory
from tovec.training.objectives import Plan
from tovec.training.request import Request, work_folder
from tovec.training.result import Maker
from tovec.training.schedule import Events, Moments, Position, Progress, run
from tovec.training.space import check_room_to_read
from tovec.training.start import check_numbers, not_kept

OnMoment = Callable[[Embedding, Progress], None]
OnBegin = Callable[[], None]
OnEnd = Callable[[Embedding], None]


@explains_keywords(*Settings.__annotations__)
def train(
    texts_or_paths: Given,
    *,
    work: str | Path | None = None,
    resume: bool = False,
    checkpoint_every: float | None = None,
    validation: Given | None = None,
    continue_from: Embedding | None = None,
    snapshots: int = 0,
    on_begin: OnBegin | None = None,
    on_epoch: OnMoment | None = None,
    on_snapshot: OnMoment | None = None,
    on_end: OnEnd | None = None,
    reporter: Reporter | None = None,
    **settings: Unpack[Settings],
) -> Embedding:
    """Train vectors on your own text and return them with their vocabulary and tokenizer.

    texts_or_paths: a path (a `str` or a `Path`: file, folder, glob, `-` for standard input), any number of
    `Path`, any number of `str`, each of which is one document, or of lists of tokens, which are used as they
    are; a column of pandas or polars and an array of NumPy are among these. An embedding of lists of tokens
    has no tokenizer, unless one is given, which then does not run here. settings: those of
    TrainConfig. Ctrl-C ends training early and returns what has been learned.

    work: where the id stream and checkpoints lie (None: a temporary folder); it is left to the caller.
    checkpoint_every: epochs, or fractions of one, between checkpoints; the last is at the end. resume: go on
    from the checkpoint in `work`, if there is one; text and settings must be the same, and a run that has
    ended does nothing more. validation: held-out documents, as texts_or_paths, whose loss is measured after
    each epoch. continue_from: its tokens
    keep their ids and begin with their vectors; new tokens come behind them. Its dim, tokenizer and n-grams
    are those of the run, its objective too where none is named; training/start.py says what else goes on.
    reporter: called with what the run reports (progress.py, training/events.py), from this thread.
    on_begin: called when all has been read and checked. on_epoch, on_snapshot: called with the embedding so
    far after each epoch, and at `snapshots` moments evenly apart, the last at the end. on_end: called with
    the result, to save it on the disk of `work`; when it fails, what was learned stays in a checkpoint
    there, whose room is taken beforehand.

    A checkpoint that cannot be written is a TovecWarning; the run goes on, and the one before stays.
    Raises BadText for text that cannot be read, EmptyCorpus when nothing is left to train on,
    BadSetting for a setting outside its range, UnknownKeyword for one that does not exist, BadCheckpoint,
    TooLarge when there is not the memory, NoSpace when there is not the room on the disk, CannotSave for
    files that cannot be written, Diverged when numbers leave all bounds.
    """
    if checkpoint_every is not None and not 0 < checkpoint_every < float("inf"):
        raise BadSetting("checkpoint_every", checkpoint_every, "a number of epochs above 0")
    snapshots = whole_number("snapshots", snapshots, 0)
    if (resume or checkpoint_every is not None or on_end is not None) and work is None:
        raise TovecError("checkpoints need a folder of their own: give `work`, a path")
    request = Request.of(texts_or_paths, settings, continue_from)
    documents, config = request.documents, request.config
    if validation is not None and config.objective == "glove":
        raise TovecError(
            "the loss of glove is one of counts, so there is none on held-out text; leave it out"
        )
    report = reporter or silent
    held_out_documents = (
        None
        if validation is None
        else documents_from(validation, config.document, config.encoding, config.errors)
    )
    for what in [] if continue_from is None else not_kept(config, continue_from):
        report(Note(f"the source of `continue_from` has no {what}"))
    with _told_of_streams(documents), work_folder(None if work is None else Path(work)) as folder:
        n_read = documents.n_bytes() if isinstance(documents, Documents) else None
        reading = Counter(report, "reading", n_read, "B")
        check_room_to_read(folder, n_read)
        if resume:
            check_before_reading(folder, request.run_settings)
        corpus = request.corpus(folder, reading.add)
        reading.end()
        if continue_from is not None:
            check_numbers(continue_from, corpus.vocabulary)
        held_out = None if held_out_documents is None else held_out_corpus(held_out_documents, corpus)
        plan = Plan(corpus, config, continue_from)
        n_bytes = check_memory(plan.n_bytes())
        if not _is_compiled(plan.kernels):
            report(Note("compiling the training loops, once for this installation …"))
        objective = plan.objective(folder, held_out)
        digest = digest_of(corpus)
        checkpoints = Checkpoints(folder, objective.arrays, request.run_settings, digest)
        saved = checkpoints.read(config.epochs, objective.n_steps) if resume else None
        position = saved or Position.start(config.epochs, objective.n_steps)
        moments = Moments(objective.n_steps, config.epochs, checkpoint_every, snapshots)
        keeper = Keeper(checkpoints, moments, position, resumed=saved is not None)
        made = Maker(corpus, request, objective, digest)
        happening = _Happening(made, moments, keeper, report, on_epoch, on_snapshot)
        with closing(checkpoints):
            n_disk_bytes = keeper.take_room(folder, None if on_end is None else plan.result_bytes())
            if on_begin is not None:
                on_begin()
            _report_begin(report, corpus, TrainingBegins(n_bytes, n_disk_bytes, position.epochs))
            n_ids = len(corpus.ids)
            report(Stage("training", round(position.epochs * n_ids), config.epochs * n_ids, "words"))
            position = run(objective, config, moments, position, happening)
            report(Ended("training"))
            if position.interrupted:
                report(Note(f"stopped after {position.epochs:.2f} epochs; keeping what has been learned"))
            if not any(n for _, n in position.losses):
                raise EmptyCorpus(
                    "sampling left no token a context; use more text, a higher `sample`, or 0 to leave none "
                    "out"
                )
            if position.interrupted and checkpoint_every is not None:
                keeper.checkpoint(replace(position, interrupted=False))
            embedding = made.embedding(position)
            if on_end is not None:
                with keeper.saving(position):
                    on_end(embedding)
            return embedding


@contextmanager
def _told_of_streams(documents: Documents | Texts | TokenLists) -> Iterator[None]:
    """Say of a run that fails for want of room that its text has been read and cannot be read again."""
    once = not documents.readable_again
    try:
        yield
    except (CannotSave, TooLarge) as error:
        if once:
            error.args = (f"{error}; the text came from a stream, which has been read: give it again",)
        raise


class _Happening(Events):
    """Tells, hands out and writes down what a run has come to."""

    def __init__(
        self,
        made: Maker,
        moments: Moments,
        keeper: Keeper,
        report: Reporter,
        on_epoch: OnMoment | None,
        on_snapshot: OnMoment | None,
    ) -> None:
        self._made, self._moments, self._keeper = made, moments, keeper
        self._report = report
        self._on_epoch, self._on_snapshot = on_epoch, on_snapshot

    def progress(self, progress: Progress) -> None:
        self._report(Trained.of(progress, len(self._made.corpus.ids), self._moments.epochs))

    def epoch_ended(self, position: Position) -> None:
        epoch = position.step // self._moments.n_steps
        loss, held_out = position.mean_losses()[epoch - 1], position.validation_losses
        self._report(EpochEnded(epoch, loss, held_out[-1] if held_out else None))
        self._hand(self._on_epoch, position)

    def snapshot(self, position: Position) -> None:
        self._hand(self._on_snapshot, position)

    def checkpoint(self, position: Position) -> None:
        self._keeper.checkpoint(position)

    def _hand(self, to: OnMoment | None, position: Position) -> None:
        if to is not None:
            loss = (position.mean_losses() or [math.nan])[-1]
            progress = Progress(position.step, self._moments.total, position.epochs, loss)
            to(self._made.embedding(position), progress)


def _report_begin(report: Reporter, corpus: Corpus, begins: TrainingBegins) -> None:
    report(CorpusRead(corpus))
    if corpus.n_replaced:
        report(Note(f"{corpus.n_replaced:,} bad bytes became U+FFFD (`errors` replace)"))
    report(begins)
    if begins.resumed_at:
        report(Note(f"going on from the checkpoint at {begins.resumed_at:.2f} epochs"))


def _is_compiled(kernels: str) -> bool:
    from tovec.compiled import is_compiled

    return is_compiled(kernels)
