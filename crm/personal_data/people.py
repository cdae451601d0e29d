"""The data map of people and companies."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, Lookup, NotPersonal, Origin, Personal, Sign

BY_OTHERS = {
    "external_id": Category.CUSTOMER_NUMBER, "title": Category.NAME, "given_name": Category.NAME,
    "middle_name": Category.NAME, "family_name": Category.NAME, "birth_date": Category.BIRTH,
    "gender": Category.GENDER, "language": Category.LANGUAGE, "company_name": Category.OCCUPATION,
    "job_title": Category.OCCUPATION, "hire_date": Category.OCCUPATION,
    "education": Category.EDUCATION, "marital_status": Category.FAMILY,
    "children": Category.FAMILY, "home_owner": Category.PROPERTY, "income": Category.INCOME,
    "fiscal_code": Category.NATIONAL_ID, "vat_number": Category.NATIONAL_ID,
    "iban": Category.BANK_ACCOUNT, "username": Category.ONLINE_IDENTIFIER,
}  # fmt: skip
"""What another source may say of a contact; it is not searched by."""

DATA_MAP = [
    Holding(
        model="crm.OtherContact",
        record_class=RecordClass.MASTER_DATA,
        title_it="Valori di altre fonti",
        title_en="Values of other sources",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "row": NotPersonal(because="link to the contact's row"),
            **{
                name: Personal(category, origin=Origin.OBSERVED)
                for name, category in BY_OTHERS.items()
            },
            "note": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
        },
    ),
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
            "birth_day": Personal(Category.BIRTH),
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
]
