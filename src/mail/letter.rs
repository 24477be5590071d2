//! What a mail says, and how it is written as plain text and as HTML. Every link is to a page of ours.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    pub subject: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Text(String),
    /// A code that the reader types.
    Code(String),
    /// A label and a value, such as `Where` and `Firefox on Linux`.
    Fact(String, String),
    /// The text of a link, and the path and query of a page of ours.
    Link(String, String),
}

impl Letter {
    pub fn new(subject: &str) -> Self {
        Self { subject: subject.to_owned(), parts: Vec::new() }
    }

    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    pub fn code(self, code: impl Into<String>) -> Self {
        self.with(Part::Code(code.into()))
    }

    pub fn fact(self, label: &str, value: impl Into<String>) -> Self {
        self.with(Part::Fact(label.to_owned(), value.into()))
    }

    pub fn link(self, text: &str, path: impl Into<String>) -> Self {
        self.with(Part::Link(text.to_owned(), path.into()))
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The plain text, with links to the `origin`.
    pub fn to_text(&self, origin: &str) -> String {
        let mut text = String::new();
        let mut after_fact = false;
        for part in &self.parts {
            let is_fact = matches!(part, Part::Fact(..));
            if !text.is_empty() {
                text.push_str(if after_fact && is_fact { "\n" } else { "\n\n" });
            }
            text.push_str(&match part {
                Part::Text(text) => text.clone(),
                Part::Code(code) => format!("    {code}"),
                Part::Fact(label, value) => format!("{label}: {value}"),
                Part::Link(text, path) => format!("{text}: {origin}{path}"),
            });
            after_fact = is_fact;
        }
        text.push('\n');
        text
    }

    /// The same as HTML: a whole document, without anything that a mail program would have to fetch.
    pub fn to_html(&self, origin: &str) -> String {
        let part = |part: &Part| match part.clone() {
            Part::Text(text) => view! { <p>{text}</p> }.to_html(),
            Part::Code(code) => {
                let style = "font:600 24px/1.5 ui-monospace,monospace;letter-spacing:0.06em";
                view! { <p style=style>{code}</p> }.to_html()
            }
            Part::Fact(label, value) => {
                view! { <p style="margin:4px 0">{format!("{label}: {value}")}</p> }.to_html()
            }
            Part::Link(text, path) => {
                view! { <p><a href=format!("{origin}{path}")>{text}</a></p> }.to_html()
            }
        };
        let body: String = self.parts.iter().map(part).collect();
        let style = "font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:24px";
        let html = view! {
            <html lang="en">
                <head><meta charset="utf-8"/></head>
                <body style=style inner_html=body></body>
            </html>
        };
        format!("<!DOCTYPE html>{}", html.to_html())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter::new("Confirm your address")
            .text("Ann <b>Example</b> asked for this.")
            .code("ABCD-EFGH")
            .fact("When", "today")
            .fact("Where", "here")
            .link("Go on", "/settings/account?code=ABCD-EFGH")
    }

    #[test]
    fn as_text_each_part_is_a_paragraph_and_facts_are_a_list() {
        assert_eq!(
            letter().to_text("https://example.com"),
            "Ann <b>Example</b> asked for this.\n\n    ABCD-EFGH\n\nWhen: today\nWhere: here\n\n\
             Go on: https://example.com/settings/account?code=ABCD-EFGH\n"
        );
    }

    #[test]
    fn as_html_nothing_that_a_user_wrote_is_markup() {
        let html = letter().to_html("https://example.com");
        assert!(html.contains("Ann &lt;b&gt;Example&lt;/b&gt; asked"), "{html}");
        let link = r#"<a href="https://example.com/settings/account?code=ABCD-EFGH">Go on</a>"#;
        assert!(html.contains(link), "{html}");
        assert!(!html.contains("<!--") && !html.contains("<!>"), "{html}");
    }
}
