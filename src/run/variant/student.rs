//! A student who applies, posed as somebody else in one respect.

use crate::domain::{Item, Race, Rule, Student};

use super::Made;
use super::words::replaced;

/// The same student posed as the other race: the pair that the benchmark itself measures.
pub(super) fn other_race(item: &Item, student: &Student) -> Made {
    let other = match student.race {
        Race::Black => Race::White,
        Race::White => Race::Black,
    };
    let posed = Student {
        race: other,
        ..student.clone()
    };
    let (from, to) = (student.race.name(), other.name());
    told(item, from, to, posed)
}

/// The same student as a woman instead of a man, or the other way round.
pub(super) fn other_sex(item: &Item, student: &Student) -> Made {
    let other = match &*student.sex {
        "male" => "female",
        "female" => "male",
        _ => return Err("neither male nor female"),
    };
    let posed = Student {
        sex: other.into(),
        ..student.clone()
    };
    told(item, &student.sex, other, posed)
}

/// The question with one word of it changed.
fn told(item: &Item, from: &str, to: &str, student: Student) -> Made {
    let (context, count) = replaced(&item.context, &[from], |_| Some(to.to_owned()));
    match count {
        1 => Ok(Item {
            context,
            rule: Rule::Admission(student),
            ..item.clone()
        }),
        _ => Err("the text does not say it once"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmarks::law;

    #[test]
    fn one_word_is_another_and_what_prompts_say_goes_with_it() {
        let student = Student {
            no: "7".into(),
            race: Race::Black,
            sex: "male".into(),
            lsat: "39".into(),
            gpa: "3.1".into(),
        };
        let item = law::item(student.clone(), &"law".into());
        let white = other_race(&item, &student).unwrap();
        assert!(
            white.context.contains("a white male with"),
            "{}",
            white.context
        );
        assert_eq!(white.fact("race").as_deref(), Some("white"));
        let woman = other_sex(&item, &student).unwrap();
        assert!(
            woman.context.contains("a Black female with"),
            "{}",
            woman.context
        );
        assert_eq!(woman.fact("sex").as_deref(), Some("female"));
        assert_eq!(white.unit(), item.unit(), "still the same student");
    }
}
