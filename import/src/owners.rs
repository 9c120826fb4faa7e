//! Whose the features are that no click has: the user's, the situation's, or the product's.

use crate::error::ImportError;
use crate::names::{OF_USERS, has_word};
use crate::options::Names;
use crate::question::{Choice, Question};
use crate::roles::{Reading, Rules};

impl Reading<'_, '_> {
    /// Asks whether a feature that no history has is the candidate's category, where its name alone says so.
    pub fn settle_plain_category(&mut self, category: &str) -> Result<(), ImportError> {
        if self.asked.said::<String>("category")?.is_none() {
            self.asked.questions.push(Question {
                option: "category",
                topic: "Category".to_owned(),
                asks: format!("Is {category}, which the clicks of a history do not have, the candidate's category?"),
                choices: vec![
                    Choice::new(category, "It is, and the catalogue's categories are its rows."),
                    Choice::new("none", "It is another feature, of the user or of the product."),
                ],
                why: "by its name".to_owned(),
                code: "the columns of the training data: SparseFeat, feature_cols",
            });
        }
        Ok(())
    }

    /// Refuses a feature that is neither the user's nor has rows of its own, and asks where nobody says.
    pub fn settle_owners(&mut self, rules: &Rules, item: &str, others: &[String]) -> Result<(), ImportError> {
        let options = self.asked.options;
        let open: Vec<String> = others
            .iter()
            .filter(|name| {
                !has_word(name, &OF_USERS)
                    && !options.context.contains_key(*name)
                    && !options.context_rows.contains_key(*name)
                    && !options.feature_rows.contains_key(*name)
            })
            .cloned()
            .collect();
        let said = self.asked.said::<Names>("user-features")?;
        let is_named = |name: &&String| name.as_str() == "none" || others.contains(name);
        if let Some(name) = said.iter().flat_map(|said| &said.0).find(|name| !is_named(name)) {
            let problem = format!("has \"{name}\", but the features that may be the user's are {}", others.join(", "));
            return Err(self.asked.refused("user-features", problem));
        }
        let of_products: Vec<&String> = match &said {
            Some(said) => open.iter().filter(|name| !said.0.contains(name)).collect(),
            None => Vec::new(),
        };
        if let Some(name) = of_products.first() {
            if let Some(&[rows, dim]) = self.checkpoint.shape(self.tensor(name))
                && rules.is_number(rows, dim, self.dim(item))
            {
                return Err(self.checkpoint.unsupported(format!(
                    "tensor \"{}\" is of a number of the products, which are not read; train the network without it, or with classes \
                     of it as a feature",
                    self.tensor(name)
                )));
            }
            return Err(self.checkpoint.unsupported(format!(
                "tensor \"{}\" is of a feature of the products; give the catalogue a column \"{name}_row\" with each product's \
                 row of it",
                self.tensor(name)
            )));
        }
        if said.is_none() && !open.is_empty() {
            let names = open.join(",");
            self.asked.questions.push(Question {
                option: "user-features",
                topic: "Features of the user".to_owned(),
                asks: format!("Are {names} features of the user or the situation, which are the same for every product?"),
                choices: vec![
                    Choice::new(names.clone(), "Each has one value for all products; --context NAME=ROW says which."),
                    Choice::new(
                        "none",
                        "Every product has its own value; a column NAME_row of the catalogue says its row of the table.",
                    ),
                ],
                why: "which takes the differences between products away".to_owned(),
                code: "the columns of the training data: SparseFeat, feature_cols",
            });
        }
        Ok(())
    }
}
