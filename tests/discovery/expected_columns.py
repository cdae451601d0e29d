"""What every column of the sample files holds, written by hand: header, kind.

The category follows from the kind; `CHANGED` names the columns whose category comes from
their neighbours (an employer, a purchase, a person's web site).
"""

_ADDRESS = "Address:street City:city State:region Country:country PostalCode:postal_code"
_REACH = "Phone:phone Fax:fax Email:email"

CHINOOK_CUSTOMER = (
    f"CustomerId:customer_number FirstName:given_name LastName:family_name Company:company {_ADDRESS} "
    f"{_REACH} SupportRepId:person_reference"
)
CHINOOK_EMPLOYEE = (
    "EmployeeId:person_reference LastName:family_name FirstName:given_name Title:job_title "
    f"ReportsTo:person_reference BirthDate:birth_date HireDate:employment_date {_ADDRESS} {_REACH}"
)
CHINOOK_INVOICE = (
    "InvoiceId:invoice_id CustomerId:customer_number InvoiceDate:date BillingAddress:street "
    "BillingCity:city BillingState:region BillingCountry:country BillingPostalCode:postal_code Total:amount"
)
FAKE_NAMES = (
    "Number:code Gender:gender NameSet:text Title:title GivenName:given_name MiddleInitial:middle_name "
    "Surname:family_name StreetAddress:street City:city State:region StateFull:region ZipCode:postal_code "
    "Country:country CountryFull:country EmailAddress:email Username:username Password:password "
    "TelephoneNumber:phone TelephoneCountryCode:phone_prefix MothersMaiden:mothers_maiden_name "
    "Birthday:birth_date Age:age CCType:card_type CCNumber:card_number CVV2:card_code "
    "CCExpires:card_expiry NationalID:national_id Occupation:job_title Company:company Domain:url"
)
ADVENTURE_CUSTOMERS = (
    "CustomerKey:customer_number Prefix:title FirstName:given_name LastName:family_name "
    "BirthDate:birth_date MaritalStatus:marital_status Gender:gender EmailAddress:email "
    "AnnualIncome:income TotalChildren:children EducationLevel:education Occupation:job_title "
    "HomeOwner:home_owner"
)
PROSPECTIVE_BUYER = (
    "ProspectiveBuyerKey:customer_number ProspectAlternateKey:customer_number FirstName:given_name "
    "MiddleName:middle_name LastName:family_name BirthDate:birth_date MaritalStatus:marital_status "
    "Gender:gender EmailAddress:email YearlyIncome:income TotalChildren:children "
    "NumberChildrenAtHome:children Education:education Occupation:job_title HouseOwnerFlag:home_owner "
    "NumberCarsOwned:vehicle AddressLine1:street AddressLine2:street City:city StateProvinceCode:region "
    "PostalCode:postal_code Phone:phone Salutation:title Unknown:code"
)
RESELLER = (
    "ResellerKey:code GeographyKey:code ResellerAlternateKey:text Phone:phone BusinessType:text "
    "ResellerName:company NumberEmployees:quantity OrderFrequency:text OrderMonth:date FirstOrderYear:date "
    "LastOrderYear:date ProductLine:product AddressLine1:street AddressLine2:street AnnualSales:amount "
    "BankName:company MinPaymentType:code MinPaymentAmount:amount AnnualRevenue:amount YearOpened:date"
)
_CONTACT = (
    "CompanyName:company ContactName:full_name ContactTitle:job_title Address:street City:city "
    "Region:region PostalCode:postal_code Country:country Phone:phone Fax:fax"
)
NORTHWIND_CUSTOMERS = f"CustomerID:customer_number {_CONTACT}"
NORTHWIND_SUPPLIERS = f"SupplierID:code {_CONTACT} HomePage:url"
NORTHWIND_EMPLOYEES = (
    "EmployeeID:person_reference LastName:family_name FirstName:given_name Title:job_title "
    "TitleOfCourtesy:title BirthDate:birth_date HireDate:employment_date Address:street City:city "
    "Region:region PostalCode:postal_code Country:country HomePhone:phone Extension:phone Notes:note "
    "ReportsTo:person_reference PhotoPath:url"
)
NORTHWIND_ORDERS = (
    "OrderID:invoice_id CustomerID:customer_number EmployeeID:person_reference OrderDate:date "
    "RequiredDate:date ShippedDate:date ShipVia:code Freight:amount ShipName:company ShipAddress:street "
    "ShipCity:city ShipRegion:region ShipPostalCode:postal_code ShipCountry:country"
)
MAUTIC_LEADS = (
    "title:title firstname:given_name lastname:family_name city:city address1:street state:region "
    "zipcode:postal_code country:country email:email phone:phone company:company website:url "
    "facebook:username twitter:username ip:ip points:quantity"
)
MAUTIC_COMPANIES = "companyname:company companycity:city companystate:region companycountry:country companyindustry:text"
TELCO = (
    "customerID:customer_number gender:gender SeniorCitizen:age Partner:marital_status Dependents:children "
    "tenure:quantity PhoneService:boolean MultipleLines:text InternetService:text OnlineSecurity:text "
    "OnlineBackup:text DeviceProtection:text TechSupport:text StreamingTV:text StreamingMovies:text "
    "Contract:text PaperlessBilling:boolean PaymentMethod:text MonthlyCharges:amount TotalCharges:amount "
    "Churn:boolean"
)
CHINOOK_TRACK = (
    "TrackId:product Name:text AlbumId:product MediaTypeId:code GenreId:product Composer:product "
    "Milliseconds:quantity Bytes:quantity UnitPrice:amount"
)
# Of the wide Salesforce tables: every column that is personal by itself; all others must not be.
SALESFORCE_CONTACT = (
    "sf_id:customer_number FirstName:given_name LastName:family_name DoNotCall:do_not_call Gender__c:gender "
    "MailingStreet:street MailingCity:city MailingState:region MailingCountry:country "
    "MailingPostalCode:postal_code HasOptedOutOfEmail:opted_out_email HasOptedOutOfFax:opted_out_fax "
    "npe01__AlternateEmail__c:email npe01__HomeEmail__c:email npe01__PreferredPhone__c:preferred_channel "
    "npe01__Preferred_Email__c:preferred_channel npe01__WorkEmail__c:email npe01__WorkPhone__c:phone "
    "npsp__Do_Not_Contact__c:do_not_contact reports_to_id:person_reference"
)
SALESFORCE_ACCOUNT = (
    "sf_id:customer_number Name:full_name BillingStreet:street BillingCity:city BillingState:region "
    "BillingCountry:country BillingPostalCode:postal_code npo02__Formal_Greeting__c:full_name "
    "npo02__Informal_Greeting__c:full_name npo02__HouseholdPhone__c:phone "
    "npsp__Matching_Gift_Administrator_Name__c:full_name npsp__Matching_Gift_Comments__c:note "
    "npsp__Matching_Gift_Email__c:email npsp__Matching_Gift_Phone__c:phone "
    "npsp__Number_of_Household_Members__c:marital_status npe01__one2_one_contact__c:person_reference"
)

FULL: dict[str, str] = {
    "crm/chinook/Customer.csv": CHINOOK_CUSTOMER,
    "crm/chinook/Employee.csv": CHINOOK_EMPLOYEE,
    "crm/chinook/Invoice.csv": CHINOOK_INVOICE,
    "crm/chinook/Track.csv": CHINOOK_TRACK,
    "crm/fakenamegenerator/FakeNameGenerator_odd_1500.csv": FAKE_NAMES,
    "crm/adventureworks/AdventureWorks_Customers.csv": ADVENTURE_CUSTOMERS,
    "crm/adventureworks/ProspectiveBuyer.csv": PROSPECTIVE_BUYER,
    "crm/adventureworks/DimReseller.csv": RESELLER,
    "crm/northwind/Customers.csv": NORTHWIND_CUSTOMERS,
    "crm/northwind/Suppliers.csv": NORTHWIND_SUPPLIERS,
    "crm/northwind/Employees.csv": NORTHWIND_EMPLOYEES,
    "crm/northwind/Orders.csv": NORTHWIND_ORDERS,
    "crm/mautic/fakeleaddata.csv": MAUTIC_LEADS,
    "crm/mautic/fakecompanydata.csv": MAUTIC_COMPANIES,
    "crm/telco/Telco-Customer-Churn.csv": TELCO,
}
PERSONAL_ONLY: dict[str, str] = {
    "crm/salesforce_npsp_trailhead/Contact.csv": SALESFORCE_CONTACT,
    "crm/salesforce_npsp_trailhead/Account.csv": SALESFORCE_ACCOUNT,
}
CHANGED: dict[str, dict[str, str]] = {
    "crm/chinook/Customer.csv": {"Company": "occupation"},
    "crm/chinook/Invoice.csv": dict.fromkeys(("InvoiceId", "InvoiceDate", "Total"), "purchases"),
    "crm/fakenamegenerator/FakeNameGenerator_odd_1500.csv": {
        "Company": "occupation", "Domain": "online_identifier",
    },
    "crm/northwind/Customers.csv": {"CompanyName": "occupation"},
    "crm/northwind/Suppliers.csv": {"CompanyName": "occupation", "HomePage": "online_identifier"},
    "crm/northwind/Employees.csv": {"PhotoPath": "online_identifier"},
    "crm/northwind/Orders.csv": dict.fromkeys(
        ("OrderID", "OrderDate", "RequiredDate", "ShippedDate", "Freight"), "purchases"
    ),
    "crm/mautic/fakeleaddata.csv": {"company": "occupation", "website": "online_identifier"},
    "crm/mautic/fakecompanydata.csv": dict.fromkeys(
        ("companycity", "companystate", "companycountry"), "none"
    ),
    "crm/telco/Telco-Customer-Churn.csv": dict.fromkeys(("MonthlyCharges", "TotalCharges"), "purchases"),
}  # fmt: skip


def kinds(block: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in block.split())
