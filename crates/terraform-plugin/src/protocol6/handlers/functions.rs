//! Functions.

use std::collections::BTreeMap;

use crate::{
    FunctionError,
    protocol6::{codec, schema, types::plain, wire},
    readable,
};

use super::{Handlers, guard::OnStop};

impl Handlers {
    pub(super) fn function_definitions(&self) -> BTreeMap<String, wire::Function> {
        let mut definitions = BTreeMap::new();
        for (name, function) in &self.functions {
            definitions.insert(name.clone(), schema::function(function.as_ref()));
        }
        definitions
    }

    pub async fn get_functions(&self, _: wire::Empty) -> wire::GetFunctionsResponse {
        wire::GetFunctionsResponse {
            functions: self.function_definitions(),
            diagnostics: Vec::new(),
        }
    }

    pub async fn call_function(&self, request: wire::CallFunctionRequest) -> wire::CallFunctionResponse {
        match self.evaluate(&request).await {
            Ok(result) => wire::CallFunctionResponse {
                result: Some(result),
                error: None,
            },
            Err(error) => wire::CallFunctionResponse {
                result: None,
                error: Some(wire::FunctionError {
                    // Terraform ends the sentence that it puts the text into with a full stop.
                    text: readable(&*self.redact, error.text.trim_end_matches('.')),
                    function_argument: error.argument,
                }),
            },
        }
    }

    async fn evaluate(&self, request: &wire::CallFunctionRequest) -> Result<wire::DynamicValue, FunctionError> {
        let failed = |text: String, argument| FunctionError { text, argument };
        let name = &request.name;
        let function = self.functions.get(name);
        let function = function.ok_or_else(|| failed(format!("The provider has no function {name}."), None))?;
        let signature = function.signature();
        let mut arguments = Vec::with_capacity(request.arguments.len());
        for (index, argument) in request.arguments.iter().enumerate() {
            let position = i64::try_from(index).ok();
            let parameter = signature.parameters.get(index).or(signature.variadic.as_ref());
            let parameter = parameter.ok_or_else(|| failed("Too many arguments.".to_owned(), position))?;
            let argument = codec::decode(Some(argument), &plain(&parameter.param_type));
            arguments.push(argument.map_err(|error| failed(error.to_string(), position))?);
        }
        let mut call = self.call(name, None);
        let returned = call.run("calling", OnStop::Wait, async |_, _| Some(function.call(&arguments)));
        let Some(returned) = returned.await else {
            let crash = call.diags.errors.first();
            let text = crash.map_or_else(String::new, |diag| format!("{}. {}", diag.summary, diag.detail));
            return Err(failed(text, None));
        };
        codec::encode(&returned?, &plain(&signature.return_type)).map_err(|error| failed(error.to_string(), None))
    }
}
