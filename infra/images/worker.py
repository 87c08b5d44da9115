"""The process that cleans pictures: reads them from its standard input one after the other, until that ends.

A question is a line of JSON and then the picture; an answer is a line of JSON and then the files. It has little memory
and a low priority, knows no secret, and ends with the server that started it.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from typing import BinaryIO

from infra.images.cleaning import Refused, clean

MEMORY_BYTES = 2 * 1024**3
"""Of addresses, which are more than is ever used: a picture of 64 megapixels takes 0.8 GB."""
NICENESS = 10


def answer(source: BinaryIO, target: BinaryIO, question: bytes) -> None:
    """Read one picture and write what became of it."""
    asked = json.loads(question)
    content = source.read(asked["bytes"])
    try:
        made = clean(content, most_pixels=asked["most_pixels"])
    except Refused as refused:
        target.write(json.dumps({"refused": refused.reason}).encode() + b"\n")
    else:
        said = {
            "width_px": made.width_px,
            "height_px": made.height_px,
            "measures": asdict(made.measures),
            "files": {name: len(file) for name, file in made.files.items()},
        }
        target.write(json.dumps(said).encode() + b"\n")
        target.writelines(made.files.values())
    target.flush()


def run() -> None:
    """Answer until there are no more questions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes our input
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while question := source.readline():
        answer(source, target, question)


if __name__ == "__main__":
    run()
