"""Without its dependencies, beside numpy and safetensors alone: what tovec does, and what it says."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors

import tovec
from tovec.dependencies import is_installed, needs
from tovec.errors import MissingDependency
from tovec.search.table_search import QUANTIZED_FROM


@pytest.fixture(scope="module")
def few_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of packages that holds tovec, numpy and safetensors."""
    folder = tmp_path_factory.mktemp("packages")
    for module in (tovec, np, safetensors):
        package = Path(str(module.__file__)).parent
        (folder / package.name).symlink_to(package)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            (folder / libraries.name).symlink_to(libraries)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a saved folder whose table is large enough for a quantized index."""
    rows = np.random.default_rng(0).normal(size=(QUANTIZED_FROM // 32 + 1, 32)).astype(np.float32)
    tokens = [f"token{number}" for number in range(len(rows))]
    return tovec.Embedding(tokens, rows).save(tmp_path_factory.mktemp("saved") / "table")


def run(code: str, packages: Path) -> "subprocess.CompletedProcess[str]":
    """Run `code` with `packages` and Python's own alone (-S: without site-packages)."""
    return subprocess.run(
        [sys.executable, "-S", "-B", "-c", f"import sys; sys.path.insert(0, {str(packages)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_opens_looks_up_and_finds_neighbors(few_packages: Path, folder: Path) -> None:
    code = f"""
import tovec
table = tovec.open({str(folder)!r})
print(table["token7"].tolist())
print([neighbor.token for neighbor in table.neighbors("token7", k=5)])
print([neighbor.token for neighbor in table.analogy(["token7"], ["token8"], k=5)])
table.save({str(folder.with_name("again"))!r})
"""
    found = run(code, few_packages)
    assert found.returncode == 0, found.stderr
    table = tovec.open(folder)
    vector, neighbors, analogy = found.stdout.splitlines()
    assert vector == str(table["token7"].tolist())
    assert neighbors == str([each.token for each in table.neighbors("token7", k=5)])
    assert analogy == str([each.token for each in table.analogy(["token7"], ["token8"], k=5)])
    assert (folder.with_name("again") / "model.safetensors").read_bytes() == (
        folder / "model.safetensors"
    ).read_bytes()


@pytest.mark.parametrize(
    ("call", "package"),
    [
        ("tovec.train(['a b'])", "tokenizers"),
        ("tovec.plot(table)", "matplotlib"),
        ("tovec.view(table, open_browser=False, block=False)", "starlette"),
        ("table.save('out.vec')", "numba"),
        ("table.with_tokenizer('words').encode('token7')", "tokenizers"),
        ("from tovec.cli import main; main()", "click"),
    ],
)
def test_what_needs_more_says_so(call: str, package: str, few_packages: Path, folder: Path) -> None:
    code = f"""
import tovec
table = tovec.open({str(folder)!r})
try:
    {call}
except tovec.TovecError as error:
    sys.exit(str(error))
"""
    found = run(code, few_packages)
    assert found.returncode == 1
    assert f"needs {package}, which is not installed: pip install {package}" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["bpe:280", "unigram:30"])
def test_a_table_whose_tokenizer_is_a_file_opens_and_is_saved_as_it_was(
    kind: str, few_packages: Path, tmp_path: Path
) -> None:
    texts = ["the cat sat on the mat", "a dog ate the log"] * 20
    tovec.train(texts, dim=4, epochs=1, min_count=1, tokenizer=kind).save(tmp_path / "table")
    code = f"""
import tovec
table = tovec.open({str(tmp_path / "table")!r})
print(table.vocabulary.tokens[5])
table.save({str(tmp_path / "again")!r})
try:
    table.encode("the cat")
except tovec.TovecError as error:
    sys.exit(str(error))
"""
    found = run(code, few_packages)
    table = tovec.open(tmp_path / "table")
    assert found.stdout.strip() == table.vocabulary.tokens[5], found.stderr
    assert found.stderr.startswith("this tokenizer needs tokenizers, which is not installed: pip install")
    again = tovec.open(tmp_path / "again")
    assert again.tokenize("the cat sat") == table.tokenize("the cat sat")


def test_a_package_in_a_package_that_is_missing() -> None:
    assert not is_installed("nowhere.inside")
    assert is_installed("numpy")
    with pytest.raises(MissingDependency, match=r"\.zst needs nowhere\.inside, which is not installed"):
        needs("nowhere.inside", ".zst")
