//! Small films, drawn clips, planted defects, and a mutation fuzzer; never shipped
