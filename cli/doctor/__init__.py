"""`mill doctor`: what would stop a first deployment, found before it."""
