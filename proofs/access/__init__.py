"""The access proof: who may do what, under which conditions, before anything is deployed."""
