"""The commands that write, for `faults.py`: their inputs, and how to read the value of their result."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

OLD, NEW = "old", "new"
KEPT = "what an interrupted run has learned"
USERS = "notes.txt"
USERS_TEXT = b"a user's own words\n"
N_TOKENS, DIM = 300, 8


@dataclass(frozen=True)
class Command:
    """A command that writes.

    arguments: of a run that makes the value OLD or NEW, from the folder of inputs into a given folder.
    dest: what it writes in that folder. look: returns the value of that, None where nothing opens.
    is_folder: a user's files may be in it. same_bytes: equal runs give equal files. is_run: work files may
    remain after an error, to resume from. goes_on: the arguments that resume a killed run. keeps: a result
    that exists is used, not written again. module: the package that it needs.
    """

    name: str
    arguments: Callable[[str, Path, Path], list[str]]
    dest: str
    look: Callable[[Path], str | None]
    is_folder: bool = False
    same_bytes: bool = True
    is_run: bool = False
    goes_on: tuple[str, ...] = ()
    keeps: bool = False
    module: str = ""

    def run(self, which: str, inputs: Path, folder: Path, *more: str) -> None:
        """Run the command as `tovec` does."""
        from tovec.cli import main

        sys.argv = ["tovec", *self.arguments(which, inputs, folder), *more]
        main()


def look_at_source(path: Path) -> str | None:
    """Return a digest of everything in an embedding; None where nothing opens."""
    import tovec
    from tovec.errors import TovecError

    try:
        embedding = tovec.open(path)
        if embedding.provenance.get("interrupted"):
            return KEPT
        digest = hashlib.sha256(np.ascontiguousarray(embedding[:]).tobytes())
        facts = [embedding.vocabulary.tokens, embedding.provenance]
        if embedding.vocabulary.counts is not None:
            facts.append(embedding.vocabulary.counts.tolist())
    except TovecError:
        return None
    # The provenance of a file is its name, which is the same for all values here.
    digest.update(json.dumps(facts, default=str).encode())
    return digest.hexdigest()


def look_at_bytes(path: Path) -> str | None:
    """Return a digest of a file; None where it does not exist."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def look_at_site(path: Path) -> str | None:
    """Return a digest of the page and its data; None where there is no page."""
    if not (path / "index.html").exists():
        return None
    files = listing(path, with_bytes=True)
    parts = [f"{name} {files[name]}" for name in sorted(files) if name.startswith(("index.html", "data"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def look_at_index(path: Path, source: Path) -> str | None:
    """Return the recall of a complete index of `source`: its bytes differ each time, because of threads."""
    import tovec
    from tovec.approximate import ApproximateIndex
    from tovec.errors import TovecError

    try:
        index = ApproximateIndex.open(tovec.open(source), path)
    except TovecError:
        return None
    return f"an index, recall {index.recall(20):.1f}"


def make_inputs(folder: Path) -> None:
    """Write what the commands read: two tables, two texts, and two dictionaries into the space of a third."""
    import tovec

    for seed, which in enumerate((OLD, NEW)):
        generator = np.random.default_rng(seed)
        tokens = [f"{which}{row}" for row in range(N_TOKENS)]
        vectors = generator.standard_normal((N_TOKENS, DIM), dtype=np.float32)
        counts = np.arange(N_TOKENS, 0, -1)
        tovec.Embedding(tovec.Vocabulary(tokens, counts), vectors).save(folder / which)
        words = [f"{which[0]}w{number}" for number in range(40)]
        lines = (" ".join(words[i] for i in generator.zipf(1.5, size=12) % 40) for _ in range(300))
        (folder / f"{which}.txt").write_text("\n".join(lines) + "\n")
        pairs = (f"{token}\ts{row}\n" for row, token in enumerate(tokens))
        (folder / f"{which}.tsv").write_text("".join(pairs))
    space = np.random.default_rng(2).standard_normal((N_TOKENS, DIM), dtype=np.float32)
    tovec.Embedding([f"s{row}" for row in range(N_TOKENS)], space).save(folder / "space")


def _init(which: str, inputs: Path, folder: Path) -> list[str]:
    return [
        "init",
        "cat",
        "dog",
        "mat",
        f"--seed={('', OLD, NEW).index(which)}",
        "--out",
        str(folder / "out"),
    ]


def _train(options: tuple[str, ...], which: str, inputs: Path, folder: Path) -> list[str]:
    settings = ["--dim=4", "--epochs=2", "--min-count=1", "--threads=1", *options]
    return ["train", str(inputs / f"{which}.txt"), "--out", str(folder / "out"), *settings]


def _convert(dest: str, options: tuple[str, ...], which: str, inputs: Path, folder: Path) -> list[str]:
    return ["convert", str(inputs / which), str(folder / dest), *options]


def _align(which: str, inputs: Path, folder: Path) -> list[str]:
    pairs = f"--dictionary={inputs / which}.tsv"
    return ["align", str(inputs / which), str(inputs / "space"), pairs, "--out", str(folder / "out")]


def _export(which: str, inputs: Path, folder: Path) -> list[str]:
    return ["export", str(inputs / which), "-o", str(folder / "page.html"), "--method=pca"]


def _site(which: str, inputs: Path, folder: Path) -> list[str]:
    return ["export", str(inputs / which), "--site", str(folder / "site"), "--method=pca"]


def _embed(which: str, inputs: Path, folder: Path) -> list[str]:
    return ["embed", str(inputs / which), f"{which}1", "--tokenizer=words", "-o", str(folder / "texts.npy")]


def _plot(dest: str, which: str, inputs: Path, folder: Path) -> list[str]:
    return ["plot", str(inputs / which), "-o", str(folder / dest), "--dims=2", "--title", which]


def _index(which: str, inputs: Path, folder: Path) -> list[str]:
    asked = ["neighbors", str(inputs / NEW), f"{NEW}1", "--approximate", "--index"]
    return [*asked, str(folder / "table.index")]


_LONG = ("--checkpoint-every=0.5", "--snapshots=2")
_FULL = (*_LONG, "--phrases=1", "--ngrams=characters", "--ngram-buckets=64")
_GLOVE = (*_LONG, "--objective=glove")


def _converted(dest: str, *options: str, is_folder: bool = False, module: str = "") -> Command:
    name = " ".join(("convert", dest, *options))
    arguments = partial(_convert, dest, options)
    return Command(name, arguments, dest, look_at_source, is_folder=is_folder, module=module)


def commands(inputs: Path) -> list[Command]:
    """Return commands for each way in which tovec writes: the demo, for one, is a training and a figure."""
    run = partial(
        Command, dest="out", look=look_at_source, is_folder=True, is_run=True, goes_on=("--resume",)
    )
    look_at_new_index = partial(look_at_index, source=inputs / NEW)
    return [
        Command("init", _init, "out", look_at_source, is_folder=True),
        run("train", partial(_train, _FULL)),
        run("train glove", partial(_train, _GLOVE)),
        _converted("out", is_folder=True),
        _converted("out", "--dtype=int8", is_folder=True),
        _converted("out.vec"),
        _converted("out.bin"),
        _converted("out.glove"),
        _converted("out.safetensors"),
        _converted("out.parquet", module="pyarrow"),
        _converted("out.npy"),
        _converted("out.tsv"),
        _converted("projector", "--format=projector", is_folder=True),
        Command("align", _align, "out", look_at_source, is_folder=True),
        Command("export", _export, "page.html", look_at_bytes),
        Command("export --site", _site, "site", look_at_site, is_folder=True),
        Command("embed", _embed, "texts.npy", look_at_bytes),
        Command("plot .png", partial(_plot, "plot.png"), "plot.png", look_at_bytes),
        Command(
            "index", _index, "table.index", look_at_new_index, same_bytes=False, keeps=True, module="usearch"
        ),
    ]


def listing(folder: Path, with_bytes: bool) -> dict[str, str]:
    """Return the names under `folder`, each with a digest of the file's content."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root) / name
            is_file = with_bytes and path.is_file() and not path.is_symlink()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else ""
            found[str(path.relative_to(folder))] = content
    return found
