//! Draws lines over logarithmic axes, as SVG. Both axes are labelled at powers of two.

use plotters::prelude::*;

/// The points of one contender.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Line {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            points: Vec::new(),
        }
    }
}

pub(crate) struct Chart<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) lines: &'a [Line],
}

const SIZE: (u32, u32) = (760, 440);

/// The colours of Okabe and Ito, which colour-blind readers can distinguish.
const COLORS: [RGBColor; 4] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

impl Chart<'_> {
    /// Returns the chart as the text of an SVG file.
    pub(crate) fn draw(&self) -> String {
        let mut text = String::new();
        if let Err(error) = self.draw_on(&mut text) {
            println!("`{}` cannot be drawn: {error}", self.title);
        }
        text
    }

    fn draw_on(&self, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (xs, ys): (Vec<_>, Vec<_>) = self
            .lines
            .iter()
            .flat_map(|line| line.points.iter().map(|(x, y)| (x.log2(), y.log2())))
            .unzip();
        let (left, right) = ends(&xs);
        let (low, high) = ends(&ys);
        let (low, high) = (low.floor(), high.ceil());
        let mut chart = ChartBuilder::on(&root)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .margin_right(36)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(left..right, low..high)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(self.x)
            .y_desc(self.y)
            .axis_desc_style(("sans-serif", 16))
            .label_style(("sans-serif", 15))
            .x_labels(8)
            .y_labels(10)
            .x_label_formatter(&|power| format!("{:.0}", power.exp2()))
            .y_label_formatter(&|power| format!("{:.0}", power.exp2()))
            .draw()?;
        for (line, color) in self.lines.iter().zip(COLORS) {
            let points = || line.points.iter().map(|(x, y)| (x.log2(), y.log2()));
            chart
                .draw_series(LineSeries::new(points(), color.stroke_width(2)))?
                .label(line.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2))
                });
            chart.draw_series(points().map(|at| Circle::new(at, 3, color.filled())))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(("sans-serif", 15))
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        root.present()?;
        Ok(())
    }
}

fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}
