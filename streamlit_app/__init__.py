"""The page in the browser; knows the API by HTTP alone."""
