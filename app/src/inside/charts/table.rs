//! The numbers of a chart as a table: on the page, as CSV, as JSON and as lines of JSON.

use std::fmt::Write;

use model::table::disarmed;

use crate::ui::format::{escaped, json_text};

/// Labelled numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What the columns hold.
    pub columns: Vec<Column>,
    /// The rows, as wide as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The quantity, with its letter.
    pub name: String,
    /// The unit of the numbers; empty where they have none.
    pub unit: &'static str,
}

impl Column {
    /// Numbers without a unit, or words.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), unit: "" }
    }

    fn label(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{} [{}]", self.name, self.unit) }
    }
}

/// An entry of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A place, from 1, or a number of things.
    Count(usize),
    /// A number of the network.
    Number(f32),
    /// Nothing.
    None,
}

impl Cell {
    /// The entry as text, a number as the shortest that is this number again.
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::None => String::new(),
        }
    }

    /// The entry as JSON; nothing, and what is no number, as null.
    fn json(&self) -> String {
        match self {
            Self::Text(text) => json_text(text),
            Self::Number(number) if !number.is_finite() => "null".to_owned(),
            Self::None => "null".to_owned(),
            number => number.text(),
        }
    }
}

impl Table {
    /// Rows that are shown until somebody asks for all: each costs the browser time, and a catalogue has thousands.
    pub const SHOWN: usize = 500;

    /// The table as CSV (RFC 4180), with a header, and with the mark by which spreadsheets know UTF-8.
    pub fn csv(&self) -> String {
        let quoted = |text: String| {
            let text = disarmed(text);
            if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        };
        let line = |fields: &mut dyn Iterator<Item = String>| fields.map(quoted).collect::<Vec<_>>().join(",") + "\r\n";
        let header = line(&mut self.columns.iter().map(Column::label));
        self.rows.iter().fold("\u{feff}".to_owned() + &header, |csv, row| csv + &line(&mut row.iter().map(Cell::text)))
    }

    /// The table as JSON: columns with name and unit, and rows of numbers and texts.
    pub fn json(&self, title: &str) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!(r#"{{"name":{},"unit":{}}}"#, json_text(&column.name), json_text(column.unit)))
            .collect();
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| format!("[{}]", row.iter().map(Cell::json).collect::<Vec<_>>().join(",")))
            .collect();
        let title = json_text(title);
        format!("{{\"title\":{title},\"columns\":[{}],\"rows\":[\n{}\n]}}\n", columns.join(","), rows.join(",\n"))
    }

    /// The table as JSON Lines: a line a row, an object with what there is, by the names of the columns.
    pub fn json_lines(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| json_text(&column.label())).collect();
        let line = |row: &Vec<Cell>| {
            let filled = names.iter().zip(row).filter(|(_, cell)| **cell != Cell::None);
            let fields: Vec<String> = filled.map(|(name, cell)| format!("{name}:{}", cell.json())).collect();
            format!("{{{}}}\n", fields.join(","))
        };
        self.rows.iter().map(line).collect()
    }

    /// Head and body of an HTML table, with so many rows at most. As text, because there may be thousands.
    pub fn html(&self, most: usize) -> String {
        let mut html = String::from("<thead><tr>");
        for column in &self.columns {
            // A String takes everything that is written to it.
            let _ = write!(html, "<th scope=\"col\">{}</th>", escaped(&column.label()));
        }
        html += "</tr></thead><tbody>";
        for row in self.rows.iter().take(most) {
            html += "<tr>";
            for cell in row {
                let class = if matches!(cell, Cell::Text(_)) { "" } else { " class=\"numbers\"" };
                let _ = write!(html, "<td{class}>{}</td>", escaped(&cell.text()));
            }
            html += "</tr>";
        }
        html + "</tbody>"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            columns: vec![Column::new("item"), Column { name: "time".to_owned(), unit: "ms" }, Column::new("a")],
            rows: vec![
                vec![Cell::Text("a \"lamp\", <green>".to_owned()), Cell::Count(3), Cell::Number(0.1)],
                vec![Cell::None, Cell::Count(4), Cell::Number(-1.0e-7)],
            ],
        }
    }

    #[test]
    fn csv_quotes_what_it_must_and_keeps_every_digit() {
        let csv = table().csv();
        let lines: Vec<&str> = csv.strip_prefix('\u{feff}').unwrap().split("\r\n").collect();
        assert_eq!(lines, ["item,time [ms],a", "\"a \"\"lamp\"\", <green>\",3,0.1", ",4,-0.0000001", ""]);
    }

    #[test]
    fn csv_has_no_formulas_and_the_page_reads_what_it_wrote() {
        let titles = ["=1+2", "-A1, \"b\"", "+3", "'quoted'", "灯笼"];
        let columns = ["title", "a"].map(Column::new).to_vec();
        let rows = titles.map(|title| vec![Cell::Text(title.to_owned()), Cell::Number(-1.0e-7)]).to_vec();
        let csv = Table { columns, rows }.csv();
        assert_eq!(csv.lines().nth(1), Some("'=1+2,-0.0000001"));
        let mut read = model::table::Table::new("saved.csv", csv.as_bytes(), &["title", "a"]).unwrap();
        for title in titles {
            let row = read.next_row().unwrap().unwrap();
            assert_eq!((row.text("title").unwrap(), row.number("a").unwrap()), (title, -1.0e-7));
        }
        assert!(read.next_row().unwrap().is_none());
    }

    #[test]
    fn every_line_is_json_of_what_there_is() {
        let lines: Vec<serde_json::Value> =
            table().json_lines().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = [
            serde_json::json!({ "item": "a \"lamp\", <green>", "time [ms]": 3, "a": 0.1 }),
            serde_json::json!({ "time [ms]": 4, "a": -1e-7 }),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn json_is_json() {
        let json: serde_json::Value = serde_json::from_str(&table().json("A\n\\title")).unwrap();
        assert_eq!(json["title"], "A\n\\title");
        assert_eq!(json["columns"][1], serde_json::json!({ "name": "time", "unit": "ms" }));
        assert_eq!(json["rows"], serde_json::json!([["a \"lamp\", <green>", 3, 0.1], [null, 4, -1e-7]]));
    }

    #[test]
    fn html_escapes() {
        assert!(table().html(2).contains("<td>a &quot;lamp&quot;, &lt;green&gt;</td><td class=\"numbers\">3</td>"));
    }

    #[test]
    fn html_has_no_more_rows_than_asked() {
        let rows = |most: usize| table().html(most).matches("<tr>").count() - 1;
        assert_eq!([0, 1, 2, 9].map(rows), [0, 1, 2, 2]);
    }
}
