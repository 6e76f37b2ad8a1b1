"""Where the snapshots of a folder lie; a folder of them is not one table."""

import shlex
from pathlib import Path

from tovec.counted import counted
from tovec.errors import BadSource
from tovec.storage import work_folder
from tovec.timeline.moment_file import moment_files


def snapshot_files(path: Path) -> list[Path]:
    """Return the snapshots in a folder: its own, those of a result, or those of a run that goes on there."""
    places = (path, path / work_folder.SNAPSHOTS, path / work_folder.NAME / work_folder.SNAPSHOTS)
    return next((found for found in map(moment_files, places) if found), [])


def check_not_snapshots(path: Path) -> None:
    """Raise BadSource for a folder of snapshots, which is not one table."""
    files = moment_files(path)
    if files:
        run = path.parent if path.name == work_folder.SNAPSHOTS else path
        raise BadSource(
            f"{path} holds {counted(len(files), 'snapshot')}, {files[0].name} to "
            f"{files[-1].name}; name one of them, or "
            f"see all of them: tovec view {shlex.quote(str(run))} --timeline, tovec.open_timeline in Python"
        )
