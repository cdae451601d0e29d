"""What the tests of certificates share: facts without a database, and the verifier as a person runs it."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from dsar.certificate import Backups, CertificateFacts
from retention.plans import ERASED, KEPT, ErasurePlan, HoldingPlan, Verification

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
SPACE = UUID("0190a000-0000-7000-8000-00000000c0de")


def a_holding(table: str, title_it: str, title_en: str, *fields: str, **more: Any) -> HoldingPlan:
    plain: dict[str, Any] = {
        "record_class": "master_data", "scope": "ordinary", "count": 1, "decision": ERASED,
        "ground": "", "law": "", "until": None,
    }  # fmt: skip
    said = plain | more
    rows = tuple(uuid5(SPACE, f"{table} {i}") for i in range(said["count"]))
    return HoldingPlan(
        table=table, title_it=title_it, title_en=title_en,
        fields=tuple((name, "name") for name in fields), rows=rows, **said,
    )  # fmt: skip


CONTACT = a_holding("crm_contact", "Anagrafica", "Master data", "given_name", "iban")
ORDER = a_holding(
    "crm_order", "Ordini e fatture", "Orders and invoices", "billing_name", count=3, decision=KEPT,
    scope="fiscal", ground="17(3)(b)", law="art. 2220 c.c.", until=date(2036, 3, 2),
)  # fmt: skip
HELD = a_holding(
    "crm_interaction", "Conversazioni", "Conversations", "body", count=2, decision=KEPT,
    scope="kept", ground="17(3)(e)", law="Art. 17(3)(e) GDPR",
)  # fmt: skip


def the_facts(**more: Any) -> CertificateFacts:
    plan = ErasurePlan(UUID(int=1), UUID(int=2), NOW.date(), (CONTACT, ORDER, HELD))
    facts = CertificateFacts(
        erasure=UUID("0190a000-0000-7000-8000-00000000e5a5"), reference="K7Q2-9XWD-31MT-VB08",
        controller="Società Àncora", received_on=date(2026, 11, 3), planned_at=NOW,
        approved_at=NOW, approved_by=("dpo", "legal"), certified_at=NOW, plan_hash="ab" * 32,
        shown=plan, held=[["given_name"], ["billing_name"], ["body"]], after=plan,
        found=Verification(
            "verified", {"crm_interaction": 2, "crm_order": 3}, {}, (),
            frozenset({"fiscal", "kept", "audit"}),
        ),
        addresses=2, logical_at=NOW, stores={"files": 2, "database": 17},
        recipients={"Corriere": 1}, backups=Backups(opens_until=date(2026, 12, 20)),
        commitment={"c": "cd" * 32, "email": 1},
    )  # fmt: skip
    return replace(facts, **more)


def unpacked(archive: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)
    return folder


def verified(
    folder: Path, file: str = "certificate", *more: str, command: str = "certificate"
) -> tuple[int, str]:
    """The exit code and the last words of the handed-out program: no Django, no database, no us."""
    words = [command, f"{file}.json", "--proof", f"{file}.proof", "--policy", "policy.txt"]
    done = subprocess.run(
        [sys.executable, "-m", "custode_verify", *words, "--keys", "keys", *more],
        cwd=folder, env={"PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.strip() or done.stderr
