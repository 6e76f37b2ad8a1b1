"""The page as one HTML file that works from disk: its files inlined, its data beside them, no network.

Data are what the server would send, gzipped, in base64, in <script> elements that no browser runs.
"""

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tovec import projection
from tovec.embedding import Embedding
from tovec.errors import BadSetting, CannotSave, TovecError
from tovec.formats.saved.tokenizer_file import tokenizer_definition
from tovec.nearest import blocks
from tovec.projection import METHODS
from tovec.storage import replace_file
from tovec.viewer.jobs import Step
from tovec.viewer.page_data import (
    MANY,
    PageData,
    Tell,
    frame_bytes,
    json_bytes,
    number_bytes,
    page_data,
    proper,
)
from tovec.viewer.page_files import STATIC, TYPES, page_files
from tovec.viewer.pictures import Pictures, Request

MOST_VECTORS = 64 << 20  # bytes of vectors that go into a file unless others are asked for
NUMBERS: dict[str, tuple[str, type[np.float32] | type[np.float16]]] = {
    "float32": ("f32", np.float32),
    "float16": ("f16", np.float16),
}


class Part(NamedTuple):
    """Bytes under the name by which the page asks for them."""

    name: str
    content: bytes


def export(
    embedding: Embedding,
    path: str | Path,
    *,
    metadata: Any = None,
    title: str | None = None,
    methods: Sequence[str] | None = None,
    vectors: str | None = None,
    tell: Tell = lambda line: None,
    static: Path = STATIC,
) -> Path:
    """Write the page of `embedding` to `path`, whole or not at all, and return the path.

    metadata, title: as for `view`. methods: the projections to compute, in 2-D and 3-D; by default
    principal components, the vectors as they are where they have up to three dimensions, and a map of
    up to 60,000 tokens. vectors: "float32", "float16" or "none"; by default the first of these that
    takes no more than 64 MB. tell: given lines on what goes on and what is left out.
    Equal tables give equal bytes. Raises TovecError for a method that cannot be had, CannotSave where
    the file cannot be written.
    """
    target = Path(path)
    files = page_files(static)
    data = page_data(embedding, metadata=metadata, title=title, tell=tell)
    numbers = _numbers(embedding, vectors, tell)
    pictures = _requests(embedding, methods)
    with replace_file(target) as file:
        head, body = _around(files, data.title)
        file.write(head)
        for name, content in _parts(data, pictures, numbers, tell):
            packed = base64.b64encode(gzip.compress(content, 6, mtime=0))
            file.write(f'<script type="application/octet-stream" data-name="{name}">'.encode())
            file.write(packed)
            file.write(b"</script>\n")
        file.write(body)
    return target


def _numbers(embedding: Embedding, wanted: str | None, tell: Tell) -> str | None:
    """Return the type of number that vectors are exported in, None for no vectors; tell of what is lost."""
    if wanted is not None and wanted not in (*NUMBERS, "none"):
        raise BadSetting("vectors", wanted, "float32, float16 or none")
    if wanted is not None:
        if wanted == "float16" and not _fits_float16(embedding):
            raise TovecError("these vectors hold numbers beyond float16's ±65,504; set `vectors` to float32")
        return None if wanted == "none" else wanted
    n_numbers = embedding.n_tokens * embedding.dim
    if 4 * n_numbers <= MOST_VECTORS:
        return "float32"
    if 2 * n_numbers <= MOST_VECTORS and _fits_float16(embedding):
        tell("vectors are narrowed to float16, so neighbors may trade places; `vectors` float32 keeps them")
        return "float16"
    tell("vectors are left out, as they take much room; neighbors need them: set `vectors` to float16")
    return None


def _fits_float16(embedding: Embedding) -> bool:
    largest = float(np.finfo(np.float16).max)
    return all(bool((np.abs(rows) <= largest).all()) for _, rows in blocks(embedding.vectors))


def _requests(embedding: Embedding, methods: Sequence[str] | None) -> list[Request]:
    pictures = Pictures(embedding)
    if methods is None:
        has_map = embedding.n_tokens <= MANY and projection.available("umap") is None
        methods = ["pca", *(["none"] if embedding.dim <= 3 else []), *(["umap"] if has_map else [])]
    for method in methods:
        if method not in METHODS:
            raise BadSetting("method", method, f"one of {', '.join(METHODS)}")
    dims = [dims for dims in (2, 3) if dims <= embedding.dim]
    requests = [Request(method, each) for method in dict.fromkeys(methods) for each in dims]
    for request in requests:
        pictures.check(request)
    if not requests:
        raise BadSetting("method", list(methods), f"one or more of {', '.join(METHODS)}")
    return requests


def _parts(data: PageData, requests: Sequence[Request], numbers: str | None, tell: Tell) -> Iterator[Part]:
    embedding, pictures = data.embedding, Pictures(data.embedding, tell)
    definition = _definition(embedding, tell)
    yield Part("manifest.json", json_bytes(_manifest(data, requests, numbers, definition)))
    for name, content in data.items():
        if name != "manifest.json":
            yield Part(name, content)
    if definition is not None:
        yield Part("tokenizer.json", definition.encode())
    if numbers is not None:
        suffix, dtype = NUMBERS[numbers]
        rows = [number_bytes(block, dtype) for _, block in blocks(embedding.vectors)]
        yield Part(f"vectors.{suffix}", b"".join(rows))
    for request in requests:
        name = f"{request.method}-{request.dims}"
        tell(f"computing {request.method} in {request.dims} dimensions")
        yield Part(f"project-{name}.frame", _frame(pictures.draw(request, _unheard, _unstopped)))
    tell("finding clusters")
    yield Part("clusters.frame", _frame(pictures.cluster(_unheard, _unstopped)))


def _manifest(
    data: PageData, requests: Sequence[Request], numbers: str | None, definition: str | None
) -> dict[str, Any]:
    """Return the manifest of what this file holds."""
    has = {request.method: None for request in requests}
    start = data.manifest["start"]
    methods = [
        info
        if info["method"] in has or (info["method"] == "axes" and numbers is not None)
        else {**info, "missing": _missing(info["method"])}
        for info in data.manifest["methods"]
    ]
    return {
        **data.manifest,
        "hasVectors": numbers is not None,
        "tokenizer": None if definition is None else data.manifest["tokenizer"],
        "methods": methods,
        "drawsAnew": False,
        "start": start if start["method"] in has else {**start, "method": requests[0].method},
    }


def _missing(method: str) -> str:
    return (
        "this file was exported without vectors, which custom axes need"
        if method == "axes"
        else f"this file was exported without it; tovec export --method {method} puts it in"
    )


def _definition(embedding: Embedding, tell: Tell) -> str | None:
    """Return the tokenizer.json that cuts text as the embedding does, None where there is none."""
    if embedding.tokenizer is None:
        return None
    try:
        definition, is_exact = tokenizer_definition(embedding.tokenizer, embedding.vocabulary)
    except CannotSave as error:
        tell(f"the file cannot cut text: {error}")
        return None
    if not is_exact:
        tell(
            f"the file cannot cut text: no tokenizer.json can hold the tokenizer {embedding.tokenizer.name!r}"
        )
        return None
    return definition


def _unheard(step: Step) -> None:
    """Let the work go on."""


def _unstopped() -> None:
    """Let it go on, between two steps too."""


def _frame(step: Step) -> bytes:
    return frame_bytes(step.header, step.payload)


def _around(files: dict[str, bytes], title: str) -> tuple[bytes, bytes]:
    """Return the page before and after its data: script and style inlined, a policy that lets nothing out."""
    page = files["index.html"].decode()
    script = _inline_script(files["page.js"].decode().replace("\r\n", "\n"))  # as the parser hands it on
    style = _inline_style(files["page.css"].decode(), files)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; font-src data:; "
        "img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    page = _replaced(page, r"<title>.*?</title>", f"<title>{html.escape(proper(title))}</title>")
    page = _replaced(page, r"<link[^>]*href=\"\./page\.css\"[^>]*>", f"<style>{style}</style>")
    page = _replaced(
        page, r"<script[^>]*src=\"\./page\.js\"[^>]*></script>", f'<script type="module">{script}</script>'
    )
    # Before all else that loads or runs.
    page = _replaced(
        page, r"<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
    )
    head, end, tail = page.rpartition("</body>")
    return head.encode(), (end + tail).encode()


def _replaced(page: str, pattern: str, content: str) -> str:
    replaced, n = re.subn(pattern, lambda _: content, page, count=1, flags=re.DOTALL)
    assert n == 1, f"index.html of the built page has no {pattern}"
    return replaced


def _inline_script(script: str) -> str:
    r"""Return JavaScript that can stand in a <script>: `</script` and `<script` are nowhere in it.

    `\u0073` is an `s` wherever the letters can stand: in names, strings, templates and regular expressions.
    """
    return re.sub(r"(?i)<(/?)(s)(?=cript)", lambda found: f"<{found[1]}\\u{ord(found[2]):04x}", script)


def _inline_style(style: str, files: dict[str, bytes]) -> str:
    """Return CSS with its fonts and images inside."""

    def inlined(found: re.Match[str]) -> str:
        name = found[1].strip().strip("\"'")
        if name.startswith(("data:", "#")):
            return found[0]
        content = files[name.removeprefix("./")]
        kind = TYPES["." + name.rpartition(".")[2]]
        return f"url(data:{kind};base64,{base64.b64encode(content).decode()})"

    return re.sub(r"url\(([^)]*)\)", inlined, style).replace("</", "<\\/")
