"""What the company sells: lamps and furniture. A catalogue, about nobody."""

from decimal import Decimal
from uuid import UUID

from crm.models import Product

GOODS: tuple[tuple[str, str, str], ...] = tuple(
    (code, name, price)
    for code, name, price in (
        line.split("|")
        for line in """
LT-101|Lampada da tavolo Alba|59.90
LT-102|Lampada da tavolo Brina|74.50
LT-103|Lampada da scrivania Traliccio|89.00
LT-104|Lampada da comodino Nido|39.90
LT-105|Lampada da lettura Pagina|64.00
LP-201|Piantana Giunco|149.00
LP-202|Piantana Arco Grande|289.00
LP-203|Piantana a stelo Canna|119.90
LS-301|Sospensione Goccia|129.00
LS-302|Sospensione Cupola 40|169.00
LS-303|Sospensione Lanterna|99.00
LS-304|Lampadario Rugiada a sei luci|349.00
LA-401|Applique Conchiglia|54.90
LA-402|Applique Mezzaluna|69.90
LE-501|Lampada da esterno Ciottolo|84.00
LE-502|Lampioncino solare Lucciola|29.90
LB-601|Lampadina LED E27 calda|7.90
LB-602|Lampadina LED E14 calda|6.90
MT-701|Tavolo allungabile Rovere|690.00
MT-702|Tavolino basso Tondo|159.00
MS-711|Sedia impagliata|79.00
MS-712|Sedia imbottita Velluto|119.00
MD-721|Divano a tre posti Nuvola|1190.00
MD-722|Poltrona Abbraccio|449.00
ML-731|Libreria componibile Scala|389.00
ML-732|Mensola sospesa|49.90
MC-741|Credenza a due ante|540.00
MC-742|Cassettiera a quattro cassetti|320.00
MA-751|Specchio ovale|95.00
MA-752|Appendiabiti da parete|42.00
""".strip().splitlines()
    )
)


def stock(controller: UUID) -> list[Product]:
    """Put the catalogue on the shelves; done again, it changes nothing."""
    Product.objects.bulk_create(
        (
            Product(controller_id=controller, code=code, name=name, price=Decimal(price))
            for code, name, price in GOODS
        ),
        ignore_conflicts=True,
    )
    held = {p.code: p for p in Product.objects.filter(controller=controller)}
    return [held[code] for code, _name, _price in GOODS]
