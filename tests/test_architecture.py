"""A stage knows only the stages before it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tovec

ROOT = Path(tovec.__file__).parent
# In the order of the road from text to eyes; a module imports from its own room or from those before.
ROOMS = (
    *("errors", "interrupts", "checks", "escapes", "foreign_names", "memory", "compile_cache", "compiled"),
    *("disk", "storage", "user_key", "text", "nearest", "row_check", "search"),
    *("ngram_table", "keys", "pooling", "embedding", "approximate"),
    *("training", "formats", "hub", "models", "sources", "projection", "viewer", "cli"),
)
# The two places that look ahead, inside a call, because users expect them as methods of an embedding.
EXCEPTIONS = {("embedding", "formats"), ("embedding", "viewer")}


def imports_of(path):
    """Yield (module, whether inside a function) for each import of tovec."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [node.module] if node.module != "tovec" else [f"tovec.{alias.name}" for alias in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from ((name, node in inner) for name in names if name.split(".")[0] == "tovec")


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


MODULES = sorted(
    path for path in ROOT.rglob("*.py") if path.name != "__main__.py" and path.parent != ROOT / "static"
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_stage_knows_only_the_stages_before_it(path):
    room = room_of(path)
    if room == "__init__":
        return
    assert room in ROOMS, f"{room} has no place in the order of rooms"
    for name, inside in imports_of(path):
        other = name.split(".")[1] if "." in name else "cli"
        if other not in ROOMS:  # a public name, `import tovec` in a command
            assert room == "cli", f"{path}: only the command line uses the public names ({name})"
            continue
        if inside and (room, other) in EXCEPTIONS:
            continue
        assert ROOMS.index(other) <= ROOMS.index(room), f"{path} imports {name}, a later stage"
        assert other != "cli" or room == "cli"


def test_the_order_of_rooms_is_all_of_them():
    rooms = {
        path.name.removesuffix(".py") for path in ROOT.iterdir() if path.suffix == ".py" or path.is_dir()
    }
    assert rooms - {"__init__", "__main__", "__pycache__", "py.typed"} == set(ROOMS)


HEAVY = (
    *("numba", "matplotlib", "tokenizers", "tqdm", "torch", "safetensors", "scipy", "backports"),
    *("starlette", "uvicorn"),
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
        "tovec.search.codes",
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


def test_every_public_name_is_there_and_documented():
    for name in tovec.__all__:
        assert getattr(tovec, name).__doc__, name
    assert set(tovec.__all__) <= set(dir(tovec))
    with pytest.raises(AttributeError, match="module 'tovec' has no attribute 'nothing'"):
        _ = tovec.nothing
