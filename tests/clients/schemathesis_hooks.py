"""What schemathesis must be told to send pieces of uploads: their media type is bytes like any other."""

import schemathesis

from api.routing import PIECES

schemathesis.serializer.alias(PIECES, "application/octet-stream")
