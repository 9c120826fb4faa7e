//! Every shader, for every kind of network and for awkward sizes, against naga and WebGPU's default limits.

use std::collections::BTreeSet;
use std::path::Path;

use model::{Activation, DienAttention, Evolution, LocalActivationConfig, Normalization, Pooling, Reset};
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::buffers::{self, Request};
use super::*;
use crate::seeded::{dien, dien_with, din, din_with, embedding_mlp, network, projected, tin};

fn networks() -> Vec<Network> {
    use DienAttention::{Bilinear, LocalActivation};
    let unit = |hidden: &[usize]| LocalActivationConfig::new(hidden, Activation::Sigmoid);
    [
        din([16, 8, 36], Normalization::None),
        din([3, 2, 7], Normalization::Softmax),
        din([1, 0, 1], Normalization::ScaledSoftmax),
        // Too large for workgroup memory, so read from storage.
        din([60, 20, 80], Normalization::None),
        dien([16, 8, 24], Evolution::Augru),
        dien([6, 3, 7], Evolution::Agru),
        dien([1, 0, 1], Evolution::Aigru),
        dien([32, 16, 96], Evolution::Augru),
        dien([64, 64, 300], Evolution::Augru),
        din_with([16, 8], unit(&[36, 7]), Normalization::Softmax),
        din_with([3, 2], projected(&[5, 6, 7, 8], Activation::Relu), Normalization::None),
        // As much as private memory has room for.
        din_with([16, 16], unit(&[256, 256, 256]), Normalization::None),
        din_with([8, 8], unit(&[512, 16]), Normalization::None),
        dien_with([16, 8, 24], Evolution::Augru, LocalActivation(unit(&[36, 7])), Reset::After),
        dien_with(
            [16, 8, 20],
            Evolution::AugruAuthors,
            LocalActivation(projected(&[9], Activation::Prelu)),
            Reset::Before,
        ),
        dien_with([64, 64, 200], Evolution::Agru, Bilinear, Reset::Before),
        dien_with([16, 8, 24], Evolution::Gru, LocalActivation(unit(&[36, 7])), Reset::After),
        dien_with([6, 3, 7], Evolution::Gru, Bilinear, Reset::Before),
        dien_with([1, 0, 1], Evolution::Gru, DienAttention::None, Reset::After),
        // The widest that the head leaves room for.
        dien_with([8, 8, 800], Evolution::Gru, DienAttention::None, Reset::Before),
        embedding_mlp([16, 8], Pooling::Sum),
        embedding_mlp([1, 0], Pooling::Mean),
        tin([16, 8, 50]),
        tin([1, 0, 1]),
        // The widest that the head leaves room for.
        tin([180, 50, 4096]),
    ]
    .map(|config| network(config, 70))
    .into()
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

#[test]
fn every_shader_is_valid_and_within_the_default_limits() {
    let mut names = BTreeSet::from(["shared", "recurrent", "pooling", "point_cloud"].map(str::to_owned));
    for network in networks() {
        let sizes = Sizes::new(&network).unwrap();
        let shaders = Shader::of(&network, &sizes).into_iter().map(|(shader, _)| shader);
        for shader in shaders.chain([Shader::BestCandidates]) {
            names.insert(shader.name().to_owned());
            let source = sizes.source(shader.files());
            let module = parse(&source);
            // No capability beyond WebGPU's own.
            let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
                .validate(&module)
                .unwrap_or_else(|error| panic!("{}: {}", shader.name(), error.emit_to_string(&source)));

            let [entry] = module.entry_points.as_slice() else { panic!("{}: one entry point", shader.name()) };
            assert_eq!(entry.name, shader.name());
            assert!(entry.workgroup_size.iter().product::<u32>() <= 256, "{}", shader.name());
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
            assert!(memory <= 16 << 10, "{}: {memory} bytes of workgroup memory", shader.name());
            assert!(private <= 8 << 10, "{}: {private} bytes of private memory", shader.name());
            assert!(storage <= 8, "{}: {storage} storage buffers", shader.name());
        }
    }
    assert_eq!(wgsl_files(concat!(env!("CARGO_MANIFEST_DIR"), "/src").as_ref()), names);
}

/// The names of all WGSL files under `folder`.
fn wgsl_files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.fold(BTreeSet::new(), |mut names, path| {
        if path.is_dir() {
            names.append(&mut wgsl_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "wgsl") {
            assert!(names.insert(path.file_stem().unwrap().to_str().unwrap().to_owned()), "{}", path.display());
        }
        names
    })
}

#[test]
fn the_host_lays_out_buffers_as_the_shaders_do() {
    for network in networks() {
        let sizes = Sizes::new(&network).unwrap();
        for (shader, weights) in Shader::of(&network, &sizes).into_iter().chain([(Shader::BestCandidates, Vec::new())])
        {
            let module = parse(&sizes.source(shader.files()));
            assert_eq!(size_of_struct(&module, "Request"), size_of::<Request>() as u64);
            let name = match shader {
                Shader::LocalActivation => "LocalActivation",
                Shader::TemporalAttention => {
                    assert_eq!(size_of_struct(&module, "PoolingTrace"), buffers::trace_stride(&sizes));
                    "TemporalAttention"
                }
                Shader::InterestExtractor => "InterestExtractor",
                Shader::SecondGru | Shader::InterestEvolution => "SecondLayer",
                Shader::RankingMlp => "RankingMlp",
                Shader::BestCandidates => {
                    assert_eq!(size_of_struct(&module, "BestCandidate"), buffers::BEST_BYTES);
                    continue;
                }
                Shader::WeightedPooling => {
                    assert_eq!(size_of_struct(&module, "PoolingTrace"), buffers::trace_stride(&sizes));
                    continue;
                }
                Shader::InterestAttention => {
                    let steps = crate::MAX_HISTORY as u64;
                    assert_eq!(steps * size_of_struct(&module, "DienTraceStep"), buffers::trace_stride(&sizes));
                    assert_eq!(size_of_struct(&module, "InterestStep"), buffers::interest_step_bytes(&sizes));
                    continue;
                }
            };
            assert_eq!(size_of_struct(&module, name), size_of_val(weights.as_slice()) as u64, "{name}");
        }
    }
}

#[test]
fn networks_beyond_the_limits_are_refused_by_name() {
    let limits = |config, items| match Sizes::new(&network(config, items)) {
        Err(EngineError::TooLarge { what, needed, limit, .. }) if needed > limit => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(limits(dien([8, 8, 400], Evolution::Augru), 3), "the interest evolution layer");
    assert_eq!(limits(din([8, 8, 4096], Normalization::None), 3), "the local activation unit");
    let unit = |hidden: &[usize]| LocalActivationConfig::new(hidden, Activation::Relu);
    assert_eq!(limits(din_with([8, 8], unit(&[520, 16]), Normalization::None), 3), "the local activation unit");
    let wide = dien_with([8, 8, 4096], Evolution::Gru, DienAttention::None, Reset::Before);
    assert_eq!(limits(wide, 3), "the interest extractor");
    assert_eq!(limits(din([300, 300, 4], Normalization::None), 3), "the head");

    // A query of 24 values takes 96 bytes of 128 MiB: 1,398,101 fit, but for what fills up the last tile.
    let sizes = Sizes::new(&network(dien([16, 8, 24], Evolution::Augru), 3)).unwrap();
    let fits = |candidates, inspected, trace_bytes| match sizes.candidates_fit(candidates, inspected, trace_bytes) {
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
