"""No code of the API or the CRM names rows about people outside an access.

Row-level security would stop it when it runs; this says so before. A function may name such
rows when it is given the access, keeps one, or opens one around them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.datamap import data_map

ROOT = Path(__file__).parents[2]
# They say who is meant, or what is looked for, and open nothing: whoever evaluates them without an
# access gets `gate closed`.
CHOOSING = (
    "crm/chosen.py",
    "crm/campaigns/birthdays.py",
    "crm/campaigns/results.py",
    "crm/campaigns/sending.py",
    "crm/acquisition/referrals.py",
    "crm/analysis/extract.py",
    "crm/console/board.py",
    "crm/console/bulk.py",
    "crm/console/duplicates.py",
    "crm/console/inbox.py",
    "crm/console/mass.py",
    "crm/console/search.py",
    "crm/console/sections.py",
    "crm/console/work.py",
    "crm/loyalty/ledger.py",
    "crm/loyalty/membership.py",
    "crm/offers/ranking.py",
    "crm/operations.py",
    "crm/people/accounts.py",
    "crm/people/handles.py",
    "crm/portfolio/overview.py",
    "crm/sales/figures.py",
    "crm/sales/queries.py",
    "crm/sales/tiers.py",
    "crm/scores/influence.py",
    "crm/scores/running.py",
    "crm/segments/operations.py",
    "crm/service/adoption.py",
    "crm/service/complaints.py",
    "crm/service/escalation.py",
    "crm/service/queries.py",
    "crm/service/serving.py",
    "crm/service/visits.py",
    "crm/workflows/deciding.py",
    "crm/workflows/running.py",
    "crm/workflows/triggers.py",
)
EXEMPT = {
    **dict.fromkeys(
        CHOOSING, "unevaluated querysets for the gate, or for the access of the caller"
    ),
    "api/v1/subjects.py": "unevaluated querysets for the gate; test_coverage shows that they raise",
    "crm/conversations/queries.py": "unevaluated querysets for the gate, as above",
    "crm/imports/landing.py": "one unevaluated queryset for the gate, as above",
    "crm/imports/rejects.py": "rejected rows have no subject; their batch's key opens them",
}
NAMES = {h.model_class.__name__ for h in data_map().isolated()}
MANAGERS = {"objects", "_default_manager", "_base_manager"}
FILES = sorted(
    p for app in ("api", "crm") for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts
)


def ungated(source: str) -> list[int]:
    """The lines that name a manager of isolated rows where no access is at hand."""
    tree = ast.parse(source)
    keepers = _keepers(tree)
    return [line for line, has_access in _uses(tree, keepers, has_access=False) if not has_access]


def _keepers(tree: ast.Module) -> set[str]:
    """The classes that keep an access, and those that inherit it."""
    keepers: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            bases = {b.id for b in node.bases if isinstance(b, ast.Name)}
            if names & {"access", "_access"} or bases & keepers:
                keepers.add(node.name)
    return keepers


def _uses(node: ast.AST, keepers: set[str], *, has_access: bool) -> Iterator[tuple[int, bool]]:
    at_hand = has_access or _gives_access(node, keepers)
    if isinstance(node, ast.Attribute) and node.attr in MANAGERS and _is_isolated(node.value):
        yield node.lineno, at_hand
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, keepers, has_access=at_hand)


def _is_isolated(node: ast.AST) -> bool:
    """A model about people, or something that only the run time knows."""
    known_open = {h.model_class.__name__ for h in data_map() if not h.isolated}
    return not (isinstance(node, ast.Name) and node.id in known_open)


def _gives_access(node: ast.AST, keepers: set[str]) -> bool:
    if isinstance(node, ast.FunctionDef):
        return any(a.arg == "access" for a in [*node.args.args, *node.args.kwonlyargs])
    if isinstance(node, ast.ClassDef):
        return node.name in keepers
    if isinstance(node, ast.With):
        calls = [i.context_expr for i in node.items if isinstance(i.context_expr, ast.Call)]
        return any(ast.unparse(c.func) in {"gate.open", "gate.duty", "reading"} for c in calls)
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rows_about_people_are_named_only_with_an_access(path: Path) -> None:
    if str(path.relative_to(ROOT)) in EXEMPT:
        assert ungated(path.read_text()) != []
        return
    assert ungated(path.read_text()) == []


def test_the_check_sees_what_it_should() -> None:
    assert {"Contact", "Order", "Interaction", "DataSubject", "SubjectRequest"} <= NAMES
    assert ungated("def f():\n    return Contact.objects.all()") == [2]
    assert ungated("def f(model):\n    return model._default_manager.all()") == [2]
    assert ungated("def f(access):\n    return Contact.objects.all()") == []
    assert (
        ungated("def f():\n    with gate.open(a) as access:\n        Contact.objects.all()") == []
    )
    assert ungated("def f():\n    with open(a) as access:\n        Contact.objects.all()") == [3]
    assert ungated("def f():\n    return Product.objects.all()") == []
