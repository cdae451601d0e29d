"""What people wrote and said: Italian as it reaches a shop that sells lamps and furniture.

Placeholders are filled by `histories`: the person, a product (or a lamp, or a piece of
furniture), an order, a day, a town. The last
groups hold what people write although nobody asked: codes, accounts, health, relatives. They are
there so that discovery has something to ask about.
"""

# ruff: noqa: E501  # a letter is read as one line

QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        "Disponibilità {product}",
        "Buongiorno, volevo sapere se {product} è disponibile in pronta consegna o se bisogna aspettare. Grazie, {name}",
    ),
    (
        "Informazioni su {product}",
        "Buonasera, sul sito non trovo le misure di {product}. Potete dirmi altezza e larghezza? Cordiali saluti, {name}",
    ),
    (
        "Tempi di consegna ordine {order}",
        "Salve, ho fatto l'ordine {order} e non ho ancora ricevuto il tracking. Quando è prevista la consegna a {city}? Grazie mille",
    ),
    (
        "Lampadina compatibile",
        "Buongiorno, che attacco ha {product}? Ho in casa solo lampadine E14 e vorrei evitare di ricomprarle.",
    ),
    (
        "Ritiro in negozio",
        "Posso ritirare l'ordine {order} nel negozio di Milano invece di aspettare il corriere? Passerei sabato mattina. {name}",
    ),
    (
        "Fattura ordine {order}",
        "Buongiorno, mi servirebbe copia della fattura dell'ordine {order} per la garanzia. Grazie, {name}",
    ),
    (
        "Colore diverso",
        "Avete {furniture} anche in bianco opaco? Nella foto sembra panna e con i miei mobili non starebbe bene.",
    ),
    (
        "Montaggio",
        "Vi chiedo se il servizio di montaggio è compreso per {furniture} oppure va aggiunto. Abito a {city}, terzo piano con ascensore.",
    ),
    (
        "Sconto per due pezzi",
        "Se prendo due pezzi di {product} è previsto uno sconto? Sono già vostro cliente. Saluti, {name}",
    ),
    (
        "Pagamento a rate",
        "Buongiorno, per {product} è possibile pagare in tre rate senza interessi come l'anno scorso?",
    ),
    (
        "Cambio indirizzo di consegna",
        "Ho ordinato ieri ({order}) ma in quei giorni non sarò a casa: potete spedire in ufficio? Vi scrivo poi l'indirizzo giusto. {name}",
    ),
    (
        "Ricambi",
        "Si è rotto il paralume di {lamp}, comprato da voi qualche anno fa. Vendete il ricambio?",
    ),
    (
        "Consulenza illuminazione",
        "Buongiorno, sto ristrutturando il soggiorno, circa 28 mq. Consigliate {lamp} o serve qualcosa di più luminoso?",
    ),
)
COMPLAINTS: tuple[tuple[str, str], ...] = (
    (
        "Reclamo ordine {order}",
        "Buongiorno, {product} dell'ordine {order} è arrivato con il vetro scheggiato. Allego le foto. Chiedo la sostituzione. {name}",
    ),
    (
        "Consegna in ritardo",
        "L'ordine {order} doveva arrivare il {day} e siamo ancora qui ad aspettare. È la terza volta che scrivo e nessuno risponde.",
    ),
    (
        "Pezzo mancante",
        "Nella scatola di {furniture} mancano le viti e il foglio di montaggio. Non posso montarlo. Attendo notizie, {name}",
    ),
    (
        "Prodotto diverso",
        "Ho ricevuto una cosa diversa da {product}: il colore non è quello ordinato. Ordine {order}. Voglio fare il reso.",
    ),
    (
        "Rimborso non ricevuto",
        "Ho restituito {product} il {day} e il rimborso non si vede. Quanto devo ancora aspettare? {name}",
    ),
    (
        "Lampada che sfarfalla",
        "{lamp} dopo due settimane ha iniziato a sfarfallare, ho già cambiato lampadina. È in garanzia, ordine {order}.",
    ),
    (
        "Corriere maleducato",
        "Il corriere ha lasciato il pacco in strada sotto la pioggia. {product} si è salvato per miracolo. Vi prego di segnalarlo.",
    ),
    (
        "Doppio addebito",
        "Per l'ordine {order} mi risultano due addebiti uguali. Vi chiedo di stornare il secondo il prima possibile. Distinti saluti, {name}",
    ),
    (
        "Cassetto difettoso",
        "Il cassetto di {furniture} non chiude: la guida è storta. Mandate un tecnico o me lo cambiate?",
    ),
    (
        "Troppe e-mail",
        "Continuo a ricevere pubblicità anche se ho tolto la spunta. Per favore smettetela, sono cliente ma non mi interessa. {name}",
    ),
    (
        "Preventivo non rispettato",
        "In negozio mi avevano detto un prezzo per {product} e in fattura ne trovo un altro. Ordine {order}. Gradirei un chiarimento.",
    ),
)
CALLS: tuple[tuple[str, str], ...] = (
    (
        "Telefonata in entrata",
        "Chiede lo stato dell'ordine {order}. Comunicata consegna prevista entro venerdì, soddisfatto.",
    ),
    (
        "Telefonata in entrata",
        "Chiama per {lamp}: vuole sapere se si può appendere a una parete in cartongesso. Consigliati tasselli specifici.",
    ),
    (
        "Reclamo telefonico",
        "Molto seccato per il ritardo dell'ordine {order}. Scuse, offerto buono da 15 euro sul prossimo acquisto.",
    ),
    (
        "Richiesta fattura",
        "Serve la fattura dell'ordine {order} intestata alla ditta. Inviata copia per e-mail.",
    ),
    (
        "Appuntamento in negozio",
        "Passa a {city} sabato verso le 11 a vedere {product}. Tenere da parte il pezzo in esposizione.",
    ),
    (
        "Telefonata in entrata",
        "Vorrebbe modificare l'ordine {order}: due pezzi invece di uno. Modifica fatta prima della spedizione.",
    ),
    (
        "Assistenza",
        "Il trasformatore di {lamp} ronza. Aperta pratica di garanzia, spedito ricambio.",
    ),
    (
        "Chiusura reclamo",
        "Richiamato il cliente: sostituzione di {product} arrivata integra. Pratica chiusa.",
    ),
    (
        "Informazioni",
        "Chiede se {furniture} rientra nel bonus mobili. Spiegato che la fattura va pagata con bonifico o carta.",
    ),
    (
        "Reso",
        "Autorizzato reso di {product}, ordine {order}. Ritiro del corriere prenotato per il {day}.",
    ),
)
REPLIES: tuple[tuple[str, str], ...] = (
    (
        "Re: la sua richiesta",
        "Gentile {name}, {product} è disponibile e parte entro due giorni lavorativi. Un saluto dal servizio clienti Lumina Casa.",
    ),
    (
        "Re: ordine {order}",
        "Gentile {name}, ci scusiamo per l'attesa. L'ordine {order} è in consegna e riceverà il codice di spedizione in giornata.",
    ),
    (
        "Re: reclamo",
        "Gentile {name}, abbiamo visto le foto e spediamo subito un nuovo pezzo di {product}. Il corriere ritirerà quello danneggiato.",
    ),
    (
        "Re: rimborso",
        "Gentile {name}, il rimborso dell'ordine {order} è stato disposto il {day}; la banca può impiegare cinque giorni.",
    ),
    (
        "Re: fattura",
        "Gentile {name}, in allegato la copia della fattura dell'ordine {order}. Restiamo a disposizione.",
    ),
    (
        "Re: montaggio",
        "Gentile {name}, il montaggio di {furniture} non è compreso ma si può aggiungere: a {city} costa 49 euro.",
    ),
)
CHATS: tuple[tuple[str, str], ...] = (
    ("Chat", "ciao, {product} quando torna disponibile?"),
    (
        "Chat",
        "buongiorno, ho un problema con il pagamento dell'ordine {order}, mi dà errore alla fine",
    ),
    ("Chat", "scusate ma il codice sconto non funziona su {product}?"),
    ("Chat", "ok grazie, allora aspetto la mail con il tracking di {order}"),
)
FAIRS: tuple[tuple[str, str], ...] = (
    (
        "Incontro in fiera",
        "Passato allo stand, interessato a {product} per una casa al mare. Mandare catalogo.",
    ),
    (
        "Richiesta catalogo",
        "Buongiorno, ci siamo visti in fiera. Mi mandate il listino con {product}? Grazie, {name}",
    ),
    (
        "Incontro in fiera",
        "Arreda un bed and breakfast a {city}, sei camere. Chiede un preventivo per lampade da comodino.",
    ),
    (
        "Modulo dal sito",
        "Vorrei essere ricontattato per un preventivo su {product}. Preferisco il pomeriggio. {name}",
    ),
    (
        "Incontro in negozio",
        "Ha guardato {product} con calma, ci pensa. Chiede di essere avvisato se va in promozione.",
    ),
    (
        "Preventivo",
        "Buonasera, ho ricevuto il preventivo per {product}. Prima di decidere vorrei vederlo dal vivo a Milano. {name}",
    ),
)
COMPANIES: tuple[tuple[str, str], ...] = (
    (
        "Richiesta di offerta",
        "Buongiorno, per un nostro cliente cerchiamo dodici pezzi di {product}. Ci fate avere la vostra migliore offerta entro fine mese? {name}",
    ),
    (
        "Ordine {order}",
        "Confermiamo l'ordine {order}. Vi preghiamo di consegnare al magazzino di {city}, dalle 8 alle 12.",
    ),
    (
        "Fornitura",
        "Ci serve la scheda tecnica di {product} con il certificato CE per il capitolato. Grazie, {name}",
    ),
    (
        "Sollecito pagamento",
        "Contattata l'amministrazione: la fattura dell'ordine {order} va in pagamento a fine mese.",
    ),
    (
        "Visita in cantiere",
        "Sopralluogo fissato per il {day} a {city}: verificare i punti luce prima di posare {lamp}.",
    ),
)

UNASKED: tuple[tuple[str, str], ...] = (
    (
        "Rimborso ordine {order}",
        "Per il rimborso dell'ordine {order} vi lascio il mio IBAN: {iban}. Grazie, {name}",
    ),
    (
        "Coordinate bancarie",
        "Come richiesto al telefono, l'accredito va fatto su {iban}, il conto è intestato a me.",
    ),
    (
        "Fattura con codice fiscale",
        "Buongiorno, sulla fattura dell'ordine {order} manca il codice fiscale, che è {fiscal_code}. Potete correggerla? {name}",
    ),
    (
        "Bonus mobili",
        "Per la detrazione mi serve la fattura con il mio codice fiscale {fiscal_code} e i dati dell'ordine {order}.",
    ),
    (
        "Consegna al piano",
        "Chiedo la consegna al piano: sono su una sedia a rotelle e non posso scendere a ritirare {product}. {name}",
    ),
    (
        "Rinvio consegna",
        "Devo rimandare la consegna dell'ordine {order}, la prossima settimana sono ricoverata in ospedale per un intervento chirurgico.",
    ),
    (
        "Lampada per ipovedenti",
        "Cerco una luce molto forte per leggere perché sono ipovedente: {lamp} può andare bene?",
    ),
    (
        "Materiali",
        "Sono allergica alla lana: l'imbottitura di {furniture} ne contiene? Mio marito è asmatico, per cui niente piume.",
    ),
    (
        "Ritardo nel pagamento",
        "Mi scuso per il ritardo, sono stato in malattia e la chemioterapia mi ha tolto le forze. Pago l'ordine {order} domani.",
    ),
    (
        "Consegna rinviata",
        "La cliente è incinta all'ottavo mese: consegnare {product} solo al piano, non può sollevare pesi.",
    ),
    (
        "Legge 104",
        "Chiedo se applicate l'IVA agevolata per la legge 104: ho l'invalidità al 100%. Ordine {order}.",
    ),
    (
        "Orari di consegna",
        "Durante il Ramadan preferisco che il corriere passi la mattina. Grazie, {name}",
    ),
    (
        "Sconto per iscritti",
        "Ho la tessera sindacale CGIL: è ancora valida la convenzione del 10% su {product}?",
    ),
    (
        "Delega al ritiro",
        "Al ritiro di {product} viene mio cognato, il sig. {man}. Gli lascio la ricevuta dell'ordine {order}.",
    ),
    (
        "Secondo referente",
        "In mia assenza potete parlare con la mia compagna {woman}, che segue lei la ristrutturazione.",
    ),
    (
        "Vicino di casa",
        "Se non sono in casa lasciate il pacco al portiere, il sig. {man}. {name}",
    ),
    (
        "Segnalazione",
        "In negozio mi ha seguito la vostra collega, la sig.ra {woman}, gentilissima: fateglielo sapere.",
    ),
    (
        "Accesso al sito",
        "Non riesco più a entrare: la mia password è {secret}, potete controllare voi?",
    ),
    (
        "Pagamento telefonico",
        "Non mi funziona il sito, vi do la carta per l'ordine {order}: {card}.",
    ),
    (
        "Ritiro con documento",
        "Ritira mia figlia con la carta d'identità {document}. Va bene lo stesso per l'ordine {order}?",
    ),
)
NOTES: tuple[str, ...] = (
    "Preferisce essere chiamato dopo le 18.",
    "Cliente storico, conosce bene il catalogo.",
    "Citofono guasto: avvisare per telefono prima della consegna.",
    "Paga sempre alla consegna.",
    "Seconda casa al mare, spedire lì solo d'estate.",
    "Interessato alle promozioni di fine stagione.",
    "Consegnare al piano, l'ascensore è piccolo.",
    "Ha chiesto il catalogo cartaceo.",
)
