"""The page as one HTML file that works from disk: its files and its data inlined, no network.

The data are what the server would send, gzipped, as base64, in <script> elements that browsers do not run.
"""

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tovec import projection
from tovec.comparison.comparison import Comparison
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadSetting, CannotSave, TovecError
from tovec.formats.saved.tokenizer_file import tokenizer_definition
from tovec.frames import ArrowStream
from tovec.progress import Note, Reporter, silent
from tovec.projection import METHODS
from tovec.server.jobs import Step
from tovec.server.manifest import MANY, drawn_dims
from tovec.server.moment_projections import MomentsProjector, projector_of
from tovec.server.page_bytes import frame_bytes, json_bytes, number_bytes, replace_surrogates
from tovec.server.page_data import PageData, page_data
from tovec.server.page_files import STATIC, TYPES, page_files
from tovec.server.projections import ProjectionRequest, Projector
from tovec.server.quantized_points import quantized
from tovec.storage import replace_file
from tovec.timeline import Timeline
from tovec.vectors.table import blocks

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel

MAX_VECTOR_BYTES = 64 << 20  # that go into a file unless `vectors` says otherwise
LARGE_BYTES = 32 << 20  # of a file, whose size is reported before it is written
PACKED = 1.25  # bytes in the file for each byte of numbers, after gzip and base64
NUMBERS: dict[str, tuple[str, type[np.float32] | type[np.float16]]] = {
    "float32": ("f32", np.float32),
    "float16": ("f16", np.float16),
}
OF_VECTORS = ("none", "axes")  # projections that the page computes from the vectors of the file


class Held(NamedTuple):
    """What of the vectors a file holds.

    numbers: their type, one of NUMBERS, None for no vectors. of_all_moments: whether those of all, not of the
    last alone.
    """

    numbers: str | None
    of_all_moments: bool


class Part(NamedTuple):
    """Bytes under the name by which the page asks for them; those of a table in blocks of whole rows."""

    name: str
    blocks: Iterable[bytes]


def export(
    embedding: Embedding | Timeline | Comparison | ArrowStream,
    path: str | Path,
    *,
    metadata: Any = None,
    title: str | None = None,
    methods: Sequence[str] | None = None,
    vectors: str | None = None,
    report: Reporter = silent,
    static: Path = STATIC,
    language_model: "LanguageModel | None" = None,
) -> Path:
    """Write the page of `embedding` to `path`, whole or not at all, and return the path.

    metadata, title: as for `view`. methods: the projections to compute, in 2-D and 3-D; by default principal
    components, the vectors as they are if they have up to three dimensions, and UMAP for up to 60,000 tokens
    of a table, 30,000 of two that are compared. vectors: "float32", "float16" or "none", which neighbors,
    analogies and custom axes need; by default the first of these that takes up to 64 MB, and float16 where
    they are stored so. Of a timeline the file holds the points of all moments, and their vectors; by default
    those of the last alone where all take more; the tables of a comparison are two moments. report: called
    with notes on what is computed and what is left out, and on the size of a large file, before it is
    written. language_model: as for `view`; a file says that it predicts there.
    Equal tables give equal bytes. Raises TovecError for a method that is not available, CannotSave when the
    file cannot be written.

    >>> import tovec
    >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
    >>> path = tovec.export(embedding, "words.html", title="four words")  # doctest: +SKIP
    """
    target = Path(path)
    files = page_files(static)
    data = page_data(embedding, metadata=metadata, title=title, report=report, language_model=language_model)
    held = _held(data, vectors, report)
    projector = projector_of(data, report)
    requests = checked_requests(data, projector, methods)
    _report_size(n_bytes_of(data, requests, held), files, report)
    with replace_file(target) as file:
        head, body = page_around(files, data.title)
        file.write(head)
        for part in parts_of(data, projector, requests, held, report):
            packed = base64.b64encode(gzip.compress(b"".join(part.blocks), 6, mtime=0))
            file.write(f'<script type="application/octet-stream" data-name="{part.name}">'.encode())
            file.write(packed)
            file.write(b"</script>\n")
        file.write(body)
    return target


def _held(data: PageData, wanted: str | None, report: Reporter) -> Held:
    """Return what of the vectors the file holds; report what is lost."""
    if wanted is not None:
        return as_wanted(data.moments, wanted)
    numbers = _fitting(data.moments)
    if numbers is not None:
        if numbers == "float16" and not are_float16(data.moments):
            lost = "neighbors may swap places; `vectors` float32 keeps them"
            report(Note(f"vectors are narrowed to float16, so {lost}"))
        return Held(numbers, of_all_moments=True)
    numbers = _fitting([data.embedding])
    if numbers is None:
        report(
            Note("vectors are left out because of their size; neighbors need them: set `vectors` to float16")
        )
    else:
        report(
            Note(
                "only the vectors of the last moment are in the file because of their size, so neighbors are "
                "those of the end; `vectors` float16 keeps those of all moments"
            )
        )
    return Held(numbers, of_all_moments=False)


def as_wanted(moments: Sequence[Embedding], wanted: str) -> Held:
    """Return what is held of these moments where `wanted`, of NUMBERS or "none", was asked for."""
    if wanted not in (*NUMBERS, "none"):
        raise BadSetting("vectors", wanted, "float32, float16 or none")
    if wanted == "float16" and not all(map(fits_float16, moments)):
        raise TovecError("these vectors hold numbers beyond float16's ±65,504; set `vectors` to float32")
    return Held(None, False) if wanted == "none" else Held(wanted, of_all_moments=True)


def _fitting(moments: Sequence[Embedding]) -> str | None:
    """Return the number type in which the vectors of these moments take up to MAX_VECTOR_BYTES, else None.

    float32, unless they are stored in float16 or take too much.
    """
    n_numbers = sum(each.n_tokens * each.dim for each in moments)
    if 4 * n_numbers <= MAX_VECTOR_BYTES and not are_float16(moments):
        return "float32"
    if 2 * n_numbers <= MAX_VECTOR_BYTES and all(map(fits_float16, moments)):
        return "float16"
    return None


def are_float16(moments: Sequence[Embedding]) -> bool:
    """Whether the numbers are stored in float16, so that it loses nothing."""
    return all(each.vectors.dtype == np.float16 for each in moments)


def fits_float16(embedding: Embedding) -> bool:
    """Whether float16 can hold every number; NaN and infinity it can."""
    largest = float(np.finfo(np.float16).max)
    return not any(
        bool(((np.abs(rows) > largest) & np.isfinite(rows)).any()) for _, rows in blocks(embedding.vectors)
    )


def checked_requests(
    data: PageData, projector: Projector | MomentsProjector, methods: Sequence[str] | None
) -> list[ProjectionRequest]:
    """Return the projections that are to be computed; see `export` for None. Raises TovecError."""
    embedding = data.embedding
    if methods is None:
        most = MANY if data.timeline is None else MANY // 2 if data.comparison is not None else 0
        has_umap = embedding.n_tokens <= most and projection.available("umap") is None  # else minutes
        methods = ["pca", *(["none"] if embedding.dim <= 3 else []), *(["umap"] if has_umap else [])]
        methods = methods if embedding.dim > 1 else ["none"]
    for method in methods:
        if method not in METHODS:
            raise BadSetting("method", method, f"one of {', '.join(METHODS)}")
    dims = drawn_dims(embedding.dim)
    requests = [ProjectionRequest(method, each) for method in dict.fromkeys(methods) for each in dims]
    for request in requests:
        projector.check(request)
    if not requests:
        raise BadSetting("method", list(methods), f"one or more of {', '.join(METHODS)}")
    return requests


def n_bytes_of(data: PageData, requests: Sequence[ProjectionRequest], held: Held) -> int:
    """Return how many bytes the numbers of the projections and of the vectors take."""
    n, dim, n_moments = data.embedding.n_tokens, data.embedding.dim, len(data.moments)
    of_points = 4 if data.timeline is None else 2
    n_bytes = sum(of_points * n_moments * n * request.dims for request in requests)
    if held.numbers is not None:
        size = np.dtype(NUMBERS[held.numbers][1]).itemsize
        n_bytes += size * n * dim * (n_moments if held.of_all_moments else 1)
    return n_bytes


def _report_size(n_bytes: int, files: dict[str, bytes], report: Reporter) -> None:
    """Report about how large the file will be, if it will be large. n_bytes: of its numbers."""
    expected = sum(map(len, files.values())) + PACKED * n_bytes
    if expected >= LARGE_BYTES:
        report(Note(f"the file will take about {expected / 1e6:,.0f} MB"))


def parts_of(
    data: PageData,
    projector: Projector | MomentsProjector,
    requests: Sequence[ProjectionRequest],
    held: Held,
    report: Reporter,
    **facts: Any,
) -> Iterator[Part]:
    """Yield what the page can ask for, each part computed in its turn. facts: more for the manifest."""
    definition = _definition(data.embedding, report)
    manifest = _manifest(data, requests, held, definition)
    yield Part("manifest.json", [json_bytes({**manifest, **facts})])
    for name, content in data.items():
        if name != "manifest.json":
            yield Part(name, [content])
    if definition is not None:
        yield Part("tokenizer.json", [definition.encode()])
    yield from _vectors(data, held)
    for request in requests:
        name = f"{request.method}-{request.dims}"
        what = "the first axes" if request.method == "none" else request.method
        report(Note(f"computing {what} in {counted(request.dims, 'dimension')}"))
        step = projector.project(request, _ignore, _never_stop)
        frame = _frame(step) if data.timeline is None else _small_frame(step)
        yield Part(f"project-{name}.frame", [frame])
    report(Note("finding clusters"))
    yield Part("clusters.frame", [_frame(projector.cluster(_ignore, _never_stop))])


def _vectors(data: PageData, held: Held) -> Iterator[Part]:
    if held.numbers is None:
        return
    suffix, dtype = NUMBERS[held.numbers]
    others = data.moments[:-1] if held.of_all_moments else ()
    named = [("vectors", data.embedding), *((f"vectors-{j}", each) for j, each in enumerate(others))]
    for name, embedding in named:
        yield Part(f"{name}.{suffix}", (number_bytes(rows, dtype) for _, rows in blocks(embedding.vectors)))


def _manifest(
    data: PageData, requests: Sequence[ProjectionRequest], held: Held, definition: str | None
) -> dict[str, Any]:
    """Return the manifest for what this file holds."""
    has = {request.method for request in requests}
    start, timeline = data.manifest["start"], data.manifest["timeline"]
    of_vectors = OF_VECTORS if timeline is None and held.numbers is not None else ()
    methods = [
        info if info["method"] in (*has, *of_vectors) else {**info, "missing": _missing(info, data)}
        for info in data.manifest["methods"]
    ]
    return {
        **data.manifest,
        "hasVectors": held.numbers is not None,
        "tokenizer": None if definition is None else data.manifest["tokenizer"],
        "methods": methods,
        "drawsAnew": False,
        "tables": [],
        "start": start if start["method"] in has else {**start, "method": requests[0].method},
        "timeline": None if timeline is None else {**timeline, "hasVectors": held.of_all_moments},
        "languageModel": None,
        "explains": None,
        "predictsWithServer": data.language_model is not None,
    }


def _missing(info: dict[str, Any], data: PageData) -> str:
    """Return why a file has no projection by this method."""
    if data.timeline is not None and info["missing"] is not None:
        return str(info["missing"])
    if info["method"] == "axes":
        return "this file was exported without vectors, which custom axes need"
    is_timeline = data.timeline is not None and data.comparison is None
    options = f"{info['method']} --timeline" if is_timeline else info["method"]
    return f"this file was exported without it; tovec export --method {options} includes it"


def _definition(embedding: Embedding, report: Reporter) -> str | None:
    """Return the tokenizer.json that cuts text as the embedding does, None if there is none."""
    if embedding.tokenizer is None:
        return None
    try:
        definition, is_exact = tokenizer_definition(embedding.tokenizer, embedding.vocabulary)
    except CannotSave as error:
        report(Note(f"the file cannot cut text: {error}"))
        return None
    if not is_exact:
        name = embedding.tokenizer.name
        report(Note(f"the file cannot cut text: no tokenizer.json can hold the tokenizer {name!r}"))
        return None
    return definition


def _ignore(step: Step) -> None:
    """Emit to nobody."""


def _never_stop() -> None:
    """Check nothing."""


def _frame(step: Step) -> bytes:
    return frame_bytes(step.header, step.payload)


def _small_frame(step: Step) -> bytes:
    """Return a frame of the points of all moments, quantized."""
    assert step.payload is not None
    numbers, read_with = quantized(step.payload)
    return frame_bytes({**step.header, "quantized": read_with}, numbers)


def page_around(files: dict[str, bytes], title: str, folder: str = "") -> tuple[bytes, bytes]:
    """Return the page before and after its data: script and style inlined.

    folder: where the page fetches its data, with a `/` at the end; "": they are in it.
    """
    may_ask = "'self'" if folder else "'none'"
    page = files["index.html"].decode()
    script = _inline_script(files["page.js"].decode().replace("\r\n", "\n"))  # as browsers do
    style = _inline_style(files["page.css"].decode(), files)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; font-src data:; "
        f"img-src data: blob:; connect-src {may_ask}; base-uri 'none'; form-action 'none'"
    )
    page = _replaced(page, r"<title>.*?</title>", f"<title>{html.escape(replace_surrogates(title))}</title>")
    page = _replaced(page, r"<link[^>]*href=\"\./page\.css\"[^>]*>", f"<style>{style}</style>")
    page = _replaced(
        page, r"<script[^>]*src=\"\./page\.js\"[^>]*></script>", f'<script type="module">{script}</script>'
    )
    metas = [f'<meta http-equiv="Content-Security-Policy" content="{policy}">']  # before what loads or runs
    if folder:
        metas.append(f'<meta name="tovec-data" content="{folder}">')
    page = _replaced(page, r"<head>", "\n".join(["<head>", *metas]))
    head, end, tail = page.rpartition("</body>")
    return head.encode(), (end + tail).encode()


def _replaced(page: str, pattern: str, content: str) -> str:
    """Return `page` with `content` in the place of the first match of `pattern`, which there must be."""
    replaced, n = re.subn(pattern, lambda _: content, page, count=1, flags=re.DOTALL)
    assert n == 1, f"index.html of the built page has no {pattern}"
    return replaced


def _inline_script(script: str) -> str:
    r"""Return JavaScript without `</script` and `<script`, so that it can stand in a <script> element.

    `\u0073` is an `s` wherever these letters can occur: in names, strings, templates and regular expressions.
    """
    return re.sub(r"(?i)<(/?)(s)(?=cript)", lambda found: f"<{found[1]}\\u{ord(found[2]):04x}", script)


def _inline_style(style: str, files: dict[str, bytes]) -> str:
    """Return CSS with its fonts and images inlined."""

    def inlined(found: re.Match[str]) -> str:
        name = found[1].strip().strip("\"'")
        if name.startswith(("data:", "#")):
            return found[0]
        content = files[name.removeprefix("./")]
        kind = TYPES["." + name.rpartition(".")[2]]
        return f"url(data:{kind};base64,{base64.b64encode(content).decode()})"

    return re.sub(r"url\(([^)]*)\)", inlined, style).replace("</", "<\\/")
