"""The numbers of the flow `segments`: loading, reading back, features, training, and all of it."""
