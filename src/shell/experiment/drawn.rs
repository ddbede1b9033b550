//! An experiment's drawings beside its answers: first the figure that its recipe asks for, then the run as a
//! whole. A figure of an earlier start that cannot be drawn any more is taken away: it would be wrong.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Value, json};

use crate::app::Safe;
use crate::report::{Figure, WIDTH, wrap};

use super::super::failure::Failure;
use super::super::plots;

/// The recipe's figure.
const FIGURE: [&str; 2] = ["figure.svg", "figure.png"];
/// The run as a whole, or that of several models.
const PLOT: [&str; 2] = ["plot.svg", "plot.png"];

/// What was drawn.
pub struct Drawn {
    /// Why the recipe's figure was not.
    left_out: Option<String>,
}

impl Drawn {
    /// Draws both in every format.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn draw(
        folder: &Path,
        asked: Result<Figure, String>,
        whole: &Figure,
    ) -> Result<Drawn, Failure> {
        let each = |names: [&str; 2], figure: &Figure| {
            let mut names = names.iter();
            names.try_for_each(|name| plots::draw(&folder.join(name), figure))
        };
        let left_out = match asked {
            Ok(figure) => {
                each(FIGURE, &figure)?;
                None
            }
            Err(why) => {
                for path in FIGURE.map(|name| folder.join(name)) {
                    match std::fs::remove_file(&path) {
                        Err(e) if e.kind() != ErrorKind::NotFound => {
                            let path = path.display();
                            return Err(Failure::work(format!("{path}: {e}")));
                        }
                        _ => {}
                    }
                }
                Some(why)
            }
        };
        each(PLOT, whole)?;
        Ok(Drawn { left_out })
    }

    /// Where they are, for people.
    pub fn said(&self, folder: &Path, what: &str, whole: &str) -> String {
        let folder = Safe::line(&folder.display().to_string()).to_string();
        let mut out = match &self.left_out {
            None => format!("{folder}/{} (and .png): {what}\n", FIGURE[0]),
            Some(why) => {
                wrap(&format!("No figure of this experiment: {why}"), WIDTH).join("\n") + "\n"
            }
        };
        out += &format!("{folder}/{} (and .png): {whole}\n", PLOT[0]);
        out + &format!("recant report {folder} prints more of it\n")
    }

    /// The same for machines, beside what the figure is of.
    pub fn json(&self, mut beside: Value) -> Value {
        let files = match &self.left_out {
            None => json!(FIGURE),
            Some(_) => json!([]),
        };
        beside["plot"]["files"] = files;
        beside["plot"]["left_out"] = json!(self.left_out);
        beside
    }
}
