"""The audit log: what verifying, proving and exporting cost, and what an entry costs.

Reading (G4). The whole log is verified against a walk along a hash chain over the same entries; an
inclusion proof from tiles against one from all leaves; the export against the ORM and a bare COPY.

Appending (G3). Each append is a durable transaction of its own, and counts if it is under a signed
checkpoint half a second after its commit; sequencer and signer run as the processes they are.
Peers: a plain INSERT of the same bytes into a table with the same columns and indexes; a hash
chain as applications write it (an advisory lock, the last hash, an INSERT); the same chain in a
trigger. Then the same beside a business transaction that updates one row.
"""

import argparse

from support import figures, ground, processes
from support.appending import Appending
from support.reading import Reading


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="longer rounds, more entries")
    parser.add_argument("--only", choices=["append", "read"], help="one of the two parts")
    chosen = parser.parse_args()
    with ground.installation() as superuser, processes.running() as watch:
        if chosen.only != "append":
            Reading(superuser, watch, scale=6 if chosen.full else 1).run()
        if chosen.only != "read":
            Appending(superuser, watch, scale=4 if chosen.full else 1).run()
    figures.end()


if __name__ == "__main__":
    main()
