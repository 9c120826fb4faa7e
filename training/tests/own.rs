//! A visitor's own data: who is trained on and who is asked, and what is said where there is nothing to train on.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;

use model::{Catalogue, ShopperHistories};
use proptest::prelude::*;
use training::own::{OwnData, own_data};
use training::packed::unpack;
use training::purchases::customers;

const FILES: [&str; 2] = ["catalogue.csv", "histories.csv"];

fn catalogue(items: usize) -> Catalogue {
    let lines: String = (0..items).map(|item| format!("\"i,{item}\",\"the \"\"{item}\"\"\",c\n")).collect();
    Catalogue::from_csv(FILES[0], format!("id,title,category\n{lines}").as_bytes()).unwrap()
}

/// Own data of users who have so many items each, one after the other in the catalogue.
fn own(items: usize, users: &[usize]) -> Result<OwnData, String> {
    let catalogue = catalogue(items);
    let line = |user: usize, time: usize| format!("u{user},\"i,{}\",{time}\n", (user + time) % items);
    let lines = users.iter().enumerate().flat_map(|(user, &count)| (0..count).map(move |time| line(user, time)));
    let csv = ["user,item,time\n".to_owned()].into_iter().chain(lines).collect::<String>();
    let histories =
        ShopperHistories::from_csv(FILES[1], csv.as_bytes(), &catalogue).map_err(|error| error.to_string())?;
    own_data(FILES, catalogue, &histories).map_err(|error| error.to_string())
}

proptest! {
    /// Whoever has two purchases or more is trained on or asked, with all of them in their order, and nobody is both.
    #[test]
    fn users_are_trained_on_or_asked(users in prop::collection::vec(1usize..6, 2..60), items in 2usize..9) {
        let long = users.iter().filter(|&&count| count > 1).count();
        prop_assume!(long > 1);
        let own = own(items, &users).unwrap();
        let catalogue = Catalogue::from_csv("page", own.catalogue.as_bytes()).unwrap();
        let read = |bytes| unpack("file", bytes, &catalogue).unwrap();
        let (header, trained) = read(&own.training);
        let (_, asked) = read(&own.validation);
        prop_assert_eq!((header.source.as_str(), asked.len()), (FILES[1], (long / 10).max(1)));
        prop_assert_eq!((own.users, own.left_out), ([trained.len(), asked.len()], users.len() - long));
        prop_assert_eq!(own.purchases.iter().sum::<usize>(), users.iter().filter(|&&count| count > 1).sum::<usize>());
        let all = [trained, asked].concat();
        let mut found: Vec<Vec<u32>> = all.iter().map(|user| user.iter().map(|one| one.item).collect()).collect();
        let long = users.iter().enumerate().filter(|(_, count)| **count > 1);
        let mut expected: Vec<Vec<u32>> =
            long.map(|(user, &count)| (0..count).map(|time| ((user + time) % items) as u32).collect()).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
        let popularity: Vec<u32> = catalogue.items().iter().map(|item| item.popularity).collect();
        prop_assert_eq!(popularity, customers(&all, items));
        prop_assert_eq!(&own.asked, &read(&own.validation).1[0].iter().map(|one| one.item).collect::<Vec<_>>());
    }
}

#[test]
fn a_user_stays_where_it_is_when_others_come() {
    let asked = |users: usize| -> BTreeSet<Vec<u32>> {
        let own = own(97, &vec![5; users]).unwrap();
        let catalogue = Catalogue::from_csv("page", own.catalogue.as_bytes()).unwrap();
        let items = |user: Vec<training::purchases::Purchase>| user.iter().map(|one| one.item).collect();
        unpack("file", &own.validation, &catalogue).unwrap().1.into_iter().map(items).collect()
    };
    let (before, after) = (asked(80), asked(81));
    assert_eq!(before.len(), 8);
    assert!(before.intersection(&after).count() >= 7);
    assert_eq!(own(97, &[5; 2500]).unwrap().users, [2300, 200]);
}

#[test]
fn what_cannot_be_trained_on_is_said_in_a_sentence() {
    for (items, users, expected) in [
        (
            1,
            [2, 2].as_slice(),
            "catalogue.csv: there is one product, and a network learns to tell products from one another",
        ),
        (5, &[1, 1, 1], "histories.csv: no user has two lines, and what is learned is which product follows which"),
        (
            5,
            &[4],
            "histories.csv: one user alone has two lines or more, and it takes two: one to learn from, and one to ask",
        ),
        (
            5,
            &[4, 1],
            "histories.csv: one user alone has two lines or more, and it takes two: one to learn from, and one to ask",
        ),
        (5, &[], "histories.csv: no history in it"),
    ] {
        assert_eq!(own(items, users).unwrap_err(), expected);
    }
}

#[test]
fn a_catalogue_of_many_products_has_room() {
    let own = own(20_000, &[3; 20_000]).unwrap();
    let catalogue = Catalogue::from_csv("page", own.catalogue.as_bytes()).unwrap();
    let (_, trained) = unpack("file", &own.training, &catalogue).unwrap();
    assert_eq!((own.users, trained.len()), ([19_800, 200], 19_800));
    assert!(trained.iter().any(|user| user[0].item > 1 << 14));
}
