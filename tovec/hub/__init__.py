"""Models of the Hugging Face Hub by name: only the bytes of what is asked for are downloaded."""

from tovec.hub.events import Download, Unreachable
from tovec.hub.listing import Hub
from tovec.hub.model import RemoteModel, fetch_model

__all__ = ["Download", "Hub", "RemoteModel", "Unreachable", "fetch_model"]
