"""Labels: contents and a medium in, the bytes of a PDF out.

Pure: no session, request, clock or network, and nothing of the clinic's records. The same contents on the same medium
give the same bytes. A text shrinks to its stated least size, wraps, or is refused by its field; it is never clipped.
"""
