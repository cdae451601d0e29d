"""Taking a register in: what it says becomes drafts and rows, and nothing that is here is changed.

Nothing taken in is in force: every activity waits for somebody else's approval, every source for
verification. What stands here already and differs is told, and left to a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy.categories import Category
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import ActivityState, Operation, Role, SubjectKind
from registry import history, operations, seeing
from registry.exchange import document as written
from registry.exchange.asked import KEYS
from registry.exchange.document import FORMAT, Facts
from registry.exchange.facts import FACTS
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ImpactAssessment,
    ProcessingActivity,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    RetentionRule,
    Staff,
    Transfer,
)

WORDS: dict[str, Iterable[str]] = {
    "categories": Category, "subject_kinds": SubjectKind, "roles": Role, "operations": Operation,
    "role_categories": seeing.WORDS,
}  # fmt: skip
LINKS = ("sources", "recipients")


class RegisterDocumentError(GovernanceError):
    """The file is no register, or says something that no register may; `places` says where."""

    code = "register_document"
    article = "30"
    message = _("This file can not be taken in as a register.")
    advice = _("Correct the places named and take it in again; nothing was changed.")

    def __init__(self, places: list[str]) -> None:
        super().__init__(places=places)
        self.places = places


@dataclass
class TakenIn:
    """What became of a document.

    Attributes
    ----------
    made : number of new rows by kind of row
    drafts : purposes of the activities that wait for approval
    same : purposes of activities that say what is here already
    differing : what is here with other contents, and was left: kind of row and its name
    busy : purposes whose activity has a draft already, which was left
    """

    made: Counter[str] = field(default_factory=Counter)
    drafts: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    differing: list[tuple[str, str]] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


@transaction.atomic
def take_in(said: Facts, *, by: Staff, now: datetime) -> TakenIn:
    """Take a document in for the company of `by`, all of it or nothing.

    Raises
    ------
    RegisterDocumentError
    """
    if not isinstance(said, Mapping) or said.get("format") != FORMAT:
        raise RegisterDocumentError(["format"])
    history.written_by(by)
    taking = _Taking(by, now)
    try:
        taking.all_of(said)
    except (KeyError, TypeError, AttributeError) as error:  # not of the shape at all
        raise RegisterDocumentError([*taking.wrong, f"{taking.place}: {error!r}"]) from None
    if taking.wrong:
        raise RegisterDocumentError(taking.wrong)
    event = log.Event(
        action=Action.REGISTER_CHANGED, purpose=operations.KEEPING,
        counts={"drafted": len(taking.done.drafts)},
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
    return taking.done


class _Taking:
    """One document under way. `wrong` collects every place that is not as it must be."""

    def __init__(self, by: Staff, now: datetime) -> None:
        self._by, self._now = by, now
        self._controller = Controller.objects.get(pk=by.controller_id)
        self.done = TakenIn()
        self.wrong: list[str] = []
        self.place = ""

    def all_of(self, said: Facts) -> None:
        self._company(said["controller"])
        for number, source in enumerate(said.get("sources", []), 1):
            self._named(DataSource, source, "name", f"sources {number}")
        self._recipients(said.get("recipients", []))
        for number, behalf in enumerate(said.get("on_behalf", []), 1):
            self._on_behalf(behalf, f"on_behalf {number}")
        for number, entry in enumerate(said["activities"], 1):
            self.place = f"activities {number}"
            self._activity(entry)

    def _company(self, said: Facts) -> None:
        """Fill what is empty here; the company itself is not another one for it."""
        filled = []
        for name in FACTS[Controller]:
            value = said.get(name)
            if value and not getattr(self._controller, name):
                setattr(self._controller, name, value)
                filled.append(name)
            elif value and value != getattr(self._controller, name) and name != "name":
                self.done.differing.append(("controller", name))
        if filled and self._is_valid(self._controller, "controller"):
            self._controller.save(update_fields=filled)

    def _recipients(self, said: list[Facts]) -> None:
        rows = {}
        for number, entry in enumerate(said, 1):
            plain = {k: v for k, v in entry.items() if k not in {"transfers", "sub_processor_of"}}
            place = f"recipients {number}"
            row, is_new = self._named(Recipient, plain, "name", place)
            rows[row.name] = row
            if is_new:
                self._transfers(entry.get("transfers", []), place, recipient=row)
        for entry in said:
            row, engaged = rows[entry["name"]], entry.get("sub_processor_of")
            if engaged and row.sub_processor_of is None:
                row.sub_processor_of = rows.get(engaged) or self._known(Recipient, engaged)
                if self._is_valid(row, f"recipients {row.name}"):
                    row.save(update_fields=["sub_processor_of"])

    def _on_behalf(self, said: Facts, place: str) -> None:
        plain = {k: v for k, v in said.items() if k != "third_country_transfers"}
        row, is_new = self._named(ProcessingOnBehalf, plain, "principal", place)
        if is_new:
            self._transfers(said.get("third_country_transfers", []), place, on_behalf=row)

    def _transfers(self, said: list[Facts], place: str, **whole: Any) -> None:
        if any(row._state.adding for row in whole.values()):
            return  # what they belong to is wrong itself
        for entry in said:
            transfer = Transfer(controller=self._controller, **whole, **entry)
            if self._is_valid(transfer, f"{place}, transfers"):
                transfer.save()

    def _activity(self, said: Facts) -> None:
        purpose, is_new = self._named(Purpose, said["purpose"], "key", self.place)
        if purpose._state.adding:
            return
        version = self._version(said)
        versions = ActivityVersion.objects.filter(activity__purpose=purpose)
        newest = versions.order_by("-number").first()
        if not is_new and newest and _content(written.activity(newest)) == _content(said):
            self.done.same.append(purpose.key)
        elif newest and newest.state == ActivityState.DRAFT:
            self.done.busy.append(purpose.key)
        elif version is not None:
            self._draft(purpose, version, said, (newest.number if newest else 0) + 1)

    def _version(self, said: Facts) -> ActivityVersion | None:
        content = {k: v for k, v in said["version"].items() if k not in LINKS}
        for name, words in WORDS.items():
            for word in set(content[name]) - set(words):
                self.wrong.append(f"{self.place}, {name}: {word}")
        for key in set(content.get("answers", {})) - KEYS:
            self.wrong.append(f"{self.place}, answers: {key}")
        version = ActivityVersion(controller=self._controller, **content)
        # A draft may lack anything; approval asks for it (`registry.validator`).
        lacking = [name for name, value in content.items() if value in ("", [])]
        is_valid = self._is_valid(version, self.place, but=lacking)
        return version if is_valid and not self.wrong else None

    def _draft(self, purpose: Purpose, version: ActivityVersion, said: Facts, number: int) -> None:
        entry, _made = ProcessingActivity.objects.get_or_create(
            purpose=purpose,
            defaults={
                "controller": self._controller, "first_recorded_on": said["first_recorded_on"],
            },
        )  # fmt: skip
        version.activity, version.number = entry, number
        operations.draft(version=version, by=self._by, now=self._now)
        version.sources.set(self._all_known(DataSource, said["version"]["sources"]))
        version.recipients.set(self._all_known(Recipient, said["version"]["recipients"]))
        for rule in said.get("retention", []):
            row = RetentionRule(controller=self._controller, version=version, **rule)
            if self._is_valid(row, f"{self.place}, retention"):
                row.save()
        self._assessment(entry, said.get("assessment"))
        self.done.drafts.append(purpose.key)

    def _assessment(self, entry: ProcessingActivity, said: Facts | None) -> None:
        if not said or entry.assessments.exists():
            return
        row = ImpactAssessment(
            controller=self._controller, activity=entry, drafted_by=self._by,
            drafted_at=self._now, **said,
        )  # fmt: skip
        if self._is_valid(row, f"{self.place}, assessment"):
            row.save()
            self.done.made["assessment"] += 1

    def _named(self, model: Any, said: Facts, key: str, place: str) -> tuple[Any, bool]:
        """Return the row of a name, made if there is none, and whether it was made."""
        self.place = place
        here = model.objects.filter(controller=self._controller, **{key: said[key]}).first()
        if here is not None:
            if any(written.facts(here)[name] != value for name, value in said.items()):
                self.done.differing.append((model._meta.model_name, said[key]))
            return here, False
        row = model(controller=self._controller, **said)
        if self._is_valid(row, place):
            row.save(force_insert=True)
            self.done.made[model._meta.model_name] += 1
        return row, True

    def _all_known(self, model: Any, names: list[str]) -> list[Any]:
        return [row for name in names if (row := self._known(model, name)) is not None]

    def _known(self, model: Any, name: str) -> Any:
        row = model.objects.filter(controller=self._controller, name=name).first()
        if row is None:
            self.wrong.append(f"{self.place}: {name}")
        return row

    def _is_valid(self, row: Model, place: str, but: Iterable[str] = ()) -> bool:
        excluded = {f.name for f in row._meta.fields if f.is_relation and f.name != "controller"}
        try:
            row.full_clean(exclude={*excluded, "controller", *but}, validate_unique=False)
        except ValidationError as error:
            named = error.message_dict
            self.wrong += [f"{place}, {name}: {' '.join(texts)}" for name, texts in named.items()]
            return False
        return True


def _content(said: Facts) -> Facts:
    """Return what makes two versions the same: not when they were written, or by whom."""
    return {
        "version": said["version"],
        "retention": sorted(
            said.get("retention", []), key=lambda rule: (rule["record_class"], rule["anchor"])
        ),
    }
