"""What the synthesized templates really say: read, proved and counted, without the CDK."""
