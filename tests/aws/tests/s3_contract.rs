//! A store in S3 keeps the contract of all stores.

use anyhow::Result;
use skyfeed_ports::store::contract;
use skyfeed_tests_aws::{Emulator, Moto};

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract() -> Result<()> {
    let moto = Moto::start()?;
    Ok(contract(&moto.store("whole-bucket", "").await?).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_below_a_prefix_keeps_the_contract_and_leaves_its_neighbours_alone() -> Result<()> {
    let moto = Moto::start()?;
    let store = moto.store("shared-bucket", "feeds/été 1/work").await?;
    let neighbours = ["feeds/été 1/work", "feeds/été 1/work-2/a", "feeds/été 1/worka", "a"];
    for key in neighbours {
        moto.s3().put_object().bucket("shared-bucket").key(key).send().await?;
    }
    contract(&store).await?;
    let left = moto.s3().list_objects_v2().bucket("shared-bucket").send().await?;
    let mut left: Vec<_> = left.contents().iter().filter_map(|object| object.key()).collect();
    left.sort_unstable_by_key(|key| neighbours.iter().position(|neighbour| neighbour == key));
    assert_eq!(left, neighbours);
    Ok(())
}
