//! A model and its critic as one engine: each job goes to whom it is for.

use crate::domain::{Job, Voice};
use crate::engine::{About, Engine, JobHandle};

/// Two models that report into one queue. Without a critic of its own the model criticises itself,
/// in a dialogue of its own.
pub struct Pair {
    model: Box<dyn Engine>,
    critic: Box<dyn Engine>,
}

impl Pair {
    /// Both must have been opened with the same queue.
    pub fn new(model: Box<dyn Engine>, critic: Box<dyn Engine>) -> Pair {
        Pair { model, critic }
    }
}

impl Engine for Pair {
    fn about(&self) -> &About {
        self.model.about()
    }

    fn critic(&self) -> Option<&About> {
        Some(self.critic.about())
    }

    fn ended(&self) -> Option<&'static str> {
        let critic =
            || Some("the critic's thread has ended").filter(|_| self.critic.ended().is_some());
        self.model.ended().or_else(critic)
    }

    fn start(&self, job: Job) -> JobHandle {
        match job.voice {
            Voice::Model => self.model.start(job),
            Voice::Critic => self.critic.start(job),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::domain::{Dialogue, JobId, Priority};

    struct Counts(About, &'static Mutex<Vec<(String, u64)>>);

    impl Engine for Counts {
        fn about(&self) -> &About {
            &self.0
        }

        fn start(&self, job: Job) -> JobHandle {
            let mut all = self.1.lock().unwrap();
            all.push((self.0.name.clone(), job.id.0));
            JobHandle::new(job.id).0
        }
    }

    #[test]
    fn every_job_goes_to_whom_it_is_for() {
        static STARTED: Mutex<Vec<(String, u64)>> = Mutex::new(Vec::new());
        let engine = |name: &str| {
            let about = About {
                name: name.into(),
                family: String::new(),
                parameters: 0,
                context_tokens: 0,
                is_control: false,
                weights_sha256: String::new(),
                template_sha256: None,
                arithmetic: String::new(),
            };
            Box::new(Counts(about, &STARTED))
        };
        let pair = Pair::new(engine("m"), engine("c"));
        for (id, voice) in [(0, Voice::Model), (1, Voice::Critic)] {
            pair.start(Job {
                id: JobId(id),
                priority: Priority::Pane,
                voice,
                dialogue: Dialogue::default(),
                options: Vec::new(),
                sampling: None,
                alternatives: 0,
            });
        }
        let started = STARTED.lock().unwrap().clone();
        assert_eq!(started, [("m".to_owned(), 0), ("c".to_owned(), 1)]);
        assert_eq!(pair.about().name, "m");
        assert_eq!(pair.critic().map(|a| a.name.as_str()), Some("c"));
    }
}
