"""The stacks of the blueprint: one file a stack, wiring only."""
