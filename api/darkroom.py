"""What operations on photos ask for; their work has threads of its own, so that the diary never waits for a photo."""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Annotated, Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from domain.errors import PhotosBusy
from infra.parts import Parts
from services.photos import Darkroom

P = ParamSpec("P")
T = TypeVar("T")

_working = CapacityLimiter(24)
"""Threads that clean, store and fetch pictures."""
_writing = CapacityLimiter(24)
"""Threads that write pieces of uploads to the local disk, whatever the store of photos does."""
MOST_WAITING = 48


async def work(call: Callable[..., T], *arguments: Any, **named: Any) -> T:  # noqa: ANN401  as `call` has them
    """Do something in a thread of photos.

    Raises:
        PhotosBusy: too many are waiting for one.
    """
    if _working.statistics().tasks_waiting >= MOST_WAITING:
        raise PhotosBusy
    return await to_thread.run_sync(partial(call, *arguments, **named), limiter=_working)


async def write(call: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401
    """Do something quick with a file of an upload."""
    return await to_thread.run_sync(partial(call, *arguments), limiter=_writing)


def in_own_thread(endpoint: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """An endpoint that works in a thread of photos."""

    @wraps(endpoint)
    async def worked(*arguments: P.args, **named: P.kwargs) -> T:
        return await work(endpoint, *arguments, **named)

    return worked


def darkroom(request: Request) -> Darkroom:
    """Where pictures are cleaned and kept."""
    found: Darkroom = request.app.state.darkroom
    return found


def parts(request: Request) -> Parts:
    """The files of unfinished uploads."""
    found: Parts = request.app.state.parts
    return found


TheDarkroom = Annotated[Darkroom, Depends(darkroom)]
TheParts = Annotated[Parts, Depends(parts)]
