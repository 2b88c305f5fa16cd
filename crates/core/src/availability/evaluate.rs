//! The one function behind listing, checking and explaining: which candidate starts are offered.

use super::answer::{Answer, Column, Found};
use super::bits::Bits;
use super::choice::Chooser;
use super::error::QueryError;
use super::explain::{Refused, explain};
use super::grid::{ClockGrid, anchored_starts};
use super::plan::Availability;
use super::query::Align;
use super::validate::{check_count, over};
use super::view::{Timely, View};
use crate::limits::{CELLS_MAX, EXPLAINED_STARTS_MAX, GRID_STARTS_MAX, STARTS_MAX};
use crate::time::{Interval, IntervalSet};

const WINDOW_ADVICE: &str = "starts; ask for a smaller window";

/// Room for a month of half hours at first: a list of starts rarely has to move.
const STARTS_EXPECTED: usize = 512;

/// Candidate starts, ascending, and who of the primary role has them on its grid.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) starts: Vec<i64>,
    /// By primary candidate, in the order of `anyOf`; `None` when all have all on their grid.
    pub(super) on_grid: Option<Vec<Bits>>,
    /// The member whose feasible starts all of them are, when there is one.
    pub(super) only_feasible_of: Option<usize>,
    /// Those that an explanation must answer for: on a grid and inside open hours.
    pub(super) explained: Option<Bits>,
}

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// At most so many slots.
    pub(super) limit: usize,
    /// Whether to say why the other starts are refused.
    pub(super) explain: bool,
}

/// Lists the slots of a window.
pub(super) fn list<'q>(
    plan: &Availability<'q>,
    window: Interval,
    page: Page,
) -> Result<Answer<'q>, QueryError> {
    let timely = Timely::new(plan, window);
    let asked = if page.explain {
        window.into()
    } else {
        timely.starts(window)
    };
    let Some((first, last)) = asked.as_slice().first().zip(asked.as_slice().last()) else {
        let refused = page.explain.then(Vec::new);
        return Ok(Answer {
            refused,
            ..Answer::nothing(plan)
        });
    };
    let range = Interval::from_seconds(first.start_timestamp(), last.end_timestamp());
    let view = View::new(plan, range)?;
    let candidates = candidates(&view, &asked, page.explain)?;
    let late = page.explain.then(|| timely.starts(range));
    let mut answer = offer(&view, &candidates, late.as_ref());
    answer.slots.truncate(page.limit);
    if let Some(explained) = &candidates.explained {
        let page_end = match answer.slots.get(page.limit.wrapping_sub(1)) {
            Some(last) => last.start + 1,
            None => i64::MAX,
        };
        let offered = |start: i64| {
            answer
                .slots
                .binary_search_by_key(&start, |f| f.start)
                .is_ok()
        };
        let refused = explained
            .ones()
            .map(|place| candidates.starts[place])
            .filter(|start| *start < page_end && !offered(*start))
            .map(|start| Refused::new(start, explain(&view, &timely, start)));
        answer.refused = Some(refused.collect());
    }
    Ok(answer)
}

/// Finds which candidates are offered, who can serve them, and how many they still take.
///
/// `timely` restricts the candidates; there is none when they were taken from timely starts.
pub(super) fn offer<'q>(
    view: &View<'_, 'q>,
    candidates: &Candidates,
    timely: Option<&IntervalSet>,
) -> Answer<'q> {
    let plan = view.plan;
    let mut answer = Answer::nothing(plan);
    if !view.party_fits() || candidates.starts.is_empty() {
        return answer;
    }
    let offered = match timely {
        Some(timely) => Bits::inside(&candidates.starts, timely),
        None => Bits::all(candidates.starts.len()),
    };
    let feasible = view.members.iter().enumerate().map(|(member, each)| {
        if candidates.only_feasible_of == Some(member) {
            Bits::all(candidates.starts.len())
        } else {
            Bits::inside(&candidates.starts, &each.feasible)
        }
    });
    let feasible: Vec<Bits> = feasible.collect();
    if plan.is_plain() {
        offer_plain(view, candidates, feasible, offered, &mut answer);
    } else {
        let mut chooser = Chooser::new(view, candidates, &feasible);
        for place in offered.ones() {
            let start = candidates.starts[place];
            if let Some(seats_left) = chooser.choose(place, start) {
                let place = u32::try_from(place).expect("starts are bounded far below");
                answer.slots.push(found(start, place, seats_left));
            }
        }
        answer.columns = chooser.into_columns();
    }
    answer
}

/// One resource for each role, nobody in two roles: a start is offered when every role has
/// somebody.
fn offer_plain<'q>(
    view: &View<'_, 'q>,
    candidates: &Candidates,
    mut feasible: Vec<Bits>,
    mut offered: Bits,
    answer: &mut Answer<'q>,
) {
    let plan = view.plan;
    for (place, role) in plan.roles.iter().enumerate() {
        let mut columns = Vec::with_capacity(role.any_of.len());
        for (at, &member) in role.any_of.iter().enumerate() {
            let mut starts = std::mem::take(&mut feasible[member]);
            if let (0, Some(on_grid)) = (place, &candidates.on_grid) {
                starts.and(&on_grid[at]);
            }
            columns.push(Column {
                resource: &plan.members[member].resource.id,
                starts,
            });
        }
        match columns.as_slice() {
            [only] => offered.and(&only.starts),
            several => {
                let mut anybody = Bits::none(candidates.starts.len());
                several.iter().for_each(|column| anybody.or(&column.starts));
                offered.and(&anybody);
            }
        }
        answer.columns.push(columns);
    }
    let primaries = &plan.roles[0].any_of;
    if primaries
        .iter()
        .all(|at| plan.members[*at].resource.capacity.get() == 1)
    {
        answer.slots = offered.select(&candidates.starts, |place, start| found(start, place, 1));
        return;
    }
    let free = |place: usize, start: i64| {
        let units = primaries
            .iter()
            .zip(&answer.columns[0])
            .filter_map(|(member, column)| {
                let member = &plan.members[*member];
                let here = column.starts.get(place);
                here.then(|| member.occupancy.free_units(start, member.footprint))
            });
        units.max().unwrap_or(0)
    };
    let slot = |place, start| found(start, place, free(usize_of(place), start));
    answer.slots = offered.select(&candidates.starts, slot);
}

/// The starts to weigh up: on the grid of a primary resource, and inside its open hours.
fn candidates(
    view: &View<'_, '_>,
    asked: &IntervalSet,
    explain: bool,
) -> Result<Candidates, QueryError> {
    let candidates = match view.plan.query.service.align {
        Align::Clock => clock_candidates(view, asked, explain),
        Align::Opening | Align::Packed => anchored_candidates(view, asked, explain)?,
    };
    check_cells(view.plan, candidates.starts.len(), explain)?;
    Ok(candidates)
}

/// The member whose feasible starts are all that needs to be weighed up: nobody else can take what
/// the only primary candidate cannot.
fn only_feasible_of(view: &View<'_, '_>, explain: bool) -> Option<usize> {
    let primaries = &view.plan.roles[0].any_of;
    let alone = primaries.len() == 1 && !explain && !view.plan.query.service.is_class();
    alone.then(|| primaries[0])
}

/// The wall clock's grid is the same for all.
fn clock_candidates(view: &View<'_, '_>, asked: &IntervalSet, explain: bool) -> Candidates {
    let only_feasible_of = only_feasible_of(view, explain);
    let starts = match only_feasible_of {
        Some(member) => clock_starts(view.plan, &view.members[member].feasible, asked),
        None => {
            let mut hours: Vec<usize> = view.plan.roles[0]
                .any_of
                .iter()
                .map(|at| view.members[*at].hours)
                .collect();
            hours.sort_unstable();
            hours.dedup();
            match hours.as_slice() {
                [only] => clock_starts(view.plan, view.hours[*only].spans(), asked),
                several => {
                    let spans = several.iter().flat_map(|at| view.hours[*at].spans().iter());
                    clock_starts(view.plan, &spans.collect(), asked)
                }
            }
        }
    };
    Candidates {
        only_feasible_of,
        explained: explain.then(|| Bits::all(starts.len())),
        starts,
        on_grid: None,
    }
}

/// Grids that restart with the opening hours are of those who share them; `packed` grids are each
/// member's own.
fn anchored_candidates(
    view: &View<'_, '_>,
    asked: &IntervalSet,
    explain: bool,
) -> Result<Candidates, QueryError> {
    let packed = view.is_packed();
    let only_feasible_of = only_feasible_of(view, explain);
    let (grids, grid_of) = grids(view);
    let mut starts_of = Vec::with_capacity(grids.len());
    let mut explained_of = Vec::new();
    let mut total = 0;
    for grid in &grids {
        let hours = &view.hours[grid.hours];
        let open = match only_feasible_of {
            Some(member) => &view.members[member].feasible,
            None => hours.spans(),
        };
        let starts = anchored(view.plan, &view.anchors(grid.member), open, asked);
        total += starts.len();
        if explain && packed {
            // Explained are the starts of the grid that does not depend on what is taken.
            let explained = anchored(view.plan, hours.beginnings(), hours.spans(), asked);
            total += explained.len();
            explained_of.push(explained);
        }
        check_count(total, WINDOW_ADVICE, "GRID_STARTS_MAX", GRID_STARTS_MAX)
            .map_err(|fault| fault.at("/window"))?;
        starts_of.push(starts);
    }
    if grids.len() == 1 && explained_of.is_empty() {
        let starts = starts_of.pop().unwrap_or_default();
        let explained = explain.then(|| Bits::all(starts.len()));
        return Ok(Candidates {
            starts,
            on_grid: None,
            only_feasible_of,
            explained,
        });
    }
    let mut starts: Vec<i64> = starts_of
        .iter()
        .chain(&explained_of)
        .flatten()
        .copied()
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let places = |some: &Vec<i64>| {
        let mut bits = Bits::none(starts.len());
        some.iter()
            .filter_map(|start| starts.binary_search(start).ok())
            .for_each(|place| bits.set(place));
        bits
    };
    let on_grid: Vec<Bits> = starts_of.iter().map(places).collect();
    let explained = explain.then(|| {
        let mut all = Bits::none(starts.len());
        let explained = if packed { &explained_of } else { &starts_of };
        explained.iter().for_each(|some| all.or(&places(some)));
        all
    });
    let on_grid = Some(grid_of.iter().map(|at| on_grid[*at].clone()).collect());
    Ok(Candidates {
        starts,
        on_grid,
        only_feasible_of,
        explained,
    })
}

/// A grid that some primary resources share.
struct Grid {
    hours: usize,
    member: usize,
}

/// The grids of the primary resources, and which of them each is on.
fn grids(view: &View<'_, '_>) -> (Vec<Grid>, Vec<usize>) {
    let packed = view.is_packed();
    let mut grids: Vec<Grid> = Vec::new();
    let mut grid_of = Vec::new();
    for &member in &view.plan.roles[0].any_of {
        let hours = view.members[member].hours;
        let same = |grid: &Grid| !packed && grid.hours == hours;
        let at = grids.iter().rposition(same).unwrap_or_else(|| {
            grids.push(Grid { hours, member });
            grids.len() - 1
        });
        grid_of.push(at);
    }
    (grids, grid_of)
}

fn clock_starts(plan: &Availability<'_>, open: &IntervalSet, asked: &IntervalSet) -> Vec<i64> {
    let service = &plan.query.service;
    let grid = ClockGrid::new(
        service.step_seconds(),
        service.step_offset_minutes.seconds(),
    );
    let mut starts = Vec::with_capacity(STARTS_EXPECTED);
    for region in asked.iter() {
        let (from, to) = (region.start_timestamp(), region.end_timestamp());
        let mut offsets = plan.query.zone.offsets(from, to);
        grid.starts(&mut offsets, open, region, &mut starts);
    }
    starts
}

fn anchored(
    plan: &Availability<'_>,
    anchors: &[i64],
    open: &IntervalSet,
    asked: &IntervalSet,
) -> Vec<i64> {
    let step = plan.query.service.step_seconds();
    let mut starts = Vec::with_capacity(STARTS_EXPECTED);
    asked
        .iter()
        .for_each(|region| anchored_starts(anchors, step, open, region, &mut starts));
    starts
}

/// Starts times candidates of the roles, times their number where they compete, are bounded.
pub(super) fn check_cells(
    plan: &Availability<'_>,
    starts: usize,
    explain: bool,
) -> Result<(), QueryError> {
    let (limit, most) = if explain {
        ("EXPLAINED_STARTS_MAX", EXPLAINED_STARTS_MAX)
    } else {
        ("STARTS_MAX", STARTS_MAX)
    };
    check_count(starts, WINDOW_ADVICE, limit, most).map_err(|fault| fault.at("/window"))?;
    let candidates = plan
        .roles
        .iter()
        .map(|role| role.any_of.len())
        .fold(0, usize::saturating_add);
    let units = plan
        .roles
        .iter()
        .map(|role| role.count)
        .fold(0, usize::saturating_add);
    let cells = if plan.disjoint {
        candidates
    } else {
        candidates.saturating_mul(units)
    };
    let (what, pointer) = if starts <= 1 {
        ("resources of a start that roles compete for", "/need")
    } else {
        (
            "starts times resources; ask for a smaller window",
            "/window",
        )
    };
    if starts.saturating_mul(cells) > CELLS_MAX {
        return Err(over(what, "CELLS_MAX", CELLS_MAX as u64).at(pointer));
    }
    Ok(())
}

fn found(start: i64, place: u32, seats_left: u32) -> Found {
    Found {
        start,
        place,
        seats_left,
    }
}

fn usize_of(place: u32) -> usize {
    place as usize
}
