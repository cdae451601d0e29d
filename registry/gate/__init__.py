"""The gate: one function in front of every operation on personal data (docs/spec/gate.md).

from registry.gate import opening as gate
with gate.open(actor, "customer_service", Operation.READ, subjects=subject, now=now) as access:
    contact = access.rows(Contact).get()
"""
