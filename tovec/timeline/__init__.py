"""Moments of one table: what its vectors were at several times of their training, or of their lives.

`timeline.py` has the value that pictures, measures and the page work on; `moment_file.py` the file of one
moment, `moment_writer.py` writes them beside what makes them, `recorder.py` those of any loop and
`model_recorder.py` those of a model, for the callbacks of libraries that train it. Where the
tables come from does not matter: a run of tovec, checkpoints of a model, yearly files.

TransformersCallback and LightningCallback are imported when they are asked for, with their library.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tovec.errors import TovecError
from tovec.timeline.moment import Moment
from tovec.timeline.timeline import Timeline

if TYPE_CHECKING:
    from tovec.timeline.lightning_callback import LightningCallback as LightningCallback
    from tovec.timeline.transformers_callback import TransformersCallback as TransformersCallback

__all__ = ["Moment", "Timeline"]

_CALLBACKS = {  # the module of each, and what its library is installed with
    "LightningCallback": ("tovec.timeline.lightning_callback", "lightning"),
    "TransformersCallback": ("tovec.timeline.transformers_callback", "'transformers[torch]'"),
}


def __getattr__(name: str) -> Any:
    if name not in _CALLBACKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, library = _CALLBACKS[name]
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise TovecError(f"{name} needs a library that is not installed: pip install {library}") from error
