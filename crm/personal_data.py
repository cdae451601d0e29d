"""The data map of operational data. The check says what is missing."""

from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, Lookup, NotPersonal, Origin, Personal, Sign

ORIGIN_KEY = NotPersonal(because="keyed hash of the source's own id; makes an import idempotent")
BATCH = NotPersonal(because="counts and states of an import")

DATA_MAP = [
    Holding(
        model="crm.Contact",
        record_class=RecordClass.MASTER_DATA,
        title_it="Anagrafica",
        title_en="Master data",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "stage": Personal(
                Category.BEHAVIOUR, clear="listed and swept by SQL", origin=Origin.OBSERVED
            ),
            "external_id": Personal(Category.CUSTOMER_NUMBER, lookup=Lookup.NUMBER),
            "title": Personal(Category.NAME),
            "given_name": Personal(Category.NAME, lookup=Lookup.NAME),
            "middle_name": Personal(Category.NAME, lookup=Lookup.NAME),
            "family_name": Personal(Category.NAME, lookup=Lookup.NAME),
            "birth_date": Personal(Category.BIRTH),
            "gender": Personal(Category.GENDER),
            "language": Personal(Category.LANGUAGE),
            "company_name": Personal(Category.OCCUPATION),
            "job_title": Personal(Category.OCCUPATION),
            "hire_date": Personal(Category.OCCUPATION),
            "education": Personal(Category.EDUCATION),
            "marital_status": Personal(Category.FAMILY),
            "children": Personal(Category.FAMILY),
            "home_owner": Personal(Category.PROPERTY),
            "income": Personal(Category.INCOME),
            "fiscal_code": Personal(Category.NATIONAL_ID, lookup=Lookup.FISCAL_CODE),
            "vat_number": Personal(Category.NATIONAL_ID),
            "iban": Personal(Category.BANK_ACCOUNT),
            "username": Personal(Category.ONLINE_IDENTIFIER),
            "interests": Personal(Category.PREFERENCES),
            "note": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.ContactPoint",
        record_class=RecordClass.MASTER_DATA,
        title_it="Recapiti",
        title_en="Contact details",
        anchors={Anchor.COLLECTED: "collected_at"},
        signs={Sign.CHANGED: "changed_at", Sign.BOUNCED: "bounced_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "kind": NotPersonal(because="which kind of address the row holds"),
            "label": NotPersonal(because="home, work, mobile: a word of a closed list"),
            "is_primary": NotPersonal(because="which address is used first"),
            "verified_at": Personal(
                Category.BEHAVIOUR, clear="swept and counted by SQL", origin=Origin.OBSERVED
            ),
            "bounced_at": Personal(
                Category.BEHAVIOUR, clear="swept and counted by SQL", origin=Origin.OBSERVED
            ),
            "changed_at": Personal(
                Category.BEHAVIOUR, clear="compared by SQL: is it known yet", origin=Origin.OBSERVED
            ),
            "email": Personal(Category.EMAIL, lookup=Lookup.EMAIL),
            "phone": Personal(Category.PHONE, lookup=Lookup.PHONE),
            "street": Personal(Category.POSTAL_ADDRESS),
            "city": Personal(Category.POSTAL_ADDRESS),
            "region": Personal(Category.POSTAL_ADDRESS),
            "postal_code": Personal(Category.POSTAL_ADDRESS),
            "country": Personal(Category.POSTAL_ADDRESS),
            "handle": Personal(Category.ONLINE_IDENTIFIER),
        },
    ),
    Holding(
        model="crm.Account",
        record_class=RecordClass.MASTER_DATA,
        title_it="Aziende e nuclei familiari",
        title_en="Companies and households",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "kind": NotPersonal(because="company, household or sole trader"),
            "external_id": Personal(Category.CUSTOMER_NUMBER, lookup=Lookup.NUMBER),
            "name": Personal(Category.NAME, lookup=Lookup.NAME),
            "vat_number": Personal(Category.NATIONAL_ID),
            "phone": Personal(Category.PHONE, lookup=Lookup.PHONE),
            "website": Personal(Category.ONLINE_IDENTIFIER),
            "street": Personal(Category.POSTAL_ADDRESS),
            "city": Personal(Category.POSTAL_ADDRESS),
            "region": Personal(Category.POSTAL_ADDRESS),
            "postal_code": Personal(Category.POSTAL_ADDRESS),
            "country": Personal(Category.POSTAL_ADDRESS),
        },
    ),
    Holding(
        model="crm.Membership",
        record_class=RecordClass.MASTER_DATA,
        title_it="Appartenenza ad aziende",
        title_en="Memberships of companies",
        anchors={Anchor.COLLECTED: "collected_at"},
        signs={Sign.ENDED: "active_to"},
        fields={
            "origin_key": ORIGIN_KEY,
            "account": NotPersonal(because="link to the account's row"),
            "active_from": Personal(Category.OCCUPATION, clear="swept by SQL"),
            "active_to": Personal(Category.OCCUPATION, clear="swept by SQL"),
            "job_title": Personal(Category.OCCUPATION),
        },
    ),
    Holding(
        model="crm.Interaction",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Conversazioni",
        title_en="Conversations",
        anchors={Anchor.LAST_CONTACT: "contacted_on", Anchor.DOCUMENT_DATE: "occurred_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "channel": NotPersonal(because="how it was said: a word of a closed list"),
            "direction": NotPersonal(because="in or out"),
            "occurred_at": Personal(
                Category.COMMUNICATIONS, clear="sorted and swept by SQL", origin=Origin.OBSERVED
            ),
            "contacted_on": Personal(
                Category.COMMUNICATIONS,
                clear="start of retention: the last contact from the person",
                origin=Origin.OBSERVED,
            ),
            "purpose": NotPersonal(because="key of a purpose of the register"),
            "handled_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "is_private": NotPersonal(because="whether it is an internal note"),
            "topic": Personal(Category.COMMUNICATIONS, free_text=True),
            "body": Personal(Category.COMMUNICATIONS, free_text=True),
        },
    ),
    Holding(
        model="crm.Order",
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Ordini e fatture",
        title_en="Orders and invoices",
        anchors={Anchor.DOCUMENT_DATE: "ordered_on", Anchor.LAST_ORDER: "ordered_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "number": Personal(
                Category.PURCHASES,
                clear="fiscal numbering, searched by SQL",
                origin=Origin.OBSERVED,
            ),
            "state": Personal(Category.PURCHASES, clear="listed by SQL", origin=Origin.OBSERVED),
            "ordered_on": Personal(
                Category.PURCHASES, clear="sorted and swept by SQL", origin=Origin.OBSERVED
            ),
            "total": Personal(Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED),
            "currency": NotPersonal(because="unit of the amount"),
            "idempotency_key": NotPersonal(because="random key of the system that sent the order"),
            "billing_name": Personal(Category.NAME),
            "billing_street": Personal(Category.POSTAL_ADDRESS),
            "billing_city": Personal(Category.POSTAL_ADDRESS),
            "billing_region": Personal(Category.POSTAL_ADDRESS),
            "billing_postal_code": Personal(Category.POSTAL_ADDRESS),
            "billing_country": Personal(Category.POSTAL_ADDRESS),
        },
    ),
    Holding(
        model="crm.OrderLine",
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Righe d'ordine",
        title_en="Order lines",
        anchors={Anchor.DOCUMENT_DATE: "bought_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "order": NotPersonal(because="link to the order's row"),
            "product": NotPersonal(because="link to the product's row"),
            "quantity": Personal(Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED),
            "unit_price": Personal(
                Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED
            ),
            "bought_on": Personal(Category.PURCHASES, clear="swept by SQL", origin=Origin.OBSERVED),
            "description": Personal(Category.PURCHASES, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.Product",
        subject="",
        isolated=False,
        open_because="a catalogue, about nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose catalogue"),
            "code": NotPersonal(because="catalogue"),
            "name": NotPersonal(because="catalogue"),
            "price": NotPersonal(because="catalogue"),
        },
    ),
    Holding(
        model="crm.ImportBatch",
        subject="",
        isolated=False,
        open_because="counts and column titles; rows are in RejectedRow",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose import"),
            "source": NotPersonal(because="where the file came from, named in the register"),
            "entity": BATCH,
            "purpose": BATCH,
            "digest": NotPersonal(because="hash of the whole file, to know it again"),
            "mapping": NotPersonal(
                because="titles of columns, their targets, counts by reason; no values"
            ),
            "state": BATCH,
            "rows_read": BATCH,
            "rows_created": BATCH,
            "rows_updated": BATCH,
            "rows_unchanged": BATCH,
            "rows_rejected": BATCH,
            "started_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "created_at": BATCH,
            "finished_at": BATCH,
            "expires_on": BATCH,
        },
    ),
    Holding(
        model="crm.RejectedRow",
        subject="",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose import"),
            "batch": NotPersonal(because="link to the import"),
            "line": NotPersonal(because="line of the file"),
            "code": NotPersonal(because="why, as a word of a closed list"),
            "column": NotPersonal(because="title of the column at fault"),
            "blob": NotPersonal(
                because="ciphertext under the batch's key, which is destroyed after thirty days"
            ),
        },
    ),
]
