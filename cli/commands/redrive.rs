//! `skyfeed redrive`.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use skyfeed_aws::{
    dead_letters::{DeadLetterError, DeadLetters, Letter},
    open::AwsOpener,
};
use skyfeed_pipeline::batch::Failure;
use skyfeed_ports::Remedy;

use crate::{batch, context::Context, error, exit::Exit, report};

/// More messages than this are counted but not shown.
const MOST_SHOWN: usize = 100;

/// Give the functions of a deployed feed the messages again that they gave up
///
/// A message that a function could not deal with, again and again, lies in the queue STACK-FUNCTION-dead. When what was wrong is mended, this moves
/// the messages back to where they came from, and waits until that is done. Without names of functions: those of all four. It needs the permissions
/// sqs:GetQueueUrl, GetQueueAttributes, StartMessageMoveTask, ListMessageMoveTasks, ReceiveMessage and DeleteMessage on the queues of dead letters, with
/// --dry-run ChangeMessageVisibility too, and SendMessage on those that they came from.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed redrive --stack my-feed --dry-run        what lies there; skyfeed history ID says why
  skyfeed redrive --stack my-feed
  skyfeed redrive --stack my-feed tile")]
pub(crate) struct Redrive {
    /// The functions
    #[arg(value_name = "FUNCTION")]
    functions: Vec<Function>,
    /// The name of the stack that the feed was deployed as
    #[arg(long, value_name = "NAME")]
    stack: String,
    /// Move nothing; count the messages and say what they ask for
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Function {
    Fetch,
    Tile,
    Publish,
    Reindex,
}

impl Redrive {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match batch::unless_stopped(context, self.all(context)).await {
            Some(exit) => exit,
            None => Ok(context.interrupt.exit_or(Exit::Done)),
        }
    }

    async fn all(&self, context: &Context) -> anyhow::Result<Exit> {
        let (output, feed) = (context.output, context.feed.as_arguments());
        let mut told: Vec<Value> = Vec::new();
        let mut failures = Vec::new();
        let mut messages = 0;
        for queue in self.queues().await? {
            let done = if self.dry_run { look(context, &queue).await } else { redrive(context, &queue).await };
            match done {
                Ok((count, document)) => {
                    messages += count;
                    told.push(document);
                }
                Err(error) => failures.push(failure(&queue, &error)),
            }
        }
        batch::tell_failures(output, &failures);
        if messages > 0 {
            output.line(match self.dry_run {
                true => format!("why they lie there: skyfeed history ID{feed}"),
                false => format!("what becomes of them: skyfeed status{feed}"),
            })?;
        }
        output.document(&json!({"dry_run": self.dry_run, "queues": told, "failures": failures}))?;
        Ok(batch::exit(&[], &failures))
    }

    /// The queues of the functions that are named, or of all. All are found before anything is moved.
    async fn queues(&self) -> anyhow::Result<Vec<DeadLetters>> {
        let mut functions = self.functions.clone();
        if functions.is_empty() {
            functions = Function::value_variants().to_vec();
        }
        functions.sort_unstable();
        functions.dedup();
        let (aws, stack) = (AwsOpener::default(), &self.stack);
        let mut queues = Vec::new();
        for function in functions {
            let name = format!("{stack}-{}-dead", format!("{function:?}").to_lowercase());
            match DeadLetters::find(&name, aws.sdk().await).await {
                Err(error @ DeadLetterError::Missing { .. }) => anyhow::bail!(
                    "{error}: is `{stack}` the name of the stack, and are its region (AWS_REGION) and account (AWS_PROFILE) chosen?"
                ),
                found => queues.push(found?),
            }
        }
        Ok(queues)
    }
}

/// Tells what lies in a queue, and how many messages that are.
async fn look(context: &Context, queue: &DeadLetters) -> anyhow::Result<(u64, Value)> {
    let count = queue.count().await?;
    let letters = queue.peek(MOST_SHOWN).await?;
    // The count is known to lag behind.
    let count = count.max(letters.len() as u64);
    let (output, name) = (context.output, queue.name());
    output.line(format_args!("{name}: {}", in_words(count)))?;
    for letter in &letters {
        output.line(format_args!("  {}", line(letter)))?;
    }
    if count > letters.len() as u64 {
        output.line("  and more")?;
    }
    let letters: Vec<_> = letters
        .iter()
        .map(|letter| {
            json!({
                "message_id": letter.message_id,
                "first_received": letter.first_received,
                "asks_for": letter.asks_for().unwrap_or_default(),
                "problem": letter.asks_for().err(),
                "body": letter.body,
            })
        })
        .collect();
    Ok((count, json!({"queue": name, "messages": count, "letters": letters})))
}

/// Moves the messages of a queue back, and tells how many there were.
async fn redrive(context: &Context, queue: &DeadLetters) -> anyhow::Result<(u64, Value)> {
    let (name, count) = (queue.name(), queue.count().await?);
    // Even if none are counted: the count is known to lag behind.
    let moved = queue.move_back().await?;
    context.output.line(format_args!("{name}: had {}, {moved} moved back", in_words(count.max(moved))))?;
    Ok((moved, json!({"queue": name, "messages": count.max(moved), "moved": moved})))
}

fn in_words(count: u64) -> String {
    format!("{count} message{}", if count == 1 { "" } else { "s" })
}

fn line(letter: &Letter) -> String {
    let what = match letter.asks_for() {
        Ok(asks_for) if !asks_for.is_empty() => asks_for.join(", "),
        Ok(_) => format!("nothing: {}", letter.excerpt()),
        Err(problem) => {
            format!("cannot be read, and comes back here if it is moved: {problem}; it says {}", letter.excerpt())
        }
    };
    match letter.first_received {
        Some(at) => format!("{what}, first tried {}", at.strftime("%Y-%m-%d %H:%M:%S")),
        None => what,
    }
}

fn failure(queue: &DeadLetters, error: &anyhow::Error) -> Failure {
    let (transient, causes) = (report::is_transient(error), error::chain(error.as_ref()));
    let remedy = if transient { Remedy::Retry } else { Remedy::Requeue };
    Failure { item: queue.name().to_owned(), code: "dead-letters", remedy, causes }
}
