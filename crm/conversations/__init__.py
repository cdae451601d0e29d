"""Conversations: heard whatever the channel, answered under a purpose, and never twice."""
