"""The offline half of a diary app: a queue on disk, and a loop that brings phone and server to the same state.

Only the standard library is used. Copy the folder, and change what your app does otherwise.
"""

from .phone import Phone
from .server import Answer, Refused, Server, Unreachable, over_http
from .store import Change, Known, Store

__all__ = ["Answer", "Change", "Known", "Phone", "Refused", "Server", "Store", "Unreachable", "over_http"]
