"""The promises of privacy, held against whole jobs: canaries are planted, then looked for."""
