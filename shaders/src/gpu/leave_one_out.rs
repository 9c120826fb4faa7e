//! The probability of one candidate without each item of the history in turn: one submission, one readback.

use super::buffers::{self, QUAD_BYTES, REQUEST_STRIDE};
use super::limits::F32;
use super::runner::Runner;
use super::spec::Request;
use crate::error::EngineError;
use crate::question::{Question, Ranking};

impl Runner {
    /// Answers [`Scope::LeaveOneOut`](crate::question::Scope::LeaveOneOut).
    ///
    /// The oldest item is left out first. Each history is then the one before but for one key, that of the item left out
    /// last, which comes back; so it is one row that is copied, and the steps before it that are kept.
    pub(super) async fn leave_one_out(&mut self, question: Question<'_>) -> Result<Ranking, EngineError> {
        let Question { history, .. } = question;
        let plan = self.write(question);
        let (queue, row) = (&self.gpu.queue, (self.layout.width * F32) as u64);
        // The history's keys, then Σ_j k_j of each history with one left out, then what stands for an empty one: `[row, H]`.
        let catalogue = &self.network.catalogue;
        let mut rows: Vec<f32> = catalogue.keys(history).flatten().copied().collect();
        rows.extend((0..history.len()).flat_map(|left_out| catalogue.key_sum(&question.without(left_out))));
        let stand_in = if history.len() == 1 { self.network.stand_in(&[]) } else { None };
        rows.extend(stand_in.into_iter().flatten());
        let source = buffers::copied(&self.gpu, "left_out", &rows);

        let request = |left_out: usize| Request {
            steps: (history.len() - 1 + usize::from(stand_in.is_some())) as u32,
            first_step: left_out.saturating_sub(1) as u32,
            // Leaves no trace.
            inspected: 0,
            ..plan.requests[0]
        };
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("leave_one_out") });
        for left_out in 0..history.len() {
            let request = request(left_out);
            queue.write_buffer(
                &self.buffers.rows.requests,
                left_out as u64 * REQUEST_STRIDE,
                bytemuck::bytes_of(&request),
            );
            // Rows of `source` to a row of `History`, whose first one is the sum.
            let mut copy = |from: usize, to: usize, rows: usize| {
                let (from, to, bytes) = (from as u64 * row, to as u64 * row, rows as u64 * row);
                encoder.copy_buffer_to_buffer(&source, from, &self.buffers.fixed.history, to, bytes);
            };
            copy(history.len() + left_out, 0, 1);
            match left_out.checked_sub(1) {
                Some(back) => copy(back, 1 + back, 1),
                None if history.len() > 1 => copy(1, 1, history.len() - 1),
                None if stand_in.is_some() => copy(2, 1, 1),
                None => {}
            }
            for stage in &self.stages {
                stage.dispatch(&mut encoder, &request, left_out, None);
            }
            let value = size_of::<f32>() as u64;
            let from = u64::from(request.first_inspected) * QUAD_BYTES;
            let (probabilities, readback) = (&self.buffers.rows.probabilities, &self.buffers.rows.readback);
            encoder.copy_buffer_to_buffer(probabilities, from, readback, left_out as u64 * value, value);
        }
        queue.submit([encoder.finish()]);
        let bytes = self.read((history.len() * size_of::<f32>()) as u64).await?;
        Ok(Ranking { probabilities: bytemuck::pod_collect_to_vec(&bytes), ..Ranking::default() })
    }
}
