"""The data map of what was bought."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal, Remnant

DATA_MAP = [
    Holding(
        model="crm.Order",
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Ordini e fatture",
        title_en="Orders and invoices",
        anchors={Anchor.DOCUMENT_DATE: "ordered_on", Anchor.LAST_ORDER: "ordered_on"},
        remnant=Remnant(day="ordered_on", by=("state", "currency"), sums=("total",)),
        fields={
            "origin_key": ORIGIN_KEY,
            "number": Personal(
                Category.PURCHASES,
                clear="fiscal numbering, searched by SQL",
                origin=Origin.OBSERVED,
            ),
            "state": Personal(Category.PURCHASES, clear="listed by SQL", origin=Origin.OBSERVED),
            "ordered_on": Personal(
                Category.PURCHASES, clear="sorted and swept by SQL", origin=Origin.OBSERVED
            ),
            "promised_on": Personal(
                Category.PURCHASES,
                clear="compared with today by SQL: what is late",
                origin=Origin.OBSERVED,
            ),
            "total": Personal(Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED),
            "currency": NotPersonal(because="unit of the amount"),
            "idempotency_key": NotPersonal(because="random key of the system that sent the order"),
            "billing_name": Personal(Category.NAME),
            "billing_street": Personal(Category.POSTAL_ADDRESS),
            "billing_city": Personal(Category.POSTAL_ADDRESS),
            "billing_region": Personal(Category.POSTAL_ADDRESS),
            "billing_postal_code": Personal(Category.POSTAL_ADDRESS),
            "billing_country": Personal(Category.POSTAL_ADDRESS),
        },
    ),
    Holding(
        model="crm.OrderLine",
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Righe d'ordine",
        title_en="Order lines",
        anchors={Anchor.DOCUMENT_DATE: "bought_on"},
        remnant=Remnant(day="bought_on", by=("product_id",), sums=("quantity",)),
        fields={
            "origin_key": ORIGIN_KEY,
            "order": NotPersonal(because="link to the order's row"),
            "product": NotPersonal(because="link to the product's row"),
            "quantity": Personal(Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED),
            "unit_price": Personal(
                Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED
            ),
            "bought_on": Personal(Category.PURCHASES, clear="swept by SQL", origin=Origin.OBSERVED),
            "warranty_until": Personal(
                Category.PURCHASES,
                clear="compared with today by SQL: what ends",
                origin=Origin.OBSERVED,
            ),
            "description": Personal(Category.PURCHASES, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.Shipment",
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Spedizioni",
        title_en="Shipments",
        anchors={Anchor.DOCUMENT_DATE: "shipped_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "order": NotPersonal(because="link to the order's row"),
            "shipped_on": Personal(
                Category.PURCHASES, clear="sorted and swept by SQL", origin=Origin.OBSERVED
            ),
            "delivered_on": Personal(
                Category.PURCHASES,
                clear="compared with today by SQL: what is late",
                origin=Origin.OBSERVED,
            ),
            "carrier": NotPersonal(because="name of a company"),
            "tracking": Personal(Category.PURCHASES, origin=Origin.OBSERVED),
            "address": Personal(Category.POSTAL_ADDRESS),
        },
    ),
    Holding(
        model="crm.ShipmentLine",
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Righe di spedizione",
        title_en="Shipment lines",
        anchors={Anchor.DOCUMENT_DATE: "shipped_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "shipment": NotPersonal(because="link to the shipment's row"),
            "line": NotPersonal(because="link to the order line's row"),
            "shipped_on": Personal(
                Category.PURCHASES, clear="swept by SQL", origin=Origin.OBSERVED
            ),
            "quantity": Personal(Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.Product",
        subject="",
        isolated=False,
        open_because="a catalogue, about nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose catalogue"),
            "code": NotPersonal(because="catalogue"),
            "name": NotPersonal(because="catalogue"),
            "price": NotPersonal(because="catalogue"),
            "category": NotPersonal(because="catalogue"),
            "launched_on": NotPersonal(because="catalogue"),
        },
    ),
]
