"""A training run whose result is a folder: its work files, snapshots and checkpoints lie in there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from tovec.embedding import Embedding
from tovec.formats.saved import folder
from tovec.interrupts import undoing, until_saved
from tovec.progress import Reporter
from tovec.storage import clear_leftovers, work_folder
from tovec.storage.disk import temporary_folder
from tovec.storage.paths import as_cannot_save
from tovec.storage.work_folder import CHECKPOINT, SNAPSHOTS
from tovec.text.training_input import TextInput
from tovec.training.checkpoint import digest_of_embedding
from tovec.training.config import Settings
from tovec.training.request import Request, check_finished, is_finished
from tovec.training.run import OnRunning, train
from tovec.training.settings import SNAPSHOT_TOKENS


@dataclass(frozen=True)
class Run:
    """What `train_into` gives. was_finished: there was nothing to do."""

    embedding: Embedding
    was_finished: bool


@until_saved()
def train_into(
    directory: Path,
    inputs: TextInput,
    *,
    resume: bool = False,
    checkpoint_every: float | None = None,
    validation: Path | None = None,
    continue_from: Embedding | None = None,
    snapshots: int = 0,
    snapshot_tokens: int = SNAPSHOT_TOKENS,
    more_snapshot_tokens: Sequence[str] = (),
    on_running: OnRunning | None = None,
    reporter: Reporter | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Train on `inputs` and save the embedding as the folder `directory`.

    As training.run.train, with work files in `directory`/work and snapshots in `directory`/snapshots, each
    a file that `tovec.open` reads. resume: a finished run does nothing, and no checkpoint means start;
    other settings or another text than the run was made with are refused either way. Without it the
    checkpoint and snapshots of an earlier run go when training begins. Ctrl+C saves what has been learned;
    a run with checkpoints can then go on. A run that fails removes what it made, but for a checkpoint.
    Raises CannotSave where another run goes on in `directory`.
    """
    folder.check_writable(directory)
    work_folder.check_usable(directory)
    with as_cannot_save(directory):
        clear_leftovers(directory)
    work = directory / work_folder.NAME
    if resume and folder.recognizes(directory) and not work.exists():  # which a run that has ended took along
        ended = Embedding.from_parts(folder.load(directory))
        if is_finished(ended, directory):
            request = Request.of(inputs, settings, continue_from)
            with temporary_folder() as read_into:
                check_finished(ended, request, read_into, directory)
            return Run(ended, was_finished=True)
    if not isinstance(inputs, Iterator):  # which can be read once
        Request.of(inputs, settings, continue_from)  # what cannot be meant is refused first
    with work_folder.held(directory) as work:
        if not resume:
            work_folder.clear(directory)

        def begin() -> None:
            if not resume:  # until then a run that cannot begin takes nothing from the one before
                work_folder.clear_learned(directory)

        def save(embedding: Embedding) -> None:
            goes_on = bool(embedding.provenance["interrupted"]) and (work / CHECKPOINT).exists()
            if goes_on and continue_from is not None and folder.recognizes(directory):
                # A checkpoint needs what it was continued from, which the result takes the place of here.
                source = Embedding.from_parts(folder.load(directory))
                goes_on = digest_of_embedding(source) != digest_of_embedding(continue_from)
            folder.save(embedding.parts, directory, snapshots=work / SNAPSHOTS, keep_work=goes_on)

        def undo() -> None:
            if not (work / CHECKPOINT).exists():
                work_folder.remove(directory)

        with undoing(undo):
            embedding = train(
                inputs,
                work=work,
                resume=resume,
                checkpoint_every=checkpoint_every,
                validation=validation,
                continue_from=continue_from,
                snapshots=snapshots,
                snapshot_tokens=snapshot_tokens,
                more_snapshot_tokens=more_snapshot_tokens,
                on_begin=begin,
                on_running=on_running,
                on_end=save,
                reporter=reporter,
                **settings,
            )
    return Run(embedding, was_finished=False)
