"""Sources: whatever vectors can be opened from, by one name."""

from pathlib import Path

from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats import folder, format_of
from tovec.formats.atomic import read_whole


def open(source: str | Path) -> Embedding:
    """Return the embedding that `source` holds.

    Raises BadSource when there is nothing, nothing that can be read, or something damaged.
    """
    return read_whole(Path(source), _load)


def _load(path: Path) -> Embedding:
    if not path.exists():
        raise BadSource(f"{path} does not exist")
    form = format_of(path)
    if form is not None and form.load is not None:
        return form.load(path)
    raise BadSource(f"{path} {_why_not(path)}")


def _why_not(path: Path) -> str:
    if not path.is_dir():
        return "is a file; tovec opens a folder that it saved"
    if (path / folder.WORK).is_dir():
        return "holds a training run that has not ended; run tovec train again"
    return "is a folder that holds no embedding: there is no tovec.json in it"
