"""Dermatrend: the application for servers (`uvicorn main:app`) and the command line (`python main.py --help`)."""

import sys
from typing import Any

from assembly import create_app, doorkeeper, terms_of
from commands import run

__all__ = ["create_app", "doorkeeper", "run", "terms_of"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # Made when a server asks for it, so that importing this module does nothing.
    if name == "app":
        return create_app()
    raise AttributeError(name)


if __name__ == "__main__":
    sys.exit(run())
