//! Draws a terminal: text with ANSI colours becomes an SVG.

use std::fmt::Write as _;

const CHARACTER_WIDTH: f64 = 8.4;
const LINE_HEIGHT: f64 = 19.0;
const MARGIN: f64 = 16.0;
const TITLE_BAR: f64 = 34.0;
const FOREGROUND: &str = "#d6deeb";

/// Style of a piece of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    dim: bool,
    underline: bool,
    colour: Option<&'static str>,
}

/// A piece of a line in one style.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    style: Style,
    text: String,
}

/// Draws a terminal window of as many columns and lines as the text needs.
pub fn draw(title: &str, terminal: &str) -> String {
    let lines = parse(terminal);
    let columns = lines.iter().map(|line| width(line)).max().unwrap_or(0).max(60);
    let window_width = (f64::from(columns) * CHARACTER_WIDTH + 2.0 * MARGIN).ceil();
    let line_count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let window_height = (TITLE_BAR + f64::from(line_count) * LINE_HEIGHT + MARGIN).ceil();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {window_width} {window_height}\" \
         width=\"{window_width}\" height=\"{window_height}\" role=\"img\">\n\
         <title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0b1622\"/>\n\
         <circle cx=\"20\" cy=\"17\" r=\"6\" fill=\"#ec6a5e\"/><circle cx=\"40\" cy=\"17\" r=\"6\" fill=\"#f4bf4f\"/>\
         <circle cx=\"60\" cy=\"17\" r=\"6\" fill=\"#61c554\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\" fill=\"{FOREGROUND}\">\n",
        title = escape(title),
    );
    let mut y = TITLE_BAR + LINE_HEIGHT - 5.0;
    for line in lines {
        let mut column = 0;
        let _ = write!(svg, "<text xml:space=\"preserve\" y=\"{y}\">");
        for span in &line {
            let x = MARGIN + f64::from(column) * CHARACTER_WIDTH;
            let length = count(&span.text);
            let _ = write!(
                svg,
                "<tspan x=\"{x:.1}\" textLength=\"{:.1}\"{}>{}</tspan>",
                f64::from(length) * CHARACTER_WIDTH,
                attributes(span.style),
                escape(&span.text)
            );
            column += length;
        }
        svg.push_str("</text>\n");
        y += LINE_HEIGHT;
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn attributes(style: Style) -> String {
    let mut text = String::new();
    if style.bold {
        text.push_str(" font-weight=\"bold\"");
    }
    if style.underline {
        text.push_str(" text-decoration=\"underline\"");
    }
    if style.dim {
        text.push_str(" opacity=\"0.6\"");
    }
    if let Some(colour) = style.colour {
        let _ = write!(text, " fill=\"{colour}\"");
    }
    text
}

fn width(line: &[Span]) -> u32 {
    line.iter().map(|span| count(&span.text)).sum()
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Splits text into lines of spans. A style lasts over line ends, as on a terminal.
fn parse(terminal: &str) -> Vec<Vec<Span>> {
    let mut style = Style::default();
    terminal
        .trim_end()
        .lines()
        .map(|line| {
            let mut spans = Vec::new();
            let mut parts = line.split("\u{1b}[");
            push(&mut spans, style, parts.next().unwrap_or_default());
            for part in parts {
                let end = part.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(part.len());
                let (codes, text) = part.split_at(end);
                if text.starts_with('m') {
                    codes.split(';').for_each(|code| style = change(style, code));
                }
                push(&mut spans, style, text.get(1..).unwrap_or_default());
            }
            spans
        })
        .collect()
}

fn push(spans: &mut Vec<Span>, style: Style, text: &str) {
    if text.is_empty() {
        return;
    }
    match spans.last_mut() {
        Some(last) if last.style == style => last.text.push_str(text),
        _ => spans.push(Span {
            style,
            text: text.to_owned(),
        }),
    }
}

fn change(style: Style, code: &str) -> Style {
    let colour = |colour| Style {
        colour: Some(colour),
        ..style
    };
    match code {
        "" | "0" => Style::default(),
        "1" => Style { bold: true, ..style },
        "2" => Style { dim: true, ..style },
        "4" => Style {
            underline: true,
            ..style
        },
        "22" => Style {
            bold: false,
            dim: false,
            ..style
        },
        "24" => Style {
            underline: false,
            ..style
        },
        "30" | "90" => colour("#6b7a8d"),
        "31" | "91" => colour("#ef6b73"),
        "32" | "92" => colour("#7fd88f"),
        "33" | "93" => colour("#f0c674"),
        "34" | "94" => colour("#6fb3ff"),
        "35" | "95" => colour("#c792ea"),
        "36" | "96" => colour("#6bd6e0"),
        "39" => Style { colour: None, ..style },
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(style: Style, text: &str) -> Span {
        Span {
            style,
            text: text.to_owned(),
        }
    }

    #[test]
    fn ansi_codes_start_and_end_styles() {
        let green = Style {
            bold: true,
            colour: Some("#7fd88f"),
            ..Style::default()
        };
        assert_eq!(
            parse("a \u{1b}[1m\u{1b}[32mb\u{1b}[0m c\n\u{1b}[0m\u{1b}[1;32md"),
            vec![
                vec![
                    span(Style::default(), "a "),
                    span(green, "b"),
                    span(Style::default(), " c")
                ],
                vec![span(green, "d")],
            ]
        );
    }

    #[test]
    fn markup_in_the_text_is_escaped() {
        let svg = draw("t & t", "<b> \"q\"");
        assert!(svg.contains("&lt;b&gt; &quot;q&quot;"), "{svg}");
        assert!(svg.contains("t &amp; t"), "{svg}");
    }
}
