//! `Worker::run`: from the message to the function's arguments, past the fields.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Ident;

use super::record;
use crate::model::{Binding, Parameter, Worker};

// Input:
//     fn process(job: Job) / fn process() / fn process(job: Job, flag: bool)
// Output:
//     Job / () / (Job, bool)
pub(super) fn message_type(worker: &Worker) -> TokenStream {
    match &*worker.parameters {
        [parameter] => parameter.ty.to_token_stream(),
        parameters => {
            let types = parameters.iter().map(|parameter| &parameter.ty);
            // What the compiler says of the tuple, it says of all the parameters.
            let span = worker.parameters_span.resolved_at(Span::mixed_site());
            quote_spanned!(span=> (#(#types),*))
        }
    }
}

// Input:
//     #[traced_worker(fields(job.id = job.id))]
//     fn process(job: Job, flag: bool) { .. }
// Output:
//     fn run(message: Self::Message, span: &WorkerSpan<'_>) -> Self::Output {
//         let function = process;
//         let (job, flag) = message;
//         if span.is_recording() { .. }
//         function(job, flag)
//     }
pub(super) fn function(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let (message, span) = (local("message"), local("span"));
    let body = if worker.fields.is_empty() {
        call(worker, &message)
    } else {
        recording_call(worker, &message, &span)
    };
    let span = if worker.fields.is_empty() {
        quote_spanned!(Span::mixed_site()=> _)
    } else {
        quote!(#span)
    };
    quote_spanned! {Span::mixed_site()=>
        fn run(#message: Self::Message, #span: &#krate::__private::WorkerSpan<'_>) -> Self::Output {
            #body
        }
    }
}

// Output:
//     process(message) / process() / { let (a, b) = message; process(a, b) }
fn call(worker: &Worker, message: &Ident) -> TokenStream {
    let function = path(worker);
    match worker.parameters.len() {
        0 => quote_spanned! {Span::mixed_site()=>
            let () = #message;
            #function()
        },
        1 => quote_spanned!(Span::mixed_site()=> #function(#message)),
        count => {
            let arguments: Vec<_> = (0..count).map(argument).collect();
            quote_spanned! {Span::mixed_site()=>
                let (#(#arguments),*) = #message;
                #function(#(#arguments),*)
            }
        }
    }
}

// Output:
//     let function = process;
//     let (job, flag) = message;
//     if span.is_recording() {
//         use ..;
//         let Parts { a, b } = &argument;      // of a destructured parameter
//         span.field(..);
//     }
//     function(job, flag)
fn recording_call(worker: &Worker, message: &Ident, span: &Ident) -> TokenStream {
    let path = path(worker);
    let function = local("function");
    let arguments: Vec<Ident> = (worker.parameters.iter().enumerate())
        .map(|(position, parameter)| match &parameter.binding {
            Binding::Name(name) => name.clone(),
            Binding::Nothing | Binding::Parts { .. } => argument(position),
        })
        .collect();
    let pattern = match &*arguments {
        [argument] => quote!(#argument),
        arguments => quote_spanned!(Span::mixed_site()=> (#(#arguments),*)),
    };
    let parts = worker.parameters.iter().zip(&arguments).map(parts);
    let traits = record::traits(worker);
    let fields = record::fields(worker, span);
    quote_spanned! {Span::mixed_site()=>
        let #function = #path;
        let #pattern = #message;
        if #span.is_recording() {
            #traits
            #(#parts)*
            #(#fields)*
        }
        #function(#(#arguments),*)
    }
}

// Input:
//     Point { mut x, y }: Point
// Output:
//     let Point { x, y } = &argument;
//     let _ = (&x, &y);
fn parts((parameter, argument): (&Parameter, &Ident)) -> Option<TokenStream> {
    let Binding::Parts {
        pattern,
        is_explicit,
        names,
    } = &parameter.binding
    else {
        return None;
    };
    let reference = (!is_explicit).then(|| quote_spanned!(Span::mixed_site()=> &));
    Some(quote_spanned! {Span::mixed_site()=>
        let #pattern = #reference #argument;
        let _ = (#(&#names,)*);
    })
}

// Output:
//     process / process::<T, N>
fn path(worker: &Worker) -> TokenStream {
    let ident = &worker.ident;
    let (_, type_generics, _) = worker.generics.split_for_impl();
    let turbofish = type_generics.as_turbofish();
    quote!(#ident #turbofish)
}

fn argument(position: usize) -> Ident {
    format_ident!("__argument_{position}", span = Span::mixed_site())
}

/// A name that no item of the user's is likely to have: a constant of the same name would be
/// matched against.
fn local(name: &str) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}
