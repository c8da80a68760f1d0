//! Stacks.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{Emulator, LocalStack, poll};

/// Where programs wait for the functions that run them.
const CODE: &str = "code";

impl LocalStack {
    /// Creates a stack from a SAM template whose functions lie in folders beside it, each with a `bootstrap`.
    ///
    /// # Errors
    /// The template is wrong, or something in it cannot be created.
    pub async fn deploy(&self, template: &Path, stack: &str, parameters: &[(&str, &str)]) -> Result<()> {
        let packaged = self.folder().join(format!("{stack}.yaml"));
        let (template, packaged) = (text(template)?, text(&packaged)?);
        self.aws(&["s3api", "create-bucket", "--bucket", CODE])?;
        let package = ["--template-file", template, "--s3-bucket", CODE, "--output-template-file", packaged];
        self.aws_quiet(&[&["cloudformation", "package"], &package[..]].concat())?;

        // Not by `deploy`, which looks every half minute only.
        let url = self.upload_template(packaged).await?;
        let mut create = vec!["cloudformation", "create-stack", "--stack-name", stack, "--template-url", &url];
        create.extend(["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]);
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| format!("ParameterKey={name},ParameterValue={value}")).collect();
        if !parameters.is_empty() {
            create.push("--parameters");
            create.extend(parameters.iter().map(String::as_str));
        }
        self.aws(&create)?;
        poll(&format!("the stack {stack}"), async || {
            let stacks = self.aws(&["cloudformation", "describe-stacks", "--stack-name", stack])?;
            match stacks["Stacks"][0]["StackStatus"].as_str() {
                Some("CREATE_IN_PROGRESS") => Ok(None),
                Some("CREATE_COMPLETE") => Ok(Some(())),
                status => bail!("the stack {stack} is {status:?}: {}", self.failures(stack)?),
            }
        })
        .await
    }

    /// Puts a template where CloudFormation reads it; a request bears 51,200 bytes only.
    async fn upload_template(&self, file: &str) -> Result<String> {
        let body = fs::read(file)?;
        self.s3().put_object().bucket(CODE).key("template.yaml").body(body.into()).send().await?;
        Ok(format!("{}/{CODE}/template.yaml", self.url()))
    }

    /// What of a stack could not be created, and why.
    fn failures(&self, stack: &str) -> Result<String> {
        let events = self.aws(&["cloudformation", "describe-stack-events", "--stack-name", stack])?;
        let events = events["StackEvents"].as_array().context("no events")?;
        let failed =
            events.iter().filter(|event| event["ResourceStatus"].as_str().is_some_and(|is| is.ends_with("FAILED")));
        Ok(failed.map(|event| format!("{}: {}\n", event["LogicalResourceId"], event["ResourceStatusReason"])).collect())
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the path of a temporary folder is not UTF-8")
}
