//! A recurrent layer over whole histories and its derivatives: sixteen sequences side by side, a chunk of histories a task.
//!
//! Equations of a step, with x_t·W given as an input, d the width of the state:
//!
//! - forward: r = σ(x·W_r + b_r + h·U_r + c_r), u likewise, m = h·U_n + c_n, n = tanh(x·W_n + b_n + r ⊙ m),
//!   ũ from u and a by [`Gate`], h' = h + ũ ⊙ (n − h)
//! - backward, ∂ standing for the derivative of the loss: ∂ũ = ∂h' ⊙ (n − h), ∂n = ∂h' ⊙ ũ, ∂s_n = ∂n ⊙ (1 − n²),
//!   ∂s_r = ∂s_n ⊙ m ⊙ r ⊙ (1 − r), ∂s_u = ∂u ⊙ u ⊙ (1 − u), ∂m = ∂s_n ⊙ r, and
//!   ∂h = ∂h' ⊙ (1 − ũ) + [∂s_r, ∂s_u, ∂m]·Uᵀ

use crate::each;
use crate::functions::{sigmoid, tanh};

/// How many sequences, pairs of a history and a candidate, are computed side by side.
const LANES: usize = 16;

/// One value of each of the sequences side by side.
type Lanes = [f32; LANES];

/// Which states a scan returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Every step's.
    All,
    /// The last step's.
    Last,
}

/// ũ, the gate that writes the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// u, the update gate.
    Update,
    /// a.
    Attention,
    /// a·u.
    Product,
    /// 1 − (1 − a)·(1 − u).
    Either,
}

/// A recurrent layer and its inputs.
#[derive(Debug)]
pub struct Layer<'a> {
    /// Width of the state, d.
    pub d: usize,
    /// Steps of the longest history.
    pub steps: usize,
    /// Candidates a history.
    pub candidates: usize,
    /// x_t·W, `[batch, step, 3·d]`.
    pub x: &'a [f32],
    /// b, `[3·d]`.
    pub b: &'a [f32],
    /// U, `[d, 3·d]`.
    pub u: &'a [f32],
    /// c, `[3·d]`.
    pub c: &'a [f32],
    /// a_t, `[batch, candidate, step]`.
    pub a: &'a [f32],
    /// Whether the input is a_t·x_t.
    pub scales_input: bool,
    /// What writes.
    pub gate: Gate,
    /// Which states are asked for.
    pub keep: Keep,
    /// Steps of each history, `[batch]`.
    pub lengths: &'a [usize],
}

/// What the backward pass needs of the forward pass: for each chunk and block, `[step, 5·d]` lanes of h_{t−1}, r, u, n and m.
pub type Saved = Vec<Vec<Vec<Lanes>>>;

/// Derivatives of the loss, each of the shape of what it is the derivative of.
#[derive(Debug)]
pub struct Derivatives {
    /// By x_t·W.
    pub x: Vec<f32>,
    /// By b.
    pub b: Vec<f32>,
    /// By U.
    pub u: Vec<f32>,
    /// By c.
    pub c: Vec<f32>,
    /// By a_t.
    pub a: Vec<f32>,
}

/// Sixteen sequences of a chunk: the history of each, counted from the chunk's first, and its candidate.
struct Block {
    rows: [usize; LANES],
    candidates: [usize; LANES],
    /// 0 in lanes that have no sequence.
    lengths: [usize; LANES],
    used: usize,
    /// The longest length.
    steps: usize,
}

impl Layer<'_> {
    /// Histories a chunk: whole blocks, where candidates are few.
    fn rows_per_chunk(&self) -> usize {
        if self.candidates < LANES { LANES } else { 1 }
    }

    fn kept_steps(&self) -> usize {
        if self.keep == Keep::All { self.steps } else { 1 }
    }

    /// The blocks of the chunk that begins with history `first` and has `rows` of them.
    fn blocks(&self, first: usize, rows: usize) -> impl Iterator<Item = Block> {
        let sequences = rows * self.candidates;
        (0..sequences.div_ceil(LANES)).map(move |block| {
            let used = (sequences - block * LANES).min(LANES);
            let mut found = Block { rows: [0; LANES], candidates: [0; LANES], lengths: [0; LANES], used, steps: 0 };
            for lane in 0..used {
                let sequence = block * LANES + lane;
                found.rows[lane] = sequence / self.candidates;
                found.candidates[lane] = sequence % self.candidates;
                found.lengths[lane] = self.lengths[first + found.rows[lane]];
            }
            found.steps = found.lengths.into_iter().max().unwrap_or(0);
            found
        })
    }

    /// Where a_t of a lane is.
    fn attention_at(&self, first: usize, block: &Block, lane: usize, t: usize) -> usize {
        ((first + block.rows[lane]) * self.candidates + block.candidates[lane]) * self.steps + t
    }

    /// a_t of each lane, 0 where there is no step.
    fn attention(&self, first: usize, block: &Block, t: usize) -> Lanes {
        std::array::from_fn(|lane| {
            if t < block.lengths[lane] { self.a[self.attention_at(first, block, lane, t)] } else { 0.0 }
        })
    }
}

/// The states, `[batch, candidate, step or 1, d]`, and what the backward pass needs, if `save`. The state before the first step is 0;
/// after the last step of a history it stays what it is.
pub fn forward(layer: &Layer, save: bool) -> (Vec<f32>, Saved) {
    let rows = layer.rows_per_chunk();
    let stride = layer.candidates * layer.kept_steps() * layer.d;
    let mut states = vec![0.0; layer.lengths.len() * stride];
    let saved = each(states.chunks_mut(rows * stride), |chunk, states| {
        pulp::Arch::new().dispatch(Forward { layer, first: chunk * rows, states, save })
    });
    (states, saved)
}

/// A chunk of the forward pass, which is compiled for the vector instructions that the machine turns out to have.
struct Forward<'a> {
    layer: &'a Layer<'a>,
    /// The chunk's first history.
    first: usize,
    /// The states of its histories.
    states: &'a mut [f32],
    save: bool,
}

impl pulp::WithSimd for Forward<'_> {
    type Output = Vec<Vec<Lanes>>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
        let Self { layer, first, states, save } = self;
        forward_chunk(layer, first, states, save)
    }
}

#[inline(always)]
fn forward_chunk(layer: &Layer, first: usize, states: &mut [f32], save: bool) -> Vec<Vec<Lanes>> {
    let (d, kept) = (layer.d, layer.kept_steps());
    let rows = states.len() / (layer.candidates * kept * d);
    let mut saved = Vec::new();
    // The input half x_t·W + b, then the hidden half h·U + c, of the gates r, u, n.
    let mut input = vec![[0.0; LANES]; 3 * d];
    let mut hidden = vec![[0.0; LANES]; 3 * d];
    for (index, block) in layer.blocks(first, rows).enumerate() {
        let mut h = vec![[0.0; LANES]; d];
        let mut kept_of_block = if save { vec![[0.0; LANES]; block.steps * 5 * d] } else { Vec::new() };
        for t in 0..layer.steps {
            if t < block.steps {
                let a = layer.attention(first, &block, t);
                let scale = if layer.scales_input { a } else { [1.0; LANES] };
                gather(layer, first, &block, t, &mut input);
                for (input, &b) in input.iter_mut().zip(layer.b) {
                    for lane in 0..LANES {
                        input[lane] = input[lane] * scale[lane] + b;
                    }
                }
                for (hidden, &c) in hidden.iter_mut().zip(layer.c) {
                    *hidden = [c; LANES];
                }
                accumulate(&h, layer.u, &mut hidden);
                for (s, hidden) in input[..2 * d].iter_mut().zip(&hidden[..2 * d]) {
                    for lane in 0..LANES {
                        s[lane] = sigmoid(s[lane] + hidden[lane]);
                    }
                }
                let (ru, s_n) = input.split_at_mut(2 * d);
                let (r, u) = ru.split_at(d);
                let m = &hidden[2 * d..];
                for ((n, r), m) in s_n.iter_mut().zip(r).zip(m) {
                    for lane in 0..LANES {
                        n[lane] = tanh(n[lane] + r[lane] * m[lane]);
                    }
                }
                let n = &*s_n;
                if save {
                    let step = &mut kept_of_block[t * 5 * d..][..5 * d];
                    for (to, from) in step.chunks_exact_mut(d).zip([&h, r, u, n, m]) {
                        to.copy_from_slice(from);
                    }
                }
                let valid = valid(&block, t);
                for ((h, u), n) in h.iter_mut().zip(u).zip(n) {
                    let write = written(layer.gate, &a, u);
                    for lane in 0..LANES {
                        h[lane] += valid[lane] * write[lane] * (n[lane] - h[lane]);
                    }
                }
            }
            if layer.keep == Keep::All || t + 1 == layer.steps {
                let t = if layer.keep == Keep::All { t } else { 0 };
                for lane in 0..block.used {
                    let sequence = index * LANES + lane;
                    let out = &mut states[(sequence * kept + t) * d..][..d];
                    for (out, h) in out.iter_mut().zip(&h) {
                        *out = h[lane];
                    }
                }
            }
        }
        saved.push(kept_of_block);
    }
    saved
}

/// The derivatives of the loss by every input, from that by the states that [`forward`] returned.
pub fn backward(layer: &Layer, saved: &Saved, gradient: &[f32]) -> Derivatives {
    let (rows, d) = (layer.rows_per_chunk(), layer.d);
    let mut x = vec![0.0; layer.x.len()];
    let mut a = vec![0.0; layer.a.len()];
    let transposed: Vec<f32> =
        (0..3 * d).flat_map(|k| (0..d).map(move |i| (i, k))).map(|(i, k)| layer.u[i * 3 * d + k]).collect();
    let tasks = x
        .chunks_mut(rows * layer.steps * 3 * d)
        .zip(a.chunks_mut(rows * layer.candidates * layer.steps))
        .zip(gradient.chunks(rows * layer.candidates * layer.kept_steps() * d))
        .zip(saved);
    let parts = each(tasks, |chunk, (((x, a), gradient), saved)| {
        let first = chunk * rows;
        pulp::Arch::new().dispatch(Backward { layer, first, transposed: &transposed, saved, gradient, x, a })
    });
    let mut sums = [vec![0.0; d * 3 * d], vec![0.0; 3 * d], vec![0.0; 3 * d]];
    for part in parts {
        for (sum, part) in sums.iter_mut().zip(part) {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part;
            }
        }
    }
    let [u, b, c] = sums;
    Derivatives { x, b, u, c, a }
}

/// A chunk of the backward pass. It returns its part of ∂U, ∂b and ∂c, and writes its ∂x and ∂a.
struct Backward<'a> {
    layer: &'a Layer<'a>,
    /// The chunk's first history.
    first: usize,
    /// Uᵀ, [3·d, d].
    transposed: &'a [f32],
    saved: &'a [Vec<Lanes>],
    gradient: &'a [f32],
    x: &'a mut [f32],
    a: &'a mut [f32],
}

impl pulp::WithSimd for Backward<'_> {
    type Output = [Vec<f32>; 3];

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
        backward_chunk(self)
    }
}

#[inline(always)]
fn backward_chunk(chunk: Backward) -> [Vec<f32>; 3] {
    let Backward { layer, first, transposed, saved, gradient, x, a } = chunk;
    let (d, kept) = (layer.d, layer.kept_steps());
    let rows = x.len() / (layer.steps * 3 * d);
    let mut of_u = vec![0.0; d * 3 * d];
    let mut of_b = vec![[0.0; LANES]; 3 * d];
    let mut of_c = vec![[0.0; LANES]; 3 * d];
    let mut input = vec![[0.0; LANES]; 3 * d];
    // ∂ of the input half of the gates.
    let mut of_input = vec![[0.0; LANES]; 3 * d];
    for (index, (block, saved)) in layer.blocks(first, rows).zip(saved).enumerate() {
        let mut of_h = vec![[0.0; LANES]; d];
        // ∂ of the hidden half, of every step.
        let mut of_hidden = vec![[0.0; LANES]; block.steps * 3 * d];
        for t in (0..layer.steps).rev() {
            if layer.keep == Keep::All || t + 1 == layer.steps {
                let t = if layer.keep == Keep::All { t } else { 0 };
                for lane in 0..block.used {
                    let sequence = index * LANES + lane;
                    for (of_h, gradient) in of_h.iter_mut().zip(&gradient[(sequence * kept + t) * d..][..d]) {
                        of_h[lane] += gradient;
                    }
                }
            }
            if t >= block.steps {
                continue;
            }
            let attention = layer.attention(first, &block, t);
            let valid = valid(&block, t);
            let step = &saved[t * 5 * d..][..5 * d];
            let [h, r, u, n, m] = std::array::from_fn(|part| &step[part * d..][..d]);
            let of_hidden = &mut of_hidden[t * 3 * d..][..3 * d];
            let mut of_a = [0.0; LANES];
            for i in 0..d {
                let write = written(layer.gate, &attention, &u[i]);
                let (by_u, by_a) = written_derivatives(layer.gate, &attention, &u[i]);
                let [mut of_s_r, mut of_s_u, mut of_s_n, mut of_m] = [[0.0; LANES]; 4];
                for lane in 0..LANES {
                    let (h, r, u, n, m) = (h[i][lane], r[i][lane], u[i][lane], n[i][lane], m[i][lane]);
                    let of_next = valid[lane] * of_h[i][lane];
                    let of_write = of_next * (n - h);
                    of_s_n[lane] = of_next * write[lane] * (1.0 - n * n);
                    of_s_r[lane] = of_s_n[lane] * m * r * (1.0 - r);
                    of_s_u[lane] = of_write * by_u[lane] * u * (1.0 - u);
                    of_m[lane] = of_s_n[lane] * r;
                    of_a[lane] += of_write * by_a[lane];
                    of_h[i][lane] -= of_next * write[lane];
                }
                for (at, [of_input_half, of_hidden_half]) in
                    [(i, [of_s_r; 2]), (d + i, [of_s_u; 2]), (2 * d + i, [of_s_n, of_m])]
                {
                    of_input[at] = of_input_half;
                    of_hidden[at] = of_hidden_half;
                }
            }
            accumulate(of_hidden, transposed, &mut of_h);
            for (sum, part) in of_b.iter_mut().zip(&of_input).chain(of_c.iter_mut().zip(&*of_hidden)) {
                for lane in 0..LANES {
                    sum[lane] += part[lane];
                }
            }
            if layer.scales_input {
                gather(layer, first, &block, t, &mut input);
                for (of_input, x) in of_input.iter_mut().zip(&input) {
                    for lane in 0..LANES {
                        of_a[lane] += of_input[lane] * x[lane];
                        of_input[lane] *= attention[lane];
                    }
                }
            }
            for lane in (0..block.used).filter(|&lane| t < block.lengths[lane]) {
                a[layer.attention_at(0, &block, lane, t)] = of_a[lane];
                let x = &mut x[(block.rows[lane] * layer.steps + t) * 3 * d..][..3 * d];
                for (x, of_input) in x.iter_mut().zip(&of_input) {
                    *x += of_input[lane];
                }
            }
        }
        weights(saved, &of_hidden, d, &mut of_u);
    }
    let sums = |lanes: Vec<Lanes>| lanes.into_iter().map(|lanes| lanes.iter().sum()).collect();
    [of_u, sums(of_b), sums(of_c)]
}

/// 1 in lanes that have a step `t`, 0 in all others.
#[inline(always)]
fn valid(block: &Block, t: usize) -> Lanes {
    block.lengths.map(|length| if t < length { 1.0 } else { 0.0 })
}

/// ũ.
#[inline(always)]
fn written(gate: Gate, a: &Lanes, u: &Lanes) -> Lanes {
    // The choice is made once for all lanes: inside a loop over them, it would keep that from being vectorised.
    match gate {
        Gate::Update => *u,
        Gate::Attention => *a,
        Gate::Product => std::array::from_fn(|lane| a[lane] * u[lane]),
        Gate::Either => std::array::from_fn(|lane| 1.0 - (1.0 - a[lane]) * (1.0 - u[lane])),
    }
}

/// ∂ũ/∂u and ∂ũ/∂a.
#[inline(always)]
fn written_derivatives(gate: Gate, a: &Lanes, u: &Lanes) -> (Lanes, Lanes) {
    match gate {
        Gate::Update => ([1.0; LANES], [0.0; LANES]),
        Gate::Attention => ([0.0; LANES], [1.0; LANES]),
        Gate::Product => (*a, *u),
        Gate::Either => (a.map(|a| 1.0 - a), u.map(|u| 1.0 - u)),
    }
}

/// x_t·W of each lane, [3·d]; 0 where there is no step.
#[inline(always)]
fn gather(layer: &Layer, first: usize, block: &Block, t: usize, out: &mut [Lanes]) {
    let width = out.len();
    out.fill([0.0; LANES]);
    for lane in (0..block.used).filter(|&lane| t < block.lengths[lane]) {
        let x = &layer.x[((first + block.rows[lane]) * layer.steps + t) * width..][..width];
        for (out, &x) in out.iter_mut().zip(x) {
            out[lane] = x;
        }
    }
}

/// out += x·W, x `[in]`, W `[in, out]`, out `[out]`.
#[inline(always)]
fn accumulate(x: &[Lanes], w: &[f32], out: &mut [Lanes]) {
    let columns = out.len();
    let (tiles, rest) = out.as_chunks_mut::<4>();
    for (tile, out) in tiles.iter_mut().enumerate() {
        accumulate_columns(x, w, columns, 4 * tile, out);
    }
    let done = columns - rest.len();
    for (column, out) in rest.iter_mut().enumerate() {
        accumulate_columns(x, w, columns, done + column, std::array::from_mut(out));
    }
}

/// A few columns of [`accumulate`], whose sums stay in registers.
#[inline(always)]
fn accumulate_columns<const N: usize>(x: &[Lanes], w: &[f32], columns: usize, column: usize, out: &mut [Lanes; N]) {
    let mut sums = *out;
    for (x, row) in x.iter().zip(w.chunks_exact(columns)) {
        let row: &[f32; N] = row[column..].first_chunk().unwrap_or(&[0.0; N]);
        for (sum, &w) in sums.iter_mut().zip(row) {
            for lane in 0..LANES {
                sum[lane] = multiply_add(x[lane], w, sum[lane]);
            }
        }
    }
    *out = sums;
}

/// ∂U += Σ_t h_{t−1}ᵀ·∂(hidden half), [d, 3·d], over all lanes.
#[inline(always)]
fn weights(saved: &[Lanes], of_hidden: &[Lanes], d: usize, out: &mut [f32]) {
    const TILE: usize = 3;
    let steps = of_hidden.len() / (3 * d);
    for i in (0..d).step_by(2) {
        let i_next = (i + 1).min(d - 1);
        for k in (0..3 * d).step_by(TILE) {
            let mut sums = [[[0.0; LANES]; TILE]; 2];
            for t in 0..steps {
                let h = [&saved[t * 5 * d + i], &saved[t * 5 * d + i_next]];
                let g = &of_hidden[t * 3 * d + k..][..TILE];
                for (sums, h) in sums.iter_mut().zip(h) {
                    for (sum, g) in sums.iter_mut().zip(g) {
                        for lane in 0..LANES {
                            sum[lane] = multiply_add(h[lane], g[lane], sum[lane]);
                        }
                    }
                }
            }
            // The last row of an odd number of them is in both halves, and counts once.
            for (row, sums) in [i, i + 1].into_iter().zip(sums).filter(|&(row, _)| row < d) {
                for (out, sum) in out[row * 3 * d + k..].iter_mut().zip(sums) {
                    *out += sum.iter().sum::<f32>();
                }
            }
        }
    }
}

/// x·y + z, rounded once where the machine has an instruction for it. WebAssembly has none that promises so, and there the standard
/// library computes it in software.
#[inline(always)]
fn multiply_add(x: f32, y: f32, z: f32) -> f32 {
    if cfg!(target_arch = "wasm32") { x * y + z } else { x.mul_add(y, z) }
}
