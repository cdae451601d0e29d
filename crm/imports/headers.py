"""What the headers of real exports mean, in English and Italian.

A header is compared without case, accents, spaces and signs: `First Name`, `first_name`
and `FirstName` are one word, `firstname`. The vocabulary was read from the exports of
Salesforce (with the packages of its nonprofit edition), Mautic and the sample
databases Chinook, Northwind and AdventureWorks, and completed in Italian.

Identity has a grammar rather than a list: the word for a kind of record with `id`,
`key`, `number` or `codice` before or behind it. Which field that is depends on the
kind of record that the file holds: `CustomerId` identifies the row of a customers'
file and refers to somebody else's row in a file of invoices.
"""

import re
import unicodedata
from functools import cache
from pathlib import PurePath

from crm.imports.targets import Entity
from governance.policy.categories import Category

_CUSTOM = re.compile(r"(?:[a-z][a-z0-9]{1,14}__)?(.+?)__(?:c|pc|r)", flags=re.IGNORECASE)
"""Salesforce writes the fields that its customers add as `namespace__Name__c`."""


@cache
def squash(header: str) -> str:
    """Return the header without namespace, case, accents, spaces and signs."""
    bare = header.strip()
    if match := _CUSTOM.fullmatch(bare):
        bare = match[1]
    letters = unicodedata.normalize("NFKD", bare.replace("#", "number"))
    return "".join(char for char in letters if char.isalnum()).casefold()


_ENTITY_WORDS: dict[Entity, str] = {
    Entity.ORDER_LINE: "orderline invoiceline orderdetail orderdetails orderitem lineitem "
    "rigaordine rigafattura righeordine righefattura dettaglioordine",
    Entity.CONTACT: "customer client contact person lead prospect prospectivebuyer buyer user "
    "member donor subscriber individual who people cliente clienti contatto contatti "
    "persona persone anagrafica anagrafiche utente utenti socio soci iscritto iscritti "
    "nominativo nominativi",
    Entity.EMPLOYEE: "employee staff worker dipendente dipendenti impiegato impiegati "
    "collaboratore collaboratori personale",
    Entity.ACCOUNT: "account company organization organisation reseller supplier vendor "
    "household companies shipper carrier corriere azienda aziende societa fornitore "
    "fornitori ragionesociale ditta ditte rivenditore rivenditori",
    Entity.PRODUCT: "product track item article sku prodotto prodotti articolo articoli",
    Entity.ORDER: "order invoice sale purchase salesorder opportunity receipt ordine ordini "
    "fattura fatture vendita vendite acquisto acquisti ricevuta ricevute scontrino scontrini",
    Entity.INTERACTION: "interaction event activity task case ticket call message activities "
    "interazione interazioni attivita evento eventi chiamata chiamate messaggio messaggi reclamo "
    "reclami segnalazione segnalazioni",
}
"""Words for each kind of record; the longer words are tried first."""

ENTITY_OF_WORD: dict[str, Entity] = {
    word: entity for entity, words in _ENTITY_WORDS.items() for word in words.split()
}

_WORDS = "|".join(sorted(ENTITY_OF_WORD, key=len, reverse=True))
_IDENTITY = re.compile(
    rf"(?P<a>{_WORDS})(?:id|key|no|num|number|nr|code|codice|externalid|uuid|guid)"
    rf"|(?:id|codice|cod|num|numero|nr|n)(?P<b>{_WORDS})"
)


def identity_of(header: str) -> Entity | None:
    """Return the kind of record that a column identifies, or None if it identifies none."""
    match = _IDENTITY.fullmatch(squash(header))
    return ENTITY_OF_WORD[match["a"] or match["b"]] if match else None


FOREIGN_KEYS: dict[tuple[Entity, Entity], str] = {
    (Entity.CONTACT, Entity.ACCOUNT): "account_external_id",
    (Entity.EMPLOYEE, Entity.ACCOUNT): "account_external_id",
    (Entity.ORDER, Entity.CONTACT): "contact_external_id",
    (Entity.ORDER_LINE, Entity.ORDER): "order_external_id",
    (Entity.ORDER_LINE, Entity.PRODUCT): "product_external_id",
    (Entity.INTERACTION, Entity.CONTACT): "contact_external_id",
}
"""(kind of record in the file, kind identified by the column): the field that refers to it."""

_ADDRESS = {
    "street": "street address addressline1 address1 address street1 streetaddress fulladdress "
    "addressline line1 via indirizzo indirizzo1 vianumero residenza",
    "street2": "street2 address2 addressline2 line2 addressextra presso interno indirizzo2",
    "city": "city town locality municipality citta comune localita",
    "region": "state region province stateprovince stateprovincecode county provinceorstate "
    "provincia prov siglaprovincia regione ~statefull ~statecode",
    "postal_code": "postalcode zip zipcode postcode zippostalcode cap codicepostale "
    "codiceavviamentopostale",
    "country": "country countrycode countryname nation paese nazione stato "
    "~countryfull ~countryregion",
}
_PLACED = frozenset(
    {"street", "street2", "address", "city", "state", "province", "postalcode", "zip", "country"}
)


def _own(words: str) -> str:
    """Return the words for a part of a person's own address, with its place before them."""
    bare = [word for word in words.split() if word in _PLACED]
    return " ".join(f"{place}{word}" for place in ("mailing", "home", "primary") for word in bare)


_PERSON = {
    "external_id": "id sfid recordid externalid uuid guid matricola ~number ~no ~numero ~codice",
    "title": "title salutation honorific prefix titleofcourtesy nameprefix titolo appellativo",
    "given_name": "firstname givenname forename first fname nome nomeproprio nomedibattesimo",
    "middle_name": "middlename middleinitial secondname middle secondonome",
    "family_name": "lastname familyname surname last lname secondname cognome",
    "full_name": "fullname name contactname customername displayname nominativo nomecognome "
    "nomeecognome cognomenome cognomeenome nomecompleto denominazione referente",
    "company": "company companyname organization organisation organizationname employer azienda "
    "societa ditta ragionesociale datoredilavoro nomeazienda",
    "job_title": "jobtitle occupation profession position role contacttitle job professione "
    "occupazione mansione ruolo qualifica incarico title",
    "email": "email emailaddress mail emailaddr personalemail homeemail primaryemail "
    "postaelettronica indirizzoemail indirizzomail emailprincipale emailpersonale",
    "email_work": "workemail businessemail officeemail companyemail emailwork emaillavoro "
    "emailaziendale emailufficio ~email2",
    "email_alternate": "alternateemail otheremail secondaryemail email2 emailalternate pec "
    "emailsecondaria emailalternativa altraemail indirizzopec",
    "phone": "phone telephone telephonenumber phonenumber tel homephone phone1 telefono "
    "numeroditelefono numerotelefono recapitotelefonico telefonocasa telefonofisso",
    "mobile": "mobile mobilephone cell cellphone cellular mobilenumber phonemobile cellulare "
    "numerocellulare telefonocellulare cell telefonino",
    "phone_work": "workphone businessphone officephone phonework telefonoufficio "
    "telefonolavoro ~phone2 ~otherphone",
    "fax": "fax faxnumber faxno numerofax telefax",
    **{part: f"{words} {_own(words)}" for part, words in _ADDRESS.items()},
    "birth_date": "birthdate birthday dateofbirth dob birthdaydate born datadinascita "
    "datanascita nascita natoil natail",
    "gender": "gender sex sesso genere",
    "language": "language locale preferredlanguage lang lingua linguapreferita",
    "marital_status": "maritalstatus maritalstate civilstatus statocivile",
    "children": "children totalchildren numberofchildren childrencount figli numerofigli "
    "~numberchildrenathome",
    "education": "education educationlevel degree titolodistudio titolostudio istruzione",
    "income": "income annualincome yearlyincome salary reddito redditoannuo",
    "home_owner": "homeowner houseowner houseownerflag homeownerflag ownshome proprietario "
    "casadiproprieta",
    "fiscal_code": "fiscalcode taxcode codicefiscale codfiscale codfisc cf",
    "vat_number": "vatnumber vat vatid vatno vatregistrationnumber partitaiva piva",
    "iban": "iban ibancode codiceiban bankaccountiban coordinatebancarie",
    "note": "note notes description comment comments remarks descrizione annotazioni commenti "
    "osservazioni",
    "username": "username login loginname nickname nomeutente utente",
    "website": "website url homepage webpage domain web sito sitoweb sitointernet",
    "social_facebook": "facebook facebookurl facebookprofile fb",
    "social_twitter": "twitter twitterhandle twitterurl x",
    "social_linkedin": "linkedin linkedinurl linkedinprofile",
    "social_instagram": "instagram instagramhandle",
    "opted_out_email": "hasoptedoutofemail optedoutofemail emailoptout optout unsubscribed "
    "donotemail noemail disiscritto nonemail",
    "do_not_call": "donotcall nocall donotphone nontelefonare nonchiamare",
    "do_not_contact": "donotcontact nocontact dnc noncontattare",
}  # fmt: skip
_EMPLOYEE = {
    "hire_date": "hiredate hiredon dateofhire employedsince dataassunzione assuntoil",
    "reports_to_external_id": "reportsto reportstoid manager managerid supervisorid "
    "responsabile idresponsabile",
}


def _placed(prefix: str, words: str) -> str:
    """Return the words of one part of an address under every way of saying its place."""
    places = {"billing": ("billing", "bill", "invoice", "fatturazione"),
              "shipping": ("shipping", "ship", "delivery", "spedizione", "consegna")}  # fmt: skip
    found = []
    for word in words.split():
        weak = "~" if word.startswith("~") else ""
        bare = word.removeprefix("~")
        for place in places[prefix]:
            italian = place.endswith("e") or place == "consegna"
            if bare == "via" and not italian:
                continue  # `ShipVia` names the carrier
            found.append(f"{weak}{bare}{place}" if italian else f"{weak}{place}{bare}")
    return " ".join(found)


def _postal(prefix: str) -> dict[str, str]:
    return {f"{prefix}_{part}": _placed(prefix, words) for part, words in _ADDRESS.items()}


def _company_postal() -> dict[str, str]:
    """Return the words for the one address of an account: with, and without, its place."""
    return {
        f"billing_{part}": f"{words} {_placed('billing', words)} "
        + " ".join(f"company{word}" for word in words.replace("~", "").split())
        for part, words in _ADDRESS.items()
    }


_ID = "id sfid recordid externalid uuid guid ~number"

SYNONYMS: dict[Entity, dict[str, str]] = {
    Entity.CONTACT: _PERSON,
    Entity.EMPLOYEE: _PERSON | _EMPLOYEE,
    Entity.ACCOUNT: {
        "external_id": f"{_ID} ~slug ~codice",
        "name": "name accountname companyname company resellername suppliername organization "
        "organisation ragionesociale denominazione nome azienda societa ditta",
        "vat_number": _PERSON["vat_number"],
        **_company_postal(),
        "phone": f"{_PERSON['phone']} ~householdphone companyphone",
        "website": f"{_PERSON['website']} companywebsite",
    },
    Entity.PRODUCT: {
        "external_id": f"{_ID} sku ~codice",
        "name": "name productname product title trackname nome nomeprodotto prodotto descrizione "
        "denominazione ~description",
        "price": "price unitprice listprice amount prezzo prezzounitario prezzolistino",
    },
    Entity.ORDER: {
        "external_id": f"{_ID} ~numero documento numerodocumento",
        "contact_external_id": "npspprimarycontact primarycontact customer contact cliente "
        "~contactidforrole",
        "ordered_on": "orderdate invoicedate date orderedon orderedat saledate purchasedate "
        "closedate dataordine datafattura data datadocumento datavendita ~createddate",
        "total": "total amount totalamount grandtotal ordertotal invoicetotal totale importo "
        "totalefattura totaleordine",
        "currency": "currency currencycode currencyisocode valuta divisa",
        "billing_name": "billingname billtoname invoicename intestatario intestatariofattura",
        **_postal("billing"),
        "shipping_name": "shippingname shipname shiptoname deliveryname destinatario",
        **_postal("shipping"),
    },
    Entity.ORDER_LINE: {
        "external_id": _ID,
        "order_external_id": "order invoice ordine fattura",
        "product_external_id": "sku product prodotto articolo",
        "product_name": "productname description itemname nomeprodotto descrizione",
        "unit_price": "unitprice price prezzo prezzounitario",
        "quantity": "quantity qty units quantita qta pezzi",
    },
    Entity.INTERACTION: {
        "external_id": _ID,
        "contact_external_id": "contact customer cliente who",
        "occurred_on": "startdatetime occurredon occurredat date datetime timestamp "
        "data dataora datetimestart ~activitydate ~createddate ~enddatetime",
        "channel": "channel origin medium source canale origine ~type",
        "subject": "subject topic oggetto argomento ~title",
        "body": "body text message description content notes note comments testo messaggio "
        "descrizione contenuto",
    },
}
"""For each kind of record, the words for each field; `~` marks words that are weaker evidence."""

_FORBIDDEN: dict[Category, str] = {
    Category.CREDENTIALS: "password passwd pwd passphrase passwordhash secret apikey apitoken "
    "accesstoken refreshtoken privatekey pin pincode otpsecret totpsecret securityanswer "
    "securityquestion parolachiave parolasegreta rispostasegreta codicepin",
    Category.PAYMENT_CARD: "cardnumber ccnumber creditcard creditcardnumber cardno pan ccno "
    "cardcode cvv cvv2 cvc cvc2 csc cctype cardtype ccexpires ccexpiry cardexpiry cardexpires "
    "expirydatecard cardholder numerocarta cartadicredito numerocartadicredito scadenzacarta "
    "codicecarta codicesicurezza",
    Category.HEALTH: "health healthstatus diagnosis disease illness disability allergies allergy "
    "medication bloodtype bloodgroup medicalrecord medicalnotes pregnancy salute statodisalute "
    "diagnosi malattia patologia patologie disabilita invalidita allergie farmaci grupposanguigno "
    "gravidanza",
    Category.ETHNIC_ORIGIN: "race ethnicity ethnicorigin ethnicgroup etnia razza origineetnica",
    Category.POLITICAL_OPINION: "politicalparty politicalopinion politicalviews voterparty "
    "partitopolitico opinionipolitiche orientamentopolitico",
    Category.RELIGIOUS_BELIEF: "religion faith religiousbelief confession religione "
    "credo confessione federeligiosa",
    Category.TRADE_UNION: "tradeunion union unionmembership sindacato iscrizionesindacale "
    "tesserasindacale",
    Category.GENETIC: "dna genetic genome geneticdata datigenetici",
    Category.BIOMETRIC: "biometric fingerprint facetemplate irisscan improntadigitale "
    "datibiometrici",
    Category.SEXUAL_LIFE: "sexualorientation sexualpreference sexlife orientamentosessuale "
    "vitasessuale",
    Category.CRIMINAL_OFFENCE: "criminalrecord convictions offences casellariogiudiziale "
    "precedentipenali condanne fedinapenale",
}
_FORBIDDEN_WORDS = {w: c for c, words in _FORBIDDEN.items() for w in words.split()}


def forbidden_category(header: str) -> Category | None:
    """Return the secret or special category that a header names, or None.

    A refusal by header alone: it needs no sample and holds before anything is read.
    """
    word = squash(header)
    if "password" in word or "passwd" in word:
        return Category.CREDENTIALS
    return _FORBIDDEN_WORDS.get(word)


@cache
def vocabulary(entity: Entity) -> dict[str, tuple[tuple[str, bool], ...]]:
    """Return, for each word, the fields it may mean for a kind of record, and if weakly."""
    table: dict[str, tuple[tuple[str, bool], ...]] = {}
    for target, words in SYNONYMS[entity].items():
        for marked in dict.fromkeys(words.split()):
            word = marked.removeprefix("~")
            table[word] = (*table.get(word, ()), (target, marked != word))
    return table


def is_known(header: str) -> bool:
    """Say whether a text is a word that headers use, for any kind of record."""
    word = squash(header)
    return bool(
        identity_of(header)
        or forbidden_category(header)
        or any(word in vocabulary(entity) for entity in Entity)
    )


LEADING = 2
"""Columns at the front in which a row is identified; further back they refer to other rows."""

_ESSENTIAL: dict[Entity, frozenset[str]] = {
    Entity.CONTACT: frozenset({"given_name", "family_name", "full_name", "email", "phone"}),
    Entity.EMPLOYEE: frozenset({"given_name", "family_name", "full_name", "email", "phone"}),
    Entity.ACCOUNT: frozenset({"name"}),
    Entity.PRODUCT: frozenset({"price"}),
    Entity.ORDER: frozenset({"ordered_on", "total"}),
    Entity.ORDER_LINE: frozenset({"quantity", "unit_price"}),
    Entity.INTERACTION: frozenset({"occurred_on", "subject"}),
}
"""A file has a field of these, or it does not hold records of the kind but only refers to them."""

ENOUGH = 3
"""Known columns from which the header alone, without a name for the kind of record, is believed."""


def _by_filename(name: str) -> dict[Entity, float]:
    """Return the kind of record that a squashed file name says, and how clearly."""
    words = sorted(ENTITY_OF_WORD, key=len, reverse=True)
    for word in words:
        if re.search(rf"{word}(?:s|es)?[0-9]*$", name):
            return {ENTITY_OF_WORD[word]: 4.0}
    for word in words:
        if word in name:
            return {ENTITY_OF_WORD[word]: 2.0}
    return {}


def guess_entity(header: tuple[str, ...], filename: str) -> Entity | None:
    """Return the kind of record that a file holds, or None where nothing tells.

    The name of the file counts most, then a leading column that identifies something,
    then how many of the columns have a field.

    Parameters
    ----------
    header : names of the columns
    filename : name or path of the file; only its last part, without ending, is looked at
    """
    scores = _by_filename(squash(PurePath(filename).stem))
    if not any(map(is_known, header)):
        return max(scores, key=lambda entity: scores[entity], default=None)
    identified = next(filter(None, map(identity_of, header[:LEADING])), None)
    if identified is not None:
        scores[identified] = scores.get(identified, 0.0) + 3
    best: Entity | None = None
    best_score = 0.0
    for entity in Entity:
        words = vocabulary(entity)
        known = [words[word] for word in map(squash, header) if word in words]
        fields = {target for meanings in known for target, _is_weak in meanings}
        score = scores.get(entity, 0.0) + 2 * len(known) / len(header)
        is_named = entity in scores or len(known) >= ENOUGH
        if fields & _ESSENTIAL[entity] and is_named and score > best_score:
            best, best_score = entity, score
    return best
