//! Where the rows of a list that is open on top stand, and where its chosen row is told in full.
//!
//! Invariant: the places depend on the terminal's size and on the list, not on which row is chosen
//! (which rows are in sight does): nothing moves while the choice moves. Drawing and the mouse use
//! the same places.

use super::layout::Area as Rect;

use super::layout;
use super::overlay::Overlay;
use super::role::Role;
use super::transcript::Safe;
use super::wrap::Wrapped;
use super::{App, column};

/// Columns of a knob's row before what is said about it.
pub const KNOB: u16 = 32;
/// Fewest rows of a list that are left beside what is told below them.
const LEAST: u16 = 4;
/// Most rows of a knob's explanation.
const KNOB_FOOT: usize = 3;

/// Where a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The box, border included.
    pub area: Rect,
    /// The rows in sight.
    pub rows: Rect,
    /// The first row in sight.
    pub first: usize,
    /// How many rows there are.
    pub count: usize,
    /// Where the chosen row is told in full, a rule above it included; empty where nothing is cut.
    pub foot: Rect,
}

impl Listed {
    fn new(area: Rect, head: u16, foot: u16, chosen: usize, count: usize) -> Listed {
        let inner = layout::inside(area);
        let head = head.min(inner.height);
        let room = inner.height - head;
        let foot = if room >= foot + LEAST { foot } else { 0 };
        let rows = Rect {
            y: inner.y + head,
            height: room - foot,
            ..inner
        };
        Listed {
            area,
            rows,
            first: (chosen + 1).saturating_sub(usize::from(rows.height).max(1)),
            count,
            foot: Rect {
                y: rows.bottom(),
                height: foot,
                ..inner
            },
        }
    }

    /// The row at a cell of the screen.
    pub fn row_at(&self, cell: (u16, u16)) -> Option<usize> {
        let is_row = layout::holds(self.rows, cell);
        let no = self.first + usize::from(cell.1.saturating_sub(self.rows.y));
        (is_row && no < self.count).then_some(no)
    }
}

impl App {
    /// Where the list that is open on top stands; `None` where there is none.
    pub fn listed(&self) -> Option<Listed> {
        let size = self.view.size;
        let middle = layout::palette_box(size);
        Some(match &self.view.overlay {
            Overlay::Palette(open) => {
                Listed::new(middle, 1, 3, open.selected(), open.found().len())
            }
            Overlay::Samples(row) => {
                let groups = self.samples().groups;
                // A reasoning before the answer takes more room.
                let steps = groups.iter().map(|g| g.steps.len()).max().unwrap_or(1);
                let foot = if steps > 1 { 9 } else { 4 };
                Listed::new(middle, 1, foot, *row, groups.len())
            }
            Overlay::Branches(row) => Listed::new(middle, 0, 3, *row, self.tree().0.len()),
            Overlay::Column(row) => {
                let count = self.knobs().len();
                let foot = self.knobs_foot(layout::inside(layout::column_box(size, 0, 0)).width);
                let rows = u16::try_from(count).unwrap_or(u16::MAX);
                let area = layout::column_box(size, rows, foot);
                Listed::new(area, 0, foot, *row, count)
            }
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Words(_)
            | Overlay::Search
            | Overlay::Label(_)
            | Overlay::Note(..)
            | Overlay::Editor(_)
            | Overlay::Jump(_) => return None,
        })
    }

    /// Rows that the longest explanation of a knob needs below the list; 0 where all fit beside it.
    fn knobs_foot(&self, columns: u16) -> u16 {
        let settings = self.knobs().into_iter();
        let settings = settings.filter_map(|knob| self.setting(self.view.cursor, knob));
        let room = usize::from(columns.saturating_sub(KNOB));
        let mut most = 0;
        for setting in settings {
            let cut = setting.about.width() > room
                || setting.value.width() > column::VALUE
                || setting.name.width() > column::VALUE;
            if cut {
                let told = column::told(&setting);
                let rows =
                    Wrapped::paragraph(&[(Role::Muted, told.as_str())], usize::from(columns));
                most = most.max(rows.rows().len().min(KNOB_FOOT) + 1);
            }
        }
        u16::try_from(most).unwrap_or(0)
    }

    /// The chosen knob in full.
    pub fn knob_told(&self, row: usize) -> Safe {
        let knob = self.knobs().get(row).copied();
        let setting = knob.and_then(|knob| self.setting(self.view.cursor, knob));
        setting.map_or_else(Safe::default, |s| column::told(&s))
    }
}
