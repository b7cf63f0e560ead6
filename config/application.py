"""Puts an installation together: settings, database, clock, pages."""

import secrets
from datetime import timedelta

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from blueprints import access, api, converters, errors, formats, headers, navigation, request_log
from blueprints.frame import Frame
from blueprints.pages import (
    account,
    attachments,
    audit,
    containers,
    counts,
    deliveries,
    deviations,
    expiring,
    holds,
    icon,
    importing,
    incompatibilities,
    labels,
    lots,
    opened,
    opening_stock,
    patients,
    places,
    products,
    receiving,
    release_checks,
    releasing,
    reordering,
    scanning,
    search,
    sign_in,
    sites,
    stock,
    substances,
    suppliers,
    techniques,
    today,
    transfers,
    users,
)
from config.paths import STATIC, TEMPLATES
from config.settings import Settings
from inventory.clock import SystemClock
from inventory.people.passwords import HashingCost, Passwords
from inventory.people.sign_ins import Limits
from inventory.units import Units
from models.database import Database

PAGES = (
    account,
    attachments,
    audit,
    containers,
    deliveries,
    counts,
    deviations,
    expiring,
    holds,
    icon,
    importing,
    incompatibilities,
    labels,
    lots,
    opened,
    opening_stock,
    patients,
    places,
    products,
    release_checks,
    releasing,
    receiving,
    reordering,
    scanning,
    search,
    sign_in,
    sites,
    stock,
    substances,
    suppliers,
    techniques,
    today,
    transfers,
    users,
)


def make_units(settings: Settings) -> Units:
    """The units of the installation's own database, by the machine's clock."""
    return Units(Database(settings.database_url), SystemClock())


def make_passwords(settings: Settings) -> Passwords:
    return Passwords(HashingCost(settings.argon2_memory_kib, settings.argon2_passes, settings.argon2_lanes))


def make_frame(settings: Settings, units: Units) -> Frame:
    return Frame(
        units=units,
        passwords=make_passwords(settings),
        limits=Limits(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.sign_in_hours)),
        public_url=public_url(settings),
        set_up_secret=secrets.token_hex(10),
    )


def public_url(settings: Settings) -> str:
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def create_app(settings: Settings, units: Units | None = None) -> Flask:
    """The web application. `units` runs it on a database and a clock of the caller's."""
    app = Flask("vialtrace", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-vialtrace" if settings.is_tls else "vialtrace",
        SESSION_COOKIE_SECURE=settings.is_tls,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=access.LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its sign-in
    )
    app.jinja_env.undefined = StrictUndefined
    make_frame(settings, units or make_units(settings)).install(app.extensions)
    for part in (converters, request_log, access, errors, headers, formats, navigation):
        part.install(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
    api.install(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # Flask's own way
    return app
