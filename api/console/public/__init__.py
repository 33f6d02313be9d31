"""The pages for everybody: whether a receipt is true, who is supervised, what the figures say."""
