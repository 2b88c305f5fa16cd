//! The same question in another order.

use quando::availability::{Query, Role};
use quando::schedule::Schedule;

use super::Random;

/// The same question with every list in another order whose order means nothing.
pub(crate) fn shuffled(random: &mut Random, query: &Query) -> Query {
    let mut query = query.clone();
    if query.need.is_none() {
        let any_of = vec![query.resources[0].id.clone()];
        query.need = Some(vec![Role {
            any_of,
            count: std::num::NonZeroU32::MIN,
        }]);
    }
    random.shuffle(&mut query.resources);
    random.shuffle(&mut query.service.limits);
    random.shuffle(&mut query.travel);
    for resource in &mut query.resources {
        random.shuffle(&mut resource.busy);
        random.shuffle(&mut resource.absences);
        random.shuffle(&mut resource.claims);
        random.shuffle(&mut resource.capacity_windows);
        random.shuffle(&mut resource.limits);
        shuffle_schedule(random, &mut resource.schedule);
    }
    let mut shared = query.hours.schedules().to_vec();
    shared
        .iter_mut()
        .for_each(|schedule| shuffle_schedule(random, schedule));
    random.shuffle(&mut shared);
    query.hours = shared.into();
    query
}

fn shuffle_schedule(random: &mut Random, schedule: &mut Schedule) {
    let weekly = &mut schedule.weekly;
    for hours in [
        &mut weekly.mon,
        &mut weekly.tue,
        &mut weekly.wed,
        &mut weekly.thu,
        &mut weekly.fri,
        &mut weekly.sat,
        &mut weekly.sun,
    ] {
        random.shuffle(hours);
    }
    random.shuffle(&mut schedule.rules);
    random.shuffle(&mut schedule.overrides);
    random.shuffle(&mut schedule.closures);
    for rule in &mut schedule.rules {
        random.shuffle(&mut rule.exdates);
        random.shuffle(&mut rule.rdates);
    }
    for each in &mut schedule.overrides {
        random.shuffle(&mut each.hours);
    }
}
