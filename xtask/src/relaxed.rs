//! Takes relaxed SIMD out of a wasm file, for browsers that have only the first 128-bit SIMD.

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, Function, Instruction, Module, ValType};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

use crate::invalid::Invalid;

/// Why a file cannot be written without relaxed SIMD.
#[derive(Debug, thiserror::Error)]
pub enum Unlowered {
    /// An instruction of relaxed SIMD other than a·b + c, min(a, b) and max(a, b).
    #[error("nothing takes the place of {0}")]
    Instruction(String),
    /// Not a wasm file, or one that has a function without a type.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// The same file with a·b and then + c wherever it had both in one: rounded twice, not once. Relaxed minima and maxima leave to
/// the browser what they make of NaN and of zeros of both signs; here they become comparisons, one of the ways allowed.
///
/// # Errors
/// See [`Unlowered`].
pub fn lower(wasm: &[u8]) -> Result<Vec<u8>, Unlowered> {
    let mut module = Module::new();
    let mut lowering = Lowering { parameters: parameter_counts(wasm)?.into_iter() };
    lowering.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| match error {
        reencode::Error::UserError(unlowered) => unlowered,
        error => invalid(error),
    })?;
    Ok(module.finish())
}

fn invalid(error: impl ToString) -> Unlowered {
    Unlowered::Invalid(Invalid::new(error))
}

/// How many parameters each function has that the file defines, in order.
fn parameter_counts(wasm: &[u8]) -> Result<Vec<u32>, Unlowered> {
    let (mut types, mut counts) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(invalid)? {
            Payload::TypeSection(section) => {
                for function in section.into_iter_err_on_gc_types() {
                    types.push(function.map_err(invalid)?.params().len() as u32);
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    let count = types.get(index.map_err(invalid)? as usize).copied();
                    counts.push(count.ok_or_else(|| invalid("a function without a type"))?);
                }
            }
            _ => {}
        }
    }
    Ok(counts)
}

struct Lowering<I> {
    /// Of the functions that are still to come.
    parameters: I,
}

impl<I: Iterator<Item = u32>> Reencode for Lowering<I> {
    type Error = Unlowered;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Unlowered>> {
        let mut locals = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, kind) = group?;
            locals.push((count, self.val_type(kind)?));
        }
        // One local more where it is needed, which holds c while a·b is computed.
        let c = self.parameters.next().unwrap_or_default() + locals.iter().map(|&(count, _)| count).sum::<u32>();
        let mut operators = body.get_operators_reader()?.into_iter();
        if operators.any(|operator| matches!(operator, Ok(Operator::F32x4RelaxedMadd))) {
            locals.push((1, ValType::V128));
        }
        let mut function = Function::new(locals);
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::F32x4RelaxedMadd => {
                    let product_and_sum = [
                        Instruction::LocalSet(c),
                        Instruction::F32x4Mul,
                        Instruction::LocalGet(c),
                        Instruction::F32x4Add,
                    ];
                    for instruction in product_and_sum {
                        function.instruction(&instruction);
                    }
                }
                Operator::F32x4RelaxedMin => {
                    function.instruction(&Instruction::F32x4PMin);
                }
                Operator::F32x4RelaxedMax => {
                    function.instruction(&Instruction::F32x4PMax);
                }
                other => {
                    let name = format!("{other:?}");
                    if name.contains("Relaxed") {
                        return Err(reencode::Error::UserError(Unlowered::Instruction(name)));
                    }
                    function.instruction(&self.instruction(other)?);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{FunctionSection, TypeSection};

    use super::*;

    /// A function of two vectors with one local number, and `instructions` in it.
    fn module(instructions: &[Instruction]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::V128; 2], [ValType::V128]);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut function = Function::new([(1, ValType::I32)]);
        for instruction in instructions {
            function.instruction(instruction);
        }
        let mut code = CodeSection::new();
        code.function(&function);
        Module::new().section(&types).section(&functions).section(&code).clone().finish()
    }

    fn operators(wasm: &[u8]) -> Vec<String> {
        let mut operators = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                operators
                    .extend(body.get_operators_reader().unwrap().into_iter().map(|it| format!("{:?}", it.unwrap())));
            }
        }
        operators
    }

    #[test]
    fn a_fused_multiply_add_becomes_two_instructions_with_the_sum_kept_in_a_new_local() {
        use Instruction::{End, F32x4RelaxedMadd, LocalGet};
        let fused = module(&[LocalGet(0), LocalGet(1), LocalGet(0), F32x4RelaxedMadd, End]);
        let plain = lower(&fused).unwrap();
        let get = |index: u32| format!("LocalGet {{ local_index: {index} }}");
        // Two parameters and one local come before the new one.
        let set = "LocalSet { local_index: 3 }".to_owned();
        let [multiply, add, end] = ["F32x4Mul", "F32x4Add", "End"].map(str::to_owned);
        assert_eq!(operators(&plain), [get(0), get(1), get(0), set, multiply, get(3), add, end]);
        let without = wasmparser::WasmFeatures::default() - wasmparser::WasmFeatures::RELAXED_SIMD;
        wasmparser::Validator::new_with_features(without).validate_all(&plain).unwrap();
    }

    #[test]
    fn minima_and_maxima_become_comparisons() {
        use Instruction::{End, F32x4RelaxedMax, F32x4RelaxedMin, LocalGet};
        let relaxed = module(&[LocalGet(0), LocalGet(1), F32x4RelaxedMin, LocalGet(1), F32x4RelaxedMax, End]);
        let plain = operators(&lower(&relaxed).unwrap());
        assert_eq!([&plain[2], &plain[4]], ["F32x4PMin", "F32x4PMax"]);
    }

    #[test]
    fn what_has_no_counterpart_is_refused_by_name() {
        use Instruction::{End, I8x16RelaxedSwizzle, LocalGet};
        let wasm = module(&[LocalGet(0), LocalGet(1), I8x16RelaxedSwizzle, End]);
        assert!(matches!(lower(&wasm), Err(Unlowered::Instruction(name)) if name.contains("Swizzle")));
        assert!(matches!(lower(b"no wasm"), Err(Unlowered::Invalid(_))));
    }
}
