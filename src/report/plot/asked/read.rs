//! Numbers from the machine report's cells.

use serde_json::Value;

/// The cells of one model, and what they are of.
pub struct Read<'a> {
    /// The conditions that answered, in the report's order.
    pub conditions: Vec<&'a str>,
    cells: Vec<&'a Value>,
}

/// A number of ours.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The number.
    pub value: f64,
    /// Its 95 % interval.
    pub ends: Option<(f64, f64)>,
    /// From so many.
    pub n: u64,
}

/// The cells of a model, or those of a report of one.
pub fn read<'a>(report: &'a Value, model: Option<&str>) -> Read<'a> {
    let all = report["cells"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |c: &&Value| model.is_none_or(|m| c["model"] == *m);
    let cells: Vec<&Value> = all.iter().filter(of).collect();
    let mut conditions: Vec<&str> = Vec::new();
    for name in cells.iter().filter_map(|c| c["condition"].as_str()) {
        if !conditions.contains(&name) {
            conditions.push(name);
        }
    }
    Read { conditions, cells }
}

impl Read<'_> {
    /// The rounds that have answers.
    pub fn rounds(&self) -> Vec<u16> {
        let rounds = self.cells.iter().filter_map(|c| c["round"].as_u64());
        let mut rounds: Vec<u16> = rounds.filter_map(|r| u16::try_from(r).ok()).collect();
        rounds.sort_unstable();
        rounds.dedup();
        rounds
    }

    /// Whether anything of a category was answered.
    pub fn has(&self, category: Option<&str>) -> bool {
        let name = category.unwrap_or("all");
        self.cells.iter().any(|c| c["category"] == *name)
    }

    /// Where the largest share of answers could not be read, and how large it is.
    pub fn unread(&self) -> Option<(f64, String)> {
        let pools = self.cells.iter().filter(|c| c["category"] == "all");
        let shares = pools.filter_map(|c| {
            let place = format!("{} round {}", c["condition"].as_str()?, c["round"]);
            Some((c["unparsed"].as_f64()?, place))
        });
        shares.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// A metric of a cell.
    ///
    /// # Errors
    /// There is none; says why.
    pub fn number(
        &self,
        condition: &str,
        round: u16,
        category: Option<&str>,
        metric: &str,
    ) -> Result<Number, String> {
        let category = category.unwrap_or("all");
        let cell = self.cells.iter().find(|c| {
            c["category"] == *category
                && c["condition"] == *condition
                && c["round"].as_u64() == Some(u64::from(round))
        });
        let Some(cell) = cell else {
            return Err("no answer".to_owned());
        };
        let found = &cell["metrics"][metric];
        match found["value"].as_f64() {
            Some(value) => Ok(Number {
                value,
                ends: found["low"].as_f64().zip(found["high"].as_f64()),
                n: found["n"].as_u64().unwrap_or(0),
            }),
            None => {
                let why = found["undefined"].as_str();
                Err(why.unwrap_or("not measured on these answers").to_owned())
            }
        }
    }
}
