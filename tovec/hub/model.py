"""`org/name` to a model: its small files in a folder here, its tensors on the Hub until they are used."""

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tovec.counted import counted
from tovec.errors import BadSource
from tovec.formats.foreign_files import foreign_by_name
from tovec.formats.tensors.file_names import tensor_files
from tovec.hub.events import human_size
from tovec.hub.listing import Hub
from tovec.hub.repository import Repository, open_repository
from tovec.hub.tensors import INDEX, SUFFIXES, WHOLE_ONLY, open_tensors, why_whole
from tovec.progress import Reporter
from tovec.reporting import own_reporter
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import field, json_value
from tovec.storage.limits import contents
from tovec.vectors.tensor_store import TensorStore

# Files that say which tensors there are and what they mean.
DESCRIPTIONS = (
    *("config.json", "modules.json", "params.json", "tovec.json", "adapter_config.json"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
)
# The tokenizer: the files of the first line that fits any.
TOKENIZERS = (
    ("tokenizer.json",),
    ("tokenizer.model", "spiece.model", "sentencepiece.model"),
    ("tekken.json",),
    ("*.tiktoken",),
    (
        *("vocab.json", "vocab.txt", "merges.txt", "source.spm", "*.bpe.model", "spm.model", "encoder.json"),
        *("vocab.bpe", "vocab-src.json", "bpe.codes", "dict.txt", "prophetnet.tokenizer"),
        *("whitespacetokenizer_config.json", "phrasetokenizer_config.json"),
    ),
)
LARGEST_SMALL = 200_000_000  # bytes; the largest tokenizer.json is a fifth of it


@dataclass(frozen=True)
class RemoteModel:
    """A model on the Hub at one commit.

    folder: in the user's Hugging Face cache, with the model's small files: configuration, tokenizer, indexes;
    None where it has none. tensor_file: the name in the repository of the file of tensors, or of the index of
    several.
    """

    repository: Repository
    folder: Path | None
    tensor_file: str

    @property
    def name(self) -> str:
        """`hf:org/name@commit`, which opens the same files even when the branch has moved."""
        return f"{self.repository}@{self.repository.commit}"

    def tensors(self) -> TensorStore:
        """Return the tensors, of which only headers are read; each is fetched when its numbers are asked for.

        Raises BadSource when a header is damaged, CannotDownload when it cannot be fetched.
        """
        return open_tensors(self.repository, self.tensor_file)


def fetch_model(name: str, *, reporter: Reporter | None = None, hub: Hub | None = None) -> RemoteModel:
    """Return the model that `org/name`, `org/name@revision` or `org/name@revision/file.gguf` names.

    Its small files are downloaded into the user's Hugging Face cache, its tensors are not. Files that are
    there are not requested again, so the second time works offline.
    Raises BadSource for another name or a repository without tensors that can be read in parts,
    CannotDownload when a file cannot be fetched, and MissingExtra.
    """
    repository = open_repository(name, hub or Hub(), reporter or own_reporter())
    tensor_file = _requested_file(repository) or _tensor_file_of(repository)
    _check_whole(repository, tensor_file)
    small = small_files(repository.sizes, _folder_of(tensor_file))
    for path in small:
        if repository.sizes[path] > LARGEST_SMALL:
            raise BadSource(
                f"{repository} has a {path} of {human_size(repository.sizes[path])}, too large to be one"
            )
    fetched = [repository.fetch(path) for path in small]
    return RemoteModel(repository, fetched[0].parent if fetched else None, tensor_file)


def _requested_file(repository: Repository) -> str | None:
    requested = repository.name.file
    if requested is not None and requested not in repository.sizes:
        raise BadSource(f"{repository} has no file {requested!r}")
    if requested is not None and not requested.endswith(SUFFIXES):
        raise BadSource(f"{requested!r} of {repository} is not a file of tensors that tovec reads")
    return requested


def _check_whole(repository: Repository, tensor_file: str) -> None:
    """Raise BadSource for a file that cannot be fetched in parts, unless the user has downloaded it."""
    folder = _folder_of(tensor_file)
    is_index = tensor_file.endswith(f".bin{INDEX}")
    needed = _matching(_inside(repository.sizes, folder), ("*.bin",)) if is_index else [tensor_file]
    missing = [path for path in needed if path.endswith(WHOLE_ONLY) and repository.cached(path) is None]
    if missing:
        raise BadSource(why_whole(repository, missing))


def _tensor_file_of(repository: Repository) -> str:
    """Return the file of tensors in the repository's folder, or in that of its first module."""
    found = find_tensor_file(repository, "")
    if found is None and "modules.json" in repository.sizes:
        found = find_tensor_file(repository, _first_module(repository.fetch("modules.json")))
    if found is None:
        foreign = ((name, foreign_by_name(name)) for name in _inside(repository.sizes, ""))
        name, what = next((entry for entry in foreign if entry[1] is not None), ("", None))
        known = f"holds {name}, {what}" if name else "has no file of tensors that tovec reads"
        raise BadSource(f"{repository} {known}")
    return found


def small_files(names: Iterable[str], folder: str = "") -> list[str]:
    """Return those of a repository's files in one of its folders that describe a model and its tokenizer."""
    inside = _inside(names, folder)
    tokenizer = next((found for patterns in TOKENIZERS if (found := _matching(inside, patterns))), [])
    return _matching(inside, DESCRIPTIONS) + tokenizer


def find_tensor_file(repository: Repository, folder: str) -> str | None:
    """Return the file of tensors in a folder of a repository, None without one.

    Raises BadSource where there are several, so that the user has to choose.
    """
    prefix = f"{folder}/" if folder else ""
    names = tensor_files(path.removeprefix(prefix) for path in _inside(repository.sizes, folder))
    found = [prefix + name for name in names]
    if len(found) > 1:
        named = ", ".join(f"{path} ({human_size(repository.sizes[path])})" for path in found[:12])
        more = f" and {len(found) - 12} more" if len(found) > 12 else ""
        raise BadSource(
            f"{repository} has {counted(len(found), 'file')} of tensors, {named}{more}; "
            f"name one: {repository}/{found[0]}"
        )
    return found[0] if found else None


def _first_module(path: Path) -> str:
    """Return the folder of the first module in a modules.json."""
    with reporting_file(path):
        modules = json_value(contents(path), "its text")
        first = modules[0] if isinstance(modules, list) and modules else {}
        if not isinstance(first, dict):
            raise CorruptFile("its first module is not a JSON object")
        folder: str = field(first, "path", str, "")
    return folder.strip("/")


def _inside(names: Iterable[str], folder: str) -> list[str]:
    return sorted(name for name in names if _folder_of(name) == folder)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _matching(names: Iterable[str], patterns: tuple[str, ...]) -> list[str]:
    return [
        name
        for name in names
        if any(fnmatch.fnmatchcase(name.rpartition("/")[2], pattern) for pattern in patterns)
    ]
