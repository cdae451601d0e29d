"""Towns, streets and names: real Italian words, put together at random by `people`."""

# ruff: noqa: E501, SIM905  # tables are read as lines of words

from dataclasses import dataclass


@dataclass(frozen=True)
class Town:
    """A town with its province, one postal code and its telephone prefix."""

    name: str
    province: str
    postal_code: str
    prefix: str


TOWNS: tuple[Town, ...] = tuple(
    Town(*line.split("|"))
    for line in """
Milano|MI|20121|02
Milano|MI|20131|02
Milano|MI|20144|02
Milano|MI|20159|02
Monza|MB|20900|039
Sesto San Giovanni|MI|20099|02
Bergamo|BG|24121|035
Brescia|BS|25121|030
Como|CO|22100|031
Varese|VA|21100|0332
Pavia|PV|27100|0382
Lodi|LO|26900|0371
Cremona|CR|26100|0372
Mantova|MN|46100|0376
Torino|TO|10121|011
Torino|TO|10138|011
Novara|NO|28100|0321
Alessandria|AL|15121|0131
Asti|AT|14100|0141
Cuneo|CN|12100|0171
Genova|GE|16121|010
Savona|SV|17100|019
La Spezia|SP|19121|0187
Venezia|VE|30121|041
Padova|PD|35121|049
Verona|VR|37121|045
Vicenza|VI|36100|0444
Treviso|TV|31100|0422
Trento|TN|38122|0461
Bolzano|BZ|39100|0471
Udine|UD|33100|0432
Trieste|TS|34121|040
Bologna|BO|40121|051
Modena|MO|41121|059
Parma|PR|43121|0521
Piacenza|PC|29121|0523
Reggio nell'Emilia|RE|42121|0522
Ferrara|FE|44121|0532
Ravenna|RA|48121|0544
Rimini|RN|47921|0541
Firenze|FI|50121|055
Prato|PO|59100|0574
Pisa|PI|56121|050
Livorno|LI|57121|0586
Siena|SI|53100|0577
Arezzo|AR|52100|0575
Lucca|LU|55100|0583
Perugia|PG|06121|075
Terni|TR|05100|0744
Ancona|AN|60121|071
Pesaro|PU|61121|0721
Roma|RM|00184|06
Roma|RM|00147|06
Roma|RM|00162|06
Latina|LT|04100|0773
Viterbo|VT|01100|0761
L'Aquila|AQ|67100|0862
Pescara|PE|65121|085
Napoli|NA|80121|081
Salerno|SA|84121|089
Caserta|CE|81100|0823
Bari|BA|70121|080
Lecce|LE|73100|0832
Foggia|FG|71121|0881
Taranto|TA|74121|099
Potenza|PZ|85100|0971
Cosenza|CS|87100|0984
Catanzaro|CZ|88100|0961
Palermo|PA|90133|091
Catania|CT|95124|095
Messina|ME|98122|090
Siracusa|SR|96100|0931
Cagliari|CA|09124|070
Sassari|SS|07100|079
""".strip().splitlines()
)

STREETS: tuple[str, ...] = tuple(
    line.strip()
    for line in """
Via Giuseppe Garibaldi;Via Giuseppe Mazzini;Via Camillo Cavour;Via Dante Alighieri;Via Guglielmo Marconi
Via Alessandro Manzoni;Via Giosuè Carducci;Via Giovanni Pascoli;Via Giacomo Leopardi;Via Ugo Foscolo
Via Galileo Galilei;Via Leonardo da Vinci;Via Michelangelo Buonarroti;Via Raffaello Sanzio;Via Tiziano Vecellio
Via Giuseppe Verdi;Via Gioachino Rossini;Via Giacomo Puccini;Via Vincenzo Bellini;Via Gaetano Donizetti
Via Antonio Vivaldi;Via Cristoforo Colombo;Via Amerigo Vespucci;Via Marco Polo;Via Alessandro Volta
Via Enrico Fermi;Via Luigi Galvani;Via Antonio Meucci;Via Evangelista Torricelli;Via Giordano Bruno
Via Antonio Gramsci;Via Giacomo Matteotti;Via Aldo Moro;Via Alcide De Gasperi;Via Sandro Pertini
Via Papa Giovanni XXIII;Via Don Luigi Sturzo;Via Don Giovanni Minzoni;Via San Francesco;Via Sant'Antonio
Via San Martino;Via San Rocco;Via San Giovanni Bosco;Via Santa Lucia;Via Santa Maria
Via XX Settembre;Via XXV Aprile;Via IV Novembre;Via Primo Maggio;Via II Giugno
Via della Repubblica;Via della Libertà;Via dell'Indipendenza;Via della Vittoria;Via della Pace
Via dei Mille;Via del Risorgimento;Via della Resistenza;Via dei Partigiani;Via dei Caduti
Via dei Tigli;Via delle Rose;Via dei Platani;Via degli Ulivi;Via dei Pini
Via delle Betulle;Via dei Gelsomini;Via delle Magnolie;Via dei Ciliegi;Via del Lavoro
Via della Stazione;Via del Mercato;Via dell'Artigianato;Via dell'Industria;Via delle Scuole
Via Monte Rosa;Via Monte Grappa;Via Monte Bianco;Via Piave;Via Isonzo
Via Trento;Via Trieste;Via Gorizia;Via Torino;Via Firenze
Via Nazario Sauro;Via Cesare Battisti;Via Fratelli Bandiera;Via Fratelli Cervi;Via Goffredo Mameli
Via Carlo Cattaneo;Via Massimo d'Azeglio;Via Silvio Pellico;Via Ippolito Nievo;Via Luigi Pirandello
Via Grazia Deledda;Via Elsa Morante;Via Cesare Pavese;Via Italo Calvino;Via Italo Svevo
Viale dei Giardini;Viale della Rimembranza;Viale Europa;Viale Italia;Viale Ariosto
Viale Kennedy;Viale Gian Galeazzo;Viale Abruzzi;Viale Umbria;Viale Piemonte
Corso Vittorio Emanuele;Corso Umberto I;Corso Magenta;Corso Sempione;Corso Lodi
Piazza del Popolo;Piazza della Fontana;Piazza San Marco;Piazza Risorgimento;Piazza Sant'Agostino
Largo Augusto;Largo Treves;Vicolo Stretto;Vicolo del Forno;Strada Provinciale Vecchia
Via Bartolomeo Colleoni;Via Andrea Palladio;Via Filippo Brunelleschi;Via Donato Bramante;Via Gian Lorenzo Bernini
Via Sandro Botticelli;Via Andrea Mantegna;Via Paolo Veronese;Via Canaletto;Via Giorgione
Via Benedetto Croce;Via Giambattista Vico;Via Tommaso Campanella;Via Torquato Tasso;Via Francesco Petrarca
Via Giovanni Boccaccio;Via Niccolò Machiavelli;Via Pietro Metastasio;Via Carlo Goldoni;Via Vittorio Alfieri
Via Giuseppe Parini;Via Cesare Beccaria;Via Pietro Verri;Via Luigi Settembrini;Via Eleonora Duse
""".strip()
    .replace("\n", ";")
    .split(";")
)

MEN: tuple[str, ...] = tuple(
    """Alessandro Andrea Antonio Alberto Alessio Angelo Bruno Carlo Claudio Christian Daniele Dario
Davide Diego Domenico Edoardo Emanuele Enrico Enzo Fabio Fabrizio Federico Filippo Francesco Franco
Gabriele Gennaro Giacomo Gianluca Gianni Giorgio Giovanni Giulio Giuseppe Guido Jacopo Leonardo
Lorenzo Luca Luciano Luigi Manuel Marcello Marco Mario Massimiliano Massimo Matteo Mattia Maurizio
Mauro Michele Mirko Nicola Nicolò Paolo Pasquale Pietro Raffaele Renato Riccardo Roberto Rocco
Salvatore Samuele Sergio Silvio Simone Stefano Tommaso Umberto Valerio Vincenzo Vito Vittorio Walter
""".split()
)
WOMEN: tuple[str, ...] = tuple(
    """Alessandra Alessia Alice Anna Annalisa Antonella Arianna Barbara Beatrice Benedetta Camilla
Carla Caterina Cecilia Chiara Cinzia Claudia Concetta Cristina Daniela Debora Donatella Elena
Eleonora Elisa Elisabetta Emanuela Erica Eva Fabiana Federica Flavia Francesca Gaia Giada Giorgia
Giovanna Giulia Giuseppina Giusy Grazia Greta Ilaria Irene Laura Letizia Lidia Loredana Luana Lucia
Luisa Maddalena Manuela Mara Margherita Maria Marina Marta Martina Matilde Michela Monica Nadia
Nicoletta Noemi Ornella Paola Patrizia Raffaella Rebecca Rita Roberta Rosa Rosanna Sabrina Sara
Serena Silvia Simona Sofia Sonia Stefania Teresa Tiziana Valentina Valeria Vanessa Veronica Viola
""".split()
)
SURNAMES: tuple[str, ...] = tuple(
    """Rossi Ferrari Russo Bianchi Romano Gallo Colombo Ricci Greco Marino Bruno Conti Esposito
Giordano Rizzo Mancini Lombardi Barbieri Moretti Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli
Martini Leone Longo Gentile Martinelli Vitale Lombardo Serra Coppola Marchetti Parisi Villa Conte
Ferraro Ferri Fabbri Bianco Marini Grasso Valentini Messina Sala Gatti Pellegrini Palumbo Sanna
Farina Rizzi Monti Cattaneo Morelli Amato Silvestri Mazza Testa Grassi Pellegrino Carbone Giuliani
Benedetti Barone Rossetti Caputo Montanari Guerra Palmieri Bernardi Martino Fiore Ferretti Bellini
Basile Riva Donati Piras Vitali Battaglia Sartori Neri Milani Pagano Ruggiero Sorrentino Orlando
Negri Mantovani Brambilla Colnaghi Fumagalli Galimberti Casiraghi Bonetti Zanella Zanetti Bertolini
Cavalli Fabris Trevisan Marchesi Pozzi Ravasi Sirtori Tagliabue Beretta Meroni Villani Locatelli
""".split()
)
COMPANY_WORDS: tuple[str, ...] = tuple(
    """Aurelia Ticino Navigli Brianza Adriatica Tirreno Dolomiti Lario Verbano Arno Tevere Appia
Ligure Etna Vesuvio Maremma Langhe Chianti Salento Gargano Carso Adda Oglio Mincio Panaro""".split()
)
COMPANY_KINDS: tuple[str, ...] = (
    "Studio di architettura {word}",
    "Hotel {word}",
    "Arredamenti {word} S.r.l.",
    "{word} Interni S.n.c.",
    "Agriturismo {word}",
    "Ristorante {word}",
    "{word} Costruzioni S.p.A.",
    "Impianti {word} S.r.l.",
    "Residenza {word}",
    "Cooperativa {word}",
)
JOBS: tuple[str, ...] = (
    "Architetto", "Responsabile acquisti", "Titolare", "Direttrice", "Geometra", "Contabile",
    "Arredatrice d'interni", "Direttore d'albergo", "Impiegata amministrativa", "Capocantiere",
)  # fmt: skip
