"""Files of vectors: what can be opened and what can be written, one entry a format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.formats import folder, word2vec
from tovec.formats.damage import reading

HEAD = 4096  # bytes of a file that tell its format


@dataclass(frozen=True)
class Format:
    """How one format is told from others, read and written; None where it cannot be.

    recognizes: given the path and the first `HEAD` bytes of a file, none of a folder.
    """

    name: str
    suffixes: tuple[str, ...]  # of the paths it is written to; "" is a name without one
    recognizes: Callable[[Path, bytes], bool] | None = None
    load: Callable[[Path], Embedding] | None = None
    save: Callable[[Embedding, Path], Path] | None = None


# In the order they are asked whether a source is theirs: those that are sure by their first bytes come first.
FORMATS = (
    Format("a folder", ("",), folder.recognizes, folder.load, folder.save),
    Format("word2vec text", (".vec", ".txt"), save=word2vec.save_text),
    Format("word2vec binary", (".bin",), save=word2vec.save_binary),
)


def format_of(path: Path) -> Format | None:
    """Return the format of vectors that `path` is in; None when it is in none of them. Raises BadSource."""
    with reading(path):
        head = b"" if path.is_dir() else head_of(path)
    return next(
        (form for form in FORMATS if form.recognizes is not None and form.recognizes(path, head)), None
    )


def head_of(path: Path) -> bytes:
    """Return the first `HEAD` bytes of a file."""
    with path.open("rb") as file:
        return file.read(HEAD)


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
