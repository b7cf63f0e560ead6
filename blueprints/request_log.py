"""One line a request: which view, how it ended, how long it took, whose. No address, no entry, no name."""

import logging
import time

from flask import Flask, Response, g, request

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()


def _end(answer: Response) -> Response:
    if request.endpoint != "static":
        actor = g.get("actor")
        log.info(
            "request",
            extra={
                "endpoint": request.endpoint,
                "method": request.method if request.method.isascii() else "?",
                "status": answer.status_code,
                "milliseconds": round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
                "user_id": None if actor is None else actor.user_id,
            },
        )
    return answer
