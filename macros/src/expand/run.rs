//! `SyncWorker::run`: from the message to the function's arguments, past the fields.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Ident, ReturnType};

use super::{asynchronous, batch, record};
use crate::model::{Binding, Parameter, Worker};

// Input:
//     fn process(job: Job) / fn process() / fn process(job: Job, flag: bool)
// Output:
//     Job / () / (Job, bool)
pub(super) fn message_type(worker: &Worker) -> TokenStream {
    if let Some(batch) = &worker.batch {
        return batch.message.to_token_stream();
    }
    match &*worker.parameters {
        [parameter] => parameter.ty.to_token_stream(),
        parameters => {
            let types = parameters.iter().map(|parameter| &parameter.ty);
            // Errors about the tuple underline all the parameters.
            let span = worker.parameters_span.resolved_at(Span::mixed_site());
            quote_spanned!(span=> (#(#types),*))
        }
    }
}

// Input:
//     fn process(..) -> Digest / fn process(..)
// Output:
//     Digest / ()
pub(super) fn output_type(worker: &Worker) -> TokenStream {
    match &worker.batch {
        Some(batch) => batch::output_type(worker, batch),
        None => return_type(&worker.output),
    }
}

pub(super) fn return_type(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
        ReturnType::Type(_, ty) => quote!(#ty),
    }
}

// Input:
//     fn process(#[state] db: &mut Connection, job: Job) / fn process(job: Job)
// Output:
//     Connection / ()
pub(super) fn state_type(worker: &Worker) -> TokenStream {
    worker.state.as_ref().map_or_else(
        || quote_spanned!(Span::mixed_site()=> ()),
        |state| state.ty.to_token_stream(),
    )
}

// Output:
//     SyncWorker / AsyncWorker
pub(super) fn trait_ident(worker: &Worker) -> Ident {
    let name = match worker.asyncness {
        Some(_) => "AsyncWorker",
        None => "SyncWorker",
    };
    Ident::new(name, Span::mixed_site())
}

// Input:
//     #[traced_worker(fields(job.id = job.id))]
//     fn process(#[state] db: &mut Connection, job: Job, flag: bool) { .. }
// Output:
//     fn run(message: Self::Message, state: &mut Self::State, span: &WorkerSpan<'_>) -> Self::Output {
//         let function = process;
//         let (job, flag) = message;
//         if span.is_recording() { .. }
//         function(state, job, flag)
//     }
pub(super) fn functions(worker: &Worker) -> TokenStream {
    if let Some(keyword) = worker.asyncness {
        return asynchronous::function(worker, keyword);
    }
    if let Some(batch) = &worker.batch {
        return batch::functions(worker, batch);
    }
    let message = local("message");
    let parameters = parameters(worker);
    let Body { before, call } = body(worker, &message);
    quote_spanned! {Span::mixed_site()=>
        fn run(#message: Self::Message, #parameters) -> Self::Output {
            #before
            #call
        }
    }
}

// Output:
//     state: &mut Self::State, span: &WorkerSpan<'_>      // `_` for what is not used
pub(super) fn parameters(worker: &Worker) -> TokenStream {
    let state = used_or_ignored(worker.state.is_some(), "state");
    let span = span_parameter(worker);
    quote_spanned! {Span::mixed_site()=>
        #state: &mut Self::State,
        #span,
    }
}

// Output:
//     span: &WorkerSpan<'_>
pub(super) fn span_parameter(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let span = used_or_ignored(!worker.fields.is_empty(), "span");
    quote_spanned!(Span::mixed_site()=> #span: &#krate::__private::WorkerSpan<'_>)
}

fn used_or_ignored(is_used: bool, name: &str) -> TokenStream {
    if is_used {
        local(name).into_token_stream()
    } else {
        quote_spanned!(Span::mixed_site()=> _)
    }
}

/// The statements before the call of the function, and the call.
pub(super) struct Body {
    pub(super) before: TokenStream,
    pub(super) call: TokenStream,
}

/// Returns the body of a function whose parameters are `message` and those of [`parameters`].
pub(super) fn body(worker: &Worker, message: &Ident) -> Body {
    if worker.fields.is_empty() {
        call(worker, message)
    } else {
        recording_call(worker, message)
    }
}

// Output:
//     process(message) / process() / let (a, b) = message; process(a, b) / process(state, message)
fn call(worker: &Worker, message: &Ident) -> Body {
    let function = path(worker);
    let state = state_argument(worker);
    let (before, arguments) = match worker.parameters.len() {
        0 => (
            quote_spanned!(Span::mixed_site()=> let () = #message;),
            Vec::new(),
        ),
        1 => (TokenStream::new(), vec![message.clone()]),
        count => {
            let arguments: Vec<_> = (0..count).map(argument).collect();
            let before = quote_spanned!(Span::mixed_site()=> let (#(#arguments),*) = #message;);
            (before, arguments)
        }
    };
    let arguments = state.iter().chain(&arguments);
    Body {
        before,
        call: quote_spanned!(Span::mixed_site()=> #function(#(#arguments),*)),
    }
}

// Output:
//     let function = process;
//     let (job, flag) = message;
//     if span.is_recording() {
//         use ..;
//         let db = &*state;                    // of the state
//         let _ = (&db,);
//         let Parts { a, b } = &argument;      // of a destructured parameter
//         let _ = (&a, &b);
//         span.record(..);
//     }
//     function(state, job, flag)
fn recording_call(worker: &Worker, message: &Ident) -> Body {
    let path = path(worker);
    let (function, span) = (local("function"), local("span"));
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
    let state = state_argument(worker);
    let parts_of_state = worker.state.as_ref().map(parts_of_state);
    let parts = worker.parameters.iter().zip(&arguments).map(parts);
    let traits = record::traits(worker);
    let fields = record::fields(worker, &span);
    let before = quote_spanned! {Span::mixed_site()=>
        let #function = #path;
        let #pattern = #message;
        if #span.is_recording() {
            #traits
            #parts_of_state
            #(#parts)*
            #(#fields)*
        }
    };
    let arguments = state.iter().chain(&arguments);
    Body {
        before,
        call: quote_spanned!(Span::mixed_site()=> #function(#(#arguments),*)),
    }
}

// Input:
//     #[state] db: &mut Connection
// Output:
//     let db = &*state;
//     let _ = (&db,);
fn parts_of_state(parameter: &Parameter) -> Option<TokenStream> {
    // Shared: whether a field is recorded must not change what the worker does.
    let Binding::Name(name) = &parameter.binding else {
        return parts((parameter, &local("state")));
    };
    let state = local("state");
    Some(quote_spanned! {Span::mixed_site()=>
        let #name = &*#state;
        let _ = (&#name,);
    })
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

// Output:
//     state
fn state_argument(worker: &Worker) -> Option<Ident> {
    worker.state.as_ref().map(|_| local("state"))
}

fn argument(position: usize) -> Ident {
    format_ident!("__argument_{position}", span = Span::mixed_site())
}

/// Returns a name that no constant of the user is likely to have, because a pattern would be matched
/// against it.
pub(super) fn local(name: &str) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}
