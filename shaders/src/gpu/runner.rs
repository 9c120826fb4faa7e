//! The stages of one network in one submission, then one readback.

use std::rc::Rc;
use std::sync::Arc;

use super::api::{GpuRunner, Pending};
use super::buffers::{BEST_BYTES, Buffers, Fixed, QUAD_BYTES, REQUEST_STRIDE, Rows, TIMES_BYTES};
use super::device::Gpu;
use super::limits::{F32, QUAD, binding_fits, quads};
use super::plan::{Plan, requests};
use super::program::{Layout, Program};
use super::spec::StageSpec;
use super::stage::Stage;
use crate::description::ShaderStage;
use crate::error::{EngineError, Wait};
use crate::network::Network;
use crate::question::{Candidate, Question, Ranking, Scope, StageTime};

/// One network on a GPU.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) gpu: Rc<Gpu>,
    pub(super) network: Arc<Network>,
    pub(super) layout: Layout,
    pub(super) buffers: Buffers,
    /// In the order of the computation.
    pub(super) stages: Vec<Stage>,
    best_spec: StageSpec,
    /// What picks the best candidates, once they were asked for.
    best: Option<Stage>,
    /// The candidates whose queries are on the GPU.
    candidates: Arc<[u32]>,
    /// The inspected ones.
    inspected: Vec<u32>,
    /// Whether a ranking was given up while the readback buffer was mapped or waited to be.
    reading: bool,
}

/// Inspected candidates that there is room for at first.
const FIRST_CAPACITY: usize = 4;

impl GpuRunner for Runner {
    fn rank<'a>(&'a mut self, question: Question<'a>, wait: Wait) -> Pending<'a, Result<Ranking, EngineError>> {
        let gpu = self.gpu.clone();
        Box::pin(async move { gpu.guard(wait, self.rank(question)).await })
    }

    fn stages(&self, question: Question<'_>) -> Vec<ShaderStage> {
        let requests = requests(&self.network, question);
        let describe = |stage: &Stage| self.layout.describe(&stage.spec, &requests, stage.buffer_bytes(&self.buffers));
        self.stages.iter().map(describe).collect()
    }
}

impl Runner {
    /// Compiles the stages of `network` and uploads its weights.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    pub async fn new(gpu: Rc<Gpu>, network: Arc<Network>) -> Result<Self, EngineError> {
        gpu.check()?;
        let Program { layout, stages: specs, best: best_spec } = Program::new(&network)?;
        let memory = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let rows = Rows::new(&gpu, &layout, network.catalogue.items(), FIRST_CAPACITY, specs.len())?;
        let buffers = Buffers { fixed: Fixed::new(&gpu, &layout), rows };
        let (mut stages, mut successes) = (Vec::new(), Vec::new());
        for spec in specs {
            binding_fits(spec.name, size_of_val(spec.weights.as_slice()) as u64)?;
            let (stage, success) = Stage::new(&gpu, spec, &layout, &buffers);
            stages.push(stage);
            successes.push(success);
        }
        if let Some(error) = memory.pop().await {
            return Err(EngineError::Device(error.to_string()));
        }
        // A browser compiles all of them side by side; only now are they waited for.
        for success in successes {
            success.await?;
        }
        gpu.check()?;
        let (candidates, inspected) = (Arc::default(), Vec::new());
        Ok(Self { gpu, network, layout, buffers, stages, best_spec, best: None, candidates, inspected, reading: false })
    }

    /// Writes the question, runs the stages and reads the answer.
    async fn rank(&mut self, question: Question<'_>) -> Result<Ranking, EngineError> {
        self.gpu.check()?;
        if std::mem::take(&mut self.reading) {
            self.buffers.rows.readback.unmap();
        }
        self.make_room(question.candidates.len(), question.inspected.len()).await?;
        if question.scope == Scope::LeaveOneOut {
            return self.leave_one_out(question).await;
        }
        if matches!(question.scope, Scope::Best(_)) && self.best.is_none() {
            let (stage, success) = Stage::new(&self.gpu, self.best_spec.clone(), &self.layout, &self.buffers);
            success.await?;
            self.best = Some(stage);
        }
        let plan = self.write(question);
        let read = self.submit(&plan);
        let bytes = self.read(read).await?;
        Ok(self.answer(&plan, question, &bytes))
    }

    /// Makes the buffers longer that candidates need; those of the history stay.
    async fn make_room(&mut self, candidates: usize, inspected: usize) -> Result<(), EngineError> {
        let (ranked_capacity, inspected_capacity) = self.buffers.rows.capacity;
        if quads(candidates) <= ranked_capacity && inspected <= inspected_capacity {
            return Ok(());
        }
        let gpu = &self.gpu;
        let memory = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let candidates = candidates.max(ranked_capacity * QUAD);
        let inspected = inspected.next_power_of_two().max(inspected_capacity);
        let rows = Rows::new(gpu, &self.layout, candidates, inspected, self.stages.len());
        let failure = memory.pop().await;
        let rows = rows?;
        if let Some(error) = failure {
            return Err(EngineError::Device(error.to_string()));
        }
        self.buffers.rows = rows;
        for stage in self.stages.iter_mut().chain(&mut self.best) {
            stage.bind(gpu, &self.buffers);
        }
        self.candidates = Arc::default();
        self.inspected.clear();
        Ok(())
    }

    /// Writes what changed since the last ranking.
    pub(super) fn write(&mut self, question: Question<'_>) -> Plan {
        let Question { history, kept, candidates, inspected, scope } = question;
        let (queue, row) = (&self.gpu.queue, self.layout.width * F32);
        let (catalogue, history_buffer) = (&self.network.catalogue, &self.buffers.fixed.history);
        let new = catalogue.keys(&history[kept..]).chain(self.network.stand_in(history));
        let new: Vec<f32> = new.flatten().copied().collect();
        queue.write_buffer(history_buffer, 0, bytemuck::cast_slice(&catalogue.key_sum(history)));
        queue.write_buffer(history_buffer, ((1 + kept) * row) as u64, bytemuck::cast_slice(&new));

        let rows = &self.buffers.rows;
        if !Arc::ptr_eq(candidates, &self.candidates) {
            rows.write_queries(&self.gpu, &self.network, 0, candidates);
            // They lie behind, so elsewhere now.
            self.inspected.clear();
            self.candidates = candidates.clone();
        }
        if inspected != self.inspected {
            rows.write_queries(&self.gpu, &self.network, quads(candidates.len()), inspected);
            self.inspected = inspected.to_vec();
        }
        let requests = requests(&self.network, question);
        for (batch, request) in (0..).zip(&requests) {
            queue.write_buffer(&rows.requests, batch * REQUEST_STRIDE, bytemuck::bytes_of(request));
        }
        Plan { requests, scope }
    }

    /// What picks the best candidates, where `plan` asks for them.
    fn best_stage(&self, plan: &Plan) -> Option<&Stage> {
        self.best.as_ref().filter(|_| matches!(plan.scope, Scope::Best(_)))
    }

    /// Runs the stages and copies what the CPU reads: how many bytes.
    fn submit(&self, plan: &Plan) -> u64 {
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("rank") });
        let passes = plan.passes(&self.stages, self.best_stage(plan));
        for (first, &(stage, batch)) in (0..).step_by(2).zip(&passes) {
            let times = self.buffers.rows.timestamps.as_ref().map(|timestamps| (&timestamps.queries, first));
            stage.dispatch(&mut encoder, &plan.requests[batch], batch, times);
        }
        let mut end = 0;
        for part in self.parts(plan) {
            encoder.copy_buffer_to_buffer(part.buffer, part.offset, &self.buffers.rows.readback, end, part.bytes);
            end += part.bytes;
        }
        if let Some(timestamps) = &self.buffers.rows.timestamps {
            let bytes = passes.len() as u64 * TIMES_BYTES;
            encoder.resolve_query_set(&timestamps.queries, 0..2 * passes.len() as u32, &timestamps.resolved, 0);
            encoder.copy_buffer_to_buffer(&timestamps.resolved, 0, &self.buffers.rows.readback, end, bytes);
            end += bytes;
        }
        self.gpu.queue.submit([encoder.finish()]);
        end
    }

    /// What the CPU reads, in order: the candidates' probabilities or the best of them, the inspected candidates'
    /// probabilities and logits, what their traces have in common, what each has alone.
    fn parts(&self, plan: &Plan) -> Vec<Part<'_>> {
        let request = &plan.requests[0];
        let inspected = u64::from(request.inspected);
        let (ranked, inspected_quads) = (u64::from(request.first_inspected), inspected.div_ceil(QUAD as u64));
        let Rows { probabilities, logits, .. } = &self.buffers.rows;
        let answer = match plan.scope {
            Scope::All => Part { buffer: probabilities, offset: 0, bytes: ranked * QUAD_BYTES },
            Scope::Best(count) => {
                Part { buffer: &self.buffers.fixed.best, offset: 0, bytes: count as u64 * BEST_BYTES }
            }
            Scope::Inspected | Scope::LeaveOneOut => Part { buffer: probabilities, offset: 0, bytes: 0 },
        };
        let behind = |buffer| Part { buffer, offset: ranked * QUAD_BYTES, bytes: inspected_quads * QUAD_BYTES };
        let mut parts = vec![answer, behind(probabilities), behind(logits)];
        if inspected > 0 {
            parts.extend(self.layout.traced().map(|kept| {
                let buffer = self.buffers.fixed.kept(kept.name);
                Part { buffer, offset: 0, bytes: kept.extent.bytes(request.steps as usize) }
            }));
        }
        parts.extend((0..inspected).map(|slot| Part {
            buffer: &self.buffers.rows.traces,
            offset: slot * self.layout.trace.most_bytes(),
            bytes: self.layout.trace.bytes(request.steps as usize),
        }));
        parts.retain(|part| part.bytes > 0);
        parts
    }

    /// What was submitted to be read.
    pub(super) async fn read(&mut self, bytes: u64) -> Result<Vec<u8>, EngineError> {
        self.reading = true;
        let read = self.map(bytes).await;
        self.reading = false;
        // An error in the submission explains why the reading failed, or why what was read means nothing.
        self.gpu.check()?;
        read
    }

    async fn map(&self, bytes: u64) -> Result<Vec<u8>, EngineError> {
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let slice = self.buffers.rows.readback.slice(..bytes);
        let (sender, receiver) = futures_channel::oneshot::channel();
        slice.map_async(wgpu::MapMode::Read, move |result| {
            // Nobody listens when the ranking was given up.
            let _ = sender.send(result);
        });
        self.gpu.wait();
        // A buffer of ours that cannot be mapped is one of a lost device; a browser may say so only later.
        let lost = |error: &dyn std::error::Error| EngineError::DeviceLost(error.to_string());
        receiver.await.map_err(|error| lost(&error))?.map_err(|error| lost(&error))?;
        let bytes = slice.get_mapped_range().map_err(|error| lost(&error))?.to_vec();
        self.buffers.rows.readback.unmap();
        Ok(bytes)
    }

    /// The answer from the bytes of [`Runner::parts`] and the timestamps behind them.
    fn answer(&self, plan: &Plan, question: Question<'_>, bytes: &[u8]) -> Ranking {
        let passes = plan.passes(&self.stages, self.best_stage(plan));
        let times = self.buffers.rows.timestamps.as_ref().map_or(0, |_| passes.len() * TIMES_BYTES as usize);
        let (words, times) = bytes.split_at(bytes.len() - times);
        let words: Vec<f32> = bytemuck::pod_collect_to_vec(words);
        let mut rest = words.as_slice();
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            taken
        };
        let request = &plan.requests[0];
        let (steps, inspected) = (request.steps as usize, question.inspected);
        let mut ranking = Ranking::default();
        match plan.scope {
            Scope::All => {
                ranking.probabilities = take(request.first_inspected as usize * QUAD).to_vec();
                ranking.probabilities.truncate(question.candidates.len());
            }
            Scope::Best(count) => {
                let (pairs, _) = take(count * BEST_BYTES as usize / size_of::<f32>()).as_chunks();
                ranking.best = pairs
                    .iter()
                    .map(|&[at, probability]| Candidate {
                        item: question.candidates[at.to_bits() as usize],
                        probability,
                    })
                    .collect();
            }
            Scope::Inspected | Scope::LeaveOneOut => {}
        }
        if !inspected.is_empty() {
            let values = inspected.len().next_multiple_of(QUAD);
            let (probabilities, logits) = (take(values), take(values));
            let kept: Vec<&[f32]> = self.layout.traced().map(|kept| take(kept.extent.values(steps))).collect();
            for ((&item, &probability), &logit) in inspected.iter().zip(probabilities).zip(logits) {
                let candidate = take(self.layout.trace.values(steps));
                // Without the step more where a key stands for an empty history.
                let steps = question.history.len();
                let parts = self.network.body.read_trace(steps, &kept, candidate);
                ranking.inspections.push(self.network.inspection(item, [logit, probability], steps, parts));
            }
        }
        let times: Vec<u64> = bytemuck::pod_collect_to_vec(times);
        let period = f64::from(self.gpu.queue.get_timestamp_period());
        let ms = |from: u64, to: u64| to.saturating_sub(from) as f64 * period / 1e6;
        let (times, _) = times.as_chunks();
        ranking.gpu_ms = times.first().zip(times.last()).map(|(&[from, _], &[_, to])| ms(from, to));
        for (&(stage, _), &[from, to]) in passes.iter().zip(times) {
            let (stage, ms) = (stage.spec.name, ms(from, to));
            match ranking.stages.iter_mut().find(|time| time.stage == stage) {
                Some(time) => time.ms += ms,
                None => ranking.stages.push(StageTime { stage, ms }),
            }
        }
        ranking
    }
}

/// A piece of a buffer to be read.
struct Part<'a> {
    buffer: &'a wgpu::Buffer,
    offset: u64,
    bytes: u64,
}
