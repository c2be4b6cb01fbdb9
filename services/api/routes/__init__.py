"""The routes, by theme. Each reads its parameters, asks the desk, and answers with prepared JSON."""
