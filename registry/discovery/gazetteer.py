"""Small word lists that tell a person from a company and a town from a product.

They are written by hand and kept short on purpose: a list of names does not prove that a
value is a name, it only lets a column of many values speak. Accents are folded and case is
ignored (`fold`).
"""

# ruff: noqa: E501  # blocks of words

import unicodedata

_WORDS_OF_A_NAME = range(2, 6)


def fold(text: str) -> str:
    """Return a text in lower case without accents, for comparing words."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def word_set(block: str) -> frozenset[str]:
    """Return the folded words of a block of text, as a set."""
    return frozenset(fold(block).split())


GIVEN_NAMES_IT = word_set("""
    alberto alessandra alessandro alessia alessio alice andrea angela angelo anna annamaria antonella
    antonietta antonio arianna aurora barbara beatrice benedetta bianca bruno camilla carla carlo
    carmela carmelo carmen caterina cecilia chiara cinzia claudia claudio corrado cristian cristiana
    cristiano cristina daniela daniele dario davide debora diego domenico donatella edoardo elena
    eleonora elisa elisabetta emanuela emanuele emilia emma enrico enzo erica ernesto eugenio eva
    fabiana fabio fabrizio federica federico filippo flavia flavio francesca francesco franco
    gabriele gabriella gaetano gaia gennaro giacomo giada gianfranco gianluca gianluigi gianmarco
    gianni gianpaolo ginevra gino giorgia giorgio giovanna giovanni giulia giuliana giuliano giulio
    giuseppe giuseppina graziella grazia greta guido ida ilaria irene isabella ivan jacopo laura
    leonardo leone letizia licia lidia liliana lina lisa livia lorenza lorenzo loredana luca lucia
    luciana luciano lucio ludovica luigi luigia luisa maddalena manuel manuela mara marcello marco
    margherita maria mariangela mariano marina mario marisa marta martina massimiliano massimo matilde
    matteo mattia maurizio mauro melissa michela michele milena mirella mirko monica nadia natale
    nicola nicole nicoletta nicolo noemi olga orietta ornella oscar paola paolo pasquale patrizia
    piero pierluigi pietro raffaele raffaella renata renato riccardo rita roberta roberto rocco romano
    rosa rosanna rosaria rosario rossella ruggero sabrina salvatore samuele sandra sandro sara
    sebastiano serena sergio silvana silvano silvia silvio simona simone sofia sonia stefania stefano
    susanna tania teresa tiziana tiziano tommaso umberto valentina valentino valeria valerio vanessa
    veronica vincenza vincenzo virginia vito vittoria vittorio viviana walter
""")
"""Given names usual in Italy, for recognising people in Italian notes."""

GIVEN_NAMES = GIVEN_NAMES_IT | word_set("""
    aaron abigail adam adrian adrienne alan albert alejandro alex alexander alexandra alexandre alexis
    alfred alfredo ali alicia allison amanda amber amy ana andre andreas andres andrew angel angelica
    anita ann anne annette anthony antoine antonin anton april arthur ashley astrid aude austin barry
    beatriz benjamin bernard beth betty bjorn bob bonnie brad bradley brandon brandy brenda brent
    brian brittany bruce bryan caitlin caleb calvin cameron camille candace carlos carol caroline
    carolyn carrie casey cassandra catherine cesar charles charlotte chelsea cheryl chloe christian
    christina christine christopher christy clarence claude clayton clinton colleen connor courtney
    craig crystal curtis cynthia dale dan daniel danielle danny darren darrell david dawn deanna
    deborah debra dennis derek derrick destiny devin diana diane diego dieter dominic dominique
    donald donna doris dorothy douglas drew dustin dylan eduardo edward edwin eileen elizabeth ellen
    emily emmanuel enrique eric erik erika erin ernst ethan eugene evan evelyn fernando ferdinand
    florence frank franz frederic frederick fred gabriel gabrielle gary george gerald gilbert gina
    gloria grace greg gregory guy hannah hans harold harry heather hector heidi helen helena helge
    henri henry herbert howard hugh hugo ian ingrid isaac isabel isabelle jack jackie jackson jacob
    jacqueline jacques jaime jake james jamie jan jane janet janice janine jared jasmine jason javier
    jay jean jeanne jeff jeffrey jenna jennifer jeremy jerome jerry jesse jessica jill jim joan joao
    joanna jodi joe joel johannes john johnny jon jonathan jordan jorge jose joseph joshua joy joyce
    juan juanita judith judy julia julian julie justin karen karin karl katarina kate katelyn
    katherine kathleen kathryn katie kayla keith kelly kelli kelvin ken kenneth kevin kim kimberly
    kirsten klaus kristen kristin kristina kristy krista kurt kyle lacey lance larry lars latoya
    lauren laurence laurent lawrence leah lee leon leonie leslie levi lewis liam linda lindsay
    lindsey liz lori louis louise lucas lucy luis luke lydia lynn mackenzie madeleine madison
    manuel marc marcus margaret maria mariah marianne marie marion marissa mark marshall martha
    martin martine mary mason mathilde matthew maureen maurice max maxime megan meghan melanie melvin
    meredith michael michel micheal michelle miguel mike miranda misty mitchell molly monique morgan
    mohamed mohammed muhammad nancy natalia natalie natasha nathan nathaniel neil nelson nicholas
    nicolas niklas nina noah nora norman olivia oliver omar orlando pamela pascale patricia patrick
    paul paula paulo pedro peggy peter petra philip philippe phillip phyllis pierre rachael rachel
    rafael ralph ramon randall randy raul ray raymond rebecca regina renee ricardo richard rick ricky
    rob robert robin robyn rodney rodrigo roger roland ron ronald rosa rose ross roy ruben russell
    ruth ryan sabine sally sam samantha samuel sandy sarah savannah scott sean sebastian seth shane
    shannon sharon shaun shawn sheena sheila shelby shelley sherri sierra sofie sophie stacey stacy
    stanislaw stephanie stephen steve steven stuart summer susan susanne suzanne sven sydney sylvia
    tabitha tamara tara taylor terrence terry theodore theresa thomas tiffany tim timothy tina todd
    tom tommy toni tony tonya tracy travis trevor trinity tristan troy tyler ursula victor victoria
    viktor vincent virginie walter wanda warren wayne wendy wesley whitney will willie william
    xavier yasmin yolanda yvonne zachary zoe
""")
"""Given names usual in European and American customer files."""

COURTESY_TITLES = word_set("""
    mr mr. mrs mrs. ms ms. miss mx mx. dr dr. prof prof. sir madam sig sig. sig.ra sig.na signor
    signora signorina dott dott. dott.ssa avv avv. ing ing. geom geom. rag rag. prof.ssa arch arch.
    herr frau m. mme mlle monsieur madame don dona senor senora rev rev. spett.le egr. gent.ma
""")

COMPANY_MARKERS = word_set("""
    inc inc. ltd ltd. limited llc llp plc corp corp. corporation company co. co gmbh ag kg ug ev ohg
    spa s.p.a. s.p.a srl s.r.l. s.r.l srls snc s.n.c. sas s.a.s. scarl coop cooperativa onlus aps
    sa s.a. sarl b.v. bv n.v. nv oy ab as a/s aps sl s.l. ltda group gruppo holding bank banca banco
    foundation fondazione association associazione university universita institute istituto hotel
    restaurant ristorante trattoria market markets store stores shop services systems solutions
    industries international comune ministero azienda ditta studio impresa school church society
    club center centre partners consulting media software technologies logistics insurance
    assicurazioni markt delikatessen cafe bar import export distribution supply supplies bros bros.
""")

HOUSEHOLD_MARKERS = word_set("household family famiglia haushalt famille")

JOB_WORDS = word_set("""
    manager director representative engineer officer assistant analyst administrator coordinator
    agent owner president vice sales marketing accounting accountant clerk clerical technician
    operator teacher nurse consultant developer designer specialist supervisor secretary lawyer
    professional management manual skilled executive chief staff head worker driver chef editor
    impiegato impiegata operaio operaia dirigente direttore direttrice responsabile consulente
    commerciale contabile segretaria segretario avvocato ingegnere medico insegnante docente
    infermiere pensionato pensionata studente studentessa libero professionista titolare addetto
    addetta tecnico programmatore amministratore socio artigiano commerciante agente
""")

STREET_WORDS = word_set("""
    street st st. avenue ave ave. av av. road rd rd. lane ln ln. drive dr dr. boulevard blvd blvd.
    court ct ct. way place pl pl. square sq sq. terrace highway hwy parkway close crescent circle
    suite apt apt. unit floor box via viale v.le piazza p.zza p.za piazzale corso c.so largo vicolo
    strada contrada c.da localita loc. lungomare lungotevere borgo salita frazione str. strasse rue
    calle avenida rua platz allee weg gasse quai chemin
""")

PROVINCES_IT = word_set("""
    ag al an ao ap aq ar at av ba bg bi bl bn bo br bs bt bz ca cb ce ch cl cn co cr cs ct cz en fc
    fe fg fi fm fr ge go gr im is kr lc le li lo lt lu mb mc me mi mn mo ms mt na no nu or pa pc pd
    pe pg pi pn po pr pt pu pv pz ra rc re rg ri rm rn ro sa si so sp sr ss su sv ta te tn to tp tr
    ts tv ud va vb vc ve vi vr vt vv
""")
"""Car codes of the Italian provinces."""

STATES_US_CA = word_set("""
    al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny
    nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc ab bc mb nb nl ns nt nu on pe qc sk yt
""")

CITIES = frozenset(fold(city) for city in (
    "Roma", "Milano", "Napoli", "Torino", "Palermo", "Genova", "Bologna", "Firenze", "Bari",
    "Catania", "Venezia", "Verona", "Messina", "Padova", "Trieste", "Brescia", "Parma", "Taranto",
    "Prato", "Modena", "Reggio Calabria", "Reggio Emilia", "Perugia", "Ravenna", "Livorno",
    "Cagliari", "Foggia", "Rimini", "Salerno", "Ferrara", "Sassari", "Latina", "Monza", "Siracusa",
    "Bergamo", "Pescara", "Trento", "Forlì", "Vicenza", "Terni", "Bolzano", "Novara", "Piacenza",
    "Ancona", "Andria", "Arezzo", "Udine", "Cesena", "Lecce", "Pesaro", "Como", "Pisa", "Lucca",
    "Varese", "Treviso", "Asti", "Cuneo", "Siena", "Matera", "Potenza", "Campobasso", "L'Aquila",
    "Aosta", "Cosenza", "Catanzaro", "Crotone", "Ragusa", "Trapani", "Agrigento", "Enna", "Mantova",
    "Cremona", "Pavia", "Lodi", "Lecco", "Sondrio", "Savona", "Imperia", "La Spezia", "Grosseto",
    "Viterbo", "Rieti", "Frosinone", "Caserta", "Benevento", "Avellino", "Nuoro", "Oristano",
    "London", "Paris", "Berlin", "Madrid", "Barcelona", "Lisbon", "Lisboa", "Vienna", "Wien",
    "Brussels", "Bruxelles", "Amsterdam", "Copenhagen", "Stockholm", "Oslo", "Helsinki", "Dublin",
    "Edinburgh", "Manchester", "Birmingham", "Munich", "München", "Hamburg", "Frankfurt",
    "Stuttgart", "Köln", "Zürich", "Genève", "Bern", "Lyon", "Marseille", "Bordeaux", "Dijon",
    "Prague", "Praha", "Warsaw", "Budapest", "Bucharest", "Sofia", "Athens", "New York",
    "Los Angeles", "Chicago", "Houston", "Phoenix", "Philadelphia", "San Antonio", "San Diego",
    "Dallas", "Seattle", "Boston", "Denver", "Portland", "San Francisco", "Sacramento", "Tucson",
    "Toronto", "Montréal", "Vancouver", "Ottawa", "Calgary", "Edmonton", "São Paulo",
    "Rio de Janeiro", "Buenos Aires", "Santiago", "México D.F.", "Sydney", "Melbourne", "Tokyo",
    "Lynnwood", "Burbank", "Bellingham", "Beaverton", "Oakland", "Salem", "Spokane", "Tacoma",
    "Redmond", "Everett", "Renton", "Torrance", "Berkeley", "Issaquah", "Olympia",
))  # fmt: skip

COUNTRIES = frozenset(fold(country) for country in (
    "Italia", "Italy", "Germany", "Germania", "Deutschland", "France", "Francia", "Spain", "Spagna",
    "Portugal", "Portogallo", "Austria", "Belgium", "Belgio", "Netherlands", "Paesi Bassi", "Olanda",
    "Denmark", "Danimarca", "Sweden", "Svezia", "Norway", "Norvegia", "Finland", "Finlandia",
    "Iceland", "Islanda", "Ireland", "Irlanda", "UK", "United Kingdom", "Regno Unito",
    "Great Britain", "Switzerland", "Svizzera", "Poland", "Polonia", "Czech Republic",
    "Repubblica Ceca", "Slovakia", "Slovacchia", "Slovenia", "Croatia", "Croazia", "Hungary",
    "Ungheria", "Romania", "Bulgaria", "Greece", "Grecia", "Cyprus", "Cipro", "Malta", "Estonia",
    "Latvia", "Lettonia", "Lithuania", "Lituania", "Luxembourg", "Lussemburgo", "San Marino",
    "USA", "United States", "Stati Uniti", "Canada", "Mexico", "Messico", "Brazil", "Brasile",
    "Argentina", "Chile", "Cile", "Venezuela", "Colombia", "Peru", "Australia", "New Zealand",
    "Japan", "Giappone", "China", "Cina", "India", "South Africa", "Sudafrica", "Albania", "Serbia",
    "Ukraine", "Ucraina", "Russia", "Turkey", "Turchia", "Morocco", "Marocco", "Tunisia", "Egypt",
    "Egitto", "Singapore", "Israel", "Israele", "Greenland", "Groenlandia", "Uruguay",
))  # fmt: skip

LANGUAGES = word_set("""
    it en de fr es pt nl pl ro sl hr el da sv fi no hu cs sk bg et lv lt mt ga it-it en-gb en-us
    de-de fr-fr es-es italian english german french spanish italiano inglese tedesco francese
    spagnolo ita eng deu fra spa
""")


def person_words(value: str) -> list[str]:
    """Return the folded words of a value that could be a person's name, else an empty list.

    Two to five words, letters only, and none of them the mark of a company.
    """
    parts = [part.strip(".,;()\"'") for part in fold(value).split()]
    parts = [part for part in parts if part]
    fits = len(parts) in _WORDS_OF_A_NAME and not any(c.isdigit() or c in "&/@" for c in value)
    return parts if fits and not COMPANY_MARKERS.intersection(parts) else []


def looks_like_person(value: str) -> bool:
    """Say whether a value reads as a full name with a given name we know."""
    parts = person_words(value)
    return bool(parts) and (parts[0] in GIVEN_NAMES or parts[-1] in GIVEN_NAMES)


def has_company_marker(value: str) -> bool:
    """Say whether a value carries a legal form or a word that only organisations use."""
    parts = {part.strip(",;()\"'") for part in fold(value).split()}
    return bool(parts & COMPANY_MARKERS)
