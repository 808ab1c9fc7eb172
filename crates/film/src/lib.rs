//! A film folder: what is stale and why, and the whole made in order
