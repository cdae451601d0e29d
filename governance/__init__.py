"""Custode: the project, its settings and wiring, and the policy core."""

import resource

# A core file of any process could hold keys. Here, because every process imports this package,
# and its children inherit the limit; neither can raise it again.
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
