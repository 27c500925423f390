"""Reusable constructs, one capability a file. Copy a file with those it imports, or the folder.

A construct with a Lambda function has it in handlers/, in a file of the same name: copy both.

An example runs in the constructor of your stack. It takes `vpc`, `subnets`, `security_group`,
`instance_profile`, `boundary`, `bucket` and `key` from there, and what the examples above it and
of the imported files make.
"""
