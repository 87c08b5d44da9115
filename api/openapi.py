"""The OpenAPI document, from which clients are generated."""

from typing import Any

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from domain import permissions
from models import problems
from models.sync import ChangePush

SCHEME = "OAuth2PasswordBearer"
TOKENS_AT = "/v1/auth/token"
SIGN_IN = {
    "type": "oauth2",
    "flows": {"password": {"refreshUrl": TOKENS_AT, "scopes": {}, "tokenUrl": TOKENS_AT}},
}


def operation_id(route: APIRoute) -> str:
    """An operation is called what its function is called: short, and it stays."""
    return route.name


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the shapes that FastAPI does not know of; made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            license_info=app.license_info,
            separate_input_output_schemas=False,
        )
        schemas = document["components"]["schemas"]
        for shape in (
            problems.Problem,
            problems.InvalidRequestProblem,
            problems.VersionConflictProblem,
            problems.TokenProblem,
            ChangePush,
        ):
            schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
            # As the framework writes all others: null is not told as a default.
            schema = jsonable_encoder(schema, exclude_none=True)
            schemas |= {name: found for name, found in schema.pop("$defs", {}).items() if name not in schemas}
            schemas[shape.__name__] = schema
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        # `api/routing.py` checks tokens; as a dependency the scheme would be asked for nothing at each request.
        document["components"]["securitySchemes"] = {SCHEME: SIGN_IN}
        for operations in document["paths"].values():
            for operation in operations.values():
                if operation["operationId"] in permissions.OPERATIONS:
                    operation["security"] = [{SCHEME: []}]
        app.openapi_schema = document
    return app.openapi_schema
