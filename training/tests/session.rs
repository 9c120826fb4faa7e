//! A training that is commanded by messages, on a small generated shop whose customers buy along a ring of items.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod ring;

use burn::prelude::Device;
use model::{NetworkKind, Weights};
use pollster::block_on;
use training::messages::{Command, Evaluated, MEASURED_FROM, Report, Saved, Start, Stepped};
use training::options::{FineTuning, Frozen, TrainConfig};
use training::packed::pack;
use training::session::Session;
use training::train::{Begin, Data, Training};

use ring::{data, options, shop};

/// The network of these tests.
fn start(train: TrainConfig) -> Start {
    ring::start(ring::small(NetworkKind::Din), train)
}

/// A session on the CPU, of which nothing has to be waited for.
struct Here(Session);

impl Here {
    fn command(&mut self, command: Command, now: f64) -> Vec<Report> {
        block_on(self.0.command(command, now))
    }

    fn work(&mut self, now: f64) -> Vec<Report> {
        block_on(self.0.work(now))
    }

    fn is_working(&self) -> bool {
        self.0.is_working()
    }
}

fn begin(start: Start) -> (Here, Vec<Report>) {
    let mut session = Here(Session::new(Device::flex()));
    let reports = session.command(Command::Start(Box::new(start)), 0.0);
    (session, reports)
}

/// Works until there is nothing to do, at so many milliseconds a turn; what was reported, each with when.
fn finish(session: &mut Here, ms: f64) -> Vec<(f64, Report)> {
    let (mut now, mut reports) = (0.0, Vec::new());
    while session.is_working() {
        reports.extend(session.work(now).into_iter().map(|report| (now, report)));
        now += ms;
    }
    reports
}

fn losses(reports: &[Report]) -> Vec<f32> {
    reports
        .iter()
        .filter_map(|report| if let Report::Step(step) = report { Some(&step.losses) } else { None })
        .flatten()
        .copied()
        .collect()
}

fn without_times(reports: Vec<(f64, Report)>) -> Vec<Report> {
    reports.into_iter().map(|(_, report)| report).collect()
}

#[test]
fn the_session_trains_as_the_loop_does_and_reports_every_loss() {
    let (mut session, started) = begin(start(options()));
    let [Report::Started(started)] = &started[..] else { panic!("{started:?}") };
    let reports = without_times(finish(&mut session, 7.0));

    let [train, validation] = data();
    let catalogue = shop();
    let data = Data { catalogue: &catalogue, train: &train, validation: &validation, own: &[], hash: "" };
    let config = ring::small(NetworkKind::Din);
    let mut by_hand = Training::new(&config, &options(), &data, Begin::Seed, &Device::flex()).unwrap();
    assert_eq!(started.steps, by_hand.steps());
    // The last items on the ring have most customers, and the generated ones bought along all of it.
    assert!(started.popularity.iter().all(|scores| (0.3..0.7).contains(&scores.gauc)), "{started:?}");
    let (mut expected, mut scores) = (Vec::new(), Vec::new());
    while !by_hand.is_over() {
        while !by_hand.epoch_is_over() {
            expected.extend(block_on(by_hand.step()).unwrap().iter().map(|step| step.loss));
        }
        let now = block_on(by_hand.now()).unwrap();
        scores.push(by_hand.scores(&now).unwrap());
        by_hand.close_epoch(now, scores.last().unwrap());
    }
    assert_eq!(losses(&reports), expected);
    let evaluated: Vec<&Evaluated> =
        reports.iter().filter_map(|report| if let Report::Evaluated(it) = report { Some(it) } else { None }).collect();
    assert_eq!(evaluated.iter().map(|it| it.scores).collect::<Vec<_>>(), scores);
    assert_eq!(evaluated.iter().map(|it| (it.epoch, it.step)).collect::<Vec<_>>(), [1, 2].map(|e| (e, started.steps)));
    assert_eq!(evaluated[0].best, Some(true));
    let Some(Report::Finished(finished)) = reports.last() else { panic!("{:?}", reports.last()) };
    let weights = Weights::from_safetensors("", &finished.weights).unwrap();
    assert!(weights.tensors() == by_hand.best().tensors(), "the weights of the best epoch");
    for (note, expected) in [
        ("network", "din".to_owned()),
        ("seed", "5".to_owned()),
        ("epochs", "2".to_owned()),
        ("steps", (2 * started.steps).to_string()),
        ("data", "a ring, CC BY 4.0".to_owned()),
    ] {
        assert_eq!(weights.note(note), Some(&*expected), "{note}");
    }
}

#[test]
fn steps_are_reported_at_most_ten_times_a_second() {
    let (mut session, _) = begin(start(TrainConfig { epochs: 1, ..options() }));
    let reports = finish(&mut session, 30.0);
    let steps: Vec<(f64, &Stepped)> = reports
        .iter()
        .filter_map(|(at, report)| if let Report::Step(it) = report { Some((*at, it)) } else { None })
        .collect();
    // The last one is before the evaluation, whenever that is.
    assert!(steps.len() > 3 && steps[..steps.len() - 1].windows(2).all(|pair| pair[1].0 - pair[0].0 >= 100.0));
    // Four turns of 30 ms are the first ones over 100 ms.
    assert_eq!((steps[1].1.losses.len(), steps[1].0 - steps[0].0), (4, 120.0));
    assert!((steps[1].1.rate - 1000.0 / 30.0).abs() < 1e-9, "{}", steps[1].1.rate);
}

#[test]
fn it_waits_goes_on_and_gives_checkpoints_from_which_another_goes_on_with_the_same_losses_to_the_bit() {
    let (mut unbroken, _) = begin(start(options()));
    let expected = losses(&without_times(finish(&mut unbroken, 7.0)));

    let (mut session, _) = begin(start(options()));
    let mut reports: Vec<Report> = (0..20).flat_map(|_| session.work(0.0)).collect();
    reports.extend(session.command(Command::Pause, 1.0));
    assert!(!session.is_working() && session.work(2.0).is_empty());
    reports.extend(session.command(Command::Resume, 3.0));
    assert!(session.is_working());
    reports.extend(session.work(4.0));
    reports.extend(session.command(Command::Checkpoint, 5.0));
    let Some(Report::Checkpoint(saved)) = reports.pop() else { panic!("{reports:?}") };
    assert_eq!((saved.state.epoch, saved.state.step), (0, 21));

    let (mut resumed, _) = begin(Start { checkpoint: Some(*saved), ..start(options()) });
    reports.extend(without_times(finish(&mut resumed, 7.0)));
    let bits = |losses: Vec<f32>| losses.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(losses(&reports)), bits(expected));
}

#[test]
fn the_weights_of_now_are_those_of_the_step_and_asking_for_them_changes_nothing() {
    let (mut unbroken, _) = begin(start(options()));
    let expected = losses(&without_times(finish(&mut unbroken, 7.0)));

    let (mut session, _) = begin(start(options()));
    let mut reports = Vec::new();
    let mut seen: Vec<Weights> = Vec::new();
    for done in [0, 1, 4] {
        while losses(&reports).len() < done {
            reports.extend(session.work(0.0));
            reports.extend(session.command(Command::Resume, 1.0));
        }
        let saved = session.command(Command::Checkpoint, 1.0).pop();
        let Some(Report::Weights(snapshot)) = session.command(Command::Weights, 1.0).pop() else {
            panic!("no weights")
        };
        assert_eq!((snapshot.epoch, snapshot.step), (1, done));
        let Some(Report::Checkpoint(saved)) = saved else { panic!("{saved:?}") };
        let [snapshot, saved] =
            [&snapshot.weights, &saved.now].map(|bytes| Weights::from_safetensors("", bytes).unwrap());
        assert!(snapshot == saved);
        seen.push(snapshot);
    }
    assert!(seen.windows(2).all(|pair| pair[0].tensors() != pair[1].tensors()));
    reports.extend(without_times(finish(&mut session, 7.0)));
    assert_eq!(losses(&reports), expected);
}

#[test]
fn a_stop_gives_the_weights_that_there_are() {
    let (mut session, _) = begin(start(options()));
    for _ in 0..3 {
        session.work(0.0);
    }
    let saved = session.command(Command::Checkpoint, 1.0);
    let reports = session.command(Command::Stop, 1.0);
    let [Report::Step(_), Report::Checkpoint(saved)] = &saved[..] else { panic!("{saved:?}") };
    let [Report::Finished(finished)] = &reports[..] else { panic!("{reports:?}") };
    let read = |bytes: &[u8]| Weights::from_safetensors("", bytes).unwrap();
    assert!(read(&finished.weights).tensors() == read(&saved.now).tensors());
    assert!(!session.is_working() && session.work(2.0).is_empty());
    // Without a training nothing is asked for.
    for command in [Command::Pause, Command::Resume, Command::Stop, Command::Checkpoint, Command::Weights] {
        assert!(session.command(command, 3.0).is_empty());
    }
}

#[test]
fn questions_are_asked_between_epochs_where_that_is_wanted() {
    let one = TrainConfig { epochs: 1, ..options() };
    let (mut session, _) = begin(Start { evaluate_every: Some(10), ..start(one.clone()) });
    let reports = without_times(finish(&mut session, 7.0));
    let evaluated: Vec<(usize, Option<bool>)> = reports
        .iter()
        .filter_map(|report| if let Report::Evaluated(it) = report { Some((it.step, it.best)) } else { None })
        .collect();
    let (end, between) = evaluated.split_last().unwrap();
    assert_eq!(between.iter().map(|&(step, _)| step).collect::<Vec<_>>(), (10..end.0).step_by(10).collect::<Vec<_>>());
    assert!(between.iter().all(|&(_, best)| best.is_none()) && end.1 == Some(true));
    // They change nothing else.
    let (mut without, _) = begin(start(one));
    assert_eq!(losses(&reports), losses(&without_times(finish(&mut without, 7.0))));
}

#[test]
fn what_cannot_begin_or_go_on_says_why() {
    let refused = |start: Start| {
        let (session, reports) = begin(start);
        let [Report::Failed(failed)] = &reports[..] else { panic!("{reports:?}") };
        assert!(!session.is_working() && failed.best.is_none());
        failed.problem.clone()
    };
    let mut cut = start(options());
    cut.training.truncate(1000);
    assert!(refused(cut).starts_with("the training users: purchases: there should be "));
    let other = Start { catalogue: b"id,title,category\n1,One,A\n2,Two,A\n".to_vec(), ..start(options()) };
    assert!(refused(other).starts_with("the training users: items: 24 in the file and 2 in the catalogue"));
    let nobody = pack("", &[], &shop(), ["", ""]).unwrap();
    assert!(refused(Start { training: nobody, ..start(options()) }).starts_with("no training users"));

    let (mut session, _) = begin(start(options()));
    session.work(0.0);
    let saved = session.command(Command::Checkpoint, 1.0).pop();
    let Some(Report::Checkpoint(saved)) = saved else { panic!("{saved:?}") };
    let of_another = TrainConfig { seed: 6, ..options() };
    let said = refused(Start { checkpoint: Some(*saved.clone()), ..start(of_another) });
    assert_eq!(said, "the checkpoint: is a checkpoint of other training options");
    let damaged = Saved { optimizer: vec![1, 2, 3], ..*saved };
    assert!(refused(Start { checkpoint: Some(damaged), ..start(options()) }).starts_with("the optimizer's state: "));
}

#[test]
fn a_training_that_diverges_fails_and_keeps_the_best_weights() {
    // An epoch of which something is learned, and one with steps beyond float32: the same but for the step size.
    let (mut session, _) = begin(start(options()));
    let mut saved = None;
    while saved.is_none() {
        let reports = session.work(0.0);
        if reports.iter().any(|report| matches!(report, Report::Evaluated(_))) {
            saved = session.command(Command::Checkpoint, 1.0).pop();
        }
    }
    let Some(Report::Checkpoint(mut saved)) = saved else { panic!("{saved:?}") };
    let options = TrainConfig { learning_rate: 1e30, ..options() };
    saved.state.train = options.clone();
    let (mut session, _) = begin(Start { checkpoint: Some(*saved.clone()), ..start(options) });
    let reports = without_times(finish(&mut session, 7.0));
    let Some(Report::Failed(failed)) = reports.last() else { panic!("{reports:?}") };
    assert!(failed.problem.contains("try a smaller learning rate"), "{}", failed.problem);
    let best = Weights::from_safetensors("", failed.best.as_ref().unwrap()).unwrap();
    assert!(best.tensors() == Weights::from_safetensors("", &saved.best).unwrap().tensors());
    if let Some(tensor) = &failed.tensor {
        assert!(best.tensors().contains_key(tensor), "{tensor}");
    }
}

/// A network of the ring, and the command that trains it on with clicks on four products in turn, seven apart on the ring.
fn fine_tuned(clicks: usize, tuning: FineTuning) -> (Weights, Start) {
    let (mut session, _) = begin(start(TrainConfig { epochs: 4, patience: 4, ..options() }));
    let reports = without_times(finish(&mut session, 7.0));
    let Some(Report::Finished(finished)) = reports.last() else { panic!("{:?}", reports.last()) };
    let from = Weights::from_safetensors("", &finished.weights).unwrap();
    let own: Vec<u32> = (0..clicks as u32).map(|click| click % 4 * 7).collect();
    let train = TrainConfig { epochs: 3, fine_tuning: Some(tuning), ..options() };
    (from, Start { from: Some(finished.weights.clone()), own, ..start(train) })
}

/// What came out, and the scores on the way: the others' GAUC against uniform negatives, and of one's own click.
fn tuned(start: Start) -> (Weights, Vec<(f64, Option<f64>)>) {
    let (mut session, _) = begin(start);
    let reports = without_times(finish(&mut session, 7.0));
    let scores = |report: &Report| match report {
        Report::Evaluated(it) => Some((it.scores[0].gauc, it.own.map(|own| own.gauc))),
        _ => None,
    };
    let Some(Report::Finished(finished)) = reports.last() else { panic!("{:?}", reports.last()) };
    (Weights::from_safetensors("", &finished.weights).unwrap(), reports.iter().filter_map(scores).collect())
}

#[test]
fn fine_tuning_learns_ones_own_clicks_and_forgets_the_others_unless_they_are_replayed() {
    let run = |replay| tuned(fine_tuned(12, FineTuning { steps: 20, replay, frozen: Frozen::Nothing }).1).1;
    let [alone, replayed] = [0, 64].map(run);
    println!("{alone:?}\n{replayed:?}");
    for scores in [&alone, &replayed] {
        // Before the first step, and after each pass.
        assert_eq!(scores.len(), 4);
        let own = |place: usize| scores[place].1.unwrap();
        assert!(own(3) > own(0) && own(3) > 0.9, "{scores:?}");
    }
    assert_eq!(alone[0], replayed[0]);
    let lost = |scores: &[(f64, Option<f64>)]| scores[0].0 - scores[3].0;
    assert!(lost(&alone) > 0.05 && lost(&replayed) < lost(&alone) / 2.0, "{alone:?} {replayed:?}");
}

#[test]
fn what_is_frozen_stays_as_it_is() {
    for (frozen, stays) in [(Frozen::Embeddings, "embedding."), (Frozen::Head, "head.")] {
        let (from, start) = fine_tuned(12, FineTuning { steps: 3, replay: 8, frozen });
        let (after, _) = tuned(start);
        for (name, tensor) in from.tensors() {
            // Dice keeps averages of what it sees, which nobody trains.
            let is_average = name.ends_with(".mean") || name.ends_with(".variance");
            let is_same = after.tensors()[name].values == tensor.values;
            assert_eq!(is_same, name.starts_with(stays) && !is_average, "{frozen:?}: {name}");
        }
    }
}

#[test]
fn too_few_clicks_to_measure_are_trained_on_all_the_same_and_one_is_refused() {
    let tuning = FineTuning { steps: 2, replay: 4, frozen: Frozen::Nothing };
    for (clicks, is_measured) in [(2, false), (MEASURED_FROM - 1, false), (MEASURED_FROM, true)] {
        let (_, scores) = tuned(fine_tuned(clicks, tuning.clone()).1);
        assert!(scores.iter().all(|(_, own)| own.is_some() == is_measured), "{clicks}: {scores:?}");
    }
    let (_, reports) = begin(fine_tuned(1, tuning).1);
    let [Report::Failed(failed)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(failed.problem, "fine-tuning takes two clicks at least, and there are 1");
}

#[test]
fn fine_tuning_goes_on_from_a_checkpoint_with_the_same_losses_to_the_bit() {
    let (_, start) = fine_tuned(12, FineTuning { steps: 9, replay: 8, frozen: Frozen::Head });
    let (mut unbroken, _) = begin(start.clone());
    let expected = losses(&without_times(finish(&mut unbroken, 7.0)));
    let (mut session, _) = begin(start.clone());
    let mut reports = Vec::new();
    while losses(&reports).len() < 12 {
        reports.extend(session.work(0.0));
        reports.extend(session.command(Command::Resume, 1.0));
    }
    let Some(Report::Checkpoint(saved)) = session.command(Command::Checkpoint, 2.0).pop() else { panic!("none") };
    let (mut resumed, _) = begin(Start { checkpoint: Some(*saved), ..start });
    reports.extend(without_times(finish(&mut resumed, 7.0)));
    let bits = |losses: Vec<f32>| losses.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(losses(&reports)), bits(expected));
}
