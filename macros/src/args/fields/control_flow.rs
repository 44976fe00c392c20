//! Refuses control flow that would leave a field's value.
//!
//! The generated code evaluates each value in a closure, so nothing can leave it. The errors here are
//! at the token, and say what to write instead. What a macro call hides is left to the compiler.

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprAsync, ExprAwait, ExprBlock, ExprBreak, ExprClosure, ExprConst, ExprContinue,
    ExprForLoop, ExprLoop, ExprReturn, ExprTry, ExprTryBlock, ExprWhile, Item, Label, Lifetime,
};

use crate::diag::Diagnostics;

/// Reports each token with which control flow would leave `value`.
pub(super) fn check(value: &TokenStream, diagnostics: &mut Diagnostics) {
    // A path that is no expression, such as a keyword, is left to the compiler.
    if let Ok(value) = syn::parse2::<Expr>(value.clone()) {
        let mut check = Check {
            loops: 0,
            labels: Vec::new(),
            is_try_block: false,
            diagnostics,
        };
        check.visit_expr(&value);
    }
}

struct Check<'a> {
    /// The number of loops of the value around the expression.
    loops: usize,
    /// The labels of the value that are around the expression.
    labels: Vec<String>,
    is_try_block: bool,
    diagnostics: &'a mut Diagnostics,
}

impl Check<'_> {
    fn inside(&mut self, label: Option<&Label>, loops: usize, visit: impl FnOnce(&mut Self)) {
        let labels = self.labels.len();
        self.labels
            .extend(label.map(|label| label.name.ident.to_string()));
        self.loops += loops;
        visit(self);
        self.loops -= loops;
        self.labels.truncate(labels);
    }

    fn stays(&self, target: Option<&Lifetime>) -> bool {
        match target {
            None => self.loops > 0,
            Some(label) => self.labels.iter().any(|name| label.ident == name),
        }
    }
}

impl<'ast> Visit<'ast> for Check<'_> {
    fn visit_expr_return(&mut self, expression: &'ast ExprReturn) {
        let message = "`return` cannot leave a field: write the value without it";
        self.diagnostics.error(expression.return_token, message);
        visit::visit_expr_return(self, expression);
    }

    fn visit_expr_try(&mut self, expression: &'ast ExprTry) {
        if !self.is_try_block {
            let message = "`?` cannot leave a field: match on the value, or record all of it by \
                           its `Debug`, `key = ?expression`";
            self.diagnostics.error(expression.question_token, message);
        }
        visit::visit_expr_try(self, expression);
    }

    fn visit_expr_break(&mut self, expression: &'ast ExprBreak) {
        if !self.stays(expression.label.as_ref()) {
            let message = "`break` cannot leave a field: break only out of loops and blocks that \
                           are inside of its value";
            self.diagnostics.error(expression.break_token, message);
        }
        visit::visit_expr_break(self, expression);
    }

    fn visit_expr_continue(&mut self, expression: &'ast ExprContinue) {
        if !self.stays(expression.label.as_ref()) {
            let message = "`continue` cannot leave a field: continue only loops that are inside of \
                           its value";
            self.diagnostics.error(expression.continue_token, message);
        }
    }

    fn visit_expr_await(&mut self, expression: &'ast ExprAwait) {
        let message = "a field is not recorded asynchronously: declare it, `key = Empty`, and set \
                       it in the function, after the `.await`";
        self.diagnostics.error(expression.await_token, message);
        visit::visit_expr_await(self, expression);
    }

    fn visit_expr_loop(&mut self, expression: &'ast ExprLoop) {
        self.inside(expression.label.as_ref(), 1, |check| {
            visit::visit_block(check, &expression.body);
        });
    }

    fn visit_expr_while(&mut self, expression: &'ast ExprWhile) {
        self.inside(expression.label.as_ref(), 1, |check| {
            visit::visit_expr_while(check, expression);
        });
    }

    fn visit_expr_for_loop(&mut self, expression: &'ast ExprForLoop) {
        self.visit_expr(&expression.expr);
        self.inside(expression.label.as_ref(), 1, |check| {
            visit::visit_block(check, &expression.body);
        });
    }

    fn visit_expr_block(&mut self, expression: &'ast ExprBlock) {
        self.inside(expression.label.as_ref(), 0, |check| {
            visit::visit_block(check, &expression.block);
        });
    }

    fn visit_expr_try_block(&mut self, expression: &'ast ExprTryBlock) {
        let outside = std::mem::replace(&mut self.is_try_block, true);
        visit::visit_expr_try_block(self, expression);
        self.is_try_block = outside;
    }

    // What is inside of these is not left by leaving them.

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}

    fn visit_expr_const(&mut self, _: &'ast ExprConst) {}

    fn visit_item(&mut self, _: &'ast Item) {}
}
