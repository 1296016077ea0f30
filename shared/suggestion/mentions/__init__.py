"""Everything a request names: workloads, systems, places, wishes; and what it must not ask for."""
