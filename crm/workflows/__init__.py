"""Workflows: what starts a run, what its steps do, and who decides in between (O1, C5).

A workflow is a definition in a closed vocabulary (`governance.policy.workflows`), in versions that
one person drafts and another approves. A run is a row for one person; a worker takes it from step
to step (`running`), each in the transaction of its effect, so that a killed worker loses and
repeats nothing. Each step asks the gate for its own purpose; what it refuses is recorded, and the
run goes on.
"""
