//! The `skyfeed` program.

#[cfg(test)]
mod demo;

fn main() {}
