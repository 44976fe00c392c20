//! The type is as visible as its function.

mod outer {
    pub mod inner {
        use traced_worker::traced_worker;

        #[traced_worker]
        pub fn public() {}

        #[traced_worker]
        pub(crate) fn of_the_crate() {}

        #[traced_worker]
        pub(in crate::outer) fn of_outer() {}

        #[traced_worker]
        pub(super) fn of_super() {}
    }

    pub fn inside() {
        inner::of_outer();
        let _ = inner::of_outer::pool();
        inner::of_super();
        let _ = inner::of_super::pool();
    }

    pub use inner::public as renamed;
}

fn main() {
    outer::inside();
    outer::inner::of_the_crate();
    outer::renamed();
    let _ = outer::inner::of_the_crate::pool();
    assert_eq!(
        traced_worker_ui_tests::run(outer::renamed::pool(), ())
            .1
            .0
            .name,
        "public"
    );
}
