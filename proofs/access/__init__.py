"""The access proof: who may do what, under which conditions, from templates alone."""
