"""The manual that the server carries: addresses, and the pages of docs/. No script, nothing from another host."""
