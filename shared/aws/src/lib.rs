#![doc = include_str!("../README.md")]

#[cfg(feature = "sdk")]
mod advice;
#[cfg(feature = "sqs")]
pub mod dead_letters;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod events;
mod form;
#[cfg(feature = "function")]
pub mod function;
pub mod lambda;
#[cfg(feature = "open")]
pub mod open;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "sdk")]
mod sdk;
#[cfg(feature = "sqs")]
pub mod sqs;
#[cfg(feature = "function")]
pub mod telemetry;

#[cfg(feature = "sdk")]
pub use advice::advice;
#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoLedger;
#[cfg(feature = "s3")]
pub use s3::S3Store;
