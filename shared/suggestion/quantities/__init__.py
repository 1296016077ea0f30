"""Every number of a request: sizes, counts, times, money, and what is said of them."""
