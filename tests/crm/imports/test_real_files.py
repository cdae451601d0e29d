"""Real exports read completely, and every column of the main ones goes where it belongs."""

import pytest

from crm.imports.mapping import Dropped, Entity, guess_entity, propose
from crm.imports.reading import Format, open_source, repair_mojibake, rows, sample
from crm.imports.targets import TARGETS
from crm.imports.values import infer_conventions, parse_value
from registry.discovery.columns import propose_table
from tests.crm.imports.files import real

COUNTS = {
    "chinook/Customer.csv": (59, 13, Entity.CONTACT),
    "chinook/Employee.csv": (8, 15, Entity.EMPLOYEE),
    "chinook/Invoice.csv": (412, 9, Entity.ORDER),
    "chinook/InvoiceLine.csv": (2240, 5, Entity.ORDER_LINE),
    "chinook/Track.csv": (3503, 9, Entity.PRODUCT),
    "fakenamegenerator/FakeNameGenerator_odd_1500.csv": (1500, 30, Entity.CONTACT),
    "adventureworks/AdventureWorks_Customers.csv": (18148, 13, Entity.CONTACT),
    "adventureworks/ProspectiveBuyer.csv": (2059, 24, Entity.CONTACT),
    "adventureworks/ProspectiveBuyer_original_noheader_pipe.csv": (2059, 24, Entity.CONTACT),
    "adventureworks/DimReseller.csv": (701, 20, Entity.ACCOUNT),
    "adventureworks/FactSurveyResponse.csv": (2727, 8, None),
    "adventureworks/JobCandidate_original.csv": (13, 4, None),
    "northwind/Customers.csv": (93, 11, Entity.CONTACT),
    "northwind/Employees.csv": (9, 17, Entity.EMPLOYEE),
    "northwind/Suppliers.csv": (29, 12, Entity.ACCOUNT),
    "northwind/Orders.csv": (830, 14, Entity.ORDER),
    "salesforce_npsp_trailhead/Account.csv": (115, 59, Entity.ACCOUNT),
    "salesforce_npsp_trailhead/Contact.csv": (166, 81, Entity.CONTACT),
    "salesforce_npsp_trailhead/Lead.csv": (3, 19, Entity.CONTACT),
    "salesforce_npsp_trailhead/Opportunity.csv": (102, 53, Entity.ORDER),
    "salesforce_npsp_trailhead/Case.csv": (1, 11, Entity.INTERACTION),
    "salesforce_npsp_trailhead/CampaignMember.csv": (228, 4, None),
    "mautic/fakeleaddata.csv": (54, 16, Entity.CONTACT),
    "mautic/fakecompanydata.csv": (4, 5, Entity.ACCOUNT),
    "companies_datenanfragen/companies.csv": (3070, 11, Entity.ACCOUNT),
    "telco/Telco-Customer-Churn.csv": (7043, 21, None),
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_row_is_read_and_the_kind_of_record_recognised(name: str) -> None:
    count, columns, entity = COUNTS[name]
    source = open_source(real(name))
    found = list(rows(source))
    assert (len(found), len(source.header)) == (count, columns)
    assert [row.number for row in found if row.problem] == []
    assert {len(row.values) for row in found} == {columns}
    assert guess_entity(source.header, name) is entity


MAPPINGS = {
    "chinook/Customer.csv": {
        "external_id": "CustomerId", "given_name": "FirstName", "family_name": "LastName",
        "company": "Company", "street": "Address", "city": "City", "region": "State",
        "country": "Country", "postal_code": "PostalCode", "phone": "Phone", "fax": "Fax",
        "email": "Email",
    },
    "chinook/Employee.csv": {
        "external_id": "EmployeeId", "family_name": "LastName", "given_name": "FirstName",
        "job_title": "Title", "reports_to_external_id": "ReportsTo", "birth_date": "BirthDate",
        "hire_date": "HireDate", "street": "Address", "city": "City", "region": "State",
        "country": "Country", "postal_code": "PostalCode", "phone": "Phone", "fax": "Fax",
        "email": "Email",
    },
    "chinook/Invoice.csv": {
        "external_id": "InvoiceId", "contact_external_id": "CustomerId",
        "ordered_on": "InvoiceDate", "billing_street": "BillingAddress",
        "billing_city": "BillingCity", "billing_region": "BillingState",
        "billing_country": "BillingCountry", "billing_postal_code": "BillingPostalCode",
        "total": "Total",
    },
    "chinook/InvoiceLine.csv": {
        "external_id": "InvoiceLineId", "order_external_id": "InvoiceId",
        "product_external_id": "TrackId", "unit_price": "UnitPrice", "quantity": "Quantity",
    },
    "chinook/Track.csv": {"external_id": "TrackId", "name": "Name", "price": "UnitPrice"},
    "fakenamegenerator/FakeNameGenerator_odd_1500.csv": {
        "external_id": "Number", "gender": "Gender", "title": "Title", "given_name": "GivenName",
        "middle_name": "MiddleInitial", "family_name": "Surname", "street": "StreetAddress",
        "city": "City", "region": "State", "postal_code": "ZipCode", "country": "Country",
        "email": "EmailAddress", "username": "Username", "phone": "TelephoneNumber",
        "birth_date": "Birthday", "job_title": "Occupation", "company": "Company",
        "website": "Domain",
    },
    "adventureworks/AdventureWorks_Customers.csv": {
        "external_id": "CustomerKey", "title": "Prefix", "given_name": "FirstName",
        "family_name": "LastName", "birth_date": "BirthDate", "marital_status": "MaritalStatus",
        "gender": "Gender", "email": "EmailAddress", "income": "AnnualIncome",
        "children": "TotalChildren", "education": "EducationLevel", "job_title": "Occupation",
        "home_owner": "HomeOwner",
    },
    "adventureworks/ProspectiveBuyer.csv": {
        "external_id": "ProspectiveBuyerKey", "given_name": "FirstName",
        "middle_name": "MiddleName", "family_name": "LastName", "birth_date": "BirthDate",
        "marital_status": "MaritalStatus", "gender": "Gender", "email": "EmailAddress",
        "income": "YearlyIncome", "children": "TotalChildren", "education": "Education",
        "job_title": "Occupation", "home_owner": "HouseOwnerFlag", "street": "AddressLine1",
        "street2": "AddressLine2", "city": "City", "region": "StateProvinceCode",
        "postal_code": "PostalCode", "phone": "Phone", "title": "Salutation",
    },
    "adventureworks/DimReseller.csv": {
        "external_id": "ResellerKey", "phone": "Phone", "name": "ResellerName",
        "billing_street": "AddressLine1", "billing_street2": "AddressLine2",
    },
    "northwind/Customers.csv": {
        "external_id": "CustomerID", "company": "CompanyName", "full_name": "ContactName",
        "job_title": "ContactTitle", "street": "Address", "city": "City", "region": "Region",
        "postal_code": "PostalCode", "country": "Country", "phone": "Phone", "fax": "Fax",
    },
    "northwind/Orders.csv": {
        "external_id": "OrderID", "contact_external_id": "CustomerID", "ordered_on": "OrderDate",
        "shipping_name": "ShipName", "shipping_street": "ShipAddress",
        "shipping_city": "ShipCity", "shipping_region": "ShipRegion",
        "shipping_postal_code": "ShipPostalCode", "shipping_country": "ShipCountry",
    },
    "salesforce_npsp_trailhead/Contact.csv": {
        "external_id": "sf_id", "given_name": "FirstName", "family_name": "LastName",
        "do_not_call": "DoNotCall", "gender": "Gender__c", "street": "MailingStreet",
        "city": "MailingCity", "region": "MailingState", "country": "MailingCountry",
        "postal_code": "MailingPostalCode", "opted_out_email": "HasOptedOutOfEmail",
        "email": "npe01__HomeEmail__c", "email_alternate": "npe01__AlternateEmail__c",
        "email_work": "npe01__WorkEmail__c", "phone_work": "npe01__WorkPhone__c",
        "do_not_contact": "npsp__Do_Not_Contact__c", "account_external_id": "account_id",
    },
    "salesforce_npsp_trailhead/Lead.csv": {
        "external_id": "sf_id", "given_name": "FirstName", "family_name": "LastName",
        "company": "Company", "do_not_call": "DoNotCall", "opted_out_email": "HasOptedOutOfEmail",
    },
    "salesforce_npsp_trailhead/Event.csv": {
        "external_id": "sf_id", "occurred_on": "StartDateTime", "body": "Description",
        "subject": "Subject", "contact_external_id": "WhoId",
    },
    "mautic/fakeleaddata.csv": {
        "title": "title", "given_name": "firstname", "family_name": "lastname", "city": "city",
        "street": "address1", "region": "state", "postal_code": "zipcode", "country": "country",
        "email": "email", "phone": "phone", "company": "company", "website": "website",
        "social_facebook": "facebook", "social_twitter": "twitter",
    },
    "companies_datenanfragen/companies.csv": {
        "external_id": "slug", "name": "name", "billing_street": "address", "phone": "phone",
        "website": "web",
    },
}  # fmt: skip


@pytest.mark.parametrize("with_discovery", [False, True])
@pytest.mark.parametrize("name", MAPPINGS)
def test_columns_go_where_they_belong(name: str, with_discovery: bool) -> None:
    source = open_source(real(name))
    entity = guess_entity(source.header, name)
    assert entity is not None
    values = [row.values for row in sample(source)]
    proposals = propose_table(source.header, values) if with_discovery else None
    mapping = propose(source.header, values, entity, proposals)
    assert {t: column.header for t, column in mapping.targets().items()} == MAPPINGS[name]
    assert all(column.dropped_because for column in mapping.dropped())


@pytest.mark.parametrize("with_discovery", [False, True])
def test_secrets_are_refused_and_the_rest_is_said_to_be_dropped(with_discovery: bool) -> None:
    source = open_source(real("fakenamegenerator/FakeNameGenerator_odd_1500.csv"))
    values = [row.values for row in sample(source)]
    proposals = propose_table(source.header, values) if with_discovery else None
    mapping = propose(source.header, values, Entity.CONTACT, proposals)
    assert {c.header: c.dropped_because for c in mapping.dropped()} == {
        "Password": Dropped.SECRET,
        "CCType": Dropped.SECRET,
        "CCNumber": Dropped.SECRET,
        "CVV2": Dropped.SECRET,
        "CCExpires": Dropped.SECRET,
        "StateFull": Dropped.TAKEN,
        "CountryFull": Dropped.TAKEN,
        "NameSet": Dropped.NO_TARGET,
        "TelephoneCountryCode": Dropped.NO_TARGET,
        "MothersMaiden": Dropped.NO_TARGET,
        "Age": Dropped.NO_TARGET,
        "NationalID": Dropped.NO_TARGET,
    }
    secrets = {"Password", "CCNumber", "CVV2"}
    positions = [i for i, header in enumerate(source.header) if header in secrets]
    for row in rows(source):
        picked = mapping.pick(row.values)
        kept = {column.index for column in mapping.targets().values()}
        assert not kept & set(positions)
        assert len(picked) == 18


def test_without_a_header_discovery_finds_the_columns_by_their_values() -> None:
    name = "adventureworks/ProspectiveBuyer_original_noheader_pipe.csv"
    source = open_source(real(name))
    assert (source.has_header, source.delimiter) == (False, "|")
    assert source.header[:2] == ("column 1", "column 2")
    values = [row.values for row in sample(source)]
    alone = propose(source.header, values, Entity.CONTACT)
    assert {t: c.header for t, c in alone.targets().items()} == {"email": "column 9"}
    found = propose(source.header, values, Entity.CONTACT, propose_table(source.header, values))
    assert {"given_name": "column 3", "family_name": "column 5", "email": "column 9",
            "birth_date": "column 6", "street": "column 17", "phone": "column 22",
            }.items() <= {t: c.header for t, c in found.targets().items()}.items()  # fmt: skip


def test_a_file_with_terminators_of_its_own_is_cut_into_thirteen_lives() -> None:
    source = open_source(real("adventureworks/JobCandidate_original.csv"))
    assert (source.delimiter, source.terminator, source.has_header) == ("+|", "&|", False)
    found = list(rows(source))
    assert [row.values[0] for row in found] == [str(number) for number in range(1, 14)]
    assert all(row.values[2].startswith("<ns:Resume") for row in found)


def test_quoted_addresses_keep_their_lines() -> None:
    source = open_source(real("companies_datenanfragen/companies.csv"))
    first, second, *_rest = rows(source)
    assert first.values[2].count("\n") == 2
    assert (first.number, second.number) == (2, 5)
    assert source.format is Format.DELIMITED


def test_mojibake_in_a_real_file_is_noted_and_untouched() -> None:
    source = open_source(real("adventureworks/DimReseller.csv"))
    assert source.notes == ("mojibake",)
    streets = [row.values[12] for row in rows(source)]
    assert sum(repair_mojibake(street) != street for street in streets) == 13
    assert "K”nigsteiner Straáe 9" in streets
    clean = open_source(real("adventureworks/AdventureWorks_Customers.csv"))
    assert clean.notes == ("utf8_bom",)


def test_every_cell_of_real_customers_is_understood() -> None:
    name = "adventureworks/AdventureWorks_Customers.csv"
    source = open_source(real(name))
    found = [row.values for row in rows(source)]
    mapping = propose(source.header, found[:200], Entity.CONTACT)
    problems: dict[str, int] = {}
    for target, column in mapping.targets().items():
        cells = [values[column.index] for values in found]
        conventions = infer_conventions(cells)
        kind = TARGETS[Entity.CONTACT][target].type
        for cell in cells:
            parsed = parse_value(kind, cell, column=column.header, conventions=conventions)
            assert parsed.text == cell
            if parsed.problem:
                problems[parsed.problem.code] = problems.get(parsed.problem.code, 0) + 1
    assert problems == {}
