"""The phrases by which a letter is told to be a request, with their weights. Italian and English.

A pattern is matched against folded text: lower case, no accents, straight apostrophes, single
spaces. `…` stands for up to six words. What is meant by a weight: `SURE` proposes a right by
itself, `HINT` needs another phrase beside it, and a negative one says that it is about something
else, an order or a parcel.
"""

from dataclasses import dataclass

from governance.policy.vocabulary import Right

SURE, HINT, AGAINST = 3, 2, -3


@dataclass(frozen=True, slots=True)
class Phrase:
    """One rule: what it says when it is found, and how much.

    Attributes
    ----------
    key : its name, by which it is explained
    right : the right it speaks for; None for a letter that is about something else
    """

    key: str
    right: Right | None
    weight: int
    pattern: str


# Words of which several rules are made.
MY_DATA_IT = (
    r"(?:dati|informazion[ei]|dato|generalita|nominativo|anagrafica|scheda(?: cliente)?|profilo"
    r"|account|registrazion[ei]|nome e cognome|recapiti|riferimenti)"
)
STORES_IT = r"(?:archiv[io]+|database|elench[io]|banc(?:a|he) dati|sistem[ai]|registri|rubrica)"
MY_DATA_EN = r"(?:data|information|details|records?|profile|account|info|file|personal particulars)"
STORES_EN = r"(?:systems?|database|files|records|lists?|archives?)"
ADS_IT = (
    r"(?:pubblicita|newsletter|promozion[ei]|promozional[ei]|offert[ae]|marketing|commercial[ei]"
    r"|mail|e-?mail|sms|telefonat[ae]|chiamat[ae]|volantin[io]|catalog(?:o|hi)|comunicazioni)"
)
ADS_EN = (
    r"(?:marketing|newsletters?|advertis\w+|adverts?|ads|promotion\w*|offers|emails?|e-mails?"
    r"|mails?|mailings?|texts?|sms|catalogues?|leaflets|calls)"
)
ERASE_IT = (
    r"(?:cancell\w+|elimin\w+|rimuov\w+|rimozione|distru\w+|dimentica\w+|distruzione|toglie\w+)"
)
ERASE_EN = r"(?:delet\w+|eras\w+|remov\w+|wip\w+|destroy\w*|destruction|purg\w+|forget)"
HUMAN_IT = r"(?:una persona|essere umano|un operatore|intervento umano|persona fisica)"
HUMAN_EN = (
    r"(?:human(?: being)?|a (?:real )?person|somebody|someone|human review|manual(?:ly)? review)"
)

ARTICLES = (
    ("access", Right.ACCESS, "15"), ("rectification", Right.RECTIFICATION, "16"),
    ("erasure", Right.ERASURE, "17"), ("restriction", Right.RESTRICTION, "18"),
    ("portability", Right.PORTABILITY, "20"), ("objection", Right.OBJECTION, "21"),
    ("human_review", Right.HUMAN_REVIEW, "22"),
)  # fmt: skip
ARTICLE = r"\bart(?:icol[oi]|icles?|t)?\.? ?(?:\d+(?:\(\d+\))?(?:, ?| e | and | & ))*{n}\b(?! l\.)"

ITALIAN = (
    # Art. 15
    Phrase("it_access_named", Right.ACCESS, SURE, r"\bdiritto d[i']? ?accesso\b"),
    Phrase("it_access_to", Right.ACCESS, SURE, rf"\baccess[oi] … \b{MY_DATA_IT} personali\b"),
    Phrase("it_access_request", Right.ACCESS, SURE,
           r"\b(?:istanza|richiesta|domanda) di accesso\b"),
    Phrase(
        "it_copy", Right.ACCESS, SURE,
        r"\bcopia … (?:\bdati\b(?! di consegna)|\bdegli stessi\b|\bquanto avete\b)",
    ),
    Phrase(
        "it_know", Right.ACCESS, SURE,
        r"\b(?:sapere|conoscere|vedere|visionare|avere|ricevere|mandate\w*|inviate\w*|elenco)"
        rf" … \b(?:{MY_DATA_IT}|cosa|quello|tutto)\b …"
        r" \b(?:su di me|di me|avete|di lei|di lui|mi riguardano|che mi riguardano|a mio nome"
        r"|conservate|trattate|possedete|detenete)\b",
    ),
    Phrase("it_source", Right.ACCESS, HINT, r"\b(?:da chi|da dove|chi vi ha dato|origine)\b …"
           r" \b(?:avut\w|pres\w|ottenut\w|dati|numero|indirizzo|contatto)\b"),
    Phrase("it_my_source", Right.ACCESS, SURE,
           r"\b(?:da chi|da dove|chi vi ha) … \b(?:miei dati|mio (?:numero|nome|indirizzo))\b"),
    Phrase("it_recipients", Right.ACCESS, SURE,
           r"\b(?:destinatari|a chi) … \b(?:miei|suoi) dati\b"),
    Phrase("it_confirmation", Right.ACCESS, SURE, r"\bconferma … \btrattamento\b"),
    # Art. 16
    Phrase(
        "it_correct", Right.RECTIFICATION, SURE,
        r"\b(?:rettific\w+|corregg\w+|correzione|corretto|modific\w+|aggiorn\w+|sostitui\w+"
        rf"|integra(?:re|to|zione)) … \b(?:{MY_DATA_IT}|indirizzo|cognome|nome|numero|data di"
        r" nascita|errore)\b",
    ),
    Phrase("it_wrong", Right.RECTIFICATION, HINT,
           rf"\b(?:{MY_DATA_IT}|indirizzo|cognome|nome|data di nascita) …"
           r" \b(?:sbagliat\w|errat\w|inesatt\w|scritt\w male|incomplet\w|non (?:e )?(?:piu )?"
           r"(?:corrett\w|attivo|aggiornat\w))"),
    Phrase("it_correct_it", Right.RECTIFICATION, HINT,
           r"\b(?:rettific\w+|va corrett\w|da corregg\w+|potete correggere|correggete)\b"),
    # Art. 17
    Phrase("it_erase", Right.ERASURE, SURE,
           rf"\b{ERASE_IT} … \b{MY_DATA_IT}\b(?! di (?:consegna|accesso))"),
    Phrase("it_erase_passive", Right.ERASURE, SURE,
           rf"\b{MY_DATA_IT} … \b(?:siano|vengano|sia|venga) … \b(?:cancellat|eliminat|rimoss)\w"),
    Phrase("it_erase_from", Right.ERASURE, SURE, rf"\b{ERASE_IT} … \b{STORES_IT}\b"),
    Phrase("it_forgotten", Right.ERASURE, SURE, r"\bdiritto all'oblio\b"),
    Phrase("it_erase_right", Right.ERASURE, SURE, r"\bdiritto … \bcancellazione\b"),
    Phrase("it_erase_them", Right.ERASURE, HINT, r"\b(?:cancellarl|eliminarl|rimuoverl)[ieao]\b"),
    Phrase("it_then_erase", Right.ERASURE, SURE,
           r"\bdati\b.{0,120}\b(?:cancellarl|eliminarl|rimuoverl)[ieao]\b"),
    # Art. 18
    Phrase("it_restrict", Right.RESTRICTION, SURE,
           r"\blimit(?:azione|are|ate|iate)\b … \b(?:trattamento|uso|utilizzo)\b"),
    Phrase("it_suspend", Right.RESTRICTION, SURE,
           rf"\b(?:sospen\w+|congel\w+|blocc\w+) … \b(?:uso|utilizzo|trattamento|{MY_DATA_IT})\b"
           r"(?! di consegna)"),
    # Art. 20
    Phrase("it_portability", Right.PORTABILITY, SURE, r"\bportabilita\b"),
    Phrase("it_format", Right.PORTABILITY, SURE,
           r"\bformato … \b(?:strutturato|leggibile|json|csv|xml|interoperabile)\b"),
    Phrase("it_move", Right.PORTABILITY, SURE,
           rf"\b(?:esportar\w|trasmett\w+|trasferir\w+|portar\w+) … \b{MY_DATA_IT}\b …"
           r" \b(?:fornitore|concorren\w+|csv|json|altr[oa])\b"),
    # Art. 21
    Phrase("it_object", Right.OBJECTION, SURE, r"\b(?:mi oppongo|opposizione al trattamento)\b"),
    Phrase("it_object_right", Right.OBJECTION, SURE, r"\bdiritto di opposizione\b"),
    Phrase("it_no_more", Right.OBJECTION, SURE,
           rf"\bnon (?:voglio|vuole|desidero|intendo|vogliamo|desidera) … \b{ADS_IT}\b"),
    Phrase("it_no_profile", Right.OBJECTION, SURE,
           r"\bnon (?:voglio|intendo|desidero|acconsento) … \bprofila\w+\b"),
    Phrase("it_stop_calls", Right.OBJECTION, SURE,
           r"\b(?:smett\w+|basta|stop|finite\w*|non (?:chiamate|contattate|telefonate|scrivete)\w*)"
           rf" … \b(?:{ADS_IT}|chiamar\w+|telefonar\w+|mandar\w+|propor\w+)\b"),
    Phrase("it_list", Right.OBJECTION, SURE,
           r"\b(?:toglie\w+|cancell\w+|rimuov\w+|disiscri\w+|elimina\w+)\b …"
           r" \b(?:dalla|dalle|dal|dai|alla) (?:vostr[ae] )?(?:lista|liste|newsletter|mailing"
           r"(?: list)?|elenco|elenchi|contatti)\b"),
    Phrase("it_unsubscribe", Right.OBJECTION, SURE,
           r"\bdisiscri\w+\b|\bannullare l'iscrizione\b"),
    Phrase("it_stop_ads", Right.OBJECTION, HINT,
           r"\b(?:stop|basta|mai piu) (?:alla |alle |con la |con le |la |le )?"
           r"(?:pubblicita|chiamate|telefonate|newsletter|promozioni|offerte)\b"),
    Phrase("it_do_not_want", Right.OBJECTION, HINT,
           r"\bnon (?:li|le|la|lo|ne) vogli(?:o|amo)\b"),
    # Art. 7(3)
    Phrase("it_withdraw", Right.WITHDRAWAL, SURE,
           r"\b(?:revoc\w+|ritir\w+|ritrat\w+) … \bconsens[oi]\b"),
    Phrase("it_withdrawn", Right.WITHDRAWAL, SURE, r"\bconsens[oi] … \b(?:revocat\w|ritirat\w)\b"),
    Phrase("it_no_longer", Right.WITHDRAWAL, SURE, r"\bnon (?:acconsento|do il consenso) piu\b"
           r"|\b(?:ora )?non acconsento\b"),
    # Art. 22
    Phrase("it_automated", Right.HUMAN_REVIEW, HINT,
           r"\b(?:decision[ei]|sistema|rifiut\w+|respint\w|punteggio) … \b(?:automatic\w+"
           r"|automatizzat\w+|algoritm\w+)\b|\balgoritmo\b"),
    Phrase("it_human", Right.HUMAN_REVIEW, HINT,
           rf"\b(?:rivist\w|riesam\w+|riveda\w*|parlare|valuta\w+|verific\w+) … \b{HUMAN_IT}\b"
           rf"|\b{HUMAN_IT} … \b(?:riesam\w+|riveda|rivedere|valuti)\b"),
    # Art. 38(4), 77; Art. 12(2)
    Phrase("it_breach", Right.COMPLAINT, SURE, r"\bviolazione … \b(?:privacy|dati|riservatezza)\b"),
    Phrase("it_complaint", Right.COMPLAINT, SURE,
           r"\b(?:reclamo|segnalazione|esposto|denuncia) … \b(?:privacy|dati personali|garante"
           r"|protezione dei dati|dpo|rpd)\b"),
    Phrase("it_authority", Right.COMPLAINT, SURE, r"\bgarante\b"),
    Phrase("it_leak", Right.COMPLAINT, HINT,
           rf"\b(?:mandat\w|inviat\w|dat[eio]|comunicat\w|diffus\w|lett\w) … \b{MY_DATA_IT}\b …"
           r" \b(?:altr[oi] client[ei]|estrane\w|terzi|sconosciut\w|per errore)\b"),
    Phrase("it_policy", Right.QUESTION, SURE,
           r"\b(?:informativa|privacy policy|politica sulla privacy)\b"),
    Phrase("it_how_long", Right.QUESTION, SURE,
           r"\bper quanto tempo … \b(?:conserv\w+|tenete|dati)\b"),
    Phrase("it_who_dpo", Right.QUESTION, SURE,
           r"\bchi e … \b(?:responsabile della protezione|dpo|rpd|titolare del trattamento)\b"),
)  # fmt: skip

ENGLISH = (
    # Art. 15
    Phrase("en_access_named", Right.ACCESS, SURE,
           r"\bsubject access request\b|\bdsar\b|\bright (?:of|to) access\b"),
    Phrase("en_copy", Right.ACCESS, SURE, rf"\bcopy of … \b(?:{MY_DATA_EN}|everything)\b"
           r"(?<!records)(?<!record)"),
    Phrase("en_know", Right.ACCESS, SURE,
           rf"\b(?:know|see|have|send me|give me|tell me|show me|provide) … \b(?:{MY_DATA_EN}"
           r"|everything|what|all)\b … \b(?:you (?:have|hold|keep|store|process)|about me|on me"
           r"|under my name|concerning me|held)\b"),
    Phrase("en_send_data", Right.ACCESS, HINT,
           r"\b(?:send|give|show) me (?:all )?(?:of )?my data\b"),
    Phrase("en_whether", Right.ACCESS, SURE,
           r"\b(?:whether|if) … \b(?:process\w*|personal data|hold) … \b(?:data|process\w*|me)\b"),
    Phrase("en_source", Right.ACCESS, HINT, r"\bwhere you (?:got|obtained|found) (?:it|them|my)\b"),
    # Art. 16
    Phrase("en_correct", Right.RECTIFICATION, SURE,
           r"\b(?:correct|rectif\w+|fix|amend|update|complete) … \b(?:data|details|records?|it"
           r"|name|address|date of birth|information|profile)\b"),
    Phrase("en_wrong", Right.RECTIFICATION, HINT,
           r"\b(?:records?|data|details|name|address|date of birth|information)\b … "
           r"\b(?:wrong|inaccurate|incorrect|misspel\w+|out of date|incomplete)\b"),
    Phrase("en_have_wrong", Right.RECTIFICATION, HINT,
           r"\byour records (?:have|show)\b|\bthe record you have (?:for|of|about) me\b"),
    # Art. 17
    Phrase("en_erase", Right.ERASURE, SURE, rf"\b{ERASE_EN} … \b{MY_DATA_EN}\b"),
    Phrase("en_erase_passive", Right.ERASURE, SURE,
           rf"\b(?:my|his|her) … {MY_DATA_EN} … \b(?:deleted|erased|removed|destroyed|gone)\b"),
    Phrase("en_forgotten", Right.ERASURE, SURE,
           r"\bright to (?:be forgotten|erasure)\b"),
    Phrase("en_erase_all", Right.ERASURE, SURE,
           rf"\b{ERASE_EN} (?:it all|everything|every trace|all of it|them all)\b"),
    Phrase("en_erase_it", Right.ERASURE, HINT, rf"\b{ERASE_EN} (?:it|them|me)\b"),
    Phrase("en_then_erase", Right.ERASURE, SURE,
           rf"\bdata\b.{{0,120}}\b{ERASE_EN} (?:it|them)\b"),
    Phrase("en_erase_from", Right.ERASURE, SURE,
           rf"\b{ERASE_EN} … \bfrom your {STORES_EN}\b"),
    # Art. 18
    Phrase("en_restrict", Right.RESTRICTION, SURE,
           r"\b(?:restrict\w*|limit) … \b(?:processing|use|data)\b"),
    Phrase("en_freeze", Right.RESTRICTION, SURE,
           r"\b(?:freeze|suspend|pause|block) … \b(?:use|processing|details|data)\b"),
    # Art. 20
    Phrase("en_portability", Right.PORTABILITY, SURE, r"\bportability\b"),
    Phrase("en_format", Right.PORTABILITY, SURE,
           r"\bmachine-? ?readable\b|\b(?:csv|json|xml) … \bdata\b|\bdata … \b(?:csv|json|xml)\b"),
    Phrase("en_move", Right.PORTABILITY, SURE,
           rf"\b(?:export|transfer\w*|move|port) … \b{MY_DATA_EN}\b …"
           r" \b(?:provider|competitor|csv|json|another)\b"),
    # Art. 21
    Phrase("en_object", Right.OBJECTION, SURE, r"\bi (?:hereby )?object to\b|\bright to object\b"),
    Phrase("en_stop", Right.OBJECTION, SURE,
           rf"\b(?:stop|no more|cease|quit|do not|don't|never) … \b(?:{ADS_EN}|emailing|calling"
           r"|texting|contacting|writing)\b"),
    Phrase("en_list", Right.OBJECTION, SURE,
           r"\b(?:take|remove|unsubscribe|delete|get) me (?:off|from|out of)\b"),
    Phrase("en_unsubscribe", Right.OBJECTION, SURE, r"\bunsubscri\w+\b|\bopt(?:ing)? out\b"),
    Phrase("en_no_calls", Right.OBJECTION, SURE,
           r"\b(?:do not|don't|never|stop) (?:call|calling|ring|phone|text|contact|write)\w*"
           r" … \b(?:again|sell|anymore|any more|offers?)\b"),
    # Art. 7(3)
    Phrase("en_withdraw", Right.WITHDRAWAL, SURE,
           r"\b(?:withdraw\w*|revok\w+|retract\w*) … \bconsent\b"),
    Phrase("en_no_longer", Right.WITHDRAWAL, SURE,
           r"\b(?:no longer|do not|don't) (?:consent|agree)\b"),
    # Art. 22
    Phrase("en_automated", Right.HUMAN_REVIEW, HINT,
           r"\bautomat(?:ed|ically|ic) … \bdecisions?\b|\bdecisions? … \bautomat\w+\b"
           r"|\balgorithm\b|\b(?:turned down|refused|rejected) … \bautomat\w+\b"),
    Phrase("en_human", Right.HUMAN_REVIEW, HINT,
           rf"\b{HUMAN_EN} … \b(?:review\w*|look\w*|decide|reconsider)\b"
           rf"|\b(?:review\w*|decided|checked) … \bby {HUMAN_EN}\b"),
    # Art. 38(4), 77; Art. 12(2)
    Phrase("en_complaint", Right.COMPLAINT, SURE,
           r"\b(?:complain\w*|complaint) … \b(?:data|privacy|gdpr|dpo)\b"),
    Phrase("en_breach", Right.COMPLAINT, SURE, r"\b(?:data|privacy) breach\b"),
    Phrase("en_authority", Right.COMPLAINT, SURE,
           r"\bsupervisory authority\b|\binformation commissioner\b|\bico\b"),
    Phrase("en_leak", Right.COMPLAINT, HINT,
           r"\byou (?:sent|shared|gave|passed|disclosed) my\b"),
    Phrase("en_policy", Right.QUESTION, SURE, r"\bprivacy (?:policy|notice|question)\b"),
    Phrase("en_how_long", Right.QUESTION, SURE,
           r"\bhow long … \b(?:keep|store|retain|hold)\b … \bdata\b"),
    Phrase("en_who_dpo", Right.QUESTION, SURE,
           r"\bwho is your (?:dpo|data protection officer)\b"),
)  # fmt: skip

ABOUT_OTHER_THINGS = (
    Phrase("it_order", None, AGAINST,
           r"\b(?:cancell\w+|annull\w+|rimbors\w+|reso|recesso|disd\w+|consegn\w+|spedi\w+"
           r"|ritard\w+|risarcimento) … \b(?:ordin[ei]|pacco|merce|abbonamento|rimborso|reso"
           r"|settimane|giorni)\b|\b(?:ordine|pacco) (?:n\.? ?)?\d+\b"),
    Phrase("it_login", None, AGAINST,
           r"\bpassword\b|\bnon riesco ad? acced\w+\b|\baccesso al (?:sito|magazzino|portale)\b"),
    Phrase("it_trade", None, AGAINST,
           r"\b(?:collaborazione|preventivo|listino|nostri servizi|corsi di formazione"
           r"|appuntamento|garanzia|curriculum|candidatura)\b"),
    Phrase("it_invoice", None, AGAINST, r"\b(?:fattur\w+|scontrino|iban)\b"),
    Phrase("en_order", None, AGAINST,
           r"\b(?:cancel|return|refund|deliver\w*|parcel|courier|late)\b … \b(?:order|subscription"
           r"|label|refund|parcel|size|weeks|compensation)\b|\border \d+\b|\breturn label\b"),
    Phrase("en_login", None, AGAINST,
           r"\bpassword\b|\breset link\b|\b(?:can't|cannot|unable to) (?:access|log ?in)\b"),
    Phrase("en_trade", None, AGAINST,
           r"\b(?:partnership|brochure|courses|my cv|position of|warranty|we (?:offer|help)"
           r"|quote for)\b"),
    Phrase("en_invoice", None, AGAINST, r"\binvoices?\b"),
)  # fmt: skip

ON_BEHALF = (
    r"\b(?:per conto|in nome e per conto|a nome) d(?:i|el|ella|ei)\b",
    r"\b(?:mio|mia) (?:assistit[oa]|cliente|mandante)\b",
    r"\b(?:delega|procura|mandato)\b",
    r"\b(?:mi|nostr)[oa] (?:madre|padre|figli[oa]|marito|moglie|nonn[oa]|fratello|sorella)\b",
    r"\b(?:come|in qualita di) (?:genitore|tutore|erede|figli[oa]|amministratore di sostegno)\b",
    r"\b(?:minorenne|defunt[oa]|mancat[oa] a|e mort[oa])\b",
    r"\bon behalf of\b",
    r"\b(?:our|my) client\b|\bwe (?:act|are instructed)\b",
    r"\b(?:signed )?(?:authority|power of attorney|mandate) (?:is )?(?:enclosed|attached)\b",
    r"\b(?:enclose|attach)\w* (?:his|her|their|a) (?:signed )?(?:authority|power of attorney)\b",
    r"\bmy (?:late )?(?:(?:grand)?(?:mother|father)|son|daughter|husband|wife|child)\b",
    r"\bmy (?:late )?(?:brother|sister)\b",
    r"\bas (?:his|her|their) (?:parent|guardian|executor|attorney)\b",
    r"\bpassed away\b",
)


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


ITALIAN_WORDS = _words(
    "il lo la gli le di che non per con una del della dei miei mio mia vi avete sono nei nel"
    " questo chiedo vorrei saluti grazie dati alla ho ai da piu come mi si"
)
ENGLISH_WORDS = _words(
    "the of and to my you your is are i please that this for with have from it on a me not do"
    " under would like thanks regards data"
)
