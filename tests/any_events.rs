//! Whatever happens in whatever order, at whatever size: nothing panics, everything drawn is
//! harmless, and the same events give the same picture.

#![allow(clippy::unwrap_used, missing_docs)]

mod stage;

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use recant::app::{Event, Key, KeyCode, Mouse, MouseKind, Overlay, inspect, trace};
use recant::domain::{Item, Job, JobEvent, JobId, JobReport, ModelNo, Prompt, StopReason};
use recant::run::{PlayNo, Point, Run};
use stage::{Stage, builtin_items, text, themes};

/// What could break a terminal or a layout when it is drawn as it is.
const HOSTILE: [&str; 14] = [
    "\u{1b}[2J\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{9b}31m\u{90}q\u{9c}",
    "\u{1b}]52;c;ZXZpbA==\u{7}",
    "a\rb\r\nc\u{8}\u{8}\u{7f}",
    "\u{202e}txet\u{2066}x\u{2069}\u{200f}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "👨\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 🇩🇪🇦",
    "\u{e0041}\u{e0042}\u{fe0f}\u{200b}\u{feff}\u{ad}",
    "日本語テキスト 한국어 ไทย العربية עברית",
    "\u{0}\u{1}\u{2}\t\t",
    "\n\n\n\n",
    "unbreakableunbreakableunbreakableunbreakableunbreakableunbreakable",
    "ﾞﾟｶﾞ\u{115f}\u{3164}",
    "",
];

fn hostile(no: usize) -> &'static str {
    HOSTILE[no % HOSTILE.len()]
}

fn says(job: &Job) -> String {
    let seed = job.sampling.as_ref().map_or(0, |s| s.seed as usize);
    let texts: Vec<&str> = (0..3).map(|i| hostile(seed / (i + 1))).collect();
    texts.join(" ")
}

/// The built-in questions with hostile words in every field a file can fill.
fn items() -> Arc<[Arc<Item>]> {
    let spoilt = |(no, item): (usize, &Arc<Item>)| {
        let mut item = Item::clone(item);
        item.context = format!("{} {}", item.context, hostile(no));
        item.question = format!("{}{}", hostile(no + 1), item.question);
        item.options[0] = format!("{}{}", item.options[0], hostile(no + 2));
        item.category = format!("{}{}", item.category, hostile(no % 2)).into();
        item.id = recant::domain::ItemId(format!("{}{}", item.id.0, hostile(no + 3)).into());
        Arc::new(item)
    };
    builtin_items()
        .iter()
        .take(12)
        .enumerate()
        .map(spoilt)
        .collect()
}

#[derive(Clone, Debug)]
enum Happens {
    Key(Key),
    Types(&'static str),
    Paste(usize),
    Mouse(MouseKind, u16, u16),
    Resize(u16, u16),
    Steps(usize),
    Settle,
    Loading(usize),
    Failed(usize),
    Ready,
    Opened(usize),
    Second(usize),
    Stray(u64, usize),
    Edited(usize),
    Time(u64),
}

fn key() -> impl Strategy<Value = Key> {
    let codes = prop_oneof![
        8 => proptest::sample::select(" bcdefghijklmnopqrstuvwxyzARGHWPUBDKMMNfd+-:?#/0123456789[]aaeeIEiisosuk{}//nNYJ".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        6 => proptest::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Backspace, KeyCode::Delete,
            KeyCode::Insert, KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down,
            KeyCode::Home, KeyCode::End, KeyCode::PageUp, KeyCode::PageDown, KeyCode::F(1), KeyCode::F(2),
        ]),
        1 => any::<char>().prop_map(KeyCode::Char),
    ];
    let held = proptest::bool::weighted(0.1);
    (
        codes,
        held,
        proptest::bool::weighted(0.05),
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(code, ctrl, alt, shift)| Key::new(code, ctrl, alt, shift))
}

fn side(most: u16) -> impl Strategy<Value = u16> {
    prop_oneof![1 => 0u16..12, 4 => 0..most]
}

fn happens() -> impl Strategy<Value = Happens> {
    let mouse = proptest::sample::select(vec![
        MouseKind::Press,
        MouseKind::ScrollUp,
        MouseKind::ScrollDown,
    ]);
    prop_oneof![
        12 => key().prop_map(Happens::Key),
        1 => proptest::sample::select(vec!["zoom", "age", "99", "日本", "\u{1b}x"]).prop_map(Happens::Types),
        1 => (0usize..20).prop_map(Happens::Paste),
        2 => (mouse, 0u16..220, 0u16..70).prop_map(|(k, c, r)| Happens::Mouse(k, c, r)),
        3 => (side(220), side(70)).prop_map(|(w, h)| Happens::Resize(w, h)),
        8 => (1usize..40).prop_map(Happens::Steps),
        1 => Just(Happens::Settle),
        1 => (0usize..20).prop_map(Happens::Loading),
        1 => (0usize..20).prop_map(Happens::Failed),
        2 => Just(Happens::Ready),
        2 => (0usize..20).prop_map(Happens::Opened),
        1 => (0usize..20).prop_map(Happens::Second),
        1 => (0u64..400, 0usize..20).prop_map(|(id, no)| Happens::Stray(id, no)),
        1 => (0usize..20).prop_map(Happens::Edited),
        1 => any::<u64>().prop_map(Happens::Time),
    ]
}

fn play(stage: &mut Stage, what: &Happens) {
    match what {
        Happens::Key(key) => stage.event(Event::Key(*key)),
        Happens::Types(text) => stage.types(text),
        Happens::Paste(no) => stage.event(Event::Paste(hostile(*no).repeat(50))),
        Happens::Mouse(kind, column, row) => stage.event(Event::Mouse(Mouse {
            kind: *kind,
            column: *column,
            row: *row,
        })),
        Happens::Resize(width, height) => stage.event(Event::Resize {
            width: *width,
            height: *height,
        }),
        Happens::Steps(count) => stage.steps(*count),
        Happens::Settle => stage.steps(600),
        Happens::Loading(no) => stage.event(Event::ModelLoading(ModelNo(0), hostile(*no).into())),
        Happens::Failed(no) => stage.event(Event::ModelFailed(ModelNo(0), hostile(*no).into())),
        Happens::Ready => stage.ready(),
        // What becomes of models that were asked for; what a model that nobody has reports.
        Happens::Opened(how) => {
            for no in stage.opened() {
                match how % 4 {
                    0 => stage.event(Event::ModelFailed(no, hostile(*how).into())),
                    1 => stage.event(Event::ModelLoading(no, hostile(*how).into())),
                    _ => stage.ready_of(no, hostile(*how)),
                }
            }
        }
        Happens::Second(no) => {
            stage.keys(&["O"]);
            stage.types("other");
            stage.event(Event::Key(Key::plain(KeyCode::Enter)));
            let model = ModelNo((no % 12) as u16);
            match no % 3 {
                0 => stage.event(Event::ModelLoading(model, hostile(*no).into())),
                1 => stage.event(Event::ModelFailed(model, hostile(*no).into())),
                _ => stage.event(Event::Job(JobReport {
                    id: JobId(JobId::first(model).0 + *no as u64),
                    event: JobEvent::Failed {
                        message: hostile(*no).into(),
                    },
                })),
            }
        }
        // A report that nobody expects: an unknown job, or a job that is over.
        Happens::Stray(id, no) => {
            let event = match no % 5 {
                0 => JobEvent::Reading {
                    prompt: Arc::new(Prompt::default()),
                    reused_tokens: u32::MAX,
                },
                1 => JobEvent::Belief {
                    probabilities: vec![f64::NAN; no % 4],
                    mass: f64::INFINITY,
                    scores: Vec::new(),
                },
                2 => JobEvent::Token {
                    text: hostile(*no).into(),
                    logprob: f32::NAN,
                    detail: None,
                },
                3 => JobEvent::Finished {
                    reason: StopReason::ContextFull,
                },
                _ => JobEvent::Failed {
                    message: hostile(*no).into(),
                },
            };
            stage.event(Event::Job(JobReport {
                id: JobId(*id),
                event,
            }));
        }
        Happens::Edited(no) => stage.event(Event::Edited(match no % 3 {
            0 => Err(hostile(*no).into()),
            1 => Ok(format!("name: {}", hostile(*no))),
            _ => Ok(format!(
                "name: x{no}\ntitle: t\nsource: {{quoted: ours, place: p}}\nanswer: both\n\
                 first: [{{user: \"{{context}} {{question}} {{options}}\", max_tokens: 9, gives: answer}}]\n\
                 review: [{{user: Again., max_tokens: 9, gives: answer}}]\n"
            )),
        })),
        Happens::Time(time) => stage.set_time(*time),
    }
}

/// Nothing in a frame acts on the terminal, and nothing is wider than it says.
fn harmless(buffer: &Buffer) {
    for cell in &buffer.content {
        for c in cell.symbol().chars() {
            assert!(!c.is_control(), "{:?}", cell.symbol());
            let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
            assert!(
                !bidi && !matches!(c, '\u{e0000}'..='\u{e0fff}'),
                "{:?}",
                cell.symbol()
            );
        }
        assert!(cell.symbol().len() <= 96, "{:?}", cell.symbol());
    }
}

/// The cursor inside an answer stands on a token, beliefs sum to 1, no branch changed its parent.
fn consistent(stage: &Stage) {
    let app = &stage.app;
    let cursor = app.view().cursor;
    assert_eq!(cursor.model, app.model_no());
    assert!(app.columns().iter().any(|c| {
        (c.model, c.condition, c.play) == (cursor.model, cursor.condition, cursor.play)
    }));
    let round = app.run().focus().shown(cursor.condition);
    let round = round.and_then(|p| p.round(cursor.round));
    if let (true, Some(at), Some(round)) = (app.is_inside(), app.view().inspect, round) {
        let tokens = inspect::count(round);
        assert!(at.token < tokens || (tokens, at.token) == (0, 0), "{at:?}");
        assert_eq!(app.inside().is_some(), tokens > 0);
    }
    if let Overlay::Editor(editor) = &app.view().overlay {
        let text = editor.text();
        assert!(
            text.text().is_char_boundary(text.cursor()),
            "the cursor inside its text"
        );
    }
    for (no, _) in app.all_models() {
        of_run(no, app.run_of(no).unwrap());
    }
}

fn of_run(model: ModelNo, run: &Run) {
    let focus = run.focus();
    for no in (0..focus.plays().len()).map(PlayNo) {
        for round in &focus.play(no).unwrap().trajectory().rounds {
            // What a model reports without sense is kept as it came; what it could say sums to 1.
            let said = round.belief.as_ref().map_or(1.0, |b| b.iter().sum::<f64>());
            assert!(said.is_nan() || (said - 1.0).abs() < 1e-6, "{said}");
        }
        if let Some(parent) = focus.parent(no) {
            assert!(parent < no);
        }
        // A branch has all that its parent said before it; so the parent is as it was.
        let Some(fork) = focus.fork(no) else { continue };
        let [mine, theirs] = [no, fork.parent].map(|n| &focus.play(n).unwrap().trajectory().rounds);
        let at = usize::from(fork.round.0);
        assert_eq!(format!("{:?}", &mine[..at]), format!("{:?}", &theirs[..at]));
        let (mine, theirs) = (&mine[at].steps, &theirs[at].steps);
        assert_eq!(
            format!("{:?}", &mine[..fork.step]),
            format!("{:?}", &theirs[..fork.step])
        );
        let (mine, theirs) = (&mine[fork.step], &theirs[fork.step]);
        let end = inspect::begin(theirs, fork.kept_tokens);
        let begins = format!("{}{}", &theirs.text[..end], fork.words);
        assert!(mine.text.starts_with(&begins));
    }
    for no in (0..focus.plays().len()).map(PlayNo) {
        for column in trace::columns(focus, run.trace(), no) {
            if let Some(Point::Known { probabilities, .. }) = column.point {
                let sum: f64 = probabilities.iter().sum();
                assert!((sum - 1.0).abs() < 1e-6, "{probabilities:?} of {model:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn any_events_at_any_size(
        size in (side(220), side(70)),
        sweep in any::<bool>(),
        script in prop::collection::vec(happens(), 1..60),
    ) {
        let theme = &themes()[0];
        let frames = || {
            let mut stage = Stage::waiting(size, sweep, items(), says);
            stage.ready();
            let mut frames = Vec::new();
            for what in &script {
                stage.app.take_dirty();
                let before = (!stage.app.is_dirty()).then(|| stage.picture(theme));
                play(&mut stage, what);
                let after = stage.picture(theme);
                harmless(&after);
                consistent(&stage);
                // What is not reported as changed did not change: nobody would draw it.
                if !stage.app.is_dirty() && let Some(before) = before {
                    assert_eq!(text(&before), text(&after), "changed unseen by {what:?}");
                }
                frames.push(text(&after));
            }
            frames
        };
        prop_assert_eq!(frames(), frames());
    }
}
