//! Plan time by number of resources, as SVG, both axes logarithmic: a straight line of slope one is linear growth.

use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 60.0;

/// Draws `(resources, seconds, seconds of the floor, seconds of as many terraform_data)`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub fn lines(points: &[(usize, f64, f64, f64)]) -> String {
    let seconds = points.iter().flat_map(|(_, plan, floor, data)| [*plan, *floor, *data]);
    let (low, high) = seconds.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let (first, last) = points
        .first()
        .zip(points.last())
        .map_or((1.0, 10.0), |(a, b)| (a.0 as f64, b.0 as f64));
    let x = |count: usize| MARGIN + (WIDTH - 2.0 * MARGIN) * (count as f64 / first).ln() / (last / first).ln();
    let y = |value: f64| HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * (value / low).ln() / (high / low).ln();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    type Pick = fn(&(usize, f64, f64, f64)) -> f64;
    let curves: [(&str, &str, Pick); 3] = [
        ("csbs_backup", "#d6006d", |point| point.1),
        ("floor: the same plan with -refresh=false", "#555555", |point| point.2),
        ("as many terraform_data", "#1a7f37", |point| point.3),
    ];
    for (row, (name, colour, pick)) in curves.into_iter().enumerate() {
        let path: Vec<String> = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(pick(point))))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
            path.join(" ")
        );
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>",
            30.0 + 18.0 * row as f64
        );
    }
    for (count, plan, ..) in points {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>\n<text x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\" fill=\"#d6006d\">{plan:.2} s</text>",
            x(*count),
            HEIGHT - MARGIN + 20.0,
            x(*count),
            y(*plan) - 8.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">resources</text>\n</svg>",
        WIDTH / 2.0,
        HEIGHT - 15.0
    );
    svg
}
