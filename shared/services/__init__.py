"""One use case a module. What they need from outside they name in `ports`; only bootstrap picks the parts."""
