"""The moments of a table: the snapshots in a folder, or several sources, become a `Timeline`."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadSource
from tovec.formats.saved.tensor_file import Vocabularies
from tovec.sources import open as open_source
from tovec.sources.address import HUB, read_address
from tovec.sources.given_tokenizer import text_cutter
from tovec.sources.snapshots import snapshot_files
from tovec.storage import is_leftover, work_folder
from tovec.storage.file_errors import reporting_file
from tovec.text.tokenizers import Tokenizer
from tovec.timeline.moment import Moment
from tovec.timeline.moment_file import LOCK, load_moment, progress_of
from tovec.timeline.timeline import Timeline

if TYPE_CHECKING:
    from tovec.text.tokenizers import GivenTokenizer

_CHECKPOINT = re.compile(r"checkpoint-(\d{1,18})", re.ASCII)
_SHOWN = 3  # files that are named in a line


class _Found(NamedTuple):
    """A moment that could be opened. place: its file, or how its source was given."""

    place: str
    embedding: Embedding
    moment: Moment


def open_timeline(
    source: str | Path | Iterable[str | Path],
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
) -> Timeline:
    """Return the tables of several moments as one value, the earliest first.

    source: a folder that `tovec train … --snapshots` has made, its folder of snapshots, or one of
    `tovec.Recorder`; a folder with the checkpoints of the Trainer of transformers; or a list of sources, each
    a table as `tovec.open` takes it, in the order of time, which gives moments their names. Of a run that
    goes on, the snapshots until now. tokenizer, limit, strict: as of `tovec.open`, for each checkpoint or
    source; snapshots take only a tokenizer, which is that of the result that they led to where left out.
    What cannot be opened, and what has another dim than most tables, is left out, which `Timeline.findings`
    says, and so are tokens that some tables lack. Rows are read when they are asked for.
    Raises BadSource where there are no moments, where none can be opened, where as many tables have one dim
    as have another, and for two files of one moment;
    BadSetting for a limit of snapshots; TovecError for tables that have no token in common.

    >>> import tempfile, tovec
    >>> folder = tempfile.mkdtemp()
    >>> first = tovec.Embedding.random(["cat", "dog"], dim=3, seed=0).save(f"{folder}/2023.vec")
    >>> second = tovec.Embedding.random(["cat", "dog"], dim=3, seed=1).save(f"{folder}/2024.vec")
    >>> tovec.open_timeline([first, second])
    Timeline(2 moments, '2023' to '2024': 2 tokens × 3 dimensions)
    """
    if isinstance(source, (str, PathLike)):
        address = read_address(source)
        path = Path(address.source)
        with reporting_file(path):
            checkpoints = [] if snapshot_files(path) else _checkpoints(path)
        if checkpoints:
            end = "" if address.part is None else f"#{address.part}"
            sources = [f"{folder}{end}" for _, folder in checkpoints]
            return _of_sources(sources, tokenizer, limit, strict, [step for step, _ in checkpoints])
        if address.part is not None:
            raise BadSource(
                f"{path} is opened for its snapshots, which have no part {address.part!r}; checkpoints and "
                "other sources have"
            )
        for name, value in (("limit", limit), ("strict", strict)):
            if value:
                raise BadSetting(name, value, "left out for snapshots")
        return _of_folder(path, tokenizer)
    return _of_sources(list(source), tokenizer, limit, strict)


def _checkpoints(path: Path) -> list[tuple[int, Path]]:
    """Return the checkpoints that the Trainer of transformers keeps in a folder, by their steps."""
    folders = path.glob("checkpoint-*") if path.is_dir() else ()
    found = [(_CHECKPOINT.fullmatch(folder.name), folder) for folder in folders if folder.is_dir()]
    return sorted((int(name[1]), folder) for name, folder in found if name is not None)


def _of_folder(path: Path, given: "GivenTokenizer") -> Timeline:
    with reporting_file(path):
        files = snapshot_files(path)
    if not files:
        raise BadSource(
            f"{path} holds no snapshots: tovec train … --snapshots 50 keeps them; several sources are a "
            "timeline too"
            if path.exists()
            else f"{path} does not exist"
        )
    _check_one_name(files, files[0].parent)
    vocabularies: Vocabularies = {}  # which files share
    found: list[_Found] = []
    units = set()
    findings = _foreign(files)
    for file in files:
        try:
            saved = load_moment(file, vocabularies)
        except BadSource as error:
            findings.append(f"left out: {error}")
            continue
        found.append(_Found(str(file), saved.embedding, saved.moment))
        units.add(saved.unit)
    if not found:
        raise BadSource(
            f"none of the {counted(len(files), 'snapshot')} in {files[0].parent} can be "
            f"opened: {findings[-1]}"
        )
    found, of_other_dims = _of_most_dims(found)
    last = found[-1].embedding
    tokenizer = _tokenizer_of_run(files[0].parent, last) if given is None else text_cutter(given)
    embeddings = [each.embedding.with_tokenizer(tokenizer) for each in found]
    moments = [each.moment for each in found]
    unit = units.pop() if len(units) == 1 else ""
    return Timeline(embeddings, moments, unit=unit, findings=findings + of_other_dims)


def _tokenizer_of_run(snapshots: Path, embedding: Embedding) -> Tokenizer | None:
    """Return the tokenizer of the result that a folder of snapshots belongs to.

    None while there is no result, and for one of other tokens.
    """
    if snapshots.name != work_folder.SNAPSHOTS:
        return None
    try:
        result = open_source(snapshots.parent)
    except BadSource:
        return None
    return result.tokenizer if set(embedding) <= set(result) else None


def _foreign(files: Sequence[Path]) -> list[str]:
    """Return a line on what else is in the folder of these files."""
    folder = files[0].parent
    with reporting_file(folder):
        others = sorted({path.name for path in folder.iterdir()} - {path.name for path in files})
    others = [name for name in others if name != LOCK and not is_leftover(name)]
    if not others:
        return []
    names = ", ".join(others[:_SHOWN]) + (", …" if len(others) > _SHOWN else "")
    return [f"left out of {folder}, since they are not named as snapshots are: {names}"]


def _of_sources(
    sources: Sequence[str | Path],
    tokenizer: "GivenTokenizer",
    limit: int | None,
    strict: bool,
    steps: Sequence[int | None] | None = None,
) -> Timeline:
    names = _names(sources)
    found, findings = [], []
    for name, source, step in zip(names, sources, steps or [None] * len(names), strict=True):
        try:
            embedding = open_source(source, tokenizer, limit=limit, strict=strict)
            found.append(_Found(str(source), embedding, Moment(name, step)))
        except BadSource as error:
            findings.append(f"left out: {error}")
    if not found:
        why = f", none of which can be opened: {findings[0]}" if findings else ""
        raise BadSource(f"a timeline needs one source at least, not {len(sources)}{why}")
    found, of_other_dims = _of_most_dims(found)
    embeddings, moments = [each.embedding for each in found], [each.moment for each in found]
    unit = "steps" if steps else ""
    return Timeline(embeddings, moments, unit=unit, findings=findings + of_other_dims)


def _of_most_dims(found: Sequence[_Found]) -> tuple[list[_Found], list[str]]:
    """Return the moments whose vectors are as long as those of most, and lines on the others.

    Raises BadSource where as many have one length as have another.
    """
    dims = Counter(each.embedding.dim for each in found).most_common(2)
    (dim, n), *others = dims
    if others and others[0][1] == n:
        first = found[0]
        other = next(each for each in found if each.embedding.dim != first.embedding.dim)
        raise BadSource(
            f"{first.moment.name} has {counted(first.embedding.dim, 'dimension')} and "
            f"{other.moment.name} has "
            f"{other.embedding.dim:,}; the vectors of all moments must have one length"
        )
    findings = [
        f"left out: {each.place} has {counted(each.embedding.dim, 'dimension')}, and most have {dim:,}"
        for each in found
        if each.embedding.dim != dim
    ]
    return [each for each in found if each.embedding.dim == dim], findings


def _check_one_name(files: Sequence[Path], folder: Path) -> None:
    """Raise BadSource where two files are of one progress."""
    named: dict[int | None, Path] = {}
    for file in files:
        other = named.setdefault(progress_of(file), file)
        if other is not file:
            raise BadSource(
                f"{other.name} and {file.name} in {folder} are of one moment, {progress_of(file)}; "
                "move one of them away"
            )


def _names(sources: Sequence[str | Path]) -> list[str]:
    """Return a name for each source: of its file or folder, with folders above it where several share one."""
    parts = [_parts(source) for source in sources]
    for n in range(1, max(map(len, parts), default=0) + 1):
        names = ["/".join(each[-n:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{number} {each[-1]}" for number, each in enumerate(parts, start=1)]  # one source twice


def _parts(source: str | Path) -> tuple[str, ...]:
    address = read_address(source)
    path = Path(address.source.removeprefix(HUB))
    last = path.stem if path.is_file() else path.name
    return (*path.parts[:-1], last + ("" if address.part is None else f"#{address.part}"))
