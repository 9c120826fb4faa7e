//! Mounts the page.

fn main() {
    app::show_panics();
    leptos::mount::mount_to_body(app::App);
}
