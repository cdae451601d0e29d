"""Customers, what was said, what was bought, what is hoped for, and what is done about it."""

from crm.models.acquisition import ReferralLink, WebForm
from crm.models.analysis import AnalyticExtract, AnalyticRow
from crm.models.campaigns import Campaign, CampaignEvent, CampaignRecipient
from crm.models.contacts import Account, Contact, ContactPoint, Membership
from crm.models.conversations import (
    Call,
    CallScript,
    Conversation,
    Interaction,
    Mention,
    Queue,
    QueueMember,
)
from crm.models.goals import StageGoal
from crm.models.imports import ImportBatch, RejectedRow
from crm.models.improvements import ComplaintTheme, ImprovementAction
from crm.models.knowledge import Article, ArticleUse, ArticleVersion, HelpTrail
from crm.models.loyalty import (
    LoyaltyAccount,
    LoyaltyLine,
    LoyaltyProgramme,
    LoyaltyTierChange,
)
from crm.models.mailboxes import CareMailbox
from crm.models.offers import BirthdayGreeting, Offer
from crm.models.orders import Order, OrderLine, Product, Shipment, ShipmentLine
from crm.models.recordings import CallRecording
from crm.models.relations import (
    AccountRole,
    AccountUser,
    FieldOrigin,
    HandleLink,
    OtherContact,
    SharedCase,
    StageEvent,
)
from crm.models.sales import Opportunity, OpportunityMove, Quote, QuoteLine, Task
from crm.models.scores import ActionChoice, Score, ScoreRun
from crm.models.segments import Segment, SegmentMember
from crm.models.service import AnonymousScore, Case, CaseBook, CasePause, SurveyAnswer
from crm.models.templates import MessageTemplate
from crm.models.tiers import CustomerTier
from crm.models.views import SavedView
from crm.models.visits import FieldVisit
from crm.models.workflows import Workflow, WorkflowRun, WorkflowStep

__all__ = [
    "Account",
    "AccountRole",
    "AccountUser",
    "ActionChoice",
    "AnalyticExtract",
    "AnalyticRow",
    "AnonymousScore",
    "Article",
    "ArticleUse",
    "ArticleVersion",
    "BirthdayGreeting",
    "Call",
    "CallRecording",
    "CallScript",
    "Campaign",
    "CampaignEvent",
    "CampaignRecipient",
    "CareMailbox",
    "Case",
    "CaseBook",
    "CasePause",
    "ComplaintTheme",
    "Contact",
    "ContactPoint",
    "Conversation",
    "CustomerTier",
    "FieldOrigin",
    "FieldVisit",
    "HandleLink",
    "HelpTrail",
    "ImportBatch",
    "ImprovementAction",
    "Interaction",
    "LoyaltyAccount",
    "LoyaltyLine",
    "LoyaltyProgramme",
    "LoyaltyTierChange",
    "Membership",
    "Mention",
    "MessageTemplate",
    "Offer",
    "Opportunity",
    "OpportunityMove",
    "Order",
    "OrderLine",
    "OtherContact",
    "Product",
    "Queue",
    "QueueMember",
    "Quote",
    "QuoteLine",
    "ReferralLink",
    "RejectedRow",
    "SavedView",
    "Score",
    "ScoreRun",
    "Segment",
    "SegmentMember",
    "SharedCase",
    "Shipment",
    "ShipmentLine",
    "StageEvent",
    "StageGoal",
    "SurveyAnswer",
    "Task",
    "WebForm",
    "Workflow",
    "WorkflowRun",
    "WorkflowStep",
]
