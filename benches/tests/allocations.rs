//! How often the hot paths ask for memory: a number that does not depend on the machine.

use quando::availability::Availability;
use quando_benches::rules::RULES;
use quando_benches::workload::{SlotsWorkload, TeamWorkload};

fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn slots_allocate_a_few_times_whatever_the_number_of_slots() {
    let load = SlotsWorkload::load();
    let query = load.query(30, load.busy());
    quando::slots(&query).unwrap();
    let count = allocations(|| assert_eq!(quando::slots(&query).unwrap().len(), 240));
    assert!(count <= 32, "{count} from a query");
    let prepared = Availability::new(&query).unwrap();
    let count = allocations(|| assert_eq!(prepared.slots().unwrap().len(), 240));
    assert!(count <= 24, "{count} prepared once");
}

#[test]
fn a_team_allocates_a_few_times_for_each_resource() {
    let query = TeamWorkload::load().query(100, 1, false);
    quando::slots(&query).unwrap();
    let count = allocations(|| assert_eq!(quando::slots(&query).unwrap().len(), 308));
    assert!(count <= 450, "{count}");
}

#[test]
fn a_recurrence_allocates_a_few_times() {
    let compiled = RULES[3].recurrence().compile();
    let window = RULES[3].interval();
    let count = allocations(|| assert_eq!(compiled.expand(window).unwrap().len(), 365));
    assert!(count <= 9, "{count}");
}
