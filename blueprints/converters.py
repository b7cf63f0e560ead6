"""Parts of addresses. A number that no record can have is no address of ours."""

from flask import Flask
from werkzeug.routing import IntegerConverter


class RecordNumber(IntegerConverter):
    """`<int:lot_id>`: at most 18 digits, because the databases count no further than 19."""

    regex = r"[0-9]{1,18}"


def install(app: Flask) -> None:
    app.url_map.converters["int"] = RecordNumber
