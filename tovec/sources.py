"""Sources: whatever vectors can be opened from, by one name.

A source is a path or `hf:org/name`, and may end in `#output`, `#input`, `#effective` or the name of a tensor.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tovec.embedding import Embedding
from tovec.errors import BadSource, TovecError
from tovec.formats import SAVED, VECTORS, Format
from tovec.formats.atomic import read_whole
from tovec.formats.damage import reading
from tovec.formats.file_bytes import head_of
from tovec.models.files import (
    ModelFiles,
    is_model_file,
    is_model_folder,
    read_model_file,
    read_model_folder,
    read_remote,
)
from tovec.models.model import PARTS, Model, Report, part_of
from tovec.models.opening import open_files, open_tensor
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder

if TYPE_CHECKING:
    from tovec.hub import Reporter
    from tovec.text.tokenizers import Tokenizer

HUB = "hf:"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:huggingface\.co/(?P<hub>[\w.-]+/[\w.-]+))?", re.IGNORECASE)
_BARE_NAME = re.compile(
    r"(?=.*[\d-])(?!.*\.[a-z_]+$)[A-Za-z][\w.-]*"
)  # gpt2, bert-base-uncased, no file's name
_HUB_NAME = re.compile(r"[\w.-]*\w/[\w.-]*\w")
_JSON = "is JSON, not vectors; if it is a tokenizer, open the table, and name this as its `tokenizer`"
_FILES_LOOKED_AT, _FILES_SHOWN = 50, 3


def open(source: str | Path, tokenizer: str | Path | None = None) -> Embedding:
    """Return the embedding that `source` holds: of a model, its input table.

    source: a folder that tovec saved; a file of vectors (word2vec, GloVe, fastText, .npy, TSV, CSV, Parquet);
    a model's folder, or a file of its tensors (safetensors, GGUF, PyTorch); `hf:org/name`. `SOURCE#output`
    is the output table, `SOURCE#effective` the input table as the model sees it, `SOURCE#NAME` any tensor
    of two dimensions. tokenizer: as in `open_model`. Rows are read when they are asked for, where the format
    allows it; those of a model on the Hub are downloaded then, and nothing else of it is.
    Raises BadSource when there is nothing, nothing that can be read, or something damaged, and
    CannotDownload.
    """
    return look(source, tokenizer)[1]


def open_model(
    source: str | Path, tokenizer: str | Path | None = None, *, reporter: "Reporter | None" = None
) -> Model:
    """Return all that `source` holds: input and output tables, tokenizer, configuration, a report.

    tokenizer: the file or folder of a tokenizer that lies elsewhere, which names the rows of a table without
    names and cuts text; or the name of one that only cuts text, such as `words`. reporter: is told what is
    downloaded.
    Raises as `open`.
    """
    base, part = _split(str(source))
    return _open_model(base, None if part in PARTS else part, tokenizer, reporter)


def look(
    source: str | Path, tokenizer: str | Path | None = None, *, reporter: "Reporter | None" = None
) -> tuple[Model, Embedding]:
    """Return the model that `open_model` gives and, of it, the embedding that `open` gives."""
    base, part = _split(str(source))
    model = _open_model(base, None if part in PARTS else part, tokenizer, reporter)
    return model, part_of(model, part if part in PARTS else "input", base)


def _split(source: str) -> tuple[str, str | None]:
    """Return the source and the part of it that is asked for; a path that holds a `#` itself is whole."""
    marks = [at for at, sign in enumerate(source) if sign == "#" and 0 < at < len(source) - 1]
    if not marks or Path(source).exists():
        return source, None
    # The names of files and tensors may hold the sign too: what is there tells which one ends the file's.
    mark = next((at for at in reversed(marks) if Path(source[:at]).exists()), marks[0])
    return source[:mark], source[mark + 1 :]


def _open_model(
    source: str, tensor: str | None, tokenizer: str | Path | None, reporter: "Reporter | None"
) -> Model:
    if source.startswith(HUB) and not Path(source).exists():
        from tovec.hub import fetch_model

        remote = fetch_model(source.removeprefix(HUB), reporter=reporter)
        return _of_files(read_remote(remote), Path(source), tensor, tokenizer)
    _check_name(source)
    try:
        return read_whole(Path(source), lambda path: _load(path, tensor, tokenizer))
    except OSError as error:
        raise BadSource(f"{source} cannot be read: {error.strerror or error}") from error


def _check_name(source: str) -> None:
    """Refuse what names no place on this machine. Raises BadSource."""
    if not source or "\0" in source:
        raise BadSource(f"{source!r} names no file; a source is a path or {HUB}org/name")
    if source == "-":
        raise BadSource("- is no source: rows are read where they lie, in a file, not from standard input")
    address = _ADDRESS.match(source)
    if address is not None and not Path(source).exists():
        name = address["hub"]
        way = f"write {HUB}{name}" if name else "download it and open the file"
        raise BadSource(f"{source} is an address, not a path; {way}")


def _load(path: Path, tensor: str | None, tokenizer: str | Path | None) -> Model:
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
        if tensor is not None:
            raise BadSource(
                f"{path} is {form.name} and has no part {tensor!r}; its parts are {', '.join(PARTS)}"
            )
        return _of_vectors(form, path, tokenizer)
    if is_model_folder(path):
        files = read_model_folder(path)
    elif is_tensors:
        files = read_model_file(path)
    else:
        raise BadSource(f"{path} {_why_no_folder(path) if path.is_dir() else _why_no_file(path)}")
    return _of_files(files, path, tensor, tokenizer)


def _format_of(path: Path, head: bytes, is_tensors: bool) -> Format | None:
    """Return the format of vectors that `path` is in, None for a model or nothing known. Raises BadSource."""
    saved = next((form for form in SAVED if form.recognizes(path, head)), None)
    if saved is not None or is_tensors:
        return saved
    return next((form for form in VECTORS if form.recognizes(path, head)), None)


def _of_files(files: ModelFiles, path: Path, tensor: str | None, tokenizer: str | Path | None) -> Model:
    files, cutter = _with_tokenizer(files, tokenizer)
    model = open_files(files, path) if tensor is None else open_tensor(files, tensor, path)
    return model if cutter is None else replace(model, tokenizer=cutter)


def _with_tokenizer(files: ModelFiles, tokenizer: str | Path | None) -> tuple[ModelFiles, "Tokenizer | None"]:
    """Return the files with the tokens of another tokenizer, or one that only cuts text."""
    if tokenizer is None:
        return files, None
    if _is_there(tokenizer):
        return replace(files, tokens=_token_list(Path(tokenizer))), None
    return files, _tokenizer(tokenizer)


def _is_there(path: str | Path) -> bool:
    return path != "" and Path(path).exists()


def _token_list(path: Path) -> TokenList:
    if not path.is_dir() and not path.is_file():
        raise BadSource(f"{path} is neither a file nor a folder")
    tokens = read_tokenizer_folder(path) if path.is_dir() else read_tokenizer_file(path)
    if tokens is None:
        raise BadSource(f"{path} is a folder without a tokenizer; name its file")
    return tokens


def _tokenizer(name: str | Path) -> "Tokenizer":
    """Return what cuts text: the tokenizer of a file, or the one of that name."""
    from tovec.text.tokenizers import tokenizer_from_name
    from tovec.text.tokenizers.subwords import SubwordRecipe

    if _is_there(name):
        tokens = _token_list(Path(name))
        if tokens.tokenizer is None:
            raise BadSource(f"{name} lists tokens and does not say how text is cut into them")
        return tokens.tokenizer
    made = tokenizer_from_name(name)
    if isinstance(made, SubwordRecipe):
        raise TovecError(f"tokenizer {str(name)!r} is trained together with vectors; give a tokenizer.json")
    return made


def _of_vectors(form: Format, path: Path, tokenizer: str | Path | None) -> Model:
    embedding = form.load(path)
    if tokenizer is not None:
        embedding = embedding.with_tokenizer(_tokenizer(tokenizer))
    output = None
    if embedding.outputs is not None:
        output = Embedding(
            embedding.vocabulary, embedding.outputs, embedding.tokenizer, provenance=embedding.provenance
        )
    report = Report(
        kind=form.name if form.is_ours else str(embedding.provenance.get("format", form.name)),
        files=(path.name,),
        n_rows=len(embedding),
        tying_why="it keeps no output vectors",
    )
    return Model(report, embedding.tokenizer, {}, embedding, output)


def _hub_hint(source: str) -> str:
    """Return what to write for a model on the Hub, where `source` may be the name of one."""
    name = _HUB_NAME.fullmatch(source) or _BARE_NAME.fullmatch(source)
    return f"; a model on the Hugging Face Hub is {HUB}{source}" if name else ""


def _why_no_file(path: Path) -> str:
    """Return what a file is that no reader takes. Raises BadSource where its first bytes say it."""
    from tovec.formats.strangers import check_no_stranger
    from tovec.formats.vectors import text_file

    head = head_of(path)
    if not head:
        return "is empty"
    if not text_file.is_packed(path, head):
        with reading(path):
            check_no_stranger(head)
    if b"\0" not in head or text_file.is_packed(path):
        why = text_file.why_not(path, head)
        if head.lstrip().startswith(b"{"):
            return _JSON
        if why is not None:
            return f"{why}; train makes vectors of text" if why.startswith("is text,") else why
    known = ", ".join(form.name for form in VECTORS)
    return f"is in none of the formats that tovec reads: safetensors, GGUF, PyTorch, {known}"


def _is_of_vectors(path: Path) -> bool:
    head = head_of(path)
    return _format_of(path, head, is_model_file(path, head)) is not None


def _why_no_folder(path: Path) -> str:
    from tovec.formats.saved.folder import WORK

    entries = sorted(path.iterdir())
    if [entry.name for entry in entries] == [WORK]:
        return "holds a training run that has not ended; run tovec train again"
    lost = next((entry.name for entry in entries if entry.is_symlink() and not entry.exists()), None)
    if lost is not None:
        return f"holds {lost}, a link that leads nowhere; download the model again"
    files = [entry for entry in entries[:_FILES_LOOKED_AT] if entry.is_file() and _is_of_vectors(entry)]
    if files:
        return f"is a folder; name the file in it: {', '.join(file.name for file in files[:_FILES_SHOWN])}"
    return "is a folder that holds neither an embedding nor a model: no tovec.json, no file of tensors in it"
