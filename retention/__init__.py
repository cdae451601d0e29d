"""How long, and how it ends: rules, holds, schedule, disposal."""
