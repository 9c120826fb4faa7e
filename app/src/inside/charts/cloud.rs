//! Clouds of points: a drawing has them as paths, and where there is a GPU, that draws them on a canvas below the drawing in
//! the paths' place.

use std::cell::Cell;
use std::sync::Arc;

use js_sys::{Array, Function};
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::svg::Svg;
use leptos::task::spawn_local;
use shaders::{CloudPoint, CloudView, PointCloud};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlCanvasElement, MutationObserver, MutationObserverInit, ResizeObserver};

use super::plane::area_of;
use super::svg_export::{Colours, style, value};
use crate::browser::dom::looks;
use crate::session::Session;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;

/// A path of points of one group.
const CLOUD: &str = ".cloud";

thread_local! {
    /// Whether a device that drew was lost. There are browsers that cannot show what their GPU draws, and take the device away:
    /// the paths are there, and the next device is for the engine alone.
    static IS_LOST: Cell<bool> = const { Cell::new(false) };
}

/// Has the GPU, once there is one, draw `points` on `canvas` as the paths of the class "cloud" in `drawing` would look, one
/// for each group: whether it does, and then the paths need not be seen. Colours, opacity and size are those of the paths,
/// and what is shown of the plane is the drawing's view box, so that the canvas shows what lies in the drawing.
pub fn on_gpu(canvas: NodeRef<Canvas>, drawing: NodeRef<Svg>, points: Memo<Arc<Vec<CloudPoint>>>) -> ReadSignal<bool> {
    let session = expect_context::<Session>();
    let (drawn, set_drawn) = signal(false);
    let cloud = StoredValue::new_local(None::<PointCloud>);
    // Which points are on the GPU or on their way to it, if any.
    let on_its_way = StoredValue::new(None::<Arc<Vec<CloudPoint>>>);
    let is_current = move |points: &Arc<Vec<CloudPoint>>| {
        on_its_way.try_with_value(|now| now.as_ref().is_some_and(|now| Arc::ptr_eq(now, points))) == Some(true)
    };
    // Back to the paths.
    let stop = move || {
        set_drawn.try_set(false);
        cloud.try_update_value(|cloud| *cloud = None);
        on_its_way.try_update_value(|now| *now = None);
    };
    let draw = move || {
        let (Some(canvas), Some(drawing)) =
            (canvas.try_get_untracked().flatten(), drawing.try_get_untracked().flatten())
        else {
            return;
        };
        let Some(view) = looked_at(&canvas, &drawing) else { return };
        match cloud.try_with_value(|cloud| cloud.as_ref().map(|cloud| cloud.draw(&view))).flatten() {
            Some(Ok(())) => drop(set_drawn.try_set(true)),
            Some(Err(_)) => stop(),
            None => {}
        }
    };
    let is_waiting = StoredValue::new(false);
    let redraw = move || {
        if is_waiting.try_get_value() == Some(false) {
            is_waiting.set_value(true);
            request_animation_frame(move || {
                is_waiting.try_set_value(false);
                draw();
            });
        }
    };
    Effect::new(move || {
        // A GPU is ready only some time after the first answer.
        session.host.scoped().track();
        let points = points.get();
        if is_current(&points) || IS_LOST.get() {
            return;
        }
        stop();
        let (Some(canvas), Some(host)) = (canvas.get_untracked(), session.known_host()) else { return };
        on_its_way.set_value(Some(points.clone()));
        spawn_local(async move {
            let made = PointCloud::new(&host, canvas, points.to_vec()).await;
            if !is_current(&points) {
                return;
            }
            // Without one the paths are as good.
            let Ok(Some(made)) = made else { return stop() };
            let lost = made.lost();
            cloud.try_set_value(Some(made));
            redraw();
            lost.await;
            IS_LOST.set(true);
            if is_current(&points) {
                stop();
            }
        });
    });
    let looks = looks();
    Effect::new(move || {
        looks.track();
        redraw();
    });
    Effect::new(move || {
        let (Some(canvas), Some(drawing)) = (canvas.get(), drawing.get()) else { return };
        let on_change = Closure::<dyn FnMut()>::new(redraw);
        let call: &Function = on_change.as_ref().unchecked_ref();
        let (Ok(resized), Ok(changed)) = (ResizeObserver::new(call), MutationObserver::new(call)) else { return };
        resized.observe(&canvas);
        let what = MutationObserverInit::new();
        what.set_subtree(true);
        what.set_child_list(true);
        what.set_attribute_filter(&Array::of2(&"viewBox".into(), &"class".into()));
        // A browser that does not tell leaves the drawing as it was first.
        let _ = changed.observe_with_options(&drawing, &what);
        let kept = StoredValue::new_local((resized, changed, on_change));
        on_cleanup(move || {
            kept.try_with_value(|(resized, changed, _)| {
                resized.disconnect();
                changed.disconnect();
            });
        });
    });
    drawn
}

/// How the paths in the drawing look at this moment; none where nothing is to be seen.
fn looked_at(canvas: &HtmlCanvasElement, drawing: &Element) -> Option<CloudView> {
    let density = window().device_pixel_ratio();
    let size =
        [canvas.client_width(), canvas.client_height()].map(|length| (f64::from(length) * density).round() as u32);
    let area = area_of(&drawing.get_attribute("viewBox")?)?;
    let paths = drawing.query_selector_all(CLOUD).ok()?;
    let mut colours = Colours::new();
    let mut view = CloudView { area, size, radius: 0.0, colours: Vec::new() };
    for path in (0..paths.length()).filter_map(|place| paths.item(place)) {
        let style = style(path.unchecked_ref())?;
        let number = |name: &str| value(&style, name).trim_end_matches("px").parse::<f32>().unwrap_or(0.0);
        view.radius = number("stroke-width") / 2.0 * density as f32;
        let [red, green, blue, opacity] = colours.components(&value(&style, "stroke"));
        view.colours.push([red, green, blue, opacity * number("stroke-opacity") * number("opacity")]);
    }
    (size[0] > 0 && size[1] > 0 && !view.colours.is_empty()).then_some(view)
}
