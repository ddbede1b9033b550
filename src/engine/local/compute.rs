//! How to compute: which instructions, which threads, which device.
//!
//! Invariant: between two passes no thread does anything. Knows nothing of what is computed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pulp::Arch;
use rayon::prelude::*;

use super::accelerator::Accelerator;
use super::int8::Path;

/// How to compute: which instructions, which threads. One per model.
pub struct Compute {
    /// The instructions found on this machine.
    pub arch: Arch,
    /// Those for quantised weights.
    pub path: Path,
    /// Threads that share large products; `None` computes on the caller's thread alone.
    pub pool: Option<rayon::ThreadPool>,
    /// Where products run, if not here.
    pub accelerator: Option<Accelerator>,
}

impl Compute {
    /// `threads` is the number that compute at the same time, the caller's included; 1 makes no pool.
    /// Falls back to one thread where the system gives no more.
    pub fn new(threads: usize) -> Compute {
        let pool = (threads > 1).then(|| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                // Like the model's own thread, whose panics are caught: these reach it.
                .thread_name(|i| format!("recant-engine-{i}"))
                .build()
        });
        Compute {
            arch: Arch::new(),
            path: Path::best(),
            pool: pool.and_then(Result::ok),
            accelerator: None,
        }
    }

    /// The same with products elsewhere.
    pub fn with(self, accelerator: Option<Accelerator>) -> Compute {
        Compute {
            accelerator,
            ..self
        }
    }

    /// The same instructions on the caller's thread.
    pub fn alone(&self) -> Compute {
        Compute {
            arch: self.arch,
            path: self.path,
            pool: None,
            accelerator: None,
        }
    }

    /// Threads that compute at the same time.
    pub fn threads(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// Runs a whole pass on a thread of the pool. The other threads stand by until it ends: waking one
    /// for each product would take as long as a small product.
    pub fn pass<R: Send>(&self, pass: impl FnOnce() -> R + Send) -> R {
        let Some(pool) = &self.pool else {
            return pass();
        };
        pool.scope(|scope| {
            let ends = Arc::new(AtomicBool::new(false));
            let owner = pool.current_thread_index();
            let seen = ends.clone();
            scope.spawn_broadcast(move |_, context| {
                if Some(context.index()) != owner {
                    stand_by(&seen);
                }
            });
            // Also when the pass panics.
            let _end = End(ends);
            pass()
        })
    }

    /// What `work` makes of each, in order, on all threads.
    pub fn map<T: Send, R: Send>(&self, all: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        match &self.pool {
            Some(pool) if all.len() > 1 => {
                pool.install(|| all.into_par_iter().map(&work).collect())
            }
            _ => all.into_iter().map(work).collect(),
        }
    }

    /// Calls `work` once on every thread that finds the time.
    pub fn share(&self, work: &(dyn Fn() + Sync)) {
        match &self.pool {
            Some(pool) => pool.scope(|scope| {
                for _ in 1..pool.current_num_threads() {
                    scope.spawn(|_| work());
                }
                work();
            }),
            None => work(),
        }
    }
}

/// Fewer numbers than this are not worth waking another thread for.
pub const WORTH_SHARING: usize = 1 << 14;

/// Does something with each row of `width` numbers. Called on a pool's thread, it lets the pool share
/// the work.
pub fn each_row(rows: &mut [f32], width: usize, work: impl Fn(usize, &mut [f32]) + Sync + Send) {
    /// Rows that a thread takes at once.
    const ROWS: usize = 16;
    match rows.len() >= WORTH_SHARING && rayon::current_thread_index().is_some() {
        true => {
            let rows = rows.par_chunks_exact_mut(width).enumerate();
            rows.with_min_len(ROWS).for_each(|(i, row)| work(i, row));
        }
        false => {
            let rows = rows.chunks_exact_mut(width).enumerate();
            rows.for_each(|(i, row)| work(i, row));
        }
    }
}

struct End(Arc<AtomicBool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Takes up the pool's work, as it comes, until the end.
fn stand_by(ends: &AtomicBool) {
    /// Looks for work before other programs are let in.
    const PATIENCE: usize = 100;
    let mut idle = 0;
    while !ends.load(Ordering::Acquire) {
        idle = match rayon::yield_now() {
            Some(rayon::Yield::Executed) => 0,
            _ => idle + 1,
        };
        match idle < PATIENCE {
            true => std::hint::spin_loop(),
            false => std::thread::yield_now(),
        }
    }
}
