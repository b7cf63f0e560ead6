"""The headers of every answer: nothing from elsewhere, nothing inline, nothing kept by caches."""

from flask import Flask, Response, request

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# The camera's reader is WebAssembly. It runs in a worker, whose policy is the one sent with its own file, so that no
# page has to allow it.
CAMERA_READER = "js/camera_reader.js"
READER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
_EVERYWHERE = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not stricter: over TLS the CSRF check asks where a form came from
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_YEAR = 31_536_000


def install(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(answer: Response) -> Response:
    if request.endpoint == "static" and (request.view_args or {}).get("filename") == CAMERA_READER:
        answer.headers["Content-Security-Policy"] = READER_POLICY
    for name, value in _EVERYWHERE.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
    if request.endpoint != "static":
        answer.headers["Cache-Control"] = "no-store"
    return answer
