"""Possible sales and tasks as the API shows them."""

from typing import Any

from rest_framework import serializers

from api.v1.documents import decimal, maybe, named, page_of
from governance.policy.sales import About, Stage


class ListedOpportunity(serializers.Serializer[Any]):
    """A possible sale, as far as the purpose may see it."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    currency = serializers.CharField()
    stage = serializers.ChoiceField(choices=[stage.value for stage in Stage], required=False)
    amount = decimal(required=False)
    probability = serializers.IntegerField(required=False)
    expected_on = serializers.DateField(required=False, allow_null=True)
    moved_on = serializers.DateField(required=False)
    title = maybe()
    note = maybe(4000)


class ListedTask(serializers.Serializer[Any]):
    """Something to be done for a person, as far as the purpose may see it."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    role = serializers.CharField(allow_blank=True)
    about_kind = serializers.ChoiceField(choices=[kind.value for kind in About])
    about = serializers.UUIDField(allow_null=True)
    do_by = serializers.DateField(required=False)
    done_at = serializers.DateTimeField(required=False, allow_null=True)
    title = maybe()
    note = maybe(4000)


Opportunity = named(ListedOpportunity)
OpportunityPage = page_of(ListedOpportunity, "OpportunityPage")
TaskPage = page_of(ListedTask, "TaskPage")
