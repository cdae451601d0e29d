"""Channels: one adapter for each way people reach us, behind one interface."""
