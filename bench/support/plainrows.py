"""The tables of the peer of `bench/api.py`, filled by SQL."""

COLUMNS = 19  # besides the family name
PAGE = 50
TABLES = f"""
CREATE TABLE bench_contact (id uuid PRIMARY KEY, family_name text NOT NULL,
    {", ".join(f"value_{at} text NOT NULL" for at in range(COLUMNS))});
CREATE INDEX ON bench_contact (family_name);
CREATE TABLE bench_order (id uuid PRIMARY KEY, contact_id uuid NOT NULL REFERENCES bench_contact,
    number text NOT NULL UNIQUE, ordered_on date NOT NULL, total numeric NOT NULL);
CREATE INDEX ON bench_order (contact_id);
CREATE TABLE bench_orderline (id uuid PRIMARY KEY, order_id uuid NOT NULL REFERENCES bench_order,
    description text NOT NULL, quantity numeric NOT NULL, unit_price numeric NOT NULL);
CREATE INDEX ON bench_orderline (order_id);
GRANT SELECT, INSERT, UPDATE ON bench_contact, bench_order, bench_orderline TO custode_app;
"""
FILL = f"""
INSERT INTO bench_contact SELECT md5(at::text)::uuid, 'Bianchi' || at,
    {", ".join(["'Corso Vittorio Emanuele II 124'"] * COLUMNS)}
FROM generate_series(%s::int, %s::int) AS at
"""
