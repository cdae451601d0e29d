"""Articles for tests: written by one person, published by another."""

from datetime import datetime
from uuid import UUID

from crm.help import operations
from crm.help.operations import NewArticle, Text
from crm.models import Article, Product
from governance.policy.vocabulary import Role
from tests.builders import NOW, Company

# title, body, by language: what a company that sells lamps and routers would write
LAMP = Text(
    "La lampada non si accende",
    "Controlli che la spina sia inserita.\n\n- Prema il tasto Reset per cinque secondi.\n"
    "- Se il LED lampeggia in rosso, sostituisca il fusibile.\n\nPoi riaccenda.",
)
LAMP_EN = Text(
    "The lamp does not switch on",
    "Check that the plug is in.\n\n- Press Reset for five seconds.\n"
    "- If the LED flashes red, replace the fuse.\n\nThen switch it on again.",
)
OTHERS = (
    Text("Cambiare il colore della luce", "Tenga premuto il pulsante finché il colore cambia."),
    Text("Collegare il router alla rete", "Inserisca il cavo e attenda che le spie siano verdi."),
    Text(
        "Restituire un prodotto", "Stampi l'etichetta e consegni il pacco entro quattordici giorni."
    ),
    Text("Pulire il paralume", "Usi un panno asciutto, mai acqua o alcol."),
    Text("Dove trovo la fattura", "La fattura è allegata al messaggio che conferma l'ordine."),
)


def written(
    company: Company,
    text: Text = LAMP,
    *,
    language: str = "it",
    audience: str = "public",
    slug: str = "",
    product: Product | None = None,
    at: datetime = NOW,
) -> UUID:
    """An article with a draft."""
    new = NewArticle(text, language, audience=audience, slug=slug, product=product)
    version = operations.begin(new, by=company.staff[Role.AGENT], now=at)
    made: UUID = version.article_id
    return made


def published(company: Company, text: Text = LAMP, **more: object) -> Article:
    """An article that everybody may read, or the house alone."""
    article = written(company, text, **more)  # type: ignore[arg-type]
    operations.submit(article, by=company.staff[Role.AGENT], now=NOW)
    operations.publish(article, by=company.staff[Role.MANAGER], now=NOW)
    return Article.objects.get(pk=article)
