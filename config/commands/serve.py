import contextlib
import errno
import gc
import logging
import socket

import click
import waitress
from flask import Flask

from blueprints.frame import frame
from config import demo
from config.application import create_app, public_url
from config.logs import to_standard_error
from config.settings import Settings, SettingsProblem
from config.upgrading import make_ready
from inventory.errors import Busy, StorageFull
from inventory.units import forget_old_keys

LARGEST_HEADER = 65_536
BACKLOG = 1_024


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the pages until it is stopped."""
    settings = Settings.from_environment().listening(host, port)
    listening = _listen(settings)
    to_standard_error()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short wait is no news
    make_ready(settings)
    app = create_app(settings)
    with app.app_context(), contextlib.suppress(Busy, StorageFull):
        frame().units.append_apart(forget_old_keys)
    first_words = _first_words(app, settings)
    listening.listen(BACKLOG)  # before the address is printed: who opens it at once waits and is answered
    for line in first_words:
        click.echo(line)
    gc.collect()
    gc.freeze()  # what is loaded stays: amid a long answer it need not be looked through again for garbage
    waitress.serve(
        app,
        sockets=[listening],
        threads=settings.threads,
        ident=None,
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        max_request_body_size=settings.upload_mb * 1024 * 1024 + LARGEST_HEADER,
        _quiet=True,
    )


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is done."""
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise SettingsProblem(_why_not(error, settings)) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise SettingsProblem(_why_not(error, settings)) from None
    return listening


def _why_not(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is taken by another program: stop it, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {settings.port} needs more rights: choose one from 1024 on with --port."
    return f"Nothing can listen on {settings.host}, port {settings.port}: choose another with --host or --port."


def _first_words(app: Flask, settings: Settings) -> list[str]:
    url = public_url(settings)
    with app.app_context(), frame().units.reading() as session:
        is_initialised, is_demo = frame().is_initialised(session), frame().is_demo
        secret = frame().set_up_secret
    if not is_initialised:
        return [f"Set up your clinic at {url}/first-run", f"The set-up secret is {secret}"]
    if settings.has_demo_key and not is_demo:
        raise SettingsProblem("VIALTRACE_SECRET_KEY is the demo's: a real clinic needs its own secret.")
    return [f"Vialtrace is at {url}", *(demo.sign_ins() if is_demo else [])]
