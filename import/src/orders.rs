//! Orders of a few names.

/// As many orders as anybody would try: all of five names.
const MOST: usize = 120;

/// All orders of `names`, the given one first; of more than five names only it and those with one name moved.
pub(super) fn orders(names: &[String]) -> Vec<Vec<String>> {
    let count: usize = (1..=names.len()).fold(1, |count, number| count.saturating_mul(number));
    if count > MOST {
        return with_one_moved(names);
    }
    let mut orders = vec![Vec::new()];
    for _ in names {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<String>| {
                let left = names.iter().filter(|name| !order.contains(name));
                left.map(|name| order.iter().chain([name]).cloned().collect()).collect::<Vec<_>>()
            })
            .collect();
    }
    orders
}

fn with_one_moved(names: &[String]) -> Vec<Vec<String>> {
    let mut orders = vec![names.to_vec()];
    for from in 0..names.len() {
        for to in 0..names.len() {
            let mut order = names.to_vec();
            let name = order.remove(from);
            order.insert(to, name);
            if !orders.contains(&order) && orders.len() < MOST {
                orders.push(order);
            }
        }
    }
    orders
}

/// All orders that keep those of `one` and of `other`, the one after the other first.
pub(super) fn merges(one: &[String], other: &[String]) -> Vec<Vec<String>> {
    let (Some((first, rest)), Some((second, left))) = (one.split_first(), other.split_first()) else {
        return vec![[one, other].concat()];
    };
    let begin = |name: &String, orders: Vec<Vec<String>>| {
        orders.into_iter().map(|order| [vec![name.clone()], order].concat()).collect::<Vec<_>>()
    };
    let mut orders = begin(first, merges(rest, other));
    if orders.len() < MOST {
        orders.extend(begin(second, merges(one, left)));
    }
    orders.truncate(MOST);
    orders
}
