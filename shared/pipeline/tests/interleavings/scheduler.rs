//! Runs several futures so that each takes one operation at a time, in an order that a schedule says. Nothing else moves them on but the clock, and that only when all wait for it.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use jiff::Timestamp;

/// Something that took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Rejected,
    MadePublic,
}

/// What happens to one operation instead of what should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The store refuses it.
    FailsBefore,
    /// It takes place, and the answer is lost.
    FailsAfter,
    /// The worker sleeps for a minute before it, so that its lease is lost.
    LosesLease,
    /// The worker is killed before it.
    Killed,
}

/// What stores, ledger and clock share with the scheduler.
#[derive(Debug)]
pub(crate) struct World {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    now: Timestamp,
    /// Whether the task that is polled may do one operation.
    permit: bool,
    /// The earliest time that the task that is polled waits for.
    wakes: Option<Timestamp>,
    /// What happens to the operation that has the permit.
    fault: Option<Fault>,
    /// What waits for a permit or the clock: some combinators poll only what was woken.
    waiting: Vec<Waker>,
    /// The task that is polled, and how many operations each task did.
    current: usize,
    counts: Vec<usize>,
    /// What is worth telling: what it was, who did it, and how many operations each had done.
    marks: Vec<(Mark, usize, Vec<usize>)>,
    /// Whether operations are scheduled at all; before and after, they just happen.
    scheduled: bool,
    /// How long a request to a store takes.
    request: Duration,
}

impl World {
    pub(crate) fn new(now: Timestamp) -> Arc<Self> {
        let inner = Inner {
            now,
            permit: false,
            wakes: None,
            fault: None,
            waiting: Vec::new(),
            current: 0,
            counts: Vec::new(),
            marks: Vec::new(),
            scheduled: false,
            request: Duration::ZERO,
        };
        Arc::new(Self { inner: Mutex::new(inner) })
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner().now
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let mut inner = self.inner();
        inner.now += duration;
    }

    /// From now on a request to a store takes so long.
    pub(crate) fn slow_down(&self, request: Duration) {
        self.inner().request = request;
    }

    /// Waits for as long as a request to a store takes.
    pub(crate) async fn request(&self) {
        let (request, scheduled) = {
            let inner = self.inner();
            (inner.request, inner.scheduled)
        };
        if scheduled && !request.is_zero() {
            self.sleep(request).await;
        }
    }

    /// Notes that something took place.
    pub(crate) fn mark(&self, mark: Mark) {
        let mut inner = self.inner();
        if inner.scheduled {
            let (current, counts) = (inner.current, inner.counts.clone());
            inner.marks.push((mark, current, counts));
        }
    }

    /// How many operations a worker did between the first reject and its making the image public, if it did that afterwards.
    pub(crate) fn operations_after_reject(&self) -> Option<usize> {
        let inner = self.inner();
        let (.., at_reject) = inner.marks.iter().find(|(mark, ..)| *mark == Mark::Rejected)?;
        let rejected = inner.marks.iter().position(|(mark, ..)| *mark == Mark::Rejected)?;
        let later = &inner.marks[rejected..];
        let public = later.iter().filter(|(mark, ..)| *mark == Mark::MadePublic);
        public.map(|(_, who, counts)| counts[*who] - at_reject[*who]).max()
    }

    /// Waits for the permit to do one operation; the fault to do it with, if any.
    pub(crate) async fn operation(&self) -> Option<Fault> {
        std::future::poll_fn(|context| {
            let mut inner = self.inner();
            if !inner.scheduled {
                return Poll::Ready(None);
            }
            if std::mem::take(&mut inner.permit) {
                let current = inner.current;
                inner.counts[current] += 1;
                return Poll::Ready(inner.fault.take());
            }
            inner.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        let until = self.now() + duration;
        std::future::poll_fn(|context| {
            let mut inner = self.inner();
            if inner.now >= until {
                return Poll::Ready(());
            }
            inner.waiting.push(context.waker().clone());
            inner.wakes = Some(inner.wakes.map_or(until, |wakes| wakes.min(until)));
            Poll::Pending
        })
        .await;
    }
}

/// Knows whether a thread has a result for us.
struct Woken {
    flag: AtomicBool,
    thread: Thread,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.flag.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// How a task stands after it was polled.
enum Stepped {
    /// It did an operation.
    Operation,
    /// It only waits for the clock.
    Waits(Option<Timestamp>),
    Ended,
}

/// Where a schedule switches from the task that runs to the next, and what goes wrong on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// The task that begins.
    pub(crate) first: usize,
    /// The running task is interrupted after it did so many operations since the last switch.
    pub(crate) switches: Vec<usize>,
    /// The operations, counted over all tasks, to which something happens.
    pub(crate) faults: Vec<(usize, Fault)>,
}

pub(crate) type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

struct Running<'a> {
    task: Task<'a>,
    /// How many threads of its own work for it.
    threads: usize,
}

/// Runs all tasks to their ends; answers how many operations there were.
pub(crate) fn run(world: &World, tasks: Vec<Task<'_>>, schedule: &Schedule) -> usize {
    let mut tasks: Vec<Running<'_>> = tasks.into_iter().map(|task| Running { task, threads: 0 }).collect();
    let woken = Arc::new(Woken { flag: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&woken));
    {
        let mut inner = world.inner();
        inner.scheduled = true;
        inner.counts = vec![0; tasks.len()];
    }
    let mut switches = schedule.switches.iter().copied();
    let (mut until_switch, mut operations) = (switches.next(), 0);
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.rotate_left(schedule.first % tasks.len());
    let mut alive: Vec<bool> = vec![true; tasks.len()];
    while let Some(&current) = order.first() {
        if until_switch == Some(0) {
            until_switch = switches.next();
            order.rotate_left(1);
            continue;
        }
        let fault = schedule.faults.iter().find(|(at, _)| *at == operations).map(|(_, fault)| *fault);
        let stepped = match fault {
            Some(Fault::Killed) if alive[current] => Stepped::Ended,
            _ => step(world, current, &mut tasks[current], &waker, &woken, fault),
        };
        match stepped {
            Stepped::Operation => {
                operations += 1;
                until_switch = until_switch.map(|left| left - 1);
            }
            Stepped::Ended => {
                if fault == Some(Fault::Killed) {
                    operations += 1;
                }
                alive[current] = false;
                // Its destructors run now, as they would not if it were killed: they must not write, which nothing here does.
                tasks[current].task = Box::pin(async {});
                order.remove(0);
            }
            Stepped::Waits(_) => {
                // Whoever does not wait goes on; if all wait, time passes.
                let mut earliest: Option<Timestamp> = None;
                let mut ready = None;
                for (place, &task) in order.iter().enumerate() {
                    match step(world, task, &mut tasks[task], &waker, &woken, None) {
                        Stepped::Waits(until) => {
                            let until = until.expect("a task waits for nothing");
                            earliest = Some(earliest.map_or(until, |earliest| earliest.min(until)));
                        }
                        Stepped::Operation => {
                            operations += 1;
                            ready = Some(place);
                            break;
                        }
                        Stepped::Ended => {
                            alive[task] = false;
                            ready = Some(place);
                            break;
                        }
                    }
                }
                match (ready, earliest) {
                    (Some(place), _) => {
                        order.rotate_left(place);
                        if !alive[order[0]] {
                            order.remove(0);
                        }
                    }
                    (None, Some(until)) => world.inner().now = until,
                    (None, None) => unreachable!("some task waits"),
                }
            }
        }
    }
    world.inner().scheduled = false;
    operations
}

/// Lets a task do one operation.
fn step(
    world: &World,
    number: usize,
    running: &mut Running<'_>,
    waker: &Waker,
    woken: &Woken,
    fault: Option<Fault>,
) -> Stepped {
    {
        let mut inner = world.inner();
        inner.permit = true;
        inner.current = number;
        inner.fault = fault;
        if fault == Some(Fault::LosesLease) {
            inner.fault = None;
            inner.now += Duration::from_secs(60);
        }
    }
    let waiting = std::mem::take(&mut world.inner().waiting);
    waiting.into_iter().for_each(Waker::wake);
    world.inner().wakes = None;
    loop {
        woken.flag.store(false, Ordering::SeqCst);
        let before = skyfeed_pipeline::blocking::under_way();
        let polled = running.task.as_mut().poll(&mut Context::from_waker(waker));
        running.threads = running.threads + skyfeed_pipeline::blocking::under_way() - before;
        if polled.is_ready() {
            return Stepped::Ended;
        }
        let inner = world.inner();
        if !inner.permit {
            return Stepped::Operation;
        }
        let wakes = inner.wakes;
        drop(inner);
        if woken.flag.load(Ordering::SeqCst) {
            continue;
        }
        if running.threads == 0 {
            return Stepped::Waits(wakes);
        }
        // A thread of its own works for it.
        while !woken.flag.load(Ordering::SeqCst) {
            thread::park();
        }
    }
}
