"""The routing tables: center, policy and state as arrays, and what keeps them true."""
