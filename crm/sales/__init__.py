"""From an opportunity to an order: stages, quotes, tasks, the forecast, and how customers buy."""
