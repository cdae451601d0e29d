"""The register as a document: taken out, taken in, and said in the words of others.

`facts` says which fields of which models make the register. `document` writes all of them as plain
values under natural keys, `drafting` takes such a document in, as drafts that somebody approves.
`linked` gives the document the meaning of DPV 2.3 in JSON-LD; `layouts` lays it out in the columns
of the Garante, the CNIL and the ICO and reads them back.
"""
