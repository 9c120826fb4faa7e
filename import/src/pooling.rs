//! Features of several values, such as the genres of a film. What a library pools of their embeddings is the same for a product
//! whatever is asked, and for a user as well, so that these vectors take the place of the feature's table.

use std::str::FromStr;

use crate::asked::Asked;
use crate::error::ImportError;
use crate::question::{Choice, Question};
use crate::rows::has_several;
use crate::source::{HeadPart, Source, Table};
use model::UnknownName;

/// What becomes of the embeddings of several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    Mean,
    Sum,
    Max,
}

impl FromStr for Pooling {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "mean" => Ok(Self::Mean),
            "sum" => Ok(Self::Sum),
            "max" => Ok(Self::Max),
            _ => Err(UnknownName::new(name, "mean, sum, max")),
        }
    }
}

impl Pooling {
    /// One vector of the rows of a table; 0 where there are none. A sentence's end for rows that cannot be pooled.
    fn pool(self, table: &Table, rows: &[u32]) -> Result<Vec<f32>, String> {
        if let Some(row) = rows.iter().find(|&&row| row == 0 || row as usize >= table.rows) {
            return Err(match row {
                0 => "has row 0 among several, which is padding".to_owned(),
                _ => format!("has row {row}, but its table has {} rows", table.rows),
            });
        }
        if rows.is_empty() && self == Self::Max {
            return Err("has no value, and there is no largest of none".to_owned());
        }
        let of_column = |column: usize| {
            let values = rows.iter().map(|&row| f64::from(table.row(row as usize)[column]));
            let pooled = match self {
                Self::Mean => values.sum::<f64>() / rows.len().max(1) as f64,
                Self::Sum => values.sum(),
                Self::Max => values.fold(f64::NEG_INFINITY, f64::max),
            };
            pooled as f32
        };
        Ok((0..table.dim).map(of_column).collect())
    }

    /// A table of what is pooled for each product, from row 1 on.
    fn table(self, table: &Table, products: &[Vec<u32>]) -> Result<Table, String> {
        let mut values = vec![0.0; table.dim];
        for rows in products {
            values.extend(self.pool(table, rows)?);
        }
        Ok(Table { feature: table.feature.clone(), rows: products.len() + 1, dim: table.dim, values })
    }
}

impl Asked<'_> {
    /// The table of what is pooled for each row of the item's table, of which 0 is padding and has no values.
    ///
    /// # Errors
    /// [`ImportError::Catalogue`] for a row that is not in the table.
    pub(super) fn pooled(&mut self, table: &Table, items: &[Vec<u32>]) -> Result<Table, ImportError> {
        let pooling: Pooling = self.ask(question(std::slice::from_ref(&table.feature)))?;
        pooling.table(table, items.get(1..).unwrap_or_default()).map_err(|problem| refused(&self.file, table, &problem))
    }
}

fn refused(file: &str, table: &Table, problem: &str) -> ImportError {
    let problem = format!("\"{}\", a feature of several values, {problem}", table.feature);
    ImportError::Catalogue { file: file.to_owned(), problem }
}

impl Source {
    /// Puts what is pooled in the place of the features of several values, of products and of the user. How they are pooled is
    /// asked.
    ///
    /// # Errors
    /// [`ImportError::Catalogue`] for a row that a product cannot have, [`ImportError::Option`] for one of the user.
    pub(super) fn pool(&mut self, asked: &mut Asked) -> Result<(), ImportError> {
        let options = asked.options;
        let fields = self.query.iter_mut().chain(&mut self.plain);
        let fields: Vec<_> = fields
            .filter_map(|field| {
                let products = options.feature_rows.get(&field.table.feature)?;
                has_several(products).then_some((field, products))
            })
            .collect();
        let contexts = self.head_input.iter_mut().filter_map(|part| {
            let HeadPart::Feature(table) = part else { return None };
            let rows = options.context_rows.get(&table.feature)?;
            Some((table.clone(), rows, part))
        });
        let contexts: Vec<_> = contexts.collect();
        let of_user = contexts.iter().map(|(table, ..)| table.feature.clone());
        let names: Vec<String> = fields.iter().map(|(field, _)| field.table.feature.clone()).chain(of_user).collect();
        if let Some(name) = options.context_rows.keys().find(|name| !names.contains(name)) {
            let problem =
                format!("gives \"{name}\" several rows, but the user has no feature of that name with a table");
            return Err(asked.refused("context", problem));
        }
        if names.is_empty() {
            return Ok(());
        }
        let pooling: Pooling = asked.ask(question(&names))?;
        for (field, products) in fields {
            let pooled =
                |table: &Table| pooling.table(table, products).map_err(|problem| refused(&asked.file, table, &problem));
            field.of_clicks = field.of_clicks.as_ref().map(pooled).transpose()?;
            field.table = pooled(&field.table)?;
        }
        for (table, rows, part) in contexts {
            let pooled = pooling.pool(&table, rows);
            let pooled =
                pooled.map_err(|problem| asked.refused("context", format!("\"{}\" {problem}", table.feature)))?;
            *part = HeadPart::Fixed(table.feature, pooled);
        }
        Ok(())
    }
}

fn question(names: &[String]) -> Question {
    Question {
        option: "pooling",
        topic: "Features of several values".to_owned(),
        asks: format!("What becomes of the several values of {}? It has no tensors.", names.join(" and of ")),
        choices: vec![
            Choice::new("mean", "The mean of their embeddings."),
            Choice::new("sum", "The sum of their embeddings."),
            Choice::new("max", "The largest number of their embeddings at each place."),
        ],
        why: "the default of the libraries".to_owned(),
        code: "VarLenSparseFeat(combiner=…) of DeepCTR, pooling_mode of RecBole, feature_encoder of FuxiCTR",
    }
}
