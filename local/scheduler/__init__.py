"""Emulated Cloud Scheduler: HTTP jobs every so many seconds of the emulated clock."""
