// Draws the points of a plane as round dots of one size, each in its group's colour, later points over earlier ones.
// points [point] -> pixels. An instance is a point: two triangles that hold its dot and a pixel around it, in which the
// edge is smoothed:
//     c = clamp(r + 1/2 − ‖p − m‖, 0, 1)    (1)
// is how much of the pixel p the dot of the radius r around m covers.

// src/gpu/point_cloud.rs writes it.
struct CloudView {
    low: vec2<f32>, // the corners of what is shown of the plane, in which y grows upwards
    high: vec2<f32>,
    size: vec2<f32>, // of the canvas, in pixels
    radius: f32, // in pixels
    colours: array<vec4<f32>, GROUPS>, // red, green, blue and opacity of each group
}

@group(0) @binding(0) var<uniform> view: CloudView;

struct Corner {
    @builtin(position) at: vec4<f32>,
    @location(0) from_middle: vec2<f32>, // in pixels
    @location(1) @interpolate(flat) colour: vec4<f32>,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, @location(0) point: vec2<f32>, @location(1) group: u32) -> Corner {
    let sides = vec2(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    let from_middle = sides * (view.radius + 1.0);
    let share = (point - view.low) / (view.high - view.low) + from_middle / view.size;
    return Corner(vec4(share * 2.0 - 1.0, 0.0, 1.0), from_middle, view.colours[group]);
}

@fragment
fn pixel(corner: Corner) -> @location(0) vec4<f32> {
    let covered = clamp(view.radius + 0.5 - length(corner.from_middle), 0.0, 1.0); // (1)
    let opacity = corner.colour.a * covered;
    return vec4(corner.colour.rgb * opacity, opacity);
}
