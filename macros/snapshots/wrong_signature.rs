async fn process(name: &str) {}
::core::compile_error! {
    "`name` is empty: write `name = \"worker_process\"`, or leave it out"
}
::core::compile_error! {
    "a worker cannot be `async` yet: write a plain `fn`, and block on the future inside it"
}
::core::compile_error! {
    "a message crosses threads, so it must own its data: write `String` instead of `&str`"
}
