"""Rule text to a policy: read, check, compile."""
