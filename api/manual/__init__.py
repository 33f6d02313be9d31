"""The manual that the server carries: addresses, refusal codes, problems. No script, nothing from another host."""
