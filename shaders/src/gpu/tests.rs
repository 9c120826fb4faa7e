//! Every shader, for every kind of network and for awkward sizes, against naga and WebGPU's default limits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::{
    Activation, DienAttention, DienConfig, DinConfig, Evolution, LocalActivationConfig, NetworkConfig, Normalization,
    Reset,
};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use testing::config;

use super::buffers::BEST_BYTES;
use super::limits::{F32, TILE, VEC4};
use super::program::{Layout, Program};
use super::spec::{Buffer, Request, StageSpec};
use super::stage::pipeline;
use super::*;
use crate::description::SourceFile;
use crate::question::{MAX_BEST, MAX_HISTORY};
use crate::seeded::network;

fn networks() -> Vec<Network> {
    testing::every_size().into_iter().map(network).collect()
}

fn parse(source: &str) -> naga::Module {
    naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)))
}

/// Size in bytes of the struct `name`.
fn size_of_struct(module: &naga::Module, name: &str) -> u64 {
    let (_, found) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name)).unwrap();
    let naga::TypeInner::Struct { span, .. } = found.inner else { panic!("{name} is no struct") };
    u64::from(span)
}

/// The stages of a network, with what picks the best candidates.
fn stages(network: &Network) -> (Layout, Vec<StageSpec>) {
    let Program { layout, mut stages, best } = Program::new(network).unwrap();
    stages.push(best);
    (layout, stages)
}

#[test]
fn every_shader_is_valid_and_within_the_default_limits() {
    let mut names = BTreeSet::from(["point_cloud.wgsl".to_owned()]);
    for network in networks() {
        let (layout, stages) = stages(&network);
        for stage in stages {
            let name = stage.name;
            names.extend(layout.files(&stage).iter().map(|file| file.name.to_owned()).filter(|name| !name.is_empty()));
            let source = layout.source(&stage);
            let module = parse(&source);
            // No capability beyond WebGPU's own.
            let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
                .validate(&module)
                .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));

            let [entry] = module.entry_points.as_slice() else { panic!("{name}: one entry point") };
            assert_eq!(entry.name, name);
            assert_eq!(stage.files.last().map(|(file, _)| *file), Some(format!("{name}.wgsl").as_str()));
            assert!(entry.workgroup_size.iter().product::<u32>() <= 256, "{name}");
            let used = info.get_entry_point(0);
            let (mut memory, mut private, mut storage) = (0, 0, 0);
            for (handle, variable) in module.global_variables.iter() {
                let bytes = module.types[variable.ty].inner.size(module.to_ctx());
                match variable.space {
                    naga::AddressSpace::WorkGroup if !used[handle].is_empty() => memory += bytes,
                    naga::AddressSpace::Private => private += bytes,
                    naga::AddressSpace::Storage { .. } => storage += 1,
                    _ => {}
                }
            }
            assert!(memory <= 16 << 10, "{name}: {memory} bytes of workgroup memory");
            assert!(private <= 8 << 10, "{name}: {private} bytes of private memory");
            assert!(storage <= 8, "{name}: {storage} storage buffers");
        }
    }
    let files: BTreeSet<String> = wgsl_files().into_keys().map(|name| format!("{name}.wgsl")).collect();
    assert_eq!(files, names);
}

/// The text of every WGSL file, by name.
fn wgsl_files() -> BTreeMap<String, String> {
    fn read(folder: &Path, files: &mut BTreeMap<String, String>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                read(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "wgsl") {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                assert!(files.insert(name, std::fs::read_to_string(&path).unwrap()).is_none(), "{}", path.display());
            }
        }
    }
    let mut files = BTreeMap::new();
    read(concat!(env!("CARGO_MANIFEST_DIR"), "/src").as_ref(), &mut files);
    files
}

/// What a binding's declaration must say: its size in bytes, of an array without a length that of an element.
fn element_bytes(layout: &Layout, buffer: Buffer) -> u64 {
    let queries = |width: usize| width * TILE * VEC4;
    let bytes = match buffer {
        Buffer::History => (1 + MAX_HISTORY) * layout.width * F32,
        Buffer::Kept(name) => {
            let kept = layout.kept.iter().find(|kept| kept.name == name).unwrap();
            return kept.extent.most_bytes();
        }
        Buffer::Queries => queries(layout.width),
        Buffer::AttentionQueries => queries(layout.attention_width.unwrap_or(layout.width)),
        Buffer::Scores => MAX_HISTORY * VEC4,
        Buffer::Interests => layout.interest_width * VEC4,
        Buffer::Logits | Buffer::Probabilities => VEC4,
        Buffer::Best => return MAX_BEST as u64 * BEST_BYTES,
        Buffer::Traces => return layout.trace.most_bytes(),
    };
    bytes as u64
}

#[test]
fn the_host_lays_out_buffers_as_the_shaders_do() {
    for network in networks() {
        let (layout, stages) = stages(&network);
        for stage in stages {
            let module = parse(&layout.source(&stage));
            assert_eq!(size_of_struct(&module, "Request"), size_of::<Request>() as u64);
            let weights = (!stage.weights.is_empty()).then(|| size_of_val(stage.weights.as_slice()) as u64);
            let buffers = |buffers: &[Buffer], access| {
                let bytes = buffers.iter().map(|&buffer| (element_bytes(&layout, buffer), access));
                bytes.collect::<Vec<_>>()
            };
            let (read, write) = (naga::StorageAccess::LOAD, naga::StorageAccess::LOAD | naga::StorageAccess::STORE);
            let wanted = weights.into_iter().map(|bytes| (bytes, read));
            let wanted = wanted.chain(buffers(&stage.reads, read)).chain(buffers(&stage.writes, write));
            for (binding, (bytes, access)) in (1..).zip(wanted) {
                let (_, found) = module
                    .global_variables
                    .iter()
                    .find(|(_, variable)| variable.binding.is_some_and(|found| found.binding == binding))
                    .unwrap();
                let name = format!("{}: {}", stage.name, found.name.as_deref().unwrap_or_default());
                assert_eq!(found.space, naga::AddressSpace::Storage { access }, "{name}");
                let inner = &module.types[found.ty].inner;
                match *inner {
                    // The keys, which lie as KEYS_START and KEYS_STRIDE say.
                    naga::TypeInner::Array { size: naga::ArraySize::Dynamic, stride: 4, .. } => {}
                    naga::TypeInner::Array { size: naga::ArraySize::Dynamic, stride, .. } => {
                        assert_eq!(u64::from(stride), bytes, "{name}");
                    }
                    _ => assert_eq!(u64::from(inner.size(module.to_ctx())), bytes, "{name}"),
                }
            }
            let bindings = module.global_variables.iter().filter(|(_, variable)| variable.binding.is_some()).count();
            let known = 1 + usize::from(!stage.weights.is_empty()) + stage.reads.len() + stage.writes.len();
            assert_eq!(bindings, known, "{}", stage.name);
        }
    }
}

/// The names in a piece of WGSL without comments, but for those of fields.
fn names(code: &str) -> BTreeSet<&str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut names = BTreeSet::new();
    let (mut rest, mut before) = (code, ' ');
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()).max(first.len_utf8());
        if (first.is_ascii_alphabetic() || first == '_') && before != '.' {
            names.insert(&rest[..length]);
        }
        before = first;
        rest = &rest[length..];
    }
    names
}

/// The names that a piece of WGSL without comments declares for all of it.
fn declared(code: &str) -> BTreeSet<&str> {
    let declared = code.lines().filter(|line| !line.starts_with([' ', '}'])).filter_map(|line| {
        let words: Vec<&str> = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
        let (_, after) = if let Some((kind, after)) = line.split_once("var<") {
            (kind, after.split_once("> ")?.1)
        } else {
            let at = words.iter().position(|word| ["const", "fn", "struct"].contains(word))?;
            return words.get(at + 1).copied();
        };
        after.split(':').next()
    });
    declared.collect()
}

#[test]
fn each_file_of_a_stage_says_first_what_it_takes_from_elsewhere() {
    let code = |text: &str| -> String {
        text.lines().map(|line| format!("{}\n", line.split("//").next().unwrap_or_default())).collect()
    };
    let name_of = |file: &SourceFile| file.name.strip_suffix(".wgsl").unwrap();
    for network in networks() {
        let (layout, stages) = stages(&network);
        for stage in stages {
            let written = layout.files(&stage);
            let (own, shared) = written[1..].split_last().unwrap();
            let shared: Vec<(&str, String)> = shared.iter().map(|file| (name_of(file), code(&file.text))).collect();
            let own = code(&own.text);
            let bindings: String = own.lines().filter(|line| line.starts_with('@')).collect::<Vec<_>>().join("\n");
            for file in &written[1..] {
                let name = name_of(file);
                let code = code(&file.text);
                let mut others: Vec<(&str, &str)> = shared.iter().map(|(name, code)| (*name, code.as_str())).collect();
                if shared.iter().any(|(shared, _)| *shared == name) {
                    others.push(("stage", &bindings));
                }
                others.push(("constants", &written[0].text));
                let taken = others.into_iter().filter(|(other, _)| *other != name).filter_map(|(other, text)| {
                    let (all, declared_here) = (names(&code), declared(&code));
                    let taken: Vec<&str> = declared(text)
                        .into_iter()
                        .filter(|name| all.contains(name) && !declared_here.contains(name))
                        // A field or a parameter of the same name.
                        .filter(|name| !code.contains(&format!("{name}: ")))
                        .collect();
                    (!taken.is_empty()).then(|| format!("{} ({other})", taken.join(", ")))
                });
                let wanted = format!("Uses {}.", taken.collect::<Vec<_>>().join("; "));
                let said = file.text.lines().map_while(|line| line.strip_prefix("// ")).collect::<Vec<_>>().join(" ");
                assert_eq!(said, wanted, "{}, as {} has it", file.name, stage.name);
            }
        }
    }
}

#[test]
fn networks_beyond_the_limits_are_refused_by_name() {
    let limits = |sizes, options: NetworkConfig| match Program::new(&network(config(sizes, options))) {
        Err(EngineError::TooLarge { what, needed, limit, .. }) if needed > limit => what,
        other => panic!("{other:?}"),
    };
    let din = |hidden: &[usize], activation| {
        let attention = LocalActivationConfig::new(hidden, activation);
        DinConfig { attention, normalization: Normalization::None, padding: false }.into()
    };
    assert_eq!(limits([8, 8], DienConfig::new(400, Evolution::Augru).into()), "the interest evolution layer");
    assert_eq!(limits([8, 8], din(&[4096], Activation::DICE)), "the local activation unit");
    assert_eq!(limits([8, 8], din(&[520, 16], Activation::Relu)), "the local activation unit");
    let wide =
        DienConfig { attention: DienAttention::None, reset: Reset::Before, ..DienConfig::new(4096, Evolution::Gru) };
    assert_eq!(limits([8, 8], wide.into()), "the interest extractor");
    assert_eq!(limits([300, 300], din(&[4], Activation::DICE)), "the head");

    // A query of 24 values takes 96 bytes of 128 MiB: 1,398,101 fit, but for what fills up the last tile.
    let dien = config([16, 8], DienConfig::new(24, Evolution::Augru));
    let Program { layout, .. } = Program::new(&network(dien)).unwrap();
    let fits = |candidates, inspected, trace_bytes| match layout.candidates_fit(candidates, inspected, trace_bytes) {
        Ok(()) => "",
        Err(EngineError::TooLarge { what, needed, limit, .. }) if needed > limit => what,
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(fits(1_398_000, 4, 0), "");
    assert_eq!(fits(1_398_100, 4, 0), "the candidates' queries");
    assert_eq!(fits(100_000, 4, 1 << 28), "the inspected candidates");
}

#[test]
fn a_shader_that_does_not_compile_is_named() {
    pollster::block_on(async {
        let gpu = Gpu::open().await.expect("these tests need a Vulkan adapter: install mesa-vulkan-drivers");
        let source = "@compute @workgroup_size(1) fn broken() { let x: u32 = 1.0; }".to_owned();
        let nothing = wgpu::BindGroupLayoutDescriptor { label: None, entries: &[] };
        let layout = gpu.device.create_bind_group_layout(&nothing);
        let (_, result) = pipeline(&gpu, "broken", source, &layout);
        let Err(EngineError::Shader { stage: "broken", message }) = result.await else { panic!("it compiled") };
        assert!(message.contains("u32"), "{message}");
        // The device goes on.
        assert_eq!(gpu.check(), Ok(()));
    });
}
