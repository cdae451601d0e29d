"""The columns in which the Garante, the CNIL and the ICO lay a register out, and what fills them.

A column is read and written by its kind (`cells`). Titles are the authorities' own words, in their
language: an official looks for them. The Garante's are those of its simplified register for small
companies, the ICO's those of its template for controllers, one activity a row; the CNIL has a
sheet for each activity, one question a row.
"""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """How a cell says a fact."""

    TEXT = "text"
    DATE = "date"
    UPDATED = "updated"
    BASIS = "basis"
    WORDS = "words"
    SOURCES = "sources"
    RECIPIENTS = "recipients"
    TRANSFERS = "transfers"
    RETENTION = "retention"
    MEASURES = "measures"
    ASSESSMENT = "assessment"
    PROFILING = "profiling"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Column:
    """One question of an authority.

    Attributes
    ----------
    title : as the authority prints it
    kind : how the cell is written and read
    path : where the fact is in an activity, as `version.title_it`; the key of an answer
    """

    title: str
    kind: Kind
    path: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One authority's form of a register.

    Attributes
    ----------
    company : questions about the controller, on a sheet of their own
    activity : questions about each activity
    by_sheet : whether each activity has a sheet, and each question a row of it
    language : of the words in cells, `it` or `en`
    """

    key: str
    company_title: str
    company: tuple[Column, ...]
    activity_title: str
    activity: tuple[Column, ...]
    language: str
    by_sheet: bool = False


T, A = Kind.TEXT, Kind.ANSWER
GARANTE = Layout(
    key="garante",
    company_title="Titolare",
    company=(
        Column("Titolare del trattamento", T, "name"),
        Column("Sede", T, "address"),
        Column("Paese", T, "country"),
        Column("Contatti del titolare", T, "email"),
        Column("Rappresentante", T, "representative"),
        Column("Responsabile della protezione dei dati", T, "dpo_contact"),
    ),
    activity_title="Registro dei trattamenti",
    activity=(
        Column("Riferimento", T, "purpose.key"),
        Column("Tipologia di trattamento", T, "version.title_it"),
        Column("Finalità del trattamento", T, "purpose.text_it"),
        Column("Base giuridica", Kind.BASIS, "version.basis"),
        Column("Riferimenti della base giuridica", T, "version.basis_reference"),
        Column("Categorie di interessati", Kind.WORDS, "version.subject_kinds"),
        Column("Categorie di dati personali", Kind.WORDS, "version.categories"),
        Column("Categorie di destinatari (responsabili, altri titolari)", Kind.RECIPIENTS),
        Column("Trasferimento verso paesi terzi o organizzazioni internazionali", Kind.TRANSFERS),
        Column("Termini ultimi di cancellazione previsti", Kind.RETENTION),
        Column("Misure di sicurezza tecniche e organizzative", Kind.MEASURES),
        Column("Data di prima istituzione", Kind.DATE, "first_recorded_on"),
        Column("Data dell'ultimo aggiornamento", Kind.UPDATED),
        Column("Note", A, "remarks"),
    ),
    language="it",
)
ICO = Layout(
    key="ico",
    company_title="Controller",
    company=(
        Column("Name of organisation", T, "name"),
        Column("Address", T, "address"),
        Column("Country", T, "country"),
        Column("Contact details", T, "email"),
        Column("Representative", T, "representative"),
        Column("Data protection officer", T, "dpo_contact"),
    ),
    activity_title="Record of processing",
    activity=(
        Column("Reference", T, "purpose.key"),
        Column("Business function", A, "department"),
        Column("Processing activity", T, "version.title_en"),
        Column("Purpose of processing", T, "purpose.text_en"),
        Column("Owner", A, "owner"),
        Column("Categories of individuals", Kind.WORDS, "version.subject_kinds"),
        Column("Categories of personal data", Kind.WORDS, "version.categories"),
        Column("Categories of recipients", Kind.RECIPIENTS),
        Column("Third countries or international organisations, and safeguards", Kind.TRANSFERS),
        Column("Retention schedule", Kind.RETENTION),
        Column("Technical and organisational security measures", Kind.MEASURES),
        Column("Article 6 lawful basis", Kind.BASIS, "version.basis"),
        Column("Basis in detail", T, "version.basis_reference"),
        Column("Article 9 or 10 condition", T, "version.special_ground"),
        Column("Data Protection Act 2018 Schedule 1 condition", A, "national_condition"),
        Column("Legitimate interests for the processing", T, "version.interest"),
        Column("Link to record of legitimate interests assessment", A, "interest_assessment"),
        Column("Rights available to individuals", A, "rights"),
        Column("Automated decision-making, including profiling", Kind.PROFILING),
        Column("The source of the personal data", Kind.SOURCES),
        Column("Statutory or contractual need for the data", A, "required"),
        Column("Link to privacy notice", A, "notice"),
        Column("Link to record of consent", A, "consent_records"),
        Column("Location of personal data", A, "location"),
        Column("Systems", A, "systems"),
        Column("Data Protection Impact Assessment", Kind.ASSESSMENT),
        Column("Link to Data Protection Impact Assessment", A, "assessment_place"),
        Column("Personal data breaches", A, "breaches"),
        Column("Link to record of personal data breach", A, "breach_records"),
        Column("Link to retention and erasure policy document", A, "retention_policy"),
        Column("Personal data retained and erased in accordance with the policy document", A,
               "retention_followed"),
        Column("Reasons for not adhering to the policy document", A, "retention_because"),
        Column("First recorded", Kind.DATE, "first_recorded_on"),
        Column("Last updated", Kind.UPDATED),
        Column("Remarks", A, "remarks"),
    ),
    language="en",
)  # fmt: skip
CNIL = Layout(
    key="cnil",
    company_title="Organisme",
    company=(
        Column("Nom de l'organisme", T, "name"),
        Column("Adresse", T, "address"),
        Column("Pays", T, "country"),
        Column("Coordonnées", T, "email"),
        Column("Représentant", T, "representative"),
        Column("Délégué à la protection des données", T, "dpo_contact"),
    ),
    activity_title="Fiche",
    activity=(
        Column("Référence", T, "purpose.key"),
        Column("Nom du traitement", T, "version.title_en"),
        Column("Date de création", Kind.DATE, "first_recorded_on"),
        Column("Dernière mise à jour", Kind.UPDATED),
        Column("Service chargé de la mise en œuvre", A, "department"),
        Column("Responsable opérationnel", A, "owner"),
        Column("Finalité principale", T, "purpose.text_en"),
        Column("Sous-finalités", A, "sub_purposes"),
        Column("Base juridique", Kind.BASIS, "version.basis"),
        Column("Précisions sur la base juridique", T, "version.basis_reference"),
        Column("Catégories de personnes concernées", Kind.WORDS, "version.subject_kinds"),
        Column("Nombre approximatif de personnes", A, "people_estimate"),
        Column("Catégories de données personnelles", Kind.WORDS, "version.categories"),
        Column("Données sensibles : fondement", T, "version.special_ground"),
        Column("Source des données", Kind.SOURCES),
        Column("Mode de collecte", A, "collecting"),
        Column("Caractère obligatoire de la collecte", A, "required"),
        Column("Durées de conservation", Kind.RETENTION),
        Column("Destinataires et sous-traitants", Kind.RECIPIENTS),
        Column("Transferts hors de l'Union européenne et garanties", Kind.TRANSFERS),
        Column("Mesures de sécurité", Kind.MEASURES),
        Column("Logiciels et outils", A, "systems"),
        Column("Lieu de stockage", A, "location"),
        Column("Traitement sur papier", A, "on_paper"),
        Column("Prise de décision automatisée et profilage", Kind.PROFILING),
        Column("Information des personnes", A, "notice"),
        Column("Exercice des droits", A, "rights"),
        Column("Preuve du consentement", A, "consent_records"),
        Column("Analyse d'impact (AIPD)", Kind.ASSESSMENT),
        Column("Lien vers l'analyse d'impact", A, "assessment_place"),
        Column("Violations de données", A, "breaches"),
        Column("Remarques", A, "remarks"),
    ),
    language="en",
    by_sheet=True,
)
LAYOUTS = {layout.key: layout for layout in (GARANTE, CNIL, ICO)}
