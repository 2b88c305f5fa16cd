//! Whether JSON has a shape that is safe to read: not too deep, no list too long.

use crate::problem::Fault;

/// How deep lists and objects may be nested.
const DEPTH_MAX: usize = 32;
/// How many items a list may have.
const ITEMS_MAX: usize = 1_000;

/// Looks at brackets and commas alone, without recursion and in one pass; whether it is JSON at
/// all says the parser afterwards.
pub(super) fn check_shape(text: &str) -> Result<(), Fault> {
    // The commas of each list that is open; none for an object.
    let mut open: Vec<Option<usize>> = Vec::with_capacity(DEPTH_MAX);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                if open.len() == DEPTH_MAX {
                    return Err(Fault::JsonShape("lists and objects are nested too deeply"));
                }
                open.push((byte == b'[').then_some(0));
            }
            b']' | b'}' => {
                open.pop();
            }
            b',' => {
                if let Some(Some(commas)) = open.last_mut() {
                    *commas += 1;
                    if *commas == ITEMS_MAX {
                        return Err(Fault::JsonShape("a list has too many items"));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_length_have_bounds() {
        let check = |text: &str, fits: bool| {
            let head: String = text.chars().take(20).collect();
            assert_eq!(check_shape(text).is_ok(), fits, "{head}");
        };
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        check(&nested(32), true);
        check(&nested(33), false);
        check(&"[".repeat(100_000), false);
        check(&"{\"a\":".repeat(33), false);
        let list = |items: usize| format!("[{}]", vec!["0"; items].join(","));
        check(&list(1_000), true);
        check(&list(1_001), false);
        // Brackets and commas in a text are letters.
        check(
            &format!("[\"{}\\\"{}\"]", "[".repeat(50), ",".repeat(2_000)),
            true,
        );
        // Fields are no items.
        check(&format!("{{{}}}", vec!["\"a\":0"; 2_000].join(",")), true);
    }
}
