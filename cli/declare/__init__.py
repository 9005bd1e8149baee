"""`mill declare`: a first declaration for files that nobody has declared, guessed from the files themselves."""
