"""What the header of a column says, in English and Italian, in any of the usual spellings.

`npe01__HomeEmail__c`, `homeEmail`, `HOME_EMAIL` and "Home e-mail" are the same words;
`datanascita` is taken apart into words we know. A rule is a phrase that must occur in the
header as consecutive words; the longest phrase wins, and a phrase that is the whole header
counts more. Words that turn a header into a description of a thing ("email status") are in
`ABOUT`: then the rule only counts if the values confirm it.
"""

# ruff: noqa: E501  # a kind is one line or a few, however long

import re
from dataclasses import dataclass
from functools import cache

from registry.discovery.gazetteer import fold, word_set

_NAMESPACE = re.compile(r"^[a-z][a-z0-9]{1,14}__(?=.)", re.IGNORECASE)  # Salesforce package prefix
_CUSTOM = re.compile(r"__(?:c|r|pc|s)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Ý])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z]{2})(?=\d)")

RULES: dict[str, str] = {
    "given_name": "first name|given name|forename|christian name|nome di battesimo|nome proprio|fname"
                  "|=nome|nome cliente|nome contatto|nome referente|nome utente persona|prenom|vorname|nombre",
    "middle_name": "middle name|middle initial|second name|secondo nome|mi initial",
    "family_name": "last name|family name|surname|cognome|lname|cognome cliente|nachname|apellido|apellidos",
    "full_name": "full name|contact name|person name|nominativo|nome cognome|nome e cognome|cognome nome"
                 "|cognome e nome|display name|customer name|client name|employee name|patient name"
                 "|student name|member name|recipient name|cardholder|card holder|account holder|intestatario"
                 "|referente|destinatario|=contatto|formal greeting|informal greeting|greeting|nickname"
                 "|guest name|user full name|administrator name|manager name|assistant name|maiden name"
                 "|spouse name|nome coniuge|contact person|persona di contatto|dipendente|paziente|honoree name"
                 "|ship name|bill name|billing name|shipping name|recipient|consignee",
    "title": "salutation|courtesy title|title of courtesy|prefix|name prefix|appellativo|titolo di cortesia"
             "|honorific|anrede|suffix|name suffix",
    "mothers_maiden_name": "mothers maiden|mother maiden|mothers maiden name|mother s maiden name|cognome madre"
                           "|cognome della madre|cognome da nubile della madre",
    "email": "email|e mail|mail|email address|e mail address|indirizzo email|indirizzo e mail|posta elettronica"
             "|pec|indirizzo pec|email1|correo",
    "phone": "phone|telephone|tel|mobile|cell|cellulare|cellphone|cell phone|mobile phone|home phone|work phone"
             "|telefono|telefono fisso|telefono cellulare|recapito telefonico|numero di telefono|numero telefono"
             "|phone number|telephone number|tel number|msisdn|whatsapp|handy|telefon|=interno|extension",
    "phone_prefix": "telephone country code|phone country code|country calling code|prefisso|dial code"
                    "|prefisso internazionale|phone prefix",
    "fax": "fax|fax number|numero fax|telefax",
    "street": "street|address|street address|address line|addressline|address1|address2|address line 1"
              "|address line 2|mailing street|billing street|shipping street|other street|ship address"
              "|billing address|shipping address|mailing address|home address|indirizzo|=via|civico"
              "|numero civico|residenza|domicilio|indirizzo di residenza|indirizzo spedizione|strasse"
              "|street 2|po box|apartment",
    "city": "city|town|citta|comune|localita|municipality|city name|comune di residenza|citta residenza|=ort"
            "|stadt|ville|ciudad",
    "region": "region|state|province|provincia|=prov|regione|state province|state full|state code|county"
              "|state province code|state name|administrative area|sigla provincia|bundesland|county name",
    "country": "country|nation|nazione|paese|country code|country full|country name|stato estero|stato residenza"
               "|=land|pays",
    "postal_code": "zip|zip code|zipcode|postal code|postcode|post code|cap|codice postale|codice avviamento postale"
                   "|plz|code postal|zip postal code",
    "username": "username|user name|=login|user id|userid|nickname online|screen name|nome utente|utente|account name"
                "|twitter|facebook|instagram|linkedin|skype|telegram|twitter handle|handle|tiktok|facebook id",
    "ip": "ip|ip address|ipaddress|indirizzo ip|last ip|remote addr|ip addr",
    "device_id": "imei|imsi|mac address|device id|cookie id|advertising id|idfa|gaid|session id|fingerprint id"
                 "|visitor id|device token",
    "national_id": "national id|nationalid|ssn|social security|social security number|codice fiscale|cod fiscale"
                   "|codfisc|=cf|fiscal code|tax code|tax id|tin|personal number|personal id|identity number"
                   "|national insurance|nino|=dni|=nie|pesel|=bsn|=cpr|steuer id|id nazionale|nhs number",
    "vat_number": "vat|vat number|vat id|partita iva|p iva|piva|part iva|vat code|vatin|ust id nr|tax number",
    "identity_document": "passport|passport number|passaporto|numero passaporto|carta identita|carta di identita"
                         "|carta d identita|numero documento|=documento|documento identita|id card"
                         "|identity card|driving licence|driver license|drivers license|driver licence"
                         "|patente|numero patente|=cie|document number",
    "health_card": "tessera sanitaria|=team|health card|health insurance number|numero tessera sanitaria",
    "customer_number": "customer id|customer number|customer key|customer no|customer code|client id|client code"
                       "|client number|codice cliente|cod cliente|id cliente|numero cliente|member id"
                       "|member number|membership number|=tessera|numero tessera|codice tessera|loyalty card|contact id|lead id"
                       "|person id|prospect id|prospect key|prospect alternate key|prospective buyer key|subscriber id"
                       "|patient id|student id|guest id|buyer id|user key|account number|numero account"
                       "|id contatto|id persona|id utente|consumer id",
    "person_reference": "employee id|employee number|employee key|matricola|support rep id|sales rep id|reports to"
                        "|reports to id|who id|owner id|manager id|rep id|agent id|id dipendente|codice dipendente"
                        "|one2one contact|one2 one contact|one 2 one contact|related contact|codice agente|staff id|salesperson id|contact id for role"
                        "|household account",
    "birth_date": "birth date|birthdate|birthday|date of birth|dob|data di nascita|data nascita|nascita|nato il"
                  "|birth day|born|compleanno|anno di nascita|birth year|year of birth|geburtsdatum",
    "birth_place": "birth place|birthplace|place of birth|luogo di nascita|luogo nascita|comune di nascita|comune nascita|born in"
                   "|provincia di nascita|nationality|nazionalita|cittadinanza|citizenship|birth country|birth city",
    "age": "age|eta|senior citizen|age range|age band|fascia di eta|fascia eta|=anni",
    "gender": "gender|=sex|sesso|genere|geschlecht",
    "marital_status": "marital status|marital|civil status|stato civile|married|coniugato|=partner|spouse|coniuge"
                      "|household members|number of household members",
    "children": "children|total children|number of children|number children|num children|kids|figli|numero figli|n figli|dependents"
                "|number children at home|children at home|figli a carico|familiari a carico",
    "company": "company|company name|companyname|organization|organisation|employer|ragione sociale|azienda|societa"
               "|ditta|impresa|denominazione|denominazione sociale|datore di lavoro|business name|firm|legal name"
               "|reseller name|supplier name|vendor name|account company|bank name|banca|nome azienda|nome societa|matching gift company|ente"
               "|insegna|firma|societe",
    "job_title": "job title|job|occupation|profession|position|role title|contact title|professione|occupazione"
                 "|mansione|qualifica|ruolo|posizione|lavoro|beruf|job role|incarico",
    "employment_date": "hire date|hired on|hiredate|employment date|termination date|data assunzione|data di assunzione"
                       "|data cessazione|start of employment",
    "education": "education|education level|degree|school|istruzione|titolo di studio|livello istruzione|laurea"
                 "|qualification|scolarita",
    "income": "income|yearly income|annual income|salary|reddito|reddito annuo|stipendio|retribuzione|ral|wage"
              "|monthly income|household income|isee|credit score|net worth",
    "iban": "iban|codice iban",
    "bank_account": "bank account|bank account number|account iban|conto corrente|numero conto|conto bancario|routing number|sort code",
    "card_number": "card number|credit card|credit card number|creditcard|cc number|ccnumber|card no|=pan|ccnum|cc num|cc no"
                   "|carta di credito|numero carta|carta credito|numero carta di credito|payment card|debit card"
                   "|n carta|=carta",
    "card_type": "card type|cc type|credit card type|card brand|tipo carta|circuito carta",
    "card_code": "cvv|cvv2|cvv 2|cvc|cvc2|cvc 2|cid code|card code|card verification|codice sicurezza|codice di sicurezza"
                 "|security code|cv2|card security code",
    "card_expiry": "cc expires|card expiry|card expiration|cc expiry|cc exp|card expires|card exp|expiry card|scadenza carta"
                   "|expiration month|expiration year|cc expiration",
    "password": "password|passwd|pwd|psw|pass word|parola d ordine|parola chiave|pin|pin code|codice pin|passphrase"
                "|secret|password hash|pass hash|hashed password|api key|apikey|access token|auth token|refresh token"
                "|secret key|private key|=token|otp|security answer|risposta segreta|secret answer|credentials|credenziali"
                "|security question",
    "home_owner": "home owner|homeowner|house owner|house owner flag|home owner flag|casa di proprieta|proprietario casa"
                  "|owns home|own home",
    "vehicle": "cars owned|number cars owned|=car|vehicle|targa|plate|license plate|licence plate|=auto|veicolo|autovettura"
               "|number plate|vin|telaio|numero auto",
    "note": "note|notes|description|comment|comments|remarks|annotazioni|osservazioni|commenti|commento|descrizione"
            "|narrative|complaint narrative|consumer complaint narrative|message|messaggio|=body|memo|=text|=testo|feedback|transcript|trascrizione"
            "|biography|=bio|storia|=oggetto|=subject|conversation|reclamo|recensione|review text",
    "language": "language|preferred language|lingua|lang|locale|request language|lingua preferita|sprache",
    "preferred_channel": "preferred phone|preferred email|preferred contact|contact preference|canale preferito|preferred channel"
                         "|preferred contact method|contact method",
    "opted_out_email": "opted out of email|has opted out of email|email opt out|unsubscribed|email unsubscribed|disiscritto|opt out email"
                       "|no email|emailoptout|do not email|disiscritto email",
    "opted_out_fax": "opted out of fax|has opted out of fax|fax opt out",
    "opted_out": "opt out|opted out|optout|sms opt out|marketing opt out|opposizione|revoca consenso",
    "do_not_call": "do not call|dnc|donotcall|non chiamare|non contattare telefonicamente|no call|registro opposizioni",
    "do_not_contact": "do not contact|non contattare|do not mail|do not disturb",
    "consent": "consent|consenso|opt in|optin|newsletter|marketing consent|consenso marketing|consenso privacy|privacy"
               "|gdpr|privacy accepted|consumer consent provided|subscribed|iscritto newsletter|profilazione"
               "|consenso profilazione",
    "health": "health|salute|disability|disabled|disabilita|invalidita|diagnosis|diagnosi|disease|malattia|patologia|patologie|allergies"
              "|allergie|allergy|blood type|blood group|gruppo sanguigno|medical|medical history|medications|farmaci|handicap"
              "|vaccination|gravidanza|pregnant|legge 104|intolleranze|health condition|stato di salute",
    "religion": "religion|religione|faith|religious belief|confessione|confessione religiosa|=credo",
    "ethnicity": "ethnicity|ethnic|=race|etnia|razza|ethnic origin|origine etnica|ethnic group",
    "politics": "political party|partito|party affiliation|political opinion|opinione politica|orientamento politico"
                "|politics",
    "trade_union": "union member|trade union|sindacato|iscrizione sindacale|union membership|iscritto sindacato|tessera sindacale",
    "sexual_life": "sexual orientation|orientamento sessuale|sexuality",
    "criminal_record": "criminal record|precedenti penali|casellario|casellario giudiziale|convictions|carichi pendenti|criminal history",
    "biometric": "fingerprint|face template|impronta digitale|biometric|face id|voiceprint|dati biometrici",
    "genetic": "=dna|genetic|genome|dati genetici",
    "url": "url|website|web site|=web|sito|sito web|homepage|home page|domain|dominio|photo|photo path|foto|avatar|picture|image|=link",
    "amount": "amount|total|price|unit price|cost|charges|importo|totale|prezzo|costo|spesa|spent|revenue|fatturato|freight|balance"
              "|saldo|valore|sales|payment amount|monthly charges|total charges|monetary|gift|discount|sconto",
    "date": "date|data|created at|updated at|timestamp|created|modified|order date|invoice date|data ordine"
            "|data fattura|start date|end date|close date|deadline|scadenza|year|anno|month|mese",
    "quantity": "quantity|qty|quantita|count|number of|numero|tenure|points|punti|milliseconds|bytes|score|rank|livello|level|percent"
                "|number employees",
    "product": "product|product name|productname|item|item name|sku|prodotto|nome prodotto|articolo|descrizione articolo|track name|album"
               "|isbn|ean|brand|marca|modello|model|genre|product line|category name|product category|codice articolo|song|book|titolo libro"
               "|product subcategory|title of work|composer|track|artist|artist name|campaign name|file name|filename|event name",
    "invoice_id": "invoice id|invoice number|order id|order number|fattura|numero fattura|id ordine|numero ordine|ordine|transaction id"
                  "|payment id|complaint id|case number|case id|ticket id|check reference number|invoice line id",
}  # fmt: skip
"""Phrases for each kind, separated by "|"; a leading "=" demands the whole header."""

GENERIC = frozenset({"name", "nome", "title", "titolo", "number", "id", "code", "value", "key"})
"""Headers that say too little alone; values and neighbours decide."""

ABOUT = word_set("""
    type status count flag verified valid format source provider domain policy hint length level
    tipo stato conteggio formato fonte is has exclude override industry prefs updated order
    lower upper district ambiguous response public naming exclusions service method day month
""")  # fmt: skip
"""Words beside a phrase that make the column speak about it instead of holding it."""

_BUSINESS = word_set("company companies azienda aziendale societa ditta employer")
_OUTSIDE = word_set("reseller supplier vendor shipper fornitore bank product track album")


@dataclass(frozen=True)
class HeaderHint:
    """What a header suggests.

    Attributes
    ----------
    kind : the kind suggested
    phrase : the words that suggested it
    confidence : 0.5 to 0.95
    firm : whether it holds without values; False when the header is about the thing
    """

    kind: str
    phrase: str
    confidence: float
    firm: bool = True


@cache
def _phrases() -> tuple[tuple[tuple[str, ...], str, bool], ...]:
    """Return every phrase as words, its kind, and whether it must be the whole header."""
    rows = []
    for kind, block in RULES.items():
        for phrase in block.split("|"):
            rows.append((tuple(phrase.lstrip("=").split()), kind, phrase.startswith("=")))  # noqa: PERF401  # two levels read better as loops
    return tuple(rows)


@cache
def _lexicon() -> frozenset[str]:
    """Return every word of every phrase, for taking glued words apart."""
    words = {word for phrase, _kind, _whole in _phrases() for word in phrase}
    return frozenset(words | GENERIC | ABOUT | _BUSINESS | _OUTSIDE | {"industry", "account"})


def words_of(header: str) -> tuple[str, ...]:
    """Return the words of a header: folded, without prefixes, glued words taken apart."""
    bare = _NAMESPACE.sub("", _CUSTOM.sub("", header.strip()))
    parts = re.split(r"[^0-9A-Za-zÀ-ÿ]+", _CAMEL.sub(" ", bare))
    words: list[str] = []
    for part in parts:
        if part:
            words.extend(_split(fold(part)))
    return tuple(words)


def _split(word: str) -> tuple[str, ...]:
    """Take a glued word apart ("datanascita") when every piece is a word we know."""
    if word in _lexicon() or len(word) < 6:  # noqa: PLR2004  # shorter words are not compounds
        return (word,)
    for cut in range(len(word) - 3, 2, -1):
        head, tail = word[:cut], word[cut:]
        if head in _lexicon():
            rest = _split(tail)
            if all(piece in _lexicon() for piece in rest):
                return (head, *rest)
    return (word,)


def is_business(words: tuple[str, ...]) -> bool:
    """Say whether a header is about a company's own data ("company city")."""
    return bool(_BUSINESS.intersection(words[:-1]) or _OUTSIDE.intersection(words[:-1]))


def hints(header: str) -> list[HeaderHint]:
    """Return what a header suggests, the best first; empty when it says nothing."""
    words = words_of(header)
    found: dict[str, tuple[tuple[int, int, int], HeaderHint]] = {}
    for phrase, kind, whole in _phrases():
        at = _position(phrase, words)
        if at is None or (whole and len(words) != len(phrase)):
            continue
        exact = len(words) == len(phrase)
        beside = set(words[:at]) | set(words[at + len(phrase) :])
        firm = not beside & ABOUT
        confidence = 0.95 if exact else min(0.9, 0.7 + 0.1 * (len(phrase) - 1))
        hint = HeaderHint(kind, " ".join(phrase), confidence if firm else 0.5, firm)
        # Between phrases of equal length the later one is the head: "customer email" is an e-mail.
        rank = (int(firm), len(phrase), at)
        if kind not in found or rank > found[kind][0]:
            found[kind] = (rank, hint)
    return [hint for _rank, hint in sorted(found.values(), key=lambda pair: pair[0], reverse=True)]


def _position(phrase: tuple[str, ...], words: tuple[str, ...]) -> int | None:
    """Return the last place where the phrase occurs in the words, or None."""
    size = len(phrase)
    for at in range(len(words) - size, -1, -1):
        if words[at : at + size] == phrase:
            return at
    return None
