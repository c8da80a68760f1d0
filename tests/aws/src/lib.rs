#![doc = include_str!("../README.md")]

mod cloudformation;
pub mod cut;
mod emulator;
mod localstack;
mod moto;
pub mod pictures;
mod poll;
mod server;

pub use emulator::Emulator;
pub use localstack::LocalStack;
pub use moto::{Moto, Request};
pub use poll::poll;
