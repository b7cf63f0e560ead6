"""How Alembic runs our migrations. Called by `models.migrating`; there is no ini file."""

from alembic import context

from models.migrating import compare_type, render_item
from models.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=render_item,
    compare_type=compare_type,
)
with context.begin_transaction():
    context.run_migrations()
