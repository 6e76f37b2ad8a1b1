"""Models of the Hugging Face Hub by name: only the bytes of what is asked for are downloaded."""

from tovec.hub.listing import Hub
from tovec.hub.model import RemoteModel, fetch_model
from tovec.hub.reporter import Download, Reporter

__all__ = ["Download", "Hub", "RemoteModel", "Reporter", "fetch_model"]
