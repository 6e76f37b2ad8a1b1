"""Checkpoints: all that a run needs to go on after it was ended, in one file that is complete or not there.

Draws need no state: each step has a generator of its own, seeded by its number. The text is read
again and has to be the same, which a digest of its ids shows.
"""

import dataclasses
import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tovec.checks import in_one_line
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadCheckpoint, CannotSave
from tovec.storage.disk import WorkFile, remove, reporting_write
from tovec.storage.paths import sync_folder
from tovec.storage.work_folder import CHECKPOINT
from tovec.text.corpus import Corpus
from tovec.training.checkpoint_file import START_AGAIN, Arrays, CheckpointFile, size_of, write
from tovec.training.recipe import FITTED
from tovec.training.schedule import MAX_LOSS, Position
from tovec.training.settings import with_present_names
from tovec.vectors.table import blocks

VERSION = 3
FIRST_VERSION = 2  # that can still be read: it does not say what was chosen to fit the text
CONTINUED = "continued_from"  # a digest of the embedding, among the settings


class Checkpoints:
    """The checkpoints of one run, in its work folder: each replaces the one before when it is complete.

    arrays: all that training changes. settings, digest: of the run and its text, which have to be the same to
    go on. chosen: which settings were chosen to fit the text, and why. From `reserve_room` on, the next
    checkpoint has its room on the disk, whatever else fills it.
    """

    def __init__(
        self,
        folder: Path,
        arrays: Arrays,
        settings: Mapping[str, Any],
        digest: str,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self.path, self._building = folder / CHECKPOINT, folder / f".{CHECKPOINT}"
        self._arrays, self._settings, self._digest = arrays, settings, digest
        self._chosen = dict(chosen or {})
        self._room: WorkFile | None = None  # of the next
        self._spare: WorkFile | None = None  # as large, without a name: of the one after the next

    def n_bytes(self, position: Position) -> int:
        """Return how many bytes one takes."""
        return size_of(self._arrays, self._run(position))

    def reserve_room(self, position: Position, spare: bool = False) -> None:
        """Take the room for the next one, with `spare` also for the one after it. Raises CannotSave."""
        self.release_room()
        try:
            if spare:
                self._spare = self._reserved(position)
                remove(self._building)
            self._room = self._reserved(position)
        except BaseException:
            self.release_room()
            raise

    def _reserved(self, position: Position) -> WorkFile:
        room = WorkFile(self._building)
        try:
            room.reserve(self.n_bytes(position))
        except BaseException:
            room.close()
            raise
        return room

    def release_room(self) -> None:
        """Give the room for further ones back, also that of a run that was killed."""
        for room in (self._room, self._spare):
            if room is not None:
                with suppress(CannotSave):
                    room.close()
        self._room = self._spare = None
        remove(self._building)

    close = release_room

    def write(self, position: Position, last: bool = True) -> None:
        """Write the checkpoint of a position, and reserve the room for the next one unless it is the last.

        Raises CannotSave, and then the one before is as it was; no room for the next one is no error yet.
        """
        if self._room is None:
            self._room = WorkFile(self._building)
        try:
            write(self._room, self._arrays, self._run(position))
            self._room.close()
            with reporting_write(self.path):
                self._building.replace(self.path)
        except BaseException:
            self.release_room()
            raise
        self._room = None  # it is the checkpoint now
        if not last:
            with suppress(CannotSave):
                self.reserve_room(position)
        sync_folder(self.path.parent)

    def read(self, epochs: int, n_steps: int) -> Position | None:
        """Fill the arrays from the checkpoint and return its position; None when there is none.

        epochs, n_steps: of the run. Raises BadCheckpoint when it is damaged, of other settings, of another
        text or of no position of this run; the arrays are as they were then.
        """
        with _opened(self.path) as checkpoint:
            if checkpoint is None:
                return None
            _saved_run(self.path, checkpoint).check_same(self._settings)
            position = self._checked(checkpoint.run, epochs, n_steps)
            checkpoint.check_holds(self._arrays)
            checkpoint.read_into(self._arrays)
        return position

    def _run(self, position: Position) -> str:
        facts = {"version": VERSION, "position": vars(position)}
        run = {**facts, "settings": self._settings, "chosen": self._chosen, "digest": self._digest}
        return json.dumps(run)

    def _checked(self, run: Mapping[str, Any], epochs: int, n_steps: int) -> Position:
        if run["digest"] != self._digest:
            raise BadCheckpoint(
                f"{self.path} was made from other text: an input has changed since; "
                "give the same text, or train without `resume` to start again"
            )
        wrong = _wrong_position(run["position"], epochs, n_steps)
        if wrong is not None:
            raise BadCheckpoint(f"{self.path} is not a position of this run: {wrong}; {START_AGAIN}")
        return Position(**run["position"])


@dataclass(frozen=True)
class SavedRun:
    """What is saved says of the run that made it.

    where: its place, for messages. settings: as JSON. chosen: which of them were chosen to fit the text, and
    why; None where it was made before any were.
    """

    where: str
    settings: Mapping[str, Any]
    chosen: Mapping[str, str] | None

    def check_same(self, settings: Mapping[str, Any]) -> None:
        """Raise BadCheckpoint unless it was made with these settings, by any version."""
        was = with_present_names(self.settings)
        if self.chosen is None:
            was["preset"] = settings.get("preset")  # there was none, and its values were the only ones
        if settings.get(CONTINUED) != was.get(CONTINUED):
            raise BadCheckpoint(
                f"{self.where} was continued from another embedding; give the same, or {START_AGAIN}"
            )
        for name in [*settings, *was]:
            now = json.loads(json.dumps(settings.get(name)))
            if now != was.get(name):
                other = "which is not given now" if now is None else f"not {_shown(settings.get(name))}"
                raise BadCheckpoint(
                    f"{self.where} was made with {name} {_shown(was.get(name))}, {other}; give the same, or "
                    f"{START_AGAIN}"
                )


def saved_run(folder: Path) -> SavedRun | None:
    """Return how the run of a checkpoint was made, None where there is none. Raises BadCheckpoint."""
    with _opened(folder / CHECKPOINT) as checkpoint:
        return None if checkpoint is None else _saved_run(folder / CHECKPOINT, checkpoint)


def _saved_run(path: Path, checkpoint: CheckpointFile) -> SavedRun:
    return SavedRun(str(path), checkpoint.run["settings"], checkpoint.run.get("chosen"))


def is_chosen(chosen: Any) -> bool:
    """Whether it says which settings were chosen, and why."""
    return isinstance(chosen, dict) and all(
        name in FITTED and isinstance(why, str) for name, why in chosen.items()
    )


@contextmanager
def _opened(path: Path) -> Iterator[CheckpointFile | None]:
    """Yield a checkpoint that is whole; None where there is none. Raises BadCheckpoint."""
    if not os.path.lexists(path):
        yield None
        return
    if not path.is_file():
        raise BadCheckpoint(f"{path} is not a file, so it is not a checkpoint; remove it")
    try:
        with path.open("rb") as file:
            checkpoint = CheckpointFile(path, file)
            _check_version(path, checkpoint)
            checkpoint.check_whole()
            if not _says_all(checkpoint.run):
                raise BadCheckpoint(f"{path} does not say where it stands in which run; {START_AGAIN}")
            yield checkpoint
    except OSError as error:
        raise BadCheckpoint(f"{path} cannot be read: {error.strerror or error}; {START_AGAIN}") from error


def _says_all(run: Mapping[str, Any]) -> bool:
    facts = {"version", "position", "settings", "digest"}
    if run["version"] > FIRST_VERSION:
        facts.add("chosen")
    return set(run) == facts and isinstance(run["settings"], dict) and is_chosen(run.get("chosen", {}))


def _check_version(path: Path, checkpoint: CheckpointFile) -> None:
    version = checkpoint.run.get("version")
    if type(version) is not int:
        raise checkpoint.damaged("it does not say which version wrote it")
    if not FIRST_VERSION <= version <= VERSION:
        age = "a newer" if version > VERSION else "an older"
        raise BadCheckpoint(f"{path} is of {age} version of tovec; go on with that, or {START_AGAIN}")


_POSITION = {field.name for field in dataclasses.fields(Position)}


def _wrong_position(position: Any, epochs: int, n_steps: int) -> str | None:
    """Return what is wrong with a position in a run of so many epochs of so many steps; None: nothing."""
    if not isinstance(position, dict) or set(position) != _POSITION:
        return f"it is not {', '.join(sorted(_POSITION))}"
    step, losses, validation = position["step"], position["losses"], position["validation_losses"]
    if type(position["n_steps"]) is not int or position["n_steps"] != n_steps:
        return f"its epochs do not have {n_steps} steps but {in_one_line(position['n_steps'])}"
    if type(step) is not int or not 1 <= step <= epochs * n_steps:
        return f"its step is not one of 1 to {epochs * n_steps} but {in_one_line(step)}"
    if position["interrupted"] is not False:
        return f"its field interrupted is not false but {in_one_line(position['interrupted'])}"
    if not isinstance(losses, list) or len(losses) != epochs or not all(map(_is_loss, losses)):
        return f"its losses are not a sum and a number for each of {counted(epochs, 'epoch')}"
    n_begun = -(-step // n_steps)
    if any(loss or n for loss, n in losses[n_begun:]):
        return f"it has losses of more than the {n_begun} epochs that have begun"
    n_ended = step // n_steps
    if not isinstance(validation, list) or not all(map(_is_number, validation)):
        return "its losses on held-out text are not numbers"
    if len(validation) > n_ended:
        return f"it has {len(validation)} losses on held-out text after {counted(n_ended, 'epoch')}"
    return None


def _is_loss(pair: Any) -> bool:
    """Whether it is a sum of losses, and of how many, as a run that has not diverged has them."""
    if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_number, pair)):
        return False
    loss, n = pair
    return math.isfinite(loss) and 0 <= n < math.inf and loss <= n * MAX_LOSS


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < 1 << 53)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def digest_of_embedding(embedding: Embedding) -> str:
    """Return a digest of the numbers of an embedding, all that a run goes on from but n-grams."""
    digest = hashlib.blake2b(digest_size=16)
    tables = [embedding.vectors, *([] if embedding.outputs is None else [embedding.outputs])]
    for table in tables:
        for _, rows in blocks(table):
            digest.update(np.ascontiguousarray(rows).data)
    for name, array in sorted(embedding.state.items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def digest_of(corpus: Corpus) -> str:
    """Return a digest of the ids, the documents and the vocabulary of a corpus."""
    digest = hashlib.sha256()
    for array in (corpus.ids, corpus.offsets):
        for start in range(0, len(array), 1 << 20):
            digest.update(np.ascontiguousarray(array[start : start + (1 << 20)]).data)
    digest.update(json.dumps(corpus.vocabulary.tokens).encode())
    return digest.hexdigest()
