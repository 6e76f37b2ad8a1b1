"""The page as a folder for any static server: the page in one file, its data beside it, fetched when needed.

index.html            the page, as in the file of `export`, and where the data are
data/parts.json       a digest of the data, and the sizes of the files of each part, in bytes
data/NAME             a part, see page_data.py; one larger than FILE_BYTES is NAME.0, NAME.1, … of whole rows
data/neighbors.u32    n x k x uint32, the nearest tokens of each, so that a click takes some hundred bytes
data/similarities.f32 n x k x float32, their cosines
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tovec.comparison.comparison import Comparison
from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.progress import Note, Reporter, duration, silent
from tovec.projection.expected_time import neighbor_seconds
from tovec.search.neighbor_graph import NeighborGraph, neighbor_graph
from tovec.server.export import (
    Held,
    Part,
    are_float16,
    as_wanted,
    checked_requests,
    fits_float16,
    n_bytes_of,
    page_around,
    parts_of,
)
from tovec.server.moment_projections import projector_of
from tovec.server.page_bytes import json_bytes, number_bytes
from tovec.server.page_data import PageData, page_data
from tovec.server.page_files import STATIC, page_files
from tovec.storage import real_path, replace_folder
from tovec.storage.disk import check_space
from tovec.timeline import Timeline

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel

PAGE, DATA = "index.html", "data"
PARTS = "parts.json"
FILE_BYTES = 32 << 20  # of a file; hosts of static files take some 100 MB at most
NEIGHBORS = 25  # of each token
LONG_S = 20.0  # for neighbors, from which on it is said how long they take
FASTER = 0.5  # of the time of exact neighbors, below which others are worth a word
_ROWS = 1 << 16  # of neighbors in one block


def export_site(
    embedding: Embedding | Timeline | Comparison,
    folder: str | Path,
    *,
    metadata: Any = None,
    title: str | None = None,
    methods: Sequence[str] | None = None,
    vectors: str | None = None,
    neighbors: int = NEIGHBORS,
    approximate: bool = False,
    report: Reporter = silent,
    static: Path = STATIC,
    language_model: "LanguageModel | None" = None,
) -> Path:
    """Write the page of `embedding` as a folder for a static server, whole or not at all; return its path.

    The data lie beside the page, and a browser fetches what it shows: the points and names at the start, the
    neighbors of a token when it is clicked, all vectors only for analogies, colors by similarity and custom
    axes. neighbors: how many nearest tokens of each are stored; 0: none. They are exact, in time that grows
    with the square of the number of tokens, unless `approximate`: most of them, in a fraction of that time
    where there are many tokens; the page says how many were found. vectors: by default float16 where it can
    hold them, else float32; "none" leaves them and neighbors out. The other parameters, what is raised and
    reported: as for `export`; the size of the folder, and the time that neighbors take where it is long, are
    reported before anything is computed.
    A folder that was written by this function is replaced; raises CannotSave for any other one.
    """
    target = Path(folder)
    _check(target)
    files = page_files(static)
    data = page_data(embedding, metadata=metadata, title=title, report=report, language_model=language_model)
    held = _held(data, vectors, report)
    projector = projector_of(data, report)
    requests = checked_requests(data, projector, methods)
    k = 0 if held.numbers is None else min(neighbors, data.embedding.n_tokens - 1)
    n_bytes = n_bytes_of(data, requests, held) + 8 * k * data.embedding.n_tokens
    page = b"".join(page_around(files, data.title, f"{DATA}/"))
    n_bytes += len(page)
    report(Note(f"the folder will take about {n_bytes / 1e6:,.0f} MB"))
    _report_time(data.embedding, k, approximate, report)
    check_space(real_path(target).parent, n_bytes, str(target))
    with replace_folder(target, {PAGE, DATA}) as building:
        (building / DATA).mkdir()
        sizes: dict[str, list[int]] = {}
        # By it browsers tell these files from older ones in their cache.
        digest = hashlib.blake2b(digest_size=8)
        graph = None if k <= 0 else _neighbors(data, k, approximate, report)
        facts = {} if graph is None else {"neighborRecall": graph.recall}
        parts = parts_of(data, projector, requests, held, report, neighbors=k, **facts)
        for part in parts if graph is None else chain(parts, _parts_of(graph)):
            sizes[part.name] = _write(part, building / DATA, digest)
        (building / DATA / PARTS).write_bytes(json_bytes({"version": digest.hexdigest(), "files": sizes}))
        (building / PAGE).write_bytes(page)
    return target


def _check(target: Path) -> None:
    """Raise CannotSave for a path that holds something else."""
    if target.is_dir() and any(target.iterdir()) and not (target / DATA / PARTS).is_file():
        raise CannotSave(f"{target} is a folder that holds other files; name a new one")
    if target.exists() and not target.is_dir():
        raise CannotSave(f"{target} is a file; name a folder")


def _held(data: PageData, wanted: str | None, report: Reporter) -> Held:
    if wanted is not None:
        return as_wanted(data.moments, wanted)
    if not all(map(fits_float16, data.moments)):
        return Held("float32", of_all_moments=True)
    if not are_float16(data.moments):
        lost = "colors by similarity and analogies may differ a little; `vectors` float32 keeps them"
        report(Note(f"vectors are narrowed to float16, so {lost}"))
    return Held("float16", of_all_moments=True)


def _report_time(embedding: Embedding, k: int, approximate: bool, report: Reporter) -> None:
    """Report how long the neighbors take, where that is long, and what would be faster."""
    exact, most = (
        sum(neighbor_seconds(embedding.n_tokens, embedding.dim, k, exact=exact).values())
        for exact in (True, False)
    )
    seconds = most if approximate else exact
    if k <= 0 or seconds < LONG_S:
        return
    text = f"the {k} nearest of every token take about {duration(seconds)}"
    if not approximate and most < FASTER * exact:
        text += f", most of them by `approximate` about {duration(most)}"
    report(Note(text))


def _neighbors(data: PageData, k: int, approximate: bool, report: Reporter) -> NeighborGraph:
    report(Note(f"finding the {k} nearest of every token"))
    return neighbor_graph(data.embedding.vectors, k, exact=not approximate, report=report)


def _parts_of(graph: NeighborGraph) -> Iterator[Part]:
    yield Part("neighbors.u32", _in_blocks(graph.ids, np.uint32))
    yield Part("similarities.f32", _in_blocks(graph.similarities, np.float32))


def _in_blocks(rows: Any, dtype: type[np.generic]) -> Iterable[bytes]:
    return (number_bytes(rows[start : start + _ROWS], dtype) for start in range(0, len(rows), _ROWS))


def _write(part: Part, folder: Path, digest: "hashlib.blake2b") -> list[int]:
    """Write the files of a part, add them to `digest`, and return their sizes; no block is cut."""
    sizes: list[int] = []
    paths: list[Path] = []
    file = None
    try:
        for block in part.blocks:
            if file is None or sizes[-1] + len(block) > FILE_BYTES:
                if file is not None:
                    file.close()
                paths.append(folder / f"{part.name}.{len(paths)}")
                sizes.append(0)
                file = paths[-1].open("wb")
            file.write(block)
            digest.update(block)
            sizes[-1] += len(block)
    finally:
        if file is not None:
            file.close()
    if len(paths) == 1:
        paths[0].rename(folder / part.name)
    return sizes
