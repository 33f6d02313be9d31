"""The platform index: five dimensions of a platform's month, each with the figures and events that make it.

In the manner of what Chinese supervisors use (Shenzhen's dolphin index, Beijing's smoke index), adapted to what events
show. Everything here is pure: `form` says what goes in and comes out, one file per dimension, `combined` puts them
together; `inputs` alone reads, by SQL over views. Scores are integers from 0 (nothing seen) to 1000 (worst).
"""
