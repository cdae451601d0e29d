"""The data map of operational data, one module a subject. The check says what is missing."""

from crm.personal_data import (
    analysis,
    campaigns,
    conversations,
    figures,
    imports,
    knowledge,
    loyalty,
    people,
    relations,
    sales,
    scores,
    segments,
    service,
    trade,
    visits,
    workflows,
)

DATA_MAP = [
    *people.DATA_MAP,
    *relations.DATA_MAP,
    *conversations.DATA_MAP,
    *trade.DATA_MAP,
    *sales.DATA_MAP,
    *workflows.DATA_MAP,
    *imports.DATA_MAP,
    *service.DATA_MAP,
    *knowledge.DATA_MAP,
    *visits.DATA_MAP,
    *analysis.DATA_MAP,
    *segments.DATA_MAP,
    *scores.DATA_MAP,
    *campaigns.DATA_MAP,
    *figures.DATA_MAP,
    *loyalty.DATA_MAP,
]
