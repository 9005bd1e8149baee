"""What deployed code shares: declarations, and the pure rules that read them."""
