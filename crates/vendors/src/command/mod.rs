//! Programs that get a JSON request and leave a file.
