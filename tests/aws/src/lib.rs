#![doc = include_str!("../README.md")]

mod cloudformation;
pub mod cut;
mod emulator;
mod localstack;
mod moto;
mod poll;
mod server;

pub use emulator::Emulator;
pub use localstack::LocalStack;
pub use moto::Moto;
pub use poll::poll;
