//! Mounts the page.

fn main() {
    app::show_panics();
    app::run_in_slices();
    app::start();
}
