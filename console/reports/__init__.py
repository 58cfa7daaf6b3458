"""Documents made from what is known: facts first, then one document model, then a format.

Each kind is a struct of plain values (that is its JSON) and a document drawn from that struct, so
that both say the same.
"""
