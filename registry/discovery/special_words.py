r"""The word lists behind `special`, one row for each category and class of word.

Rows are regular expressions of whole words. `(?-i:...)` marks what must be written as
shown, because another spelling is an ordinary word: "UIL", "AIDS", "gay" (a surname when
capitalised), "cristiano" (a given name when capitalised). Apostrophes may be straight or
typographic.
"""

# ruff: noqa: E501, ISC004  # a class of words is read as one line

from governance.policy.categories import Category

_A = "['’]"  # both apostrophes occur in Italian notes

WORDS: tuple[tuple[Category, str, str], ...] = (
    (Category.HEALTH, "condition",
     r"diabet(?:e|ic[oaihe]{1,2}|es)|tumor[ei]?|tumou?rs?|cancr[oi]|cancer|leucemi[ae]|leuk(?:a)?emia"
     r"|infart[oi]|ictus|heart attack|epiles\w+|epilepti\w+|asma|asmatic[oaihe]{1,2}|asthma(?:tic)?"
     r"|celiac[oaih]{1,2}|celiachia|coeliac|celiac|allergi[ac](?:[oaihe]{0,2})|allerg(?:y|ies|ic)"
     r"|intolleran(?:te|ti) al|hiv|(?-i:AIDS)|sieropositiv[oaie]|epatite|hepatitis|sclerosi(?: multipla)?"
     r"|multiple sclerosis|parkinson|alzheimer|demenza(?: senile)?|dementia|depress[oaie]|depressione"
     r"|depression|bipolar[ei]?|schizofren\w+|schizophren\w+|autis(?:mo|tic[oaihe]{1,2}|m|tic)"
     r"|anoressi\w+|anorexi\w+|bulimi\w+|cardiopat\w+|ipertes[oaie]|covid(?:-19)?|malatti[ae]"
     r"|malat[oaie]|invalidante|patologi[ae]|illness(?:es)?|diseases?|medical conditions?"
     r"|chronically ill|terminally ill|gravemente ill|broke (?:his|her|my) (?:leg|arm|hip)"),
    (Category.HEALTH, "treatment",
     r"chemioterapi[ae]|chemio|chemotherapy|radioterapi[ae]|dialisi|dialysis|ricover[oaie]\w{0,3}"
     r"|ospedalizzat[oaie]|hospitali[sz]\w+|hospital|ospedal[ei]|pronto soccorso|emergency room"
     r"|intervent[oi] chirurgic[oi]|surgery|operat[oa] (?:al|alla|di)|terapi[ae]|therapy|therapist"
     r"|psicoterapi\w+|psichiatr\w+|psychiatr\w+|psicofarmac[oi]|antidepressiv[oi]|antidepressants?"
     r"|insulina|insulin|oncolog\w+|cardiolog\w+|certificat[oi] medic[oi]|medical certificates?"
     r"|visit[ae] medic[ah]e?|riabilitazione|trapiant[oi]|vaccinat[oaie]|vaccinated|sick leave"
     r"|medical (?:leave|records?)|in malattia|referti? medic[oi]|cartell[ae] clinic[ah]e?"
     r"|in (?-i:RSA)|casa di (?:cura|riposo)|nursing home|ambulanza|mental health|salute mentale"
     r"|(?:problemi|motivi|ragioni|stato) di salute|health (?:problems?|issues?|reasons|condition)"),
    (Category.HEALTH, "disability",
     rf"disabil[ei]|disabilit[àa]{_A}?|invalid[oaie]|invalidit[àa]{_A}?|inabil[ei] al lavoro|handicap"
     r"|portat(?:ore|rice) di handicap|legge 104|l\. ?104(?:/92)?|sedia a rotelle|wheelchair"
     r"|non vedent[ei]|ipovedent[ei]|sord[oa]|sordomut[oaie]|ciec[oa]|paraplegic[oaihe]{1,2}"
     r"|tetraplegic\w+|accompagnamento inps|disabled (?:person|people|veteran|child|son|daughter|parking|badge)"
     r"|(?:i am|i['’]m|he is|she is|registered) disabled|disability|disabilities|deaf|blind"),
    (Category.HEALTH, "pregnancy",
     r"incinta|gravidanz[ae]|in dolce attesa|abort[oi]|pregnan(?:t|cy|cies)|miscarriage"
     r"|maternit[àa] anticipata"),
    (Category.HEALTH, "addiction",
     r"tossicodipenden\w+|alcolist[aie]|alcolizzat[oaie]|alcolismo|ludopat\w+|alcoholi(?:c|cs|sm)"
     r"|drug addict(?:s|ion)?|in rehab|(?-i:SERT|SerD|Sert)"),
    (Category.RELIGIOUS_BELIEF, "belief",
     r"cattolic[oaih]{1,2}|(?-i:cristian[oaie])|musulman[oaie]|islamic[oaih]{1,2}|ebre[oaie]|ebraic[oah]{1,2}"
     r"|israelit\w+|buddist[aie]|induist[aie]|protestant[ei]|evangelic[oaih]{1,2}|valdes[ei]"
     r"|testimon[ei] di geova|ortodoss[oaie]|mormon[ei]?|ate[oai]|agnostic[oaih]{1,2}|sikh"
     r"|muslims?|moslem|islam|jewish|jews?|judaism|catholics?|protestants?|buddhists?|hindus?"
     r"|jehovah['’]s witness(?:es)?|atheists?|(?:a|as a|devout|practi[sc]ing|born-again) christians?"
     r"|religion[ei]|religious beliefs?|fede religiosa|convinzioni religiose"),
    (Category.RELIGIOUS_BELIEF, "practice",
     r"ramadan|halal|kosher|kasher|sabbath|shabbat|bar mitzvah|moschea|mosque|sinagoga|synagogue"
     r"|parrocchian[oaie]|parrocchia|catechist[aie]|battezzat[oaie]|sbattezz\w+|baptized|seminarist[ai]"),
    (Category.TRADE_UNION, "membership",
     r"sindacat[oi]|sindacal[ei]|sindacalist[aie]|(?-i:CGIL|CISL|UIL|UGL|FIOM|FILCAMS|FILT|COBAS)"
     r"|(?:delegat[oa]|elett[oa]) (?-i:RSU)|tessera sindacale|delega sindacale|permess[oi] sindacal[ei]|(?:in|fa|fatto|adesione allo|aderito allo) sciopero"
     r"|trade unions?|labou?r unions?|union (?:members?|membership|dues|rep|representative|steward)"
     r"|shop steward|unioni[sz]ed"),
    (Category.POLITICAL_OPINION, "opinion",
     r"partito (?:democratico|comunista|socialista|radicale|popolare)|(?:iscritt[oa]|tesserat[oa]) (?:al|del) (?-i:PD)|tessera (?:del )?(?-i:PD)|forza italia"
     rf"|fratelli d{_A}italia|lega nord|movimento 5 stelle|(?-i:M5S)|grillin[oaie]|leghist[aie]"
     r"|comunist[aie]|fascist[aie]|socialist[aie]?|tesserat[oaie] (?:al|del|con il) partito|tessera di partito"
     r"|iscritt[oaie] (?:al|a un) partito|opinion[ei] politic(?:a|he)|militante (?:di|del|della)"
     r"|candidat[oaie] (?:sindaco|alle elezioni|alle comunali|alle regionali|alle politiche)"
     r"|di (?:estrema )?(?:destra|sinistra)(?= (?:e|ed|come|politic))|democratic party|republican party"
     r"|labour party|conservative party|political (?:opinions?|views?|party|affiliation)"
     r"|(?:a|registered|lifelong) (?:republican|democrat)|communists?|fascists?"),
    (Category.SEXUAL_LIFE, "orientation",
     r"omosessual[ei]|bisessual[ei]|eterosessual[ei]|transessual[ei]|transgender|lesbic(?:a|he)|(?-i:gay)"
     r"|orientament[oi] sessual[ei]|unit[oaie] civilmente|unione civile|cambio di sesso|non[- ]binary"
     r"|homosexuals?|bisexuals?|transsexuals?|lesbians?|sexual orientation|same-sex"),
    (Category.SEXUAL_LIFE, "life",
     r"vita sessuale|rapporti sessuali|sexual (?:life|relations)|sex life|prostituzione"),
    (Category.ETHNIC_ORIGIN, "origin",
     r"origin[ei] (?:etnic(?:a|he)|razzial[ei])|(?:di|d['’]) ?etnia|etnia|(?:persona|ragazz[oa]|uomo|donna|cliente|signor[ae]?) di colore|extracomunitari[oae]?"
     r"|afroamerican[oaie]|african[- ]american|sinti|(?:di etnia|campo|famiglia|comunità) rom|nomad[ei]"
     r"|zingar[oaie]|ethnic(?:ity| origin| minority)|racial origin|hispanic|latin[oa]s?|roma community"
     r"|gypsy|gypsies|clandestin[oaie]|richiedente asilo|asylum seekers?|rifugiat[oaie]|refugees?"),
    (Category.CRIMINAL_OFFENCE, "offence",
     r"precedent[ei] penal[ei]|precedenti di polizia|casellario(?: giudiziale)?|condannat[oaie]"
     r"|condann[ae] penal[ei]|arrestat[oaie]|agli arresti|arresti domiciliari|detenut[oaie]|detenzione"
     r"|carcer(?:e|i|at[oaie])|pregiudicat[oaie]|indagat[oaie]|imputat[oaie]|reat[oi]|patteggiat[oaie]"
     r"|patteggiament[oi]|rinviat[oaie] a giudizio|denuncia(?:t[oaie])? penale|denunciat[oaie] per"
     r"|querelat[oaie]|querel[ae]|libertà vigilata|interdizione (?:dai|legale)|daspo"
     r"|convicted|criminal (?:records?|conviction|offen[cs]es?|charges?)|felon(?:y|ies)?"
     r"|misdemeanou?rs?|arrested|imprisoned|in (?:prison|jail)|on (?:parole|probation)|indicted"),
    (Category.GENETIC, "test",
     r"test (?:genetic[oi]|del dna)|esame del dna|malattia genetica|dna tests?|genetic (?:tests?|disorder)"),
    (Category.BIOMETRIC, "template",
     r"impront[ae] digital[ei]|fingerprints?|riconoscimento (?:facciale|vocale)|facial recognition"
     r"|face recognition|scansione dell['’]iride|iris scan|dati biometrici|biometric data"),
)  # fmt: skip
"""Category, class of word, and the words as one regular expression."""

_STREET = (
    r"\b(?:via|viale|v\.le|piazza|p\.zza|p\.za|piazzale|corso|c\.so|largo|vicolo|strada|calle|borgo"
    r"|salita|contrada|ponte|porta|galleria|rione|quartiere|fermata|metro)\s+"
    r"(?:(?:del|dei|degli|delle|della|dello|di|de|al|alla|ai|la|il|lo|san|santa|santo|s\.)\s+"
    r"|(?:dell|all|d|l|sant)['’]\s?)*(?-i:[A-ZÀ-Ý])[\w'’]*(?:\s+(?-i:[A-ZÀ-Ý])[\w'’]*)*"
)

FALSE_FRIENDS: tuple[str, ...] = (
    _STREET,  # Via della Salute, Piazza Santa Croce
    r"\b(?:san|santa|santo|basilica|chiesa di santa)\s+(?-i:[A-Z])\w+",
    r"\bsindacat[oi]\s+di\s+(?:revisione|voto|blocco|controllo|gestione|collocamento)",
    r"\bpatt[oi]\s+(?:di\s+)?sindacat[oi]|\bpatt[oi]\s+parasocial[ei]",
    r"\bcollegi[oo]?\s+sindacal[ei]|\brelazione\s+del\s+collegio\s+sindacale",
    r"\bministero\s+della\s+salute|\bassessorato\s+alla\s+(?:salute|sanità)",
    r"\b(?:università|universita'?|banca|popolare|assicurazioni?)\s+cattolica|\bcattolica\s+assicurazioni",
    r"\b(?:a|di|da|per)\s+(?-i:Cattolica)\b|\b(?-i:Cattolica)\s+\((?:rn)\)",  # the town
    r"\bcatholic\s+(?:university|charities|school)",
    r"\b(?:depressione|great\s+depression)\s+(?:atmosferica|economica)|\bgreat\s+depression",
    r"\bdepression\s+(?:era|glass)|\btropical\s+depression",
    r"\b(?:segno|ascendente|oroscopo)\s+(?:del\s+|zodiacale\s+)?cancro|\btropico\s+del\s+cancro",
    r"\btropic\s+of\s+cancer|\bcancer\s+research",
    r"\bvicol[oi]\s+ciec[oh]i?|\balla\s+cieca|\bblind\s+(?:spot|copy|date|carbon)|\bdeaf\s+ears",
    r"\bcost[oi]\s+imputat[oi]|\bimputat[oaie]\s+(?:a|al|alla|in|sul|sulla|nel)\b(?!\s+(?:di|per)\b)",
    r"\bdenunci[ae]\s+(?:di\s+sinistro|dei\s+redditi|di\s+inizio|di\s+smarrimento)",
    r"\bprobation(?:ary)?\s+period",
    r"\bcarcere\s+e\s+giustizia|\bmalattia\s+e\s+infortuni\s+\(polizza\)",
    r"\bassicurazion[ei]\s+(?:sulla\s+|contro\s+(?:la|le)\s+)?malatti[ae]|\bpolizz[ae]\s+malatti[ae]",
    r"\b(?:account|feature|card|button|cookies?|javascript)\s+(?:is|was|has\s+been)\s+disabled",
    r"\b(?:documento|passaporto|biglietto|codice|iban|password|tessera)\s+(?:non\s+)?invalid[oa]",
    r"\binvalid\s+(?:password|code|number|card|email)|\binvalidi\s+i\s+dati",
    r"\bvirus\s+informatic[oi]|\bcardiopalma",
    r"\bgay[- ]lussac|\bmarvin\s+gaye?",
    r"\bhandicap\s+(?:di\s+golf|\d+)|\bgolf\s+handicap",
    r"\blatin[oa]\s+(?:corsivo|antico)|\blatina\b(?=\s*\(lt\))|\b(?:a|di|da|per)\s+latina\b|\b(?-i:Latina)\b",
    r"\bpronto\s+soccorso\s+(?:informatico|idraulico|stradale)",
    r"\bterapia\s+d['’]urto",
    r"\ballergic[oaie]\s+(?:a|al|alla|alle)\s+(?:burocrazia|telefonate|lavoro)",
    r"\ba\s+fondo\s+cieco|\bmuro\s+cieco",
    r"\bpresentat[oa]\s+querela\s+di\s+falso",
    r"\bpopolo\s+ebraico",
)
"""Spans to leave alone: streets, churches, company law, accounting, weather, zodiac, machines."""
