"""Models of the Hugging Face Hub by name: small files are downloaded at once, tensors when they are used.

`org/name` becomes a folder of small files and a TensorStore. What the tensors mean is decided in models/.
"""

from tovec.hub.events import Download, Unreachable
from tovec.hub.listing import Hub
from tovec.hub.model import RemoteModel, fetch_model

__all__ = ["Download", "Hub", "RemoteModel", "Unreachable", "fetch_model"]
