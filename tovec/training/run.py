"""Texts or files to an embedding: read, train, note how it was made."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from tovec.checks import whole_number
from tovec.counted import are, counted
from tovec.embedding import Embedding
from tovec.errors import BadSetting, CannotSave, EmptyCorpus, TooLarge, TovecError, TovecWarning
from tovec.foreign_names import explains_keywords
from tovec.interrupts import undoing
from tovec.progress import Counter, Ended, Note, Reporter, Stage
from tovec.reporting import own_reporter
from tovec.storage.work_folder import SNAPSHOTS
from tovec.text.column_files import is_table_of_lines
from tovec.text.corpus import Corpus
from tovec.text.documents import Documents
from tovec.text.scripts import tokenizer_advice
from tovec.text.training_input import GivenDocuments, TextInput
from tovec.training.checkpoint import Checkpoints, digest_of, saved_run
from tovec.training.checkpoint_keeper import CheckpointKeeper
from tovec.training.config import RunConfig, Settings, lists_settings
from tovec.training.continuing import check_numbers, not_kept
from tovec.training.doubts import doubt
from tovec.training.events import CorpusRead, EpochEnded, SettingsChosen, Trained, TrainingBegins
from tovec.training.recipe import Text, objective_advice
from tovec.training.request import Request, work_folder
from tovec.training.resources import check_memory, check_room_to_read, result_bytes
from tovec.training.result import ResultBuilder, result_vocabulary
from tovec.training.running import Running
from tovec.training.schedule import Events, Position, Progress, Schedule, run
from tovec.training.settings import SNAPSHOT_TOKENS
from tovec.training.snapshots import SnapshotTaker, kept_ids
from tovec.training.validation import validation_corpus

OnSnapshot = Callable[[Embedding, Progress], None]
OnBegin = Callable[[], None]
OnRunning = Callable[[Running], None]
OnEnd = Callable[[Embedding], None]

_CUTTING = ("tokenizer", "lowercase", "ngrams", "phrases")  # settings of one who has chosen how words are cut


@lists_settings
@explains_keywords(*Settings.__annotations__)
def train(
    texts_or_paths: TextInput,
    *,
    work: str | Path | None = None,
    resume: bool = False,
    checkpoint_every: float | None = None,
    validation: TextInput | None = None,
    continue_from: Embedding | None = None,
    snapshots: int = 0,
    snapshot_tokens: int = SNAPSHOT_TOKENS,
    more_snapshot_tokens: Sequence[str] = (),
    on_begin: OnBegin | None = None,
    on_running: OnRunning | None = None,
    on_epoch: OnSnapshot | None = None,
    on_snapshot: OnSnapshot | None = None,
    on_end: OnEnd | None = None,
    reporter: Reporter | None = None,
    **settings: Unpack[Settings],
) -> Embedding:
    """Train vectors on your own text and return them with their vocabulary and tokenizer.

    texts_or_paths: a path (a `str` or a `Path`: file, folder, glob, `-` for standard input), any number of
    `Path`, any number of `str`, each of which is one document, or of lists of tokens, which are used as they
    are; a column of pandas or polars and an array of NumPy are among these. An embedding of lists of tokens
    has no tokenizer, unless one is given, which then does not run here. Ctrl+C ends training early and
    returns what has been learned.

    work: where the id stream and checkpoints lie (None: a temporary folder); it is left to the caller.
    checkpoint_every: epochs, or fractions of one, between checkpoints; the last is at the end. resume: go on
    from the checkpoint in `work`, if there is one; text and settings must be the same, and a run that has
    ended does nothing more. validation: held-out documents, as texts_or_paths; their loss is measured after
    each epoch. continue_from: an embedding whose tokens keep their ids and start with their vectors; new
    tokens are appended. Its dim, tokenizer and n-grams are those of the run, and its objective where none
    is named. reporter: called with what the run reports (progress.py, training/events.py), from this thread.
    on_begin: called when all has been read and checked. on_running: called before the first step, with what
    other threads can see of the run while it goes on (training/running.py). on_epoch: called with the
    embedding so far after each epoch. on_end: called with the result, to save it on the disk of `work`; when
    it fails, what was learned stays in a checkpoint there, for which the room is reserved beforehand.

    snapshots: at how many moments the vectors are kept: before the first step, then at distances that double,
    then evenly, the last at the end. They are written into `work`/snapshots while training goes on, in
    float16, of the `snapshot_tokens` most frequent tokens (0: of all) and of `more_snapshot_tokens`.
    `tovec.open_timeline` opens that folder, and `tovec.save` takes it along. on_snapshot: called with the
    whole embedding at each of them, for which training stops.

    Settings, which are also the fields of TrainConfig:

    {settings}

    A TovecWarning is a checkpoint or a snapshot that cannot be written (the run goes on, and those before
    stay), and a run that has learned too little: most of the text was too rare, or the loss did not fall.
    Raises BadText for text that cannot be read, EmptyCorpus when nothing is left to train on,
    BadSetting for a setting outside its range, UnknownKeyword for one that does not exist, BadCheckpoint,
    TooLarge without enough memory, NoSpace without enough room on the disk, CannotSave for
    files that cannot be written, Diverged when the loss becomes infinite.

    >>> import tovec
    >>> texts = ["the cat sat on the mat", "the dog sat on the rug"] * 20
    >>> embedding = tovec.train(texts, dim=8, min_count=1, threads=1)
    >>> embedding.n_tokens, embedding.dim
    (7, 8)
    >>> embedding.vocabulary.tokens[:3]
    ('the', 'on', 'sat')
    """
    if checkpoint_every is not None and not 0 < checkpoint_every < float("inf"):
        raise BadSetting("checkpoint_every", checkpoint_every, "a number of epochs above 0")
    snapshots = whole_number("snapshots", snapshots, 0)
    snapshot_tokens = whole_number("snapshot_tokens", snapshot_tokens, 0)
    if (resume or checkpoint_every is not None or on_end is not None) and work is None:
        raise TovecError("checkpoints need a folder of their own: give `work`, a path")
    if snapshots and work is None and on_snapshot is None:
        raise TovecError("snapshots need a folder: give `work`, a path, or `on_snapshot`, a function")
    request = Request.of(texts_or_paths, settings, continue_from)
    documents, entry = request.documents, request.config.entry
    if validation is not None and entry.no_validation is not None:
        raise TovecError(f"{entry.no_validation}, so there is none on held-out text; leave `validation` out")
    if reporter is not None and not callable(reporter):
        raise BadSetting("reporter", reporter, "a function that is called with events")
    report = reporter or own_reporter()
    validation_documents = None if validation is None else request.documents_of(validation)
    for what in [] if continue_from is None else not_kept(request.config, continue_from):
        report(Note(f"the source of `continue_from` has no {what}"))
    paths = documents.paths() if isinstance(documents, Documents) else []
    for table in [path for path in paths if is_table_of_lines(path)][:1]:
        report(Note(f"{table} is read as plain text; `column` reads the text in one of its columns"))
    with _explaining_read_streams(documents), work_folder(None if work is None else Path(work)) as folder:
        n_read = documents.n_bytes()
        reading = Counter(report, "reading", n_read, "B")
        check_room_to_read(folder, n_read)
        begun = saved_run(folder) if resume else None
        if begun is not None:
            request = request.resuming(begun)
        corpus = request.corpus(folder, reading.add)
        reading.end()
        request = request.for_corpus(corpus)
        config = request.run_config
        if continue_from is not None:
            check_numbers(continue_from, corpus.vocabulary)
        held_out = None if validation_documents is None else validation_corpus(validation_documents, corpus)
        taker = None
        if snapshots and work is not None:
            taker = SnapshotTaker(
                *(folder / SNAPSHOTS, result_vocabulary(corpus, continue_from), config.dim),
                n_ids=len(corpus.ids),
                epochs=config.epochs,
                n_tokens=snapshot_tokens,
                more_tokens=more_snapshot_tokens,
            )
        factory = entry.load(config.ngrams is not None)(corpus, config, continue_from)
        of_snapshots = 0 if taker is None else taker.memory_bytes(snapshots)
        n_bytes = check_memory(factory.n_bytes() + of_snapshots, entry.less_memory, config.epochs)
        if factory.kernels is not None and not _is_compiled(factory.kernels):
            report(Note("compiling the training loops, once for this installation …"))
        objective = factory.create(folder, held_out)
        digest = digest_of(corpus)
        checkpoints = Checkpoints(folder, objective.arrays, request.run_settings, digest, request.chosen)
        saved = checkpoints.read(config.epochs, objective.n_steps) if resume else None
        position = saved or Position.start(config.epochs, objective.n_steps)
        stops_for_snapshots = config.deterministic or on_snapshot is not None
        schedule = Schedule(
            objective.n_steps, config.epochs, checkpoint_every, snapshots, stops_for_snapshots
        )
        keeper = CheckpointKeeper(checkpoints, schedule, position, resumed=saved is not None)
        needed = result_bytes(corpus.vocabulary, config.dim, factory.n_ngrams) + 4 * factory.n_more_numbers
        result = ResultBuilder(corpus, request, objective, digest)
        events = RunEvents(result, schedule, keeper, report, on_epoch, on_snapshot, taker)
        with closing(checkpoints), ExitStack() as until_end:
            n_disk_bytes = keeper.reserve_room(
                folder, None if on_end is None else needed, 0 if taker is None else taker.n_bytes
            )
            if on_begin is not None:
                on_begin()
            if taker is not None:
                until_end.enter_context(undoing(taker.cancel))
                taker.begin(position)
            _report_begin(report, result, TrainingBegins(n_bytes, n_disk_bytes, position.epochs))
            if on_running is not None:
                ids = kept_ids(result.vocabulary, snapshot_tokens, more_snapshot_tokens)
                on_running(Running.of(objective, result, ids, config.dim, len(corpus.ids), position))
            if continue_from is None:
                _advise(report, corpus, config, has_cut=not settings.keys().isdisjoint(_CUTTING))
            n_ids = len(corpus.ids)
            report(Stage("training", round(position.epochs * n_ids), config.epochs * n_ids, events.unit))
            position = run(objective, config, schedule, position, events)
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
            if taker is not None:
                taker.take(objective, position, is_last=True)  # also of a run that was interrupted
                taker.close()
            embedding = result.embedding(position)
            if on_end is not None:
                with keeper.saving(position):
                    on_end(embedding)
            _warn_of_doubt(corpus, config, position)
            return embedding


def _warn_of_doubt(corpus: Corpus, config: RunConfig, position: Position) -> None:
    found = None if position.interrupted else doubt(corpus, config, position)
    if found is not None:
        warnings.warn(TovecWarning(found), stacklevel=6)  # of the caller of `tovec.train`


@contextmanager
def _explaining_read_streams(documents: GivenDocuments) -> Iterator[None]:
    """Say of a run that fails for want of room that its text has been read and cannot be read again."""
    once = not documents.readable_again
    try:
        yield
    except (CannotSave, TooLarge) as error:
        if once:
            error.args = (f"{error}; the text came from a stream, which has been read: give it again",)
        raise


class RunEvents(Events):
    """Reports, hands out and saves what a run has come to."""

    def __init__(
        self,
        result: ResultBuilder,
        schedule: Schedule,
        keeper: CheckpointKeeper,
        report: Reporter,
        on_epoch: OnSnapshot | None,
        on_snapshot: OnSnapshot | None,
        taker: SnapshotTaker | None,
    ) -> None:
        self._result, self._schedule, self._keeper = result, schedule, keeper
        self._report = report
        self.unit = "tokens" if result.request.config.entry.predicts_text else "words"
        self._on_epoch, self._on_snapshot, self._taker = on_epoch, on_snapshot, taker

    def progress(self, progress: Progress) -> None:
        """Report it, and what could not be written meanwhile."""
        if self._taker is not None:
            self._taker.warn()
        self._report(Trained.of(progress, len(self._result.corpus.ids), self._schedule.epochs, self.unit))

    def epoch_ended(self, position: Position) -> None:
        """Report its losses and hand out the embedding so far."""
        epoch = position.step // self._schedule.n_steps
        loss, held_out = position.mean_loss(epoch - 1), position.validation_losses
        last = held_out[-1] if held_out else None
        compared = self._result.objective.facts(last).get("validation")
        self._report(EpochEnded(epoch, loss, last, compared))
        self._hand(self._on_epoch, position)

    def snapshot(self, position: Position) -> None:
        """Keep the vectors so far, and hand out the embedding."""
        if self._taker is not None:
            is_last = position.step == self._schedule.total
            self._taker.take(self._result.objective, position, is_last=is_last)
        self._hand(self._on_snapshot, position)

    def checkpoint(self, position: Position) -> None:
        """Write it once all snapshots until then are written: a run that goes on does not take these."""
        if self._taker is not None:
            self._taker.wait()
        self._keeper.checkpoint(position)

    def _hand(self, to: OnSnapshot | None, position: Position) -> None:
        if to is not None:
            loss = (position.mean_losses() or [math.nan])[-1]
            progress = Progress(position.step, self._schedule.total, position.epochs, loss)
            to(self._result.embedding(position), progress)


def _report_begin(report: Reporter, result: ResultBuilder, begins: TrainingBegins) -> None:
    corpus, choices = result.corpus, result.request.choices
    report(CorpusRead(corpus))
    if corpus.n_replaced:
        report(Note(f"{counted(corpus.n_replaced, 'bad byte')} became U+FFFD (`errors` replace)"))
    if corpus.n_missing:
        without = counted(corpus.n_missing, "row has", "rows have")
        report(Note(f"{without} no text (`column`) and {are(corpus.n_missing)} left out"))
    if choices:
        report(SettingsChosen(choices, has_preset=not result.request.config.entry.predicts_text))
    report(begins)
    if begins.resumed_at:
        report(Note(f"going on from the checkpoint at {begins.resumed_at:.2f} epochs"))


def _advise(report: Reporter, corpus: Corpus, config: RunConfig, has_cut: bool) -> None:
    """Report what suits the text better; has_cut: whether the user has chosen how words are cut."""
    counts = corpus.vocabulary.counts
    assert counts is not None
    by_words = corpus.tokenizer is not None and not has_cut and not config.entry.predicts_text
    of_tokenizer = tokenizer_advice(corpus.vocabulary) if by_words else None
    for advice in (of_tokenizer, objective_advice(Text.of(config.objective, counts))):
        if advice is not None:
            report(Note(advice))


def _is_compiled(kernels: str) -> bool:
    from tovec.compiled import is_compiled

    return is_compiled(kernels)
