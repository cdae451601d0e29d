"""The official numbers of Europe that carry a check digit, one row each.

A row names the python-stdnum module that verifies the number and the shape under which it
is written. Shapes of digits only ("nine digits") say nothing by themselves: in free text
such a number counts only near one of its context words; in a column, many valid values
count. What `chance` means: the share of random values of that shape that pass the check.

Personal numbers exist for every Member State except Cyprus, Hungary, Luxembourg and Malta,
for which python-stdnum 2.2 has the VAT number alone (Latvia's `pvn` verifies both).
"""

import re
from dataclasses import dataclass
from functools import cached_property

from governance.policy.categories import Category

PERSON = "national_id"
VAT = "vat_number"


@dataclass(frozen=True)
class Identifier:
    """One kind of official number.

    Attributes
    ----------
    entity : machine word, "<country>_<number>"
    country : ISO 3166 code
    module : module below `stdnum` with `is_valid`, or "" where no check digit exists
    shape : regular expression of how it is written, case-insensitive
    context : lower-case words that may stand near it
    chance : probability that a random value of the shape passes the check
    alone : whether shape and check are enough in free text without a context word
    kind : `national_id` or `vat_number`
    allow : name of a flag of `is_valid` to set, where the module is stricter than life
    category : what it is for the data map; a number for health care is health data (recital 35)
    """

    entity: str
    country: str
    module: str
    shape: str
    context: tuple[str, ...]
    chance: float = 0.1
    alone: bool = False
    kind: str = PERSON
    allow: str = ""
    category: Category = Category.NATIONAL_ID

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The shape between word borders, for searching text."""
        return re.compile(rf"(?<![\w.]){self.shape}(?!\w)", re.IGNORECASE)

    @cached_property
    def context_pattern(self) -> re.Pattern[str]:
        """Any of the context words, as whole words."""
        words = "|".join(re.escape(word) for word in self.context)
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


_CF_DIGIT = "[0-9LMNPQRSTUV]"  # omocodia: the letters that stand for digits when two codes collide
_CF = (
    rf"[A-Z]{{3}}[ -]?[A-Z]{{3}}[ -]?{_CF_DIGIT}{{2}}[ABCDEHLMPRST]{_CF_DIGIT}{{2}}"
    rf"[ -]?[A-Z]{_CF_DIGIT}{{3}}[ -]?[A-Z]"
)
_TAX_IT = ("codice fiscale", "cod. fiscale", "cod.fisc", "cod. fisc", "c.f", "cf", "fiscal code")
_VAT_IT = ("partita iva", "p.iva", "p. iva", "piva", "p.i", "part. iva", "vat", "iva")
_TAX_EN = ("tax id", "tax number", "tin", "national id", "social security", "personal number")

PERSONAL: tuple[Identifier, ...] = (
    Identifier("IT_FISCAL_CODE", "IT", "it.codicefiscale", _CF, _TAX_IT, 0.04, alone=True),
    Identifier("AT_VNR", "AT", "at.vnr", r"\d{4} ?\d{6}",
               ("sozialversicherungsnummer", "svnr", "versicherungsnummer", *_TAX_EN)),
    Identifier("AT_TIN", "AT", "at.tin", r"\d{2}-?\d{3}/?\d{4}",
               ("steuernummer", "abgabenkontonummer", *_TAX_EN)),
    Identifier("BE_NN", "BE", "be.nn", r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[. ]?\d{2}",
               ("rijksregisternummer", "registre national", "numéro national", *_TAX_EN), 0.01),
    Identifier("BG_EGN", "BG", "bg.egn", r"\d{10}", ("egn", "егн", *_TAX_EN), 0.02),
    Identifier("HR_OIB", "HR", "hr.oib", r"\d{11}", ("oib", *_TAX_EN)),
    Identifier("CZ_RC", "CZ", "cz.rc", r"\d{6}/\d{3,4}",
               ("rodné číslo", "rč", "rodne cislo", *_TAX_EN), 0.03),
    Identifier("SK_RC", "SK", "sk.rc", r"\d{6}/?\d{4}", ("rodné číslo", "rodne cislo"), 0.03),
    Identifier("DK_CPR", "DK", "dk.cpr", r"\d{6}-?\d{4}",
               ("cpr", "cpr-nummer", "personnummer", *_TAX_EN), 0.3),
    Identifier("EE_IK", "EE", "ee.ik", r"[1-8]\d{10}", ("isikukood", *_TAX_EN), 0.02),
    Identifier("FI_HETU", "FI", "fi.hetu", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]",
               ("hetu", "henkilötunnus", *_TAX_EN), 0.01, alone=True,
               allow="allow_temporary"),
    Identifier("FR_NIR", "FR", "fr.nir",
               r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}",
               ("sécurité sociale", "securite sociale", "nir", "insee", *_TAX_EN), 0.01,
               alone=True),
    Identifier("FR_NIF", "FR", "fr.nif", r"[0-3]\d{1} ?\d{2} ?\d{3} ?\d{3} ?\d{3}",
               ("numéro fiscal", "numero fiscal", "nif", "spi", *_TAX_EN), 0.01),
    Identifier("DE_IDNR", "DE", "de.idnr", r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}",
               ("steuer-id", "steueridentifikationsnummer", "idnr", "steuer-idnr", *_TAX_EN),
               0.05),
    Identifier("GR_AMKA", "GR", "gr.amka", r"\d{11}", ("amka", "αμκα", *_TAX_EN), 0.02),
    Identifier("IE_PPS", "IE", "ie.pps", r"\d{7}[A-W][ABHWTX]?",
               ("pps", "ppsn", "pps number", *_TAX_EN), 0.05, alone=True),
    Identifier("LT_ASMENS", "LT", "lt.asmens", r"[1-6]\d{10}",
               ("asmens kodas", *_TAX_EN), 0.02),
    Identifier("LV_PK", "LV", "lv.pvn", r"\d{6}-?\d{5}", ("personas kods", *_TAX_EN), 0.1),
    Identifier("NL_BSN", "NL", "nl.bsn", r"\d{4}[. ]?\d{2}[. ]?\d{3}",
               ("bsn", "burgerservicenummer", "sofinummer", *_TAX_EN)),
    Identifier("PL_PESEL", "PL", "pl.pesel", r"\d{11}", ("pesel", *_TAX_EN), 0.02),
    Identifier("PT_NIF", "PT", "pt.nif", r"[1-9]\d{2} ?\d{3} ?\d{3}",
               ("nif", "contribuinte", *_TAX_EN)),
    Identifier("PT_CC", "PT", "pt.cc", r"\d{8} ?\d ?[A-Z0-9]{2}\d",
               ("cartão de cidadão", "cartao de cidadao", *_TAX_EN), 0.01),
    Identifier("RO_CNP", "RO", "ro.cnp", r"[1-9]\d{12}",
               ("cnp", "cod numeric personal", *_TAX_EN), 0.01),
    Identifier("SI_EMSO", "SI", "si.emso", r"\d{13}", ("emšo", "emso", *_TAX_EN), 0.02),
    Identifier("ES_DNI", "ES", "es.dni", r"\d{8}[ -]?[A-Z]",
               ("dni", "nif", "documento nacional", *_TAX_EN), 0.05, alone=True),
    Identifier("ES_NIE", "ES", "es.nie", r"[XYZ][ -]?\d{7}[ -]?[A-Z]",
               ("nie", *_TAX_EN), 0.05, alone=True),
    Identifier("SE_PERSONNUMMER", "SE", "se.personnummer", r"(?:\d{2})?\d{6}[-+]?\d{4}",
               ("personnummer", "samordningsnummer", *_TAX_EN), 0.02),
    Identifier("NO_FODSELSNUMMER", "NO", "no.fodselsnummer", r"\d{6} ?\d{5}",
               ("fødselsnummer", "fodselsnummer", "personnummer", *_TAX_EN), 0.01),
    Identifier("IS_KENNITALA", "IS", "is_.kennitala", r"\d{6}-?\d{4}",
               ("kennitala", "kt", *_TAX_EN), 0.03),
    Identifier("CH_AHV", "CH", "ch.ssn", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}",
               ("ahv", "avs", "ahv-nr", *_TAX_EN), 0.1, alone=True),
    Identifier("GB_NINO", "GB", "",
               r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
               r" ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
               ("national insurance", "nino", "ni number", *_TAX_EN), 0.5, alone=True),
    Identifier("GB_NHS", "GB", "gb.nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}",
               ("nhs", "nhs number"), category=Category.HEALTH),
    Identifier("GB_UTR", "GB", "gb.utr", r"\d{5} ?\d{5}K?",
               ("utr", "unique taxpayer reference")),
    Identifier("US_SSN", "US", "us.ssn", r"\d{3}-\d{2}-\d{4}",
               ("ssn", "social security"), 0.9),
)  # fmt: skip

_VAT_WORDS = ("vat", "vat number", "vat id", "partita iva", "p.iva", "iva", "ust-idnr", "ust-id",
              "tva", "btw", "nif", "moms", "mva", "dph", "mwst")  # fmt: skip

# country, module, the number without its prefix
_VAT_BODIES: tuple[tuple[str, str, str], ...] = (
    ("AT", "at.uid", r"U\d{8}"),
    ("BE", "be.vat", r"[01]\d{3}\.?\d{3}\.?\d{3}"),
    ("BG", "bg.vat", r"\d{9,10}"),
    ("HR", "hr.oib", r"\d{11}"),
    ("CY", "cy.vat", r"\d{8}[A-Z]"),
    ("CZ", "cz.dic", r"\d{8,10}"),
    ("DK", "dk.cvr", r"\d{2} ?\d{2} ?\d{2} ?\d{2}"),
    ("EE", "ee.kmkr", r"\d{9}"),
    ("FI", "fi.alv", r"\d{8}"),
    ("FR", "fr.tva", r"[A-HJ-NP-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}"),
    ("DE", "de.vat", r"\d{3}[ .-]?\d{3}[ .-]?\d{3}"),
    ("GR", "gr.vat", r"\d{9}"),
    ("HU", "hu.anum", r"\d{8}"),
    ("IE", "ie.vat", r"\d[0-9A-Z+*]\d{5}[A-W][A-I]?"),
    ("IT", "it.iva", r"\d{11}"),
    ("LV", "lv.pvn", r"\d{11}"),
    ("LT", "lt.pvm", r"(?:\d{12}|\d{9})"),
    ("LU", "lu.tva", r"\d{8}"),
    ("MT", "mt.vat", r"\d{8}"),
    ("NL", "nl.btw", r"\d{9}B\d{2}"),
    ("PL", "pl.nip", r"\d{3}-?\d{3}-?\d{2}-?\d{2}"),
    ("PT", "pt.nif", r"\d{9}"),
    ("RO", "ro.cf", r"\d{4,10}"),
    ("SK", "sk.dph", r"\d{10}"),
    ("SI", "si.ddv", r"\d{8}"),
    ("ES", "es.nif", r"[A-Z0-9]\d{7}[A-Z0-9]"),
    ("SE", "se.vat", r"\d{12}"),
    ("NO", "no.mva", r"\d{3} ?\d{3} ?\d{3} ?(?:MVA)?"),
    ("IS", "is_.vsk", r"\d{5,6}"),
    ("CH", "ch.vat", r"-?\d{3}\.?\d{3}\.?\d{3} ?(?:MWST|TVA|IVA|TPV)"),
    ("GB", "gb.vat", r"(?:\d{3} ?\d{4} ?\d{2}(?: ?\d{3})?|(?:GD|HA)\d{3})"),
)
_PREFIXES = {"GR": "(?:EL|GR)", "CH": "CHE", "SE": "SE", "NO": "(?:NO)?"}
_NEEDS_WORD = frozenset({"NO", "IS", "RO", "MT", "LU", "FI", "HU"})  # short, or optional prefix


def _vat_row(country: str, module: str, body: str) -> Identifier:
    """Return the row of a VAT number, with its prefix as VIES wants it."""
    prefix = _PREFIXES.get(country, country)
    return Identifier(
        f"{country}_VAT", country, module, rf"{prefix}[ .-]?{body}", _VAT_WORDS,
        alone=country not in _NEEDS_WORD, kind=VAT,
    )  # fmt: skip


VAT_NUMBERS: tuple[Identifier, ...] = (
    # Written in Italy mostly without its prefix; the office code keeps chance hits near 1 %.
    Identifier("IT_VAT", "IT", "it.iva", r"\d{8}_?\d{3}", _VAT_IT, 0.011, alone=True, kind=VAT),
    *(_vat_row(*row) for row in _VAT_BODIES),
)

IDENTIFIERS: tuple[Identifier, ...] = (*PERSONAL, *VAT_NUMBERS)
"""Every row, personal numbers first: a number that is both is treated as the person's."""
