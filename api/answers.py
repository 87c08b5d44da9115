"""How results are answered: the status of a creation, the version as ETag."""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Response
from pydantic import BaseModel

from models.fields import Tagged
from services.diary import Receipt

T = TypeVar("T", bound=BaseModel)

OK, CREATED = 200, 201


def repeated(shape: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What a creation answers that was made before, for OpenAPI."""
    return {OK: {"model": shape, "description": "It was made before, by this same request; this is how it is now."}}


def stored(receipt: Receipt) -> Response:
    """The answer to an entry that is stored: 201 if it is new, 200 if it was there before."""
    headers = {"ETag": _tag(receipt.version)}
    return Response(receipt.json, CREATED if receipt.created else OK, headers, media_type="application/json")


class Answering:
    """Sets what goes with a body: status and ETag."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def versioned(self, value: T) -> T:
        """Answer something, with its version as ETag if it counts its changes."""
        if isinstance(value, Tagged):
            self._response.headers["ETag"] = _tag(value.version)
        return value

    def made(self, result: tuple[T, bool]) -> T:
        """Answer a creation: 201 if it was made now, 200 if it was made before."""
        value, now = result
        if not now:
            self._response.status_code = OK
        return self.versioned(value)


def _tag(version: int) -> str:
    return f'"{version}"'


async def _answering(response: Response) -> Answering:
    # A class would be called in a thread.
    return Answering(response)


Answer = Annotated[Answering, Depends(_answering)]
