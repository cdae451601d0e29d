"""Words around names and words that are no names, Italian and English, for `name_rules`.

Written by hand and short on purpose, as `gazetteer` is: they raise what is found, and prove nothing.
"""

# ruff: noqa: E501  # blocks of words

from registry.discovery.gazetteer import (
    CITIES,
    COMPANY_MARKERS,
    COUNTRIES,
    COURTESY_TITLES,
    GIVEN_NAMES,
    LANGUAGES,
    STREET_WORDS,
    word_set,
)

KIN = word_set("""
    moglie marito figlio figlia figli figlie mamma madre papa padre babbo genitore fratello sorella
    suocero suocera nuora genero cognato cognata zio zia nonno nonna nipote cugino cugina compagno
    compagna fidanzato fidanzata convivente coniuge amico amica vicino vicina collega coinquilino
    coinquilina vedova vedovo
    wife husband son daughter mother mom mum father dad brother sister partner girlfriend boyfriend
    fiance fiancee friend neighbour neighbor colleague uncle aunt cousin nephew niece grandmother
    grandfather grandson granddaughter grandma grandpa mother-in-law father-in-law brother-in-law
    sister-in-law son-in-law daughter-in-law flatmate roommate
""")
"""Who somebody is to the subject: the one name after it is not the subject's, even if the same."""

RELATIONS = KIN | word_set("""
    capo segretario segretaria portiere portinaia portinaio badante tata avvocato avvocata geometra
    commercialista medico dottore dottoressa titolare socio socia referente inquilino inquilina ex
    tutore tutrice delegato delegata testimone amministratore amministratrice tecnico operatore
    operatrice corriere autista colleghi
    boss assistant secretary lawyer solicitor doctor accountant landlord landlady tenant guardian
    carer technician driver caretaker
""")
"""Words before the name of somebody, who may be the subject."""

SURNAMES = word_set("""
    rossi russo ferrari esposito bianchi romano colombo ricci marino greco gallo conti mancini
    giordano rizzo lombardi moretti barbieri fontana santoro mariani rinaldi caruso ferrara galli
    martini leone longo gentile martinelli vitale lombardo serra coppola marchetti parisi villa
    conte ferraro ferri fabbri bianco marini grasso valentini messina sala gatti pellegrini palumbo
    sanna farina rizzi monti cattaneo morelli amato silvestri mazza testa grassi pellegrino carbone
    giuliani benedetti barone rossetti caputo montanari guerra palmieri bernardi martino fiore
    ferretti bellini basile riva donati piras vitali battaglia sartori neri costantini milani pagano
    ruggiero sorrentino damico orlando negri verdi esposti zanella tonelli brambilla bernasconi
    smith jones williams taylor davies evans thomas johnson roberts walker wright robinson thompson
    hughes edwards hall harris clarke jackson turner cooper morris mitchell anderson collins murphy
    miller wilson moore martin garcia rodriguez martinez hernandez lopez gonzalez perez sanchez
    ramirez nguyen patel khan singh ahmed hussain ali kim lee chen wang li zhang liu huang kowalski
    novak muller schmidt schneider fischer weber meyer wagner becker hoffmann dubois moreau laurent
    popescu ionescu shevchenko ivanov petrov hoxha
""")
"""Family names usual in Italy and among its neighbours."""

ALSO_WORDS = word_set("""
    rosa viola margherita gioia speranza angelo felice santo santa fiore luce serena bianca chiara
    franca franco costante vittoria pace grazia vera pia bruno bruna celeste stella luna sole
    domenica natale pasquale primo italia europa mercedes alba aurora perla ambra gemma onesto
    costanza libero libera massimo massima modesto fortunato clemente vitale salvatore letizia
    mark will bill grace faith hope joy rose may june april summer art frank rich sandy dawn iris
    lily daisy ruby amber pat sue jack guy dean rob max ray gene drew jean dale carol penny victor
    autumn violet heather holly ivy olive crystal angel christian chase cliff dick don earl harry
    herb jay jimmy josh lance mike nick skip stew tony troy wade ward mars alba van long young
    gentile conte leone villa sala testa guerra barone fiore costa monti riva grassi bianco neri
    verdi rossi conti gatti martini serra farina carbone battaglia negri hall walker cooper turner
    wright miller baker lee long ali sole
""")
"""Names that are words too: alone they count only inside a sentence, with a capital."""

_CALENDAR = """
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    lunedi martedi mercoledi giovedi venerdi sabato domenica january february march april may june
    july august september october november december monday tuesday wednesday thursday friday saturday
    sunday natale pasqua ferragosto capodanno christmas easter
"""
_OPENINGS = """
    gentile gentilissimo gentilissima caro cara cari egregio egregia spettabile buongiorno buonasera
    salve ciao grazie cordiali distinti saluti dear hello hi thanks regards sincerely yours best kind
    lei suo sua suoi sue voi vostro vostra loro noi nostro nostra economic area
    signora signor signore signori sig cliente customer client ordine order fattura invoice pratica
    contratto contract reclamo complaint telefono tel cell cellulare email mail pec fax note nota
    oggetto subject re fwd rif ref art nr no via piazza il lo la i gli le un una the a an this that
    he she they we you it his her their my your our i non si e ed o ma se in di da per con su tra a
    ha hanno ho sono era poi quindi anche dopo prima oggi ieri domani today yesterday tomorrow and or
    but if when after before then also for with from to of on at by
"""
_THINGS = """
    srl spa gdpr dsar iva iban crm pdf usb wifi gps sms whatsapp telegram facebook instagram google
    apple microsoft windows android iphone samsung amazon ebay paypal visa mastercard dhl ups gls bartolini
    poste italiane fedex brt sda tnt garante procura tribunale polizia carabinieri comune regione
    provincia lgs leg spa rl inps inail agenzia entrate unione europea european union banca bank ufficio office
    servizio clienti service customer care team newsletter black friday
"""
_PARTICLE = 3  # "de", "la", "del" belong to names, too
NO_NAMES = (
    word_set(_CALENDAR)
    | word_set(_OPENINGS)
    | word_set(_THINGS)
    | COMPANY_MARKERS
    | COURTESY_TITLES
    | STREET_WORDS
    | frozenset(word for word in LANGUAGES | COUNTRIES if len(word) > _PARTICLE)
    | frozenset(
        part
        for city in CITIES
        for part in city.split()
        if len(part) > _PARTICLE and part not in GIVEN_NAMES
    )
)
"""Words with a capital that begin or end no name."""
