"""From words to a specification: analyse → model → decide → explain. Every answer is grounded in the catalogue."""
