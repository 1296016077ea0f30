"""Emulated Cloud Tasks (v2, REST): queues, named tasks, HTTP targets, retries, on the emulated clock."""
