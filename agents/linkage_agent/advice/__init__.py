"""Advice: what is in an extract, a schema that suits several, whether an extract fits one."""
