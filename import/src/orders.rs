//! Orders of a few names.

use std::collections::BTreeSet;

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

/// Orders in which a model may declare features of the user, of the product and its histories, this one first: all of them
/// where they are few, else every order of the user's with item or category first and the three kinds together, and those in
/// which one feature stands elsewhere.
pub(super) fn arrangements(users: &[String], products: &[String], clicks: &[String]) -> Vec<Vec<String>> {
    let usual = [users, products, clicks].concat();
    if usual.len() <= 5 {
        return orders(&usual);
    }
    let turned = |names: &[String]| names.iter().rev().cloned().collect::<Vec<_>>();
    let mut found = Vec::new();
    for users in orders(users) {
        for (products, clicks) in [(products.to_vec(), clicks.to_vec()), (turned(products), turned(clicks))] {
            found.push([users.clone(), products.clone(), clicks.clone()].concat());
            found.push([products.clone(), users.clone(), clicks.clone()].concat());
            found.push([products, clicks, users.clone()].concat());
        }
    }
    found.extend(with_one_moved(&usual));
    let mut seen = BTreeSet::new();
    found.retain(|order| seen.insert(order.clone()));
    found
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
