"""Decision to explanation: reasons people can follow."""
