//! Functions.

use std::collections::BTreeMap;

use crate::{
    AttributeType, Diagnostics, FunctionError,
    protocol6::{codec, schema, types::plain, wire},
    readable,
};

use super::{Handlers, OnStop, guarded};

impl Handlers {
    pub(super) fn function_definitions(&self) -> BTreeMap<String, wire::Function> {
        self.functions
            .iter()
            .map(|(name, function)| (name.clone(), schema::function(function.as_ref())))
            .collect()
    }

    pub async fn get_functions(&self, _: wire::Empty) -> wire::GetFunctionsResponse {
        wire::GetFunctionsResponse {
            functions: self.function_definitions(),
            diagnostics: Vec::new(),
        }
    }

    pub async fn call_function(&self, request: wire::CallFunctionRequest) -> wire::CallFunctionResponse {
        match self.called(&request).await {
            Ok(result) => wire::CallFunctionResponse {
                result: Some(result),
                error: None,
            },
            Err(error) => wire::CallFunctionResponse {
                result: None,
                error: Some(wire::FunctionError {
                    text: readable(&*self.redact, &error.text),
                    function_argument: error.argument,
                }),
            },
        }
    }

    async fn called(&self, request: &wire::CallFunctionRequest) -> Result<wire::DynamicValue, FunctionError> {
        let failed = |text: String, argument| FunctionError { text, argument };
        let name = &request.name;
        let function = self
            .functions
            .get(name)
            .ok_or_else(|| failed(format!("There is no function {name}."), None))?;
        let signature = function.signature();
        let mut arguments = Vec::with_capacity(request.arguments.len());
        for (at, argument) in request.arguments.iter().enumerate() {
            let position = i64::try_from(at).ok();
            let parameter = signature.parameters.get(at).or(signature.variadic.as_ref());
            let parameter = parameter.ok_or_else(|| failed("There are too many arguments.".to_owned(), position))?;
            let ty: AttributeType = plain(&parameter.param_type);
            arguments.push(codec::decode(Some(argument), &ty).map_err(|error| failed(error.to_string(), position))?);
        }
        let mut diags = Diagnostics::default();
        let answer = guarded!("call", name, OnStop::Wait, &mut diags, |_own| Some(
            function.call(&arguments)
        ));
        let panicked = || {
            diags
                .errors
                .first()
                .map_or_else(String::new, |diag| format!("{}. {}", diag.summary, diag.detail))
        };
        let result = answer.ok_or_else(|| failed(panicked(), None))??;
        codec::encode(&result, &plain(&signature.return_type)).map_err(|error| failed(error.to_string(), None))
    }
}
