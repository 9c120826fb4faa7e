//! The embedding space: where each product of the catalogue lies, and which share a colour.

use std::collections::BTreeMap;

use shaders::CloudPoint;

use crate::explain::layers::embed;
use crate::inside::charts::plane::Point;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::language::{self, t};
use crate::session::answer::projection::Projection;
use crate::session::answer::scene::Scene;

/// Categories with a colour of their own; the rest share one.
const COLOURS: usize = 6;

/// Products of one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The category.
    pub name: String,
    /// Rows of the catalogue.
    pub items: Vec<u32>,
}

/// The catalogue's embeddings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Space {
    /// The point of each product, `[items]`.
    pub points: Vec<Point>,
    /// The largest category first; the last one is all others, where there are any.
    pub groups: Vec<Group>,
    /// The group of each product, `[items]`.
    pub group_of: Vec<usize>,
    /// Whether this page fitted the projection.
    pub fitted_here: bool,
    /// Numbers in an embedding.
    pub width: usize,
}

impl Space {
    /// The space of the catalogue and the network of a scene.
    pub fn of(scene: &Scene) -> Self {
        let (weights, items) = (scene.model.weights(), scene.products.items());
        let vectors: Vec<Vec<f32>> = (0..items.len() as u32).map(|item| embed(weights, scene.rows(item))).collect();
        let projection = Projection::of_embeddings(weights, &vectors);
        let mut categories: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, item) in (0..).zip(items) {
            categories.entry(item.category).or_default().push(row);
        }
        let mut groups: Vec<Group> = categories
            .into_iter()
            .map(|(category, items)| Group {
                name: scene.products.categories().get(category as usize).cloned().unwrap_or_default(),
                items,
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.items.len()));
        if groups.len() > COLOURS + 1 {
            let rest = groups.split_off(COLOURS);
            let name = t!("{count} other category" | "{count} other categories", count = rest.len());
            groups.push(Group { name, items: rest.into_iter().flat_map(|group| group.items).collect() });
        }
        let mut group_of = vec![0; items.len()];
        for (place, group) in groups.iter().enumerate() {
            group.items.iter().for_each(|&item| group_of[item as usize] = place);
        }
        Self {
            points: vectors.iter().map(|vector| projection.point(vector)).collect(),
            groups,
            group_of,
            fitted_here: projection.fitted_here,
            width: weights.config().width(),
        }
    }

    /// The groups and their places, from the bottom up: the largest one hides nothing.
    pub fn layers(&self) -> Vec<(usize, &Group)> {
        let mut layers: Vec<_> = self.groups.iter().enumerate().collect();
        layers.sort_by_key(|(_, group)| std::cmp::Reverse(group.items.len()));
        layers
    }

    /// The points of each layer, the lowest first.
    pub fn cloud(&self) -> Vec<CloudPoint> {
        let of_layer = |(layer, (_, group)): (u32, (usize, &Group))| {
            let point = |&item: &u32| CloudPoint { at: self.points[item as usize], group: layer };
            group.items.iter().map(point).collect::<Vec<_>>()
        };
        (0..).zip(self.layers()).flat_map(of_layer).collect()
    }

    /// The product that is closest to a point.
    pub fn closest(&self, [x, y]: Point) -> Option<u32> {
        let distance = |point: &Point| (point[0] - x).powi(2) + (point[1] - y).powi(2);
        let closest = (0..).zip(&self.points).min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
        closest.map(|(item, _)| item)
    }
}

/// The colour of a group, from 1; 0 is the colour that all others share.
pub fn colour(place: usize) -> usize {
    if place < COLOURS { place + 1 } else { 0 }
}

/// A row for each product.
pub fn table(space: &Space, scene: &Scene) -> Table {
    let columns = [t!("product"), "id", t!("category"), "x", "y"];
    let products = scene.products.items().iter().zip(&space.points);
    let rows = products.map(|(item, [x, y])| {
        vec![
            Cell::Text(item.title.clone()),
            Cell::Text(item.id.clone()),
            Cell::Text(language::said(scene.products.category(item))),
            Cell::Number(*x),
            Cell::Number(*y),
        ]
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_product_is_found() {
        let space = Space { points: vec![[0.0, 0.0], [2.0, 1.0], [-3.0, 0.5]], ..Space::default() };
        assert_eq!(
            [[0.4, 0.1], [2.0, 3.0], [-9.0, 0.0]].map(|point| space.closest(point)),
            [Some(0), Some(1), Some(2)]
        );
        assert_eq!(Space::default().closest([0.0, 0.0]), None);
    }

    #[test]
    fn the_largest_group_lies_at_the_bottom_whatever_its_place() {
        let group = |items: &[u32]| Group { name: String::new(), items: items.to_vec() };
        let space = Space {
            points: vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]],
            groups: vec![group(&[2]), group(&[0, 1, 3])],
            ..Space::default()
        };
        let places: Vec<usize> = space.layers().into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [1, 0]);
        let cloud: Vec<(f32, u32)> = space.cloud().into_iter().map(|point| (point.at[0], point.group)).collect();
        assert_eq!(cloud, [(0.0, 0), (1.0, 0), (3.0, 0), (2.0, 1)]);
    }
}
