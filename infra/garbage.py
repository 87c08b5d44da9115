"""When Python looks for garbage."""

import gc

OBJECTS_BETWEEN_COLLECTIONS = 20_000


def seldom() -> None:
    """Look for it seldom, and not among what is there by now.

    A year's trend makes some thousand small values that all live until the answer is written: to look through them
    every 700 finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
