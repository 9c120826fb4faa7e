//! Mounts the page.

fn main() {
    app::show_panics();
    app::run_in_slices();
    leptos::mount::mount_to_body(app::App);
}
