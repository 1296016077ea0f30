"""Use case: what people approve becomes examples; a model is tuned on them, judged by others, and switched to."""
