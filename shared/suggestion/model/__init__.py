"""The model's part: asked, checked, judged and tuned; its words are data."""
