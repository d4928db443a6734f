"""What agents and matcher exchange, as domain types with exact bytes; PROTOCOL.md section 7."""
