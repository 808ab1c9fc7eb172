//! Services that are described in data.
