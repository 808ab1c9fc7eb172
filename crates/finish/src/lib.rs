//! Circled takes conformed to the locked sound, piece by piece
