"""What the sections ask a platform, each a function of what is known so far."""
