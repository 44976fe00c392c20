unsafe fn process(name: &str) {}
::core::compile_error! {
    "`name` is empty: write `name = \"worker_process\"`, or leave it out"
}
::core::compile_error! {
    "a worker cannot be `unsafe`, because the pool that calls it makes no promises: remove `unsafe`, and put an `unsafe` block inside, where its conditions hold"
}
::core::compile_error! {
    "a message crosses threads, so it must own its data: write `String` instead of `&str`"
}
