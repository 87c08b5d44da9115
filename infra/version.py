"""Which software and which contract this is."""

import tomllib
from pathlib import Path

API = "v1"
SOFTWARE: str = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]["version"]
