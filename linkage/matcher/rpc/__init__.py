"""The matcher on the network: who may call what, and servicers that only translate."""
