"""Many cases at once: the same policy as a table expression, for any engine that Ibis knows."""
