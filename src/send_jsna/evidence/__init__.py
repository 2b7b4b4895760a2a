"""What notebooks make their evidence with: comparisons in words, tables, and figures that come in sets.

``compare`` and ``tables`` read observations and publish nothing. The others publish, each for one kind of
question: a headline indicator, a share, a change, a pace, before and after, an answer in sentences.
"""
