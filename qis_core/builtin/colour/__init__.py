"""The colours of the output: ICC profiles, the colour model, and what is stripped."""
