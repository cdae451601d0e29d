"""Migrations that render only the model they change.

Between two operations Django renders again each model that is related to the changed one, and here
all are related to the company: nine tenths of the time of a first start. It has a word for a state
whose related models are rendered once code asks for them, `is_delayed`: `RunPython` asks, and so
does what follows the last migration. Here every change leaves such a state.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.migrations.state import ProjectState

_FINDING = "_find_reload_model"  # which models are rendered again after an operation


@contextmanager
def only_what_changes() -> Iterator[None]:
    """Render one model for each operation, until the context is left.

    The database is changed by the same statements: they name tables and columns, which the models
    that are not rendered again say as before.
    """
    of_django = vars(ProjectState)[_FINDING]
    setattr(ProjectState, _FINDING, _itself)
    try:
        yield
    finally:
        setattr(ProjectState, _FINDING, of_django)


def _itself(
    self: ProjectState, app_label: str, model_name: str, _delay: bool
) -> set[tuple[str, str]]:
    self.is_delayed = True
    return {(app_label, model_name)}
