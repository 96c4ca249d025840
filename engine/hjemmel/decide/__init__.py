"""Policy and case to a decision: pure, explained, and interpreted twice."""
