"""Tests of the demonstration and of the timetable."""
