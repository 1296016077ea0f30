"""A VM's life, one idempotent step at a time: placed, made, set up, stopped and started, and seen to its end."""
