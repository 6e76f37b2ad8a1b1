"""A room imports only those rooms that architecture.md allows it, and nothing goes in a circle."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tovec

ROOT = Path(tovec.__file__).parent
DOCUMENT = ROOT.parent / "docs/en/background/architecture.md"


def rooms():
    """Return what each room may import, as the document says under "What a room may import"."""
    text = DOCUMENT.read_text(encoding="utf-8")
    (block,) = re.findall(r"## What a room may import\n.*?```text\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("→") for line in block.splitlines() if line.strip()]
    return {room.strip(): set(allowed.split()) for room, _, allowed in lines}


ALLOWED = rooms()
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if "static" not in path.parts
}


def imports_of(source, module, is_package=False, for_types=True):
    """Yield the modules of tovec that a source imports, anywhere in it.

    for_types: also those that only a type checker imports.
    """
    tree = ast.parse(source)
    if not for_types:
        tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and is_type_checking(node))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "tovec")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*above, *base.split(".")]).rstrip(".")
            if base.split(".")[0] == "tovec":
                names = [f"{base}.{alias.name}" for alias in node.names]
                yield from (name if name in MODULES else base for name in names)


def is_type_checking(node):
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def room_of(module):
    """Return the innermost room that a module lies in: a folder, or a file in tovec/ itself."""
    parts = module.split(".")[1:]
    folders = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    is_folder = {name for name in folders if (ROOT / name.replace(".", "/")).is_dir()}
    return next(
        (name.replace(".", "/") for name in folders if name in is_folder), parts[0] if parts else "tovec"
    )


def forbidden(source, module, is_package=False):
    """Return the rooms that a source imports and its room may not."""
    room = room_of(module)
    others = {room_of(name) for name in imports_of(source, module, is_package)} - {room}
    return others - ALLOWED[room]


@pytest.mark.parametrize("module", [name for name in MODULES if name not in ("tovec", "tovec.__main__")])
def test_a_room_imports_only_what_it_is_allowed_to(module):
    path = MODULES[module]
    found = forbidden(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
    assert not found, f"{path.relative_to(ROOT)} may not import {', '.join(sorted(found))}"


def test_the_document_names_every_room_and_allows_nothing_that_is_not_used():
    used = {room: set() for room in map(room_of, MODULES)}
    for module, path in MODULES.items():
        room = room_of(module)
        source = path.read_text(encoding="utf-8")
        used[room] |= {room_of(name) for name in imports_of(source, module, path.name == "__init__.py")} - {
            room
        }
    del used["tovec"], used["__main__"]
    assert used == ALLOWED


@pytest.mark.parametrize(
    ("source", "module", "found"),
    [
        ("from tovec.cli import main", "tovec.text.corpus", {"cli"}),
        ("import tovec.server.app", "tovec.text.corpus", {"server"}),
        ("from tovec import embedding", "tovec.formats.writers", {"embedding"}),
        ("from tovec import Embedding", "tovec.formats.writers", {"tovec"}),
        ("async def f():\n    from tovec.embedding import Embedding", "tovec.vectors.table", {"embedding"}),
        ("def f():\n    import tovec.training.run", "tovec.formats.writers", {"training"}),
        ("from ..embedding import Embedding", "tovec.formats.writers", {"embedding"}),
        ("from .. import server", "tovec.formats.writers", {"server"}),
        ("from ..writers import WRITERS", "tovec.formats.pickles.machine", {"formats"}),
        ("from ...formats.tensors import gguf_file", "tovec.formats.pickles.machine", {"formats/tensors"}),
        ("from tovec.storage.disk import reporting_write", "tovec.text.corpus", set()),
    ],
)
def test_every_kind_of_import_is_seen(source, module, found):
    assert forbidden(source, module) == found


def test_no_module_imports_itself_by_way_of_others():
    graph = {}
    for module, path in MODULES.items():
        source = path.read_text(encoding="utf-8")
        is_package = path.name == "__init__.py"
        graph[module] = set(imports_of(source, module, is_package, for_types=False)) - {module, "tovec"}
    order = [*TopologicalSorter(graph).static_order()]  # raises CycleError
    assert order.index("tovec.errors") < order.index("tovec.cli.commands")


HEAVY = (
    *("numba", "matplotlib", "tokenizers", "tqdm", "torch", "safetensors", "scipy", "backports"),
    *("starlette", "uvicorn", "narwhals"),
)


@pytest.mark.parametrize("statement", ["import tovec", "from tovec.cli import cli"])
def test_heavy_packages_load_where_they_are_used(statement):
    program = f"{statement}\nimport sys; print([name for name in {HEAVY} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_import_tovec_loads_nothing_but_itself():
    program = """import sys; import tovec
names = {name.split(".")[0] for name in sys.modules}
print(sorted(name for name in names - sys.stdlib_module_names if not name.startswith("_")))"""
    output = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "['tovec']"


def test_opening_a_file_loads_nothing_of_the_hub_and_nothing_that_writes_unpacks_or_runs_threads(tmp_path):
    path = tovec.Embedding.random(["a", "b"], 2).save(tmp_path / "two") / "model.safetensors"
    unwanted = (
        "tovec.hub",
        "tovec.text.ngrams",
        "tovec.search.quantized",
        "tovec.formats.saved",
        "shutil",
        "zipfile",
        "tempfile",
        "secrets",
        "hashlib",
        "logging",
        "difflib",
    )
    program = f"""import sys; import numpy; before = set(sys.modules); import tovec
assert tovec.open(sys.argv[1]).dim == 2
print(sorted(set({unwanted}) & (set(sys.modules) - before)))"""
    command = [sys.executable, "-c", program, str(path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
