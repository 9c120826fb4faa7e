//! Puts a program's functions in an order in which it compresses well: the same code is compiled for many types, and gzip, which
//! brings the page to most browsers, remembers the last 32 kB only.

use std::collections::HashMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

use crate::gzip::gzipped;
use crate::invalid::Invalid;

/// How many functions stay at the beginning, imports among them: their numbers take one byte, and wasm-opt puts those there that are
/// called most.
const FIRST: usize = 128;

/// How many bytes the runs have by which functions are compared: which of them gives the smallest file depends on the program, by a
/// hundredth of its size.
const RUNS: [usize; 3] = [4, 5, 6];

/// A run that more functions have than this tells little of any of them.
const COMMON: usize = 300;

/// The same file with its functions in another order: each is followed by the one that shares most with it.
///
/// # Errors
/// [`Invalid`] where it is no wasm file.
pub fn arranged(wasm: &[u8]) -> Result<Vec<u8>, Invalid> {
    let (mut imports, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(Invalid::new)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imports += usize::from(matches!(import.map_err(Invalid::new)?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let written = RUNS.map(|run| {
        let written = in_order(wasm, imports, order(&bodies, FIRST.saturating_sub(imports), run))?;
        Ok((gzipped(&written).map_err(Invalid::new)?, written))
    });
    let written = written.into_iter().collect::<Result<Vec<_>, Invalid>>()?;
    let smallest = written.into_iter().min_by_key(|(size, _)| *size);
    Ok(smallest.map(|(_, written)| written).unwrap_or_default())
}

/// The file with its functions, which come after so many imported ones, in this order.
fn in_order(wasm: &[u8], imports: usize, order: Vec<usize>) -> Result<Vec<u8>, Invalid> {
    let mut numbers = vec![0; order.len()];
    for (place, &function) in order.iter().enumerate() {
        numbers[function] = (imports + place) as u32;
    }
    let mut module = Module::new();
    let mut arranging = Arranging { imports, order, numbers };
    arranging.parse_core_module(&mut module, Parser::new(0), wasm).map_err(Invalid::new)?;
    Ok(module.finish())
}

/// The places of the functions in their new order, of which the first so many stay, by the runs of `run` bytes that they share.
fn order(bodies: &[&[u8]], first: usize, run: usize) -> Vec<usize> {
    let runs: Vec<Vec<&[u8]>> = bodies
        .iter()
        .map(|body| {
            let mut runs: Vec<&[u8]> = body.windows(run).collect();
            runs.sort_unstable();
            runs.dedup();
            runs
        })
        .collect();
    let mut having = HashMap::<&[u8], Vec<usize>>::new();
    for (function, runs) in runs.iter().enumerate() {
        for run in runs {
            having.entry(run).or_default().push(function);
        }
    }
    having.retain(|_, functions| (2..=COMMON).contains(&functions.len()));

    let mut order: Vec<usize> = (0..first.min(bodies.len())).collect();
    let mut is_left: Vec<bool> = (0..bodies.len()).map(|function| function >= order.len()).collect();
    let mut shared = vec![0_u32; bodies.len()];
    while let Some(other) = is_left.iter().position(|&is_left| is_left) {
        let mut found = Vec::new();
        for &function in order.last().iter().flat_map(|&&last| &runs[last]).filter_map(|run| having.get(run)).flatten()
        {
            if is_left[function] {
                if shared[function] == 0 {
                    found.push(function);
                }
                shared[function] += 1;
            }
        }
        // By how many runs are shared, and by the length, so that the longest is not always the first.
        let alike = |function: usize| f64::from(shared[function]) / ((runs[function].len() as f64).sqrt() + run as f64);
        let next = found.iter().copied().reduce(|best, one| if alike(one) > alike(best) { one } else { best });
        let next = next.unwrap_or(other);
        found.iter().for_each(|&function| shared[function] = 0);
        is_left[next] = false;
        order.push(next);
    }
    order
}

struct Arranging {
    /// How many functions the file imports: these come before its own.
    imports: usize,
    /// The places of its own functions, in their new order.
    order: Vec<usize>,
    /// The new number of each of them.
    numbers: Vec<u32>,
}

impl Reencode for Arranging {
    type Error = Invalid;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Invalid>> {
        let own = (function as usize).checked_sub(self.imports);
        own.map_or(Ok(function), |own| {
            self.numbers
                .get(own)
                .copied()
                .ok_or(reencode::Error::UserError(Invalid::new("a function that is not there")))
        })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error<Invalid>> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for &place in &self.order.clone() {
            functions.function(self.type_index(types[place])?);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error<Invalid>> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for place in self.order.clone() {
            self.parse_function_body(code, bodies[place].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, ExportKind, ExportSection, Function, ImportSection, Instruction,
    };
    use wasm_encoder::{EntityType, RefType, TableSection, TableType, TypeSection, ValType};

    use super::*;

    /// Numbers, to which functions add them one after the other.
    type Numbers<'a> = &'a [i32];

    /// A file that imports a function and has one for each list of numbers. The last one calls the others; the second one is exported,
    /// and in a table.
    fn module(functions: &[Numbers]) -> Vec<u8> {
        let (mut types, mut imports, mut declared) = (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        types.ty().function([], []);
        types.ty().function([], [ValType::I32]);
        imports.import("there", "imported", EntityType::Function(0));
        let mut code = CodeSection::new();
        let last = functions.len() as u32;
        for (place, numbers) in (1..).zip(functions) {
            declared.function(u32::from(place != last));
            let mut function = Function::new([]);
            if place == last {
                function.instruction(&Instruction::Call(0));
                for other in 1..last {
                    function.instruction(&Instruction::Call(other)).instruction(&Instruction::Drop);
                }
            } else {
                function.instruction(&Instruction::I32Const(0));
                for &number in *numbers {
                    function.instruction(&Instruction::I32Const(number)).instruction(&Instruction::I32Add);
                }
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut tables = TableSection::new();
        let table =
            TableType { element_type: RefType::FUNCREF, table64: false, minimum: 1, maximum: None, shared: false };
        tables.table(table);
        let (mut exports, mut elements) = (ExportSection::new(), ElementSection::new());
        exports.export("second", ExportKind::Func, 2);
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions([2].as_slice().into()));
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&declared).section(&tables).section(&exports);
        module.section(&elements).section(&code);
        module.finish()
    }

    /// The constants of each function, and the functions that it calls.
    fn contents(wasm: &[u8]) -> Vec<(Vec<i32>, Vec<u32>)> {
        let mut all = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                let (mut constants, mut calls) = (Vec::new(), Vec::new());
                for operator in body.get_operators_reader().unwrap() {
                    match operator.unwrap() {
                        wasmparser::Operator::I32Const { value } => constants.push(value),
                        wasmparser::Operator::Call { function_index } => calls.push(function_index),
                        _ => {}
                    }
                }
                all.push((constants, calls));
            }
        }
        all
    }

    #[test]
    fn alike_functions_become_neighbours_and_whoever_names_one_finds_it() {
        let (some, others): (Vec<i32>, Vec<i32>) = ((1000..1040).collect(), (5000..5040).collect());
        // So that more functions are there than stay at the beginning.
        let first: Vec<Vec<i32>> = (0..FIRST as i32).map(|number| vec![number]).collect();
        let mixed = [&some, &others].into_iter().cycle().take(8).cloned();
        let all: Vec<Vec<i32>> = first.into_iter().chain(mixed).chain([Vec::new()]).collect();
        let all: Vec<Numbers> = all.iter().map(Vec::as_slice).collect();
        let wasm = module(&all);
        let arranged = arranged(&wasm).unwrap();
        wasmparser::validate(&arranged).unwrap();

        let (before, after) = (contents(&wasm), contents(&arranged));
        let is_of = |numbers: &[i32]| after.iter().map(|(found, _)| found.ends_with(numbers)).collect::<Vec<_>>();
        for numbers in [&some, &others] {
            let places = is_of(numbers);
            let first = places.iter().position(|&found| found).unwrap();
            assert_eq!(places.iter().filter(|&&found| found).count(), 4);
            assert!(places[first..first + 4].iter().all(|&found| found), "{places:?}");
        }
        // The caller calls the same functions, in the same order.
        let called = |all: &[(Vec<i32>, Vec<u32>)]| -> Vec<Vec<i32>> {
            let (_, calls) = all.iter().find(|(_, calls)| !calls.is_empty()).unwrap();
            assert_eq!(calls[0], 0, "what is imported stays");
            calls[1..].iter().map(|&call| all[call as usize - 1].0.clone()).collect()
        };
        assert_eq!(called(&before), called(&after));
    }

    #[test]
    fn a_file_with_few_functions_stays_as_it_is_and_what_is_no_wasm_is_refused() {
        let wasm = module(&[&[1, 2], &[3], &[]]);
        assert_eq!(arranged(&wasm).unwrap(), wasm);
        assert!(arranged(b"no wasm").is_err());
    }
}
