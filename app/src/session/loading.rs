//! What the page fetches: the catalogue with its ready-made shoppers, and the networks' weights.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Json;
use model::browser::{self, Parsed};

use super::Session;
use super::models::{Machine, Model};
use super::shop::Shopper;
use super::shop::clicks::Clicks;
use super::shop::products::Products;
use crate::browser::clock::pause;
use crate::browser::lazy::under_way;
use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::explain::networks::Network;

/// How long the shop waits for the first ranking, in milliseconds from when the page's own catalogue is here.
const SHOP_WAITS_MS: i32 = 200;

impl Session {
    /// Asks for the weights of `network`, unless somebody did before. The visitor's own come by themselves.
    pub fn want(self, network: Network) {
        let is_new = |machine: &mut Machine| !std::mem::replace(&mut machine.wanted[network.index()], true);
        if network != Network::Yours && self.machine.try_update_value(is_new) == Some(true) {
            self.load_model(network);
        }
    }

    /// Loads the catalogue and the ready-made shoppers, and begins with the first of them, unless another
    /// history is asked for.
    pub fn load_catalogue(self) {
        const FILE: &str = "assets/catalogue.csv";
        let shop = self.demo;
        shop.catalogue.set(Transfer::START);
        spawn_local(async move {
            let progress = |received, total| shop.catalogue.set(Transfer::UnderWay { received, total });
            let bytes = match fetch(FILE, NO_LIMIT, &progress).await {
                Ok(bytes) => bytes,
                Err(error) => return shop.catalogue.set(Transfer::Failed(error.to_string())),
            };
            let catalogue: Arc<Products> = match Products::new(FILE, bytes) {
                Ok(catalogue) => catalogue.into(),
                Err(why) => return shop.catalogue.set(Transfer::Failed(why)),
            };
            // The shop works without shoppers, too.
            let shoppers = fetch("assets/shoppers.json", NO_LIMIT, &|_, _| ()).await.unwrap_or_default();
            let shoppers = Parsed::new(&String::from_utf8_lossy(&shoppers)).and_then(|shoppers| shoppers.elements());
            let shoppers: Vec<Shopper> = shoppers.unwrap_or_default().iter().filter_map(Shopper::from_json).collect();
            let beginning = shop.begin(&catalogue).await;
            // Before everything that draws what it is about, so that little holds up the first answer.
            self.answer_timed();
            // Before the catalogue is there, so that the first answer is about this history and no empty one.
            if shop.clicks.with_untracked(|clicks| clicks.now().is_empty() && !clicks.can_undo()) {
                let first = || shoppers.first().map(|first| first.rows(&catalogue));
                let items = beginning.or_else(first).unwrap_or_default();
                shop.clicks.set(Clicks::starting_with(&items));
            }
            shop.catalogue.set(Transfer::Ready(catalogue));
            shop.shoppers.set(shoppers);
            pause(SHOP_WAITS_MS).await;
            self.show_shop();
        });
    }

    /// The products in use, waited for while they are on their way.
    pub async fn awaited_products(self) -> Option<Arc<Products>> {
        while self.shop_untracked().catalogue.with_untracked(|catalogue| matches!(catalogue, Transfer::UnderWay { .. }))
        {
            pause(50).await;
        }
        self.shop_untracked().products()
    }

    /// Loads the weights of `network`, once more where they failed.
    pub fn load_model(self, network: Network) {
        spawn_local(under_way(self.fetch_model(network)));
    }

    async fn fetch_model(self, network: Network) {
        let model = self.models[network.index()];
        model.set(Transfer::START);
        let file = network.file();
        let progress = |received, total| model.set(Transfer::UnderWay { received, total });
        let result = match fetch(&file, NO_LIMIT, &progress).await {
            Ok(bytes) => match browser::weights(&file, &bytes) {
                Ok(weights) => Transfer::Ready(Model::new(&file, weights)),
                Err(error) => Transfer::Failed(error.to_string()),
            },
            Err(error) => Transfer::Failed(error.to_string()),
        };
        // The question first, and then what shows that it can be asked.
        self.answer();
        model.set(result);
    }
}
