//! The deployed feed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;
use skyfeed_aws::{DynamoLedger, S3Store, dynamodb::create_table};
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{layout, record::Manifest};
use skyfeed_ports::{
    ledger::{Attempt, Ledger},
    store::Store,
};
use skyfeed_test_support::{Case, Site, files};
use skyfeed_tests_aws::{Emulator, LocalStack, Moto, poll};
use tempfile::TempDir;

pub(crate) const STACK: &str = "feed";
const TABLE: &str = "ledgers";
const FUNCTIONS: [(&str, &str); 4] = [
    ("fetch", env!("CARGO_BIN_EXE_function-fetch")),
    ("tile", env!("CARGO_BIN_EXE_function-tile")),
    ("publish", env!("CARGO_BIN_EXE_function-publish")),
    ("reindex", env!("CARGO_BIN_EXE_function-reindex")),
];

/// A feed on emulated AWS whose source is a web site of this test.
pub(crate) struct Feed {
    pub(crate) aws: LocalStack,
    pub(crate) work: S3Store,
    pub(crate) site: S3Store,
    pub(crate) ledger: DynamoLedger,
    pub(crate) source: Site,
    urls: [(&'static str, String); 3],
    moto: Moto,
    folder: TempDir,
}

impl Feed {
    /// Deploys `infra/template.yaml` and puts the configuration of an AstroPix feed into its work store.
    pub(crate) async fn deploy() -> Result<Self> {
        let moto = Moto::start()?;
        create_table(TABLE, &moto.config()).await?;
        let aws = LocalStack::start(&[("AWS_ENDPOINT_URL_DYNAMODB", &moto.url())])?;
        let folder = tempfile::tempdir()?;
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        let parameters = [
            ("Architecture", architecture),
            ("LedgerTable", TABLE),
            ("CatchUpAfter", "60"),
            ("MaxReceives", "2"),
            ("RefreshRate", "rate(1 minute)"),
            ("SiteAccess", "public-bucket"),
        ];
        aws.deploy(&build(&folder.path().join("build"))?, STACK, &parameters).await?;

        let stacks = aws.aws(&["cloudformation", "describe-stacks", "--stack-name", STACK])?;
        let outputs = stacks["Stacks"][0]["Outputs"].as_array().context("the stack has no outputs")?;
        let output = |name: &str| {
            let found = outputs.iter().find(|output| output["OutputKey"] == name);
            let value = found.and_then(|output| output["OutputValue"].as_str());
            value.map(str::to_owned).with_context(|| format!("the stack has no output {name}"))
        };
        let (work, site, ledger) = (output("WorkUrl")?, output("SiteUrl")?, output("LedgerUrl")?);

        let archive = folder.path().join("archive");
        copy(&Case::open("10_pipeline_astropix")?.input().join("site"), &archive)?;
        let feed = Self {
            work: S3Store::from_url(&work, &aws.config())?,
            site: S3Store::from_url(&site, &aws.config())?,
            ledger: DynamoLedger::from_url(&ledger, &moto.config())?,
            source: Site::start(&archive)?,
            urls: [("SKYFEED_WORK", work), ("SKYFEED_SITE", site), ("SKYFEED_LEDGER", ledger)],
            aws,
            moto,
            folder,
        };
        let config = Case::open("10_pipeline_astropix")?.input().join("toasty-pipeline-config.yaml");
        fs::write(feed.config_file(), feed.source.fill(&fs::read_to_string(config)?))?;
        Ok(feed)
    }

    /// The configuration, as a file here.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.folder.path().join(layout::CONFIG)
    }

    /// What the source serves.
    pub(crate) fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    /// A folder for a step.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `skyfeed` on the deployed feed, as somebody does who has its credentials.
    pub(crate) fn skyfeed(&self, arguments: &[&str]) -> Result<String> {
        let mut command = program()?;
        command.envs(self.urls.iter().map(|(name, url)| (name, url)));
        command.env("AWS_ENDPOINT_URL", self.aws.url()).env("AWS_ENDPOINT_URL_DYNAMODB", self.moto.url());
        command.env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
        run(command.args(arguments))
    }

    /// Copies a file to the work bucket as a person does.
    pub(crate) fn upload(&self, file: &Path, key: &str) -> Result<()> {
        let file = file.to_str().context("not UTF-8")?;
        self.aws.aws_quiet(&["s3", "cp", "--no-progress", file, &format!("{}/{key}", self.urls[0].1)])
    }

    /// Invokes a function.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        self.aws.invoke(&format!("{STACK}-{function}"), event).await
    }

    /// Waits until a revision of an image is complete.
    pub(crate) async fn staged(&self, image: &str) -> Result<Manifest> {
        poll(&format!("the staged study of {image}"), async || {
            let objects = self.work.list(&format!("{}{image}/", layout::STAGED), false).await?.objects;
            let Some(manifest) = objects.iter().find(|object| object.key.ends_with(layout::MANIFEST)) else {
                return Ok(None);
            };
            let manifest = self.work.get(&manifest.key).await?.context("the manifest went away")?;
            Ok(Some(serde_json::from_slice(&manifest.bytes)?))
        })
        .await
    }

    /// The attempts of a stage.
    pub(crate) async fn attempts(&self, stage: Stage, image: &str) -> Result<Vec<Attempt>> {
        let mut history = self.ledger.history(image).await?;
        history.retain(|attempt| attempt.kind == stage.as_str());
        Ok(history)
    }

    /// How many messages wait in a queue, and how many somebody works on.
    pub(crate) async fn messages(&self, queue: &str) -> Result<(u32, u32)> {
        let sqs = aws_sdk_sqs::Client::new(&self.aws.config());
        let name = format!("{STACK}-{queue}");
        let url = sqs.get_queue_url().queue_name(name).send().await?.queue_url.context("the queue has no URL")?;
        let all = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All).send().await?;
        let count = |name| all.attributes().and_then(|all| all.get(&name)?.parse().ok()).context("no count");
        Ok((
            count(QueueAttributeName::ApproximateNumberOfMessages)?,
            count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)?,
        ))
    }

    /// Waits until a queue is empty: what was in it is answered, or in the queue of dead letters.
    pub(crate) async fn drained(&self, queue: &str) -> Result<()> {
        poll(&format!("the end of {queue}"), async || Ok((self.messages(queue).await? == (0, 0)).then_some(()))).await
    }
}

/// The program, with nothing said yet.
fn program() -> Result<Command> {
    // It is of another package, but lies beside what this one builds.
    let program = Path::new(FUNCTIONS[0].1).with_file_name("skyfeed");
    ensure!(program.is_file(), "{} is not there: build it, or run all tests at once", program.display());
    let mut command = Command::new(program);
    command.env_remove("RUST_LOG").env("NO_COLOR", "1").env("USER", "tester");
    Ok(command)
}

/// Runs the program on folders.
pub(crate) fn skyfeed_here(feed: &Path, arguments: &[&str]) -> Result<String> {
    run(program()?.args(arguments).arg("--feed").arg(feed))
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let [out, errors] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    ensure!(output.status.success(), "{command:?}: {}\n{out}{errors}", output.status);
    Ok(out)
}

/// What `sam build` does, but with the programs that cargo has built for the tests: a folder for each function, and a template that names it.
fn build(folder: &Path) -> Result<PathBuf> {
    for (name, program) in FUNCTIONS {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        // What is for debuggers is most of it.
        run(Command::new("strip").arg("-o").arg(folder.join("bootstrap")).arg(program))?;
    }
    let template = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml"))?;
    let built = template.replace("CodeUri: ../functions/", "CodeUri: ");
    ensure!(built != template, "the template names the functions in another way than this test knows");
    let path = folder.join("template.yaml");
    fs::write(&path, built)?;
    Ok(path)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for name in files(from)? {
        let to = to.join(&name);
        fs::create_dir_all(to.parent().context("no folder")?)?;
        fs::copy(from.join(&name), to)?;
    }
    Ok(())
}
