"""How much memory and disk space a run needs, reported before it begins, and whether it is there."""

from pathlib import Path

from tovec.errors import TooLarge
from tovec.memory import available_bytes, own_bytes
from tovec.storage.disk import check_space, remove
from tovec.text.corpus_files import IDS, LENGTHS, OFFSETS
from tovec.text.vocabulary import Vocabulary
from tovec.training.schedule import Schedule

_BYTES_OF_EPOCH = 400
_BYTES_OF_TOKEN = 32  # of its entries in tokenizer.json and tovec.json beside its name, and its biases
_BYTES_OF_TEXTS = 40_000  # of the other small files, and of the blocks of the disk that end half empty
_TEXT_OF_ID = 16  # bytes of text for an id of four: of most texts it is 6, but no run is refused wrongly


def check_memory(n_bytes: int, way: str, epochs: int = 0) -> int:
    """Return how many bytes this process will have when it has taken what a run needs, without mapped files.

    n_bytes: of the tables. way: how to need less of them. epochs: of each there are losses and a stop. Raises
    TooLarge when the machine has not so much to give.
    """
    have, of_epochs = available_bytes(), epochs * _BYTES_OF_EPOCH
    needed = n_bytes + of_epochs
    if have is not None and needed > have:
        raise TooLarge(needed, have, "fewer `epochs`" if of_epochs > n_bytes else way)
    return needed + own_bytes()


def check_room_to_read(folder: Path, n_bytes: int | None) -> None:
    """Raise NoSpace when `folder` has no room for the ids of a text of so many bytes (None: unknown).

    What an earlier run has read there makes room: it is read again.
    """
    for name in (IDS, OFFSETS, LENGTHS):
        remove(folder / name)
    if n_bytes is not None:
        check_space(folder, 4 * (n_bytes // _TEXT_OF_ID), "reading the text")


def result_bytes(vocabulary: Vocabulary, dim: int, n_ngrams: int) -> int:
    """Return how many bytes the result of a training run takes with its output vectors, about."""
    rows = 4 * dim * (2 * len(vocabulary) + n_ngrams)
    names = sum(2 * len(token.encode(errors="replace")) + _BYTES_OF_TOKEN for token in vocabulary.tokens)
    return rows + names + 4 * n_ngrams + _BYTES_OF_TEXTS


def bytes_to_write(
    schedule: Schedule, step: int, checkpoint: int, n_checkpoints: int, result: int | None, snapshot: int = 0
) -> int:
    """Return how many bytes a run will take on the disk, at most at a time, from `step` on.

    checkpoint, result, snapshot: what one takes; no result for a run that saves none. n_checkpoints: those
    there are. One is whole while the next is written; a run without any keeps the room for one at the end.
    The result has the files of the snapshots themselves, not copies.
    """
    needed = 0
    if step < schedule.total and (schedule.checkpoint_every is not None or result is not None):
        most = 1 if schedule.checkpoint_every is None else 2
        needed += checkpoint * max(1, most - n_checkpoints)
    n_snapshots = sum(at > step or at == step == 0 for at in schedule.snapshot_steps())
    return needed + snapshot * n_snapshots + (result or 0)
