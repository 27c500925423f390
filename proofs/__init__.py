"""Proofs: they read synthesized templates and say what is true of them.

A proof shares no code with what generates the templates, only the value objects that say what was
intended (`blueprint.flows`). Each proof is a package here; findings, report, command line and the
validation plugin are shared.
"""
