"""Pictures as HTML and SVG. Shapes stretch with the page; all text is HTML, so that it keeps its size on a phone."""
