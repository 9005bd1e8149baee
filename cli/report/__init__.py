"""`mill report`: one page that shows a platform, to look at, to print and to pass on."""
