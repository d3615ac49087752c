"""Reads folders, archives and tables of pictures of handwritten numbers, millions of them."""
