"""Service: cases with promised times, escalation, satisfaction, visits on site, and figures."""
