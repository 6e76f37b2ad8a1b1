"""Moments of one table: what its vectors were at several times of their training, or of their lives.

`timeline.py` has the value that pictures, measures and the page work on; `moment_file.py` the file of one
moment, `moment_writer.py` writes them beside what makes them, `recorder.py` those of any loop. Where the
tables come from does not matter: a run of tovec, checkpoints of a model, yearly files.
"""

from tovec.timeline.moment import Moment
from tovec.timeline.timeline import Timeline

__all__ = ["Moment", "Timeline"]
