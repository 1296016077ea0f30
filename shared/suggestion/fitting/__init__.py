"""From a reading to the machine: what is needed, what has it, what it costs, what else would do."""
