"""Plays the deployment of a cloud assembly against a local AWS stand-in, with the real CDK CLI."""
