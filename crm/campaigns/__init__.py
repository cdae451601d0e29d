"""Campaigns: said to a segment on channels people allow, within a budget, and measured."""
