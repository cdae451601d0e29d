"""What a code of a closed list says to a person, in the pages of their copy.

By the name of the column, for no model is named here: a code means the same wherever it stands.
Sheets and `data.json` keep the codes, which are the values as they are held. That every code the
database accepts has its words is shown by a test that walks the data map.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar import labels
from dsar.attachments.errors import WHY
from governance.policy import scores
from governance.policy.vocabulary import Channel
from registry.datamap import data_map
from registry.labels import titled

CHANNELS: dict[str, Promise] = {
    Channel.EMAIL: _("e-mail"),
    Channel.PHONE: _("phone"),
    Channel.SMS: _("SMS"),
    Channel.WHATSAPP: _("WhatsApp"),
    Channel.CHAT: _("chat"),
    Channel.POST: _("post"),
    Channel.IN_PERSON: _("in person"),
    Channel.SOCIAL: _("social network"),
    Channel.WEB: _("website"),
}
NETWORKS: dict[str, Promise] = {
    "x": pgettext_lazy("social network", "X"),
    "instagram": pgettext_lazy("social network", "Instagram"),
    "facebook": pgettext_lazy("social network", "Facebook"),
}
DISPOSITIONS: dict[str, Promise] = {
    "reached": _("we spoke"),
    "no_answer": _("nobody answered"),
    "busy": _("line busy"),
    "voicemail": _("answering machine"),
    "wrong_number": _("wrong number"),
    "call_back": _("to be called back"),
    "do_not_call": _("not to be called again"),
}
SOUNDS: dict[str, Promise] = {
    "audio/wav": pgettext_lazy("file", "WAV"),
    "audio/ogg": pgettext_lazy("file", "Ogg"),
    "audio/mpeg": pgettext_lazy("file", "MP3"),
}
DIRECTIONS: dict[str, Promise] = {
    "in": _("from you"),
    "out": _("to you"),
    "own": _("among ourselves"),
}
LANGUAGES: dict[str, Promise] = {
    "it": pgettext_lazy("language", "Italian"),
    "en": pgettext_lazy("language", "English"),
}
STATES: dict[str, Promise] = {
    # consents
    "unknown": _("told to us without proof"),
    "requested": _("asked for"),
    # records that may be one person's
    "proposed": _("proposed"),
    "merged": _("found to be one person's"),
    "undone": _("undone"),
    "deferred": _("put off"),
    "given": _("given"),
    "renewed": _("given again"),
    "refused": _("not granted"),
    "withdrawn": _("withdrawn by you"),
    "declined": _("found to be no request"),
    "revoked": _("withdrawn by somebody for you"),
    "invalidated": _("found not to be valid"),
    "expired": _("run out"),
    # requests and letters
    "received": _("received"),
    "identified": _("identity confirmed"),
    "fulfilled": _("answered or delivered"),
    "failed": _("not done, a person takes over"),
    "waiting": _("waiting"),
    "sent": _("sent"),
    "handed": _("posted or handed over"),
    # representations
    "claimed": _("claimed"),
    "verified": _("verified"),
    "not_verified": _("not verified"),
    # erasures
    "planned": _("planned"),
    "approved": _("approved"),
    "running": _("under way"),
    "partial": _("done in part"),
    "certified": _("done and certified"),
    "closed": _("closed"),
    # conversations and their messages
    "open": _("waiting for our answer"),
    "snoozed": _("put off until a day"),
    "noted": _("noted"),
    "by_hand": _("to be done by a person"),
    # cases and visits
    "new": _("new"),
    "solved": _("solved"),
    "done": _("done"),
    "not_met": _("nobody was met"),
    "left": _("left before its end"),
    # orders
    "draft": _("draft"),
    "confirmed": _("confirmed"),
    "cancelled": _("cancelled"),
    "partly_fulfilled": _("delivered in part"),
    "accepted": _("accepted"),
    "blocked": _("waits for a person to decide"),
}
KINDS: dict[str, Promise] = {
    # addresses
    "email": _("e-mail"),
    "phone": _("phone"),
    "fax": _("fax"),
    "post": _("post"),
    "social": _("social network"),
    "web": _("website"),
    # accounts
    "company": _("company"),
    "household": _("household"),
    "sole_trader": _("sole trader"),
    # contacts in a conversation
    "message": _("message"),
    "call": _("phone call"),
    "visit": _("visit"),
    "letter": _("letter"),
    "coupon": _("coupon handed in"),
    "click": _("link followed"),
    "note": _("internal note"),
    # cases and visits
    "question": _("question"),
    "service_request": _("service request"),
    "fault": _("fault"),
    "warranty": _("warranty"),
    "complaint": _("complaint"),
    "service": _("service"),
    "sales": _("sales"),
    # evidence of a contract
    "order": _("an order"),
    "stated": _("taken over as a customer"),
    "enquiry": _("something asked of us"),
    "loyalty": _("joining the loyalty programme"),
    # documents that were seen
    "identity": _("identity document"),
    "mandate": _("mandate"),
    "certificate": _("certificate"),
    "other": _("other"),
    # letters
    "answer": _("answer"),
    "refusal": _("refusal"),
    "restriction_lifting": _("end of a restriction"),
    "extension": _("extension of the time limit"),
    "incoming": _("letter of yours"),
    "identity_code": _("code for your address"),
    "question_identity": _("question about your identity"),
    "question_scope": _("question about what you mean"),
}
STAGES: dict[str, Promise] = {
    "lead": _("contact"),
    "prospect": _("interested"),
    "customer": _("customer"),
    "advocate": _("recommends us"),
    "former": _("former customer"),
    "employee": _("employee"),
    # possible sales
    "new": pgettext_lazy("stage", "new"),
    "qualified": _("looked into"),
    "proposal": _("offer made"),
    "negotiation": _("being agreed"),
    "won": _("agreed"),
    "lost": _("not agreed"),
}
RELATIONS: dict[str, Promise] = {
    "customer": _("customer"),
    "supplier": _("supplier"),
    "partner": _("partner"),
    "press": _("press"),
    "other": _("other"),
}
SHOWN_BY: dict[str, Promise] = {
    "code": _("a code sent to the profile"),
    "oauth": _("the network confirmed it"),
    "agent": _("our staff, with a reason"),
}
MOVED_ON: dict[str, Promise] = {
    "turned_to_us": _("you turned to us"),
    "contract": _("a contract or an order"),
    "recommended": _("you recommended us"),
    "recommends_no_more": _("no more recommendations"),
    "nothing_runs": _("nothing runs any more"),
}
LABELS: dict[str, Promise] = {
    "home": _("home"),
    "work": _("work address"),
    "mobile": _("mobile"),
    "billing": _("for invoices"),
    "shipping": _("for deliveries"),
    "other": _("other"),
}
IDENTITIES: dict[str, Promise] = {
    "unverified": _("not confirmed"),
    "ambiguous": _("several people have this address"),
    "known_contact": _("answer from the address we hold"),
    "account": _("from your account"),
    "document": _("a document was seen, no copy kept"),
    "in_person": _("in person"),
    "code": _("a code sent to an address we hold"),
    "called_back": _("a call to the number we hold"),
    "decision": _("decided by our staff, with a reason"),
}
BEHALVES: dict[str, Promise] = {
    "self": _("for yourself"),
    "child": _("for your child"),
    "ward": _("for a person in your care"),
    "mandate": _("as representative or lawyer"),
    "deceased": _("for a person who has died"),
    "company": _("as contact of a company"),
}
CAPACITIES: dict[str, Promise] = {
    "own_interest": _("in an interest of your own"),
    "protection": _("to protect the person who has died"),
    "family": _("for family reasons"),
    "defence": _("for a defence in court"),
}
ACTS: dict[str, Promise] = {
    "refuse": _("refusal of the whole request"),
    "refuse_part": _("refusal of a part"),
}
DATED_BY: dict[str, Promise] = {
    "received": _("trace of our mail server"),
    "mailbox": _("date of the mailbox"),
    "now": _("moment it was read"),
}
AUTOMATIC: dict[str, Promise] = {
    "reply": _("automatic reply"),
    "bounce": _("message that could not be delivered"),
    "list": _("newsletter"),
    "receipt": _("receipt of certified mail"),
    "loop": _("a mail of our own"),
}
VERDICTS: dict[str, Promise] = {
    # what the rules made of a mail
    "request": _("a request about your data"),
    "unsure": _("not sure whether it is a request"),
    "other": _("no request about your data"),
    # emergency accesses
    "justified": _("justified"),
    "unjustified": _("not justified"),
}
REASONS: dict[str, Promise] = {
    "log": _("waits until the log is signed"),
    "restricted": _("use is restricted, nothing is erased"),
    "backup": _("waits for a backup"),
    "server": _("a server could not be reached"),
    "plan_differs": _("something was not as planned"),
    "cannot_tell": _("not everything could be searched"),
    "log_not_signed": _("the log is not signed"),
    "second_approval": _("waits for a second person"),
    "stalled": _("stopped after several attempts"),
    # mails that were no request
    "business": _("for another office"),
    "advertising": _("advertising"),
    "automatic": _("written by a machine"),
    "duplicate": _("the same request came another way"),
    "other": _("something else"),
}
DOORS: dict[str, Promise] = {
    "import": _("from data we took over"),
    "sync": _("from a connected system"),
    "staff": _("written down by our staff"),
    "person": _("from you, confirmed"),
}
GROUNDS: dict[str, Promise] = {
    # restrictions, Art. 18(1)
    "a": _("accuracy contested (Art. 18(1)(a))"),
    "b": _("unlawful, kept at your wish (Art. 18(1)(b))"),
    "c": _("needed by you for a claim (Art. 18(1)(c))"),
    "d": _("your objection is weighed (Art. 18(1)(d))"),
    # holds
    "legal_claim": _("a legal claim"),
    "court_proceedings": _("proceedings in court"),
    "authority_order": _("an order of an authority"),
    # questions that stop the clock
    "identity_doubt": _("doubt about your identity"),
    "specification_asked": _("question about what you mean"),
}
PRIORITIES: dict[str, Promise] = {
    "urgent": _("urgent"),
    "high": _("high"),
    "normal": _("normal"),
    "low": _("low"),
}
SURVEYS: dict[str, Promise] = {
    "identified": _("with your case"),
    "anonymous": _("in a count, without your name"),
}
ASKS: dict[str, Promise] = {
    "csat": _("how satisfied you are, one to five"),
    "nps": _("whether you would recommend us, zero to ten"),
    "free": _("what we should do better, in your words"),
}
EXTENSIONS: dict[str, Promise] = {
    "complexity": _("the request is complex"),
    "number_of_requests": _("there were many requests"),
}

OBJECTS: dict[str, Promise] = {
    "marketing": _("direct marketing"),
    "other": _("other uses"),
    "both": _("marketing and other uses"),
}

TIERS: dict[str, Promise] = {
    "champion": _("buys often and recently"),
    "loyal": _("buys regularly"),
    "new": _("has begun to buy"),
    "occasional": _("buys now and then"),
    "at_risk": _("bought often, not lately"),
    "dormant": _("has not bought for long"),
}
OUTCOMES: dict[str, Promise] = {
    "done": _("done"),
    "denied": _("not allowed, and so not done"),
    "waited": _("waited"),
    "blocked": _("waits for a person to decide"),
    "agreed": _("agreed to"),
    "declined": _("turned down"),
    "failed": _("failed"),
}
ACTIONS: dict[str, Promise] = {
    "create_task": _("give our staff a task"),
    "send_message": _("write to you"),
    "wait": _("wait"),
    "ask_approval": _("ask a member of staff"),
}
ABOUTS: dict[str, Promise] = {
    "person": _("yourself"),
    "order": _("an order"),
    "opportunity": _("a possible sale"),
    "case": _("a service case"),
    "interaction": _("a conversation"),
}

RESPONSES: dict[str, Promise] = {
    "sent": _("we wrote to you"),
    "delivered": _("it reached you"),
    "bounced": _("it came back"),
    "opened": _("you opened it"),
    "clicked": _("you followed a link"),
    "replied": _("you answered"),
    "redeemed": _("you used a coupon"),
    "converted": _("you bought something"),
}
LEFT: dict[str, Promise] = {
    **labels.NOT_USED,
    "replied": _("you answered"),
    "converted": _("you bought something"),
    "no_address": _("we had no address"),
}
GENDERS: dict[str, Promise] = {
    "female": _("female"),
    "male": _("male"),
    "other": pgettext_lazy("gender", "other"),
}

POINTS: dict[str, Promise] = {
    "earned": pgettext_lazy("points", "an order"),
    "referral": pgettext_lazy("points", "somebody came by your link"),
    "redeemed": pgettext_lazy("points", "a reward"),
    "corrected": pgettext_lazy("points", "a correction"),
}
CORRECTED: dict[str, Promise] = {
    "order_cancelled": pgettext_lazy("points", "the order was cancelled"),
    "mistake": pgettext_lazy("points", "a mistake was put right"),
    "goodwill": pgettext_lazy("points", "a gesture of ours"),
}
SCORES: dict[str, Promise] = {
    "churn": _("the chance that you buy nothing more within ninety days, from 0 to 1"),
    "lifetime_value": _("what you will spend with us in twelve months"),
    "lead": _("points for the interest you showed"),
    "offer": _("what goes with what"),
}
LOGICS: dict[str, Promise] = {
    "affinity": _("how often things are bought together"),
    "logistic": _(
        "The parts named below are added up; the higher the sum, the nearer the chance is to 1. How"
        " much each part counts was learned from orders of many customers."
    ),
    "rule": _("Who has not bought for longer than usual is taken to be less likely to buy again."),
    "bg_nbd": _(
        "The purchases expected of you are multiplied by what you are expected to spend at one."
        " Both are estimated from your own orders and from how those of many customers are spread."
    ),
    "points": _(
        "Each sign of interest has points, which halve within thirty days; they are added."
    ),
}
PARTS: dict[str, Promise] = {
    "base": _("starting point, alike for everybody"),
    "days_since_order": _("days since your last order"),
    "order_days": _("days on which you ordered"),
    "days_known": _("days since your first order"),
    "mean_spent": _("what you spend at a time"),
    "purchases_ahead": _("purchases expected of you"),
    "per_purchase": _("expected at each purchase"),
    "message": _("messages you wrote us"),
    "coupon": _("coupons you used"),
    "click": _("links you followed"),
    "request": _("quotes you asked for"),
}
NEXT_ACTIONS: dict[str, Promise] = {
    "win_back": _("to get in touch, because you may be leaving"),
    "offer": _("to propose something that goes with what you bought"),
    "invite": _("to ask you to pass our invitation on"),
    "service": _("to ask whether all is well"),
}
CHOICES: dict[str, Promise] = {
    "accepted": pgettext_lazy("proposal", "accepted"),
    "declined": pgettext_lazy("proposal", "declined"),
}
CAME_OF_IT: dict[str, Promise] = {
    "bought": _("you ordered within thirty days"),
    "nothing": _("no order within thirty days"),
}

WORDS: Mapping[str, Mapping[str, Promise]] = {
    "about_kind": ABOUTS,
    "act": ACTS,
    "action": ACTIONS,
    "automatic": AUTOMATIC,
    "basis": labels.BASES,
    "because": CORRECTED,
    "behalf": BEHALVES,
    "capacity": CAPACITIES,
    "came_of_it": CAME_OF_IT,
    "channel": CHANNELS,
    "choice": CHOICES,
    "dated_by": DATED_BY,
    "direction": DIRECTIONS,
    "disposition": DISPOSITIONS,
    "door": DOORS,
    "extension_ground": EXTENSIONS,
    "ground": {**labels.GROUNDS, **GROUNDS, **MOVED_ON},
    "how": {**CHANNELS, **labels.MECHANISMS},
    "identity": IDENTITIES,
    "kind": KINDS,
    "label": LABELS,
    "language": LANGUAGES,
    "late_ground": labels.LATE,
    "line_kind": POINTS,
    "logic": LOGICS,
    "means": IDENTITIES,
    "method": labels.MECHANISMS,
    "network": NETWORKS,
    "next_action": NEXT_ACTIONS,
    "objects_to": OBJECTS,
    "outcome": OUTCOMES,
    "priority": PRIORITIES,
    "reason": REASONS,
    "refusal_ground": labels.GROUNDS,
    "refused_as": labels.NOT_USED,
    "refused": {str(reason): said for reason, said in WHY.items()},
    "right": labels.RIGHTS,
    "role": labels.ROLES,
    "score_kind": SCORES,
    "stage": STAGES,
    "came_from": STAGES,
    "declared_gender": GENDERS,
    "left_because": LEFT,
    "life_stage": STAGES,
    "response": RESPONSES,
    "spoken": LANGUAGES,
    "stands_as": RELATIONS,
    "shown_by": SHOWN_BY,
    "state": STATES,
    "tier": TIERS,
    "survey_mode": SURVEYS,
    "survey_asks": ASKS,
    "asks": ASKS,
    "media_type": SOUNDS,
    "verdict": VERDICTS,
}
"""By the name of the column. A column that is not here is no closed list."""


def word(column: str, code: str) -> str:
    """Return what a code of a column says; what is no code of a closed list stays as it is."""
    if column == "record":
        return _title(code)
    if column == "rights":
        return ", ".join(labels.word(labels.RIGHTS, right) for right in code.split())
    if column == "contributions":
        return _reasons(code)
    if column == "sound":
        return str(_("a recording: it is in data.json, to be heard"))
    if column == "field":
        return labels.word(labels.FIELDS, code)
    return str(WORDS.get(column, {}).get(code, code))


def _reasons(line: str) -> str:
    """Return what a score was made of; a line that is none stays as it is, and stops no copy."""
    try:
        said = scores.read(line)
    except ValueError:
        return line
    return "; ".join(f"{PARTS.get(one.name, one.name)} {one.points:+.2f}" for one in said)


def _title(model: str) -> str:
    for holding in data_map():
        if holding.model == model:
            return titled(holding.title_it, holding.title_en)
    return model
