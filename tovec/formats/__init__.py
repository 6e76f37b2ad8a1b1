"""Files of vectors: what can be opened and what can be written, one entry a format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tovec.embedding import Embedding
from tovec.errors import BadSource, CannotSave
from tovec.formats import folder, word2vec
from tovec.formats.atomic import read_whole


@dataclass(frozen=True)
class Format:
    """How one format is told from others, read and written; None where it cannot be."""

    name: str
    suffixes: tuple[str, ...]  # of the paths it is written to; "" is a name without one
    recognizes: Callable[[Path], bool] | None = None
    load: Callable[[Path], Embedding] | None = None
    save: Callable[[Embedding, Path], Path] | None = None


FORMATS = (
    Format("a folder", ("",), folder.recognizes, folder.load, folder.save),
    Format("word2vec text", (".vec", ".txt"), save=word2vec.save_text),
    Format("word2vec binary", (".bin",), save=word2vec.save_binary),
)


def open(source: str | Path) -> Embedding:
    """Return the embedding that `source` holds: a folder that tovec saved.

    Raises BadSource when there is nothing, nothing that can be read, or something damaged.
    """
    return read_whole(Path(source), _load)


def _load(path: Path) -> Embedding:
    for format in FORMATS:
        if format.recognizes is not None and format.load is not None and format.recognizes(path):
            return format.load(path)
    raise BadSource(f"{path} {_why_not(path)}")


def _why_not(path: Path) -> str:
    if not path.exists():
        return "does not exist"
    if not path.is_dir():
        return "is a file; tovec opens a folder that it saved"
    if (path / folder.WORK).is_dir():
        return "holds a training run that has not ended; run tovec train again"
    return "is a folder that holds no embedding: there is no tovec.json in it"


def save_as(embedding: Embedding, path: str | Path) -> Path:
    """Write `embedding` in the format that the suffix of `path` names, and return the path.

    No suffix, a path that ends with `/`, or a folder that is there: the folder of `Embedding.save`.
    Raises CannotSave for a suffix nobody knows and for tokens that the format cannot hold.
    """
    target = Path(path)
    is_folder = str(path).endswith("/") or target.is_dir()
    suffix = "" if is_folder else target.suffix.lower()
    for format in FORMATS:
        if suffix in format.suffixes and format.save is not None:
            return format.save(embedding, target)
    known = ", ".join(
        f"{' or '.join(form.suffixes) or 'no suffix'} ({form.name})" for form in FORMATS if form.save
    )
    raise CannotSave(f"cannot tell the format of {path} from {suffix!r}; there are {known}")
