"""The command line: parse, call, print, return a code with a name."""
