"""Sources: whatever vectors can be opened from, by one name.

A source is a path or `hf:org/name`, and may end in `#output`, `#input`, `#effective` or the name of a tensor.
"""

import re
import sys
import warnings
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from tovec.checks import in_one_line
from tovec.embedding import Embedding
from tovec.errors import BadSource, TovecWarning
from tovec.formats import SAVED, VECTORS, Format
from tovec.formats.read_options import ReadOptions
from tovec.models.load import (
    ModelFiles,
    is_model_file,
    is_model_folder,
    read_model_file,
    read_model_folder,
    read_remote,
)
from tovec.models.model import PARTS, Model, Report, first_rows_of, main_table, part_of
from tovec.models.opening import open_files, open_tensor
from tovec.models.row_names import check_different, name_rows
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder
from tovec.storage import read_consistent
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import reporting_file

if TYPE_CHECKING:
    from tovec.progress import Reporter
    from tovec.text.tokenizers import GivenTokenizer, Tokenizer

HUB = "hf:"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:huggingface\.co/(?P<hub>[\w.-]+/[\w.-]+))?", re.IGNORECASE)
_BARE_NAME = re.compile(
    r"(?=.*[\d-])(?!.*\.[a-z_]+$)[A-Za-z][\w.-]*"
)  # gpt2, bert-base-uncased, no file's name
_HUB_NAME = re.compile(r"[\w.-]*\w/[\w.-]*\w")
_JSON_TEXT = re.compile(rb'(\xef\xbb\xbf)?\s*(\[\s*)?(\{\s*"[^"\n]*"\s*:|\[\s*")')
_JSON = (
    "is JSON, not vectors; save vectors as .npy with their tokens in a .txt beside it, or as word2vec text; "
    "if it is a tokenizer, open the table and name this as its `tokenizer`"
)
_FILES_LOOKED_AT, _FILES_SHOWN = 50, 3


def open(
    source: str | Path,
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
) -> Embedding:
    """Return the embedding that `source` holds: of a model, its input table.

    source: a folder that tovec saved; a file of vectors (word2vec, GloVe, fastText, gensim, spaCy, .npy,
    .npz, TSV, CSV, Parquet); a model's folder, or a file of its tensors (safetensors, GGUF, PyTorch, ONNX);
    `hf:org/name`.
    `SOURCE#output` is the output table, `SOURCE#effective` the input table as the model sees it,
    `SOURCE#NAME` any tensor of two dimensions, or an array of an .npz. tokenizer: as in `open_model`. Rows
    are read when they are asked for, where the format allows it; those of a model on the Hub are downloaded
    then, and nothing else of it is.
    limit: the first rows alone, as many, or fewer where the source has fewer; what lies behind them in a file
    of vectors is not read, so it costs nothing and may be anything.
    strict: False repairs what can be repaired without guessing, as gensim does: of a token that is there
    again the first row counts, and a first line that counts wrong is passed over where all rows are whole.
    What was repaired stands in `Report.findings` and `Report.repairs` of `open_model`, and in a TovecWarning.
    True refuses it.
    Raises BadSource when there is nothing, nothing that can be read, or something damaged; BadSetting for a
    limit below 1; CannotDownload.
    """
    return look(source, tokenizer, limit=limit, strict=strict)[1]


def open_model(
    source: str | Path,
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
    reporter: "Reporter | None" = None,
) -> Model:
    """Return all that `source` holds: input and output tables, tokenizer, configuration, a report.

    tokenizer: the file or folder of a tokenizer that lies elsewhere, or a GGUF file or a list of tokens, one
    a line, which names the rows of a table without names and, where it says how, cuts text; or what only
    cuts text: a name such as `words`, a function from a text to its tokens, a tokenizer of `transformers`.
    limit, strict: as in `open`. reporter: called with what is downloaded (progress.py, hub/events.py).
    Raises and warns as `open`.
    """
    base, part = _split(source)
    options = ReadOptions(limit, strict, None if part in PARTS else part)
    model = _open_model(base, options, tokenizer, reporter)
    _warn(base, model.report)
    return model


def look(
    source: str | Path,
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
    reporter: "Reporter | None" = None,
) -> tuple[Model, Embedding]:
    """Return the model that `open_model` gives and, of it, the embedding that `open` gives."""
    base, part = _split(source)
    model = open_model(source, tokenizer, limit=limit, strict=strict, reporter=reporter)
    return model, part_of(model, part, base) if part in PARTS else main_table(model, base)


def _warn(source: str, report: Report) -> None:
    if report.repairs:
        warnings.warn(f"{source}: {'; '.join(report.repairs)}", TovecWarning, stacklevel=_caller())


def _caller() -> int:
    """Return how many calls above `_warn` the first is that is not of this file, as `warn` counts."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame, level = frame.f_back, level + 1
    return level


def _split(source: str | Path) -> tuple[str, str | None]:
    """Return the source and the part of it that is asked for; a path that holds a `#` itself is whole.

    Raises BadSource for what is no path.
    """
    if not isinstance(source, (str, PathLike)):
        raise BadSource(f"a source is a path or {HUB}org/name, not {in_one_line(source)}")
    source = str(source)
    marks = [at for at, sign in enumerate(source) if sign == "#" and 0 < at < len(source) - 1]
    if not marks or Path(source).exists():
        return source, None
    # The names of files and tensors may hold the sign too: what is there tells which one ends the file's.
    mark = next((at for at in reversed(marks) if Path(source[:at]).exists()), marks[0])
    return source[:mark], source[mark + 1 :]


def _open_model(
    source: str, options: ReadOptions, tokenizer: "GivenTokenizer", reporter: "Reporter | None"
) -> Model:
    if source.startswith(HUB) and not Path(source).exists():
        from tovec.hub import fetch_model

        remote = fetch_model(source.removeprefix(HUB), reporter=reporter)
        return _of_files(read_remote(remote), Path(source), options, tokenizer)
    _check_name(source)
    try:
        return read_consistent(Path(source), lambda path: _load(path, options.fresh(), tokenizer))
    except OSError as error:
        raise BadSource(f"{source} cannot be read: {error.strerror or error}") from error


def _check_name(source: str) -> None:
    """Refuse what names no place on this machine. Raises BadSource."""
    if not source or "\0" in source:
        raise BadSource(f"{source!r} names no file; a source is a path or {HUB}org/name")
    if source == "-":
        raise BadSource("- is not a source: rows are read where they lie, in a file, not from standard input")
    address = _ADDRESS.match(source)
    if address is not None and not Path(source).exists():
        name = address["hub"]
        way = f"write {HUB}{name}" if name else "download it and open the file"
        raise BadSource(f"{source} is an address, not a path; {way}")


def _load(path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    if not path.exists():
        if path.is_symlink():
            raise BadSource(f"{path} is a link that leads nowhere")
        raise BadSource(f"{path} does not exist{_hub_hint(str(path))}")
    if not path.is_dir() and not path.is_file():
        raise BadSource(f"{path} is neither a file nor a folder; a pipe cannot be read by the row")
    head = head_of(path)
    is_tensors = not path.is_dir() and is_model_file(path, head)
    form = _format_of(path, head, is_tensors)
    if form is not None:
        if options.part is not None and not form.has_parts:
            raise BadSource(
                f"{path} is {form.name} and has no part {options.part!r}; its parts are {', '.join(PARTS)}"
            )
        return _of_vectors(form, path, options, tokenizer)
    if is_model_folder(path):
        files = read_model_folder(path)
    elif is_tensors:
        files = read_model_file(path)
    else:
        raise BadSource(f"{path} {_why_no_folder(path) if path.is_dir() else _why_no_file(path)}")
    return _of_files(files, path, options, tokenizer)


def _format_of(path: Path, head: bytes, is_tensors: bool) -> Format | None:
    """Return the format of vectors that `path` is in, None for a model or nothing known. Raises BadSource."""
    saved = next((form for form in SAVED if form.recognizes(path, head)), None)
    if saved is not None or is_tensors:
        return saved
    return next((form for form in VECTORS if form.recognizes(path, head)), None)


def _of_files(files: ModelFiles, path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    files, cutter = _with_tokenizer(files, tokenizer)
    if options.strict and files.tokens is not None:
        with reporting_file(path):
            check_different(files.tokens)
    model = open_files(files, path) if options.part is None else open_tensor(files, options.part, path)
    model = first_rows_of(model, options.limit)
    return model if cutter is None else replace(model, tokenizer=cutter)


def _with_tokenizer(files: ModelFiles, tokenizer: "GivenTokenizer") -> tuple[ModelFiles, "Tokenizer | None"]:
    """Return the files with the tokens of another tokenizer, or one that only cuts text."""
    if tokenizer is None:
        return files, None
    if _is_there(tokenizer):
        return replace(files, tokens=_token_list(Path(tokenizer))), None
    return files, _tokenizer(tokenizer)


def _is_there(tokenizer: "GivenTokenizer") -> TypeGuard[str | Path]:
    return isinstance(tokenizer, (str, Path)) and tokenizer != "" and Path(tokenizer).exists()


def _token_list(path: Path) -> TokenList:
    if not path.is_dir() and not path.is_file():
        raise BadSource(f"{path} is neither a file nor a folder")
    tokens = read_tokenizer_folder(path) if path.is_dir() else read_tokenizer_file(path)
    if tokens is None:
        raise BadSource(f"{path} is a folder without a tokenizer; name its file")
    return tokens


def _tokenizer(given: "GivenTokenizer") -> "Tokenizer | None":
    """Return what cuts text: the tokenizer of a file, the one of that name, or a function."""
    from tovec.text.tokenizers import given_tokenizer

    if not _is_there(given):
        return given_tokenizer(given)
    tokens = _token_list(Path(given))
    if tokens.tokenizer is None:
        why = tokens.why_none or "it does not say how"
        raise BadSource(f"{given} lists tokens, and text cannot be cut into them: {why}")
    return tokens.tokenizer


def _of_vectors(form: Format, path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    tokens = None
    if tokenizer is None:
        embedding = Embedding.from_parts(form.load(path, options))
    elif form.takes_names and _is_there(tokenizer):
        tokens = _token_list(Path(tokenizer))
        named = replace(options, names=partial(name_rows, tokens))
        embedding = Embedding.from_parts(form.load(path, named))
        if tokens.tokenizer is not None:
            embedding = embedding.with_tokenizer(tokens.tokenizer)
    else:
        embedding = Embedding.from_parts(form.load(path, options)).with_tokenizer(_tokenizer(tokenizer))
    output = None
    if embedding.outputs is not None:
        output = Embedding(
            embedding.vocabulary, embedding.outputs, embedding.tokenizer, provenance=embedding.provenance
        )
    report = Report(
        kind=form.name if form.is_ours else str(embedding.provenance.get("format", form.name)),
        files=(path.name,),
        n_rows=len(embedding),
        n_ids=None if tokens is None else len(tokens.names),
        tokenizer=None if tokens is None else tokens.origin,
        tying_why="it keeps no output vectors",
        findings=tuple(options.findings),
        repairs=tuple(options.repairs),
    )
    return Model(report, embedding.tokenizer, {}, embedding, output)


def _hub_hint(source: str) -> str:
    """Return what to write for a model on the Hub, where `source` may be the name of one."""
    name = _HUB_NAME.fullmatch(source) or _BARE_NAME.fullmatch(source)
    return f"; a model on the Hugging Face Hub is {HUB}{source}" if name else ""


def _why_no_file(path: Path) -> str:
    """Return what a file is that no reader takes. Raises BadSource where its first bytes say it."""
    from tovec.formats.foreign_files import check_no_stranger, named_stranger
    from tovec.formats.vectors import text_file
    from tovec.formats.vectors.compressed import is_packed

    head = head_of(path)
    if not head:
        return "is empty"
    stranger = named_stranger(path.name)
    if stranger is not None:
        return f"is {stranger}"
    if not is_packed(path, head):
        with reporting_file(path):
            check_no_stranger(head)
    if _JSON_TEXT.match(head):
        return _JSON
    if b"\0" not in head or is_packed(path):
        why = text_file.why_not(path, head)
        if why is not None:
            return f"{why}; train makes vectors of text" if why.startswith("is text,") else why
    known = ", ".join(form.name for form in VECTORS)
    return f"is in none of the formats that tovec reads: safetensors, GGUF, PyTorch, ONNX, {known}"


def _may_be_opened(path: Path) -> bool:
    head = head_of(path)
    is_tensors = is_model_file(path, head)
    return is_tensors or _format_of(path, head, is_tensors) is not None


def _holds_model(path: Path) -> bool:
    try:
        return is_model_folder(path)
    except (BadSource, OSError):
        return False


def _why_no_folder(path: Path) -> str:
    from tovec.formats.foreign_files import named_stranger
    from tovec.storage import work_folder

    entries = sorted(path.iterdir())
    if [entry.name for entry in entries] == [work_folder.NAME] and work_folder.is_run(path):
        return "holds a training run that has not ended; run tovec train again"
    lost = next((entry.name for entry in entries if entry.is_symlink() and not entry.exists()), None)
    if lost is not None:
        return f"holds {lost}, a link that leads nowhere; download the model again"
    stranger = named_stranger(path.name)
    if stranger is not None:  # some are folders
        return f"is {stranger}"
    onnx = path / "onnx" / "model.onnx"
    if onnx.is_file():
        return f"holds its model as ONNX; name the file: {onnx}"
    files = [entry for entry in entries[:_FILES_LOOKED_AT] if entry.is_file() and _may_be_opened(entry)]
    if files:
        return f"is a folder; name the file in it: {', '.join(file.name for file in files[:_FILES_SHOWN])}"
    folders = [entry for entry in entries[:_FILES_LOOKED_AT] if _holds_model(entry)]
    if folders:
        names = ", ".join(folder.name for folder in folders[-_FILES_SHOWN:])  # the last checkpoints
        return f"is a folder without a model of its own; name the one in it: {names}"
    for entry in entries:
        stranger = named_stranger(entry.name)
        if stranger is not None:
            return f"holds {entry.name}, {stranger}"
    return "is a folder that holds neither an embedding nor a model: no tovec.json, no file of tensors in it"
