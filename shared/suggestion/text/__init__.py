"""Written language: which one it is, its words and patterns, numbers in words, and the sentences said in answer."""
