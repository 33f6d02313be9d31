"""What a decision needs to know of one entity: frozen structs, one row each in `boundary_states`."""
