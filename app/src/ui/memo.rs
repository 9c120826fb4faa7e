//! A memo all of whose readers hear of every change, and that forgets readers which are gone.
//!
//! Leptos' own leaves a reader out (reactive_graph 0.2.16). An effect that may have to run asks its sources, in the order in which
//! it read them, whether they changed. Say that it read memo A, which reads memo B, and then B itself. Asked, A asks B; B
//! computes, has changed, and tells all its readers but the effect, which is asking just now; A comes out as before; and asked
//! itself, B says that it has nothing new. The effect does not run, and what it shows is stale until something else changes.
//! Which of two effects asks first depends on the moment, so this happens now and then.
//!
//! Here each memo has one more subscriber, [`Readers`], which it always tells, and which tells the reader that is asking.
#![expect(clippy::disallowed_types, reason = "Leptos' memo is what this one is made of")]

use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use leptos::prelude::{self, DefinedAt, Owner, ReadUntracked, StoredValue, Track};
use leptos::reactive::computed::ArcMemo;
use leptos::reactive::graph::{AnySource, AnySubscriber, Observer, ReactiveNode, Source, Subscriber, ToAnySource};
use leptos::reactive::traits::GetValue;

/// A value computed from others, anew whenever they change. Cheap to copy.
#[derive(Debug)]
pub struct Memo<T: Send + Sync + 'static> {
    memo: prelude::Memo<T>,
    readers: StoredValue<Arc<Readers>>,
}

impl<T: Send + Sync + 'static> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Memo<T> {}

impl<T: Send + Sync + 'static> Memo<T> {
    /// The memo of what `compute` makes of the value before.
    pub fn new(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq,
    {
        Self::told(prelude::Memo::new(compute))
    }

    /// The memo of what `compute` makes of the value before, which changes where `has_changed` says so of before and now.
    pub fn new_with_compare(
        compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
        has_changed: fn(Option<&T>, Option<&T>) -> bool,
    ) -> Self {
        Self::told(prelude::Memo::new_with_compare(compute, has_changed))
    }

    fn told(memo: prelude::Memo<T>) -> Self {
        Self { memo, readers: StoredValue::new(Readers::of(ArcMemo::from(memo).to_any_source())) }
    }
}

impl<T: Send + Sync + 'static> DefinedAt for Memo<T> {
    fn defined_at(&self) -> Option<&'static Location<'static>> {
        self.memo.defined_at()
    }
}

impl<T: Send + Sync + 'static> Track for Memo<T> {
    fn track(&self) {
        match (Observer::get(), self.readers.try_get_value()) {
            (Some(reader), Some(readers)) => readers.add(reader),
            // Leptos says so of a reader that will not hear of changes.
            _ if cfg!(debug_assertions) => self.memo.track(),
            _ => {}
        }
    }
}

impl<T: Send + Sync + 'static> ReadUntracked for Memo<T> {
    type Value = <prelude::Memo<T> as ReadUntracked>::Value;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        self.memo.try_read_untracked()
    }
}

/// Who reads a memo.
#[derive(Debug)]
struct Readers {
    memo: AnySource,
    /// The readers by address, in its order, and whether this told them of a change.
    told: Mutex<Vec<(usize, bool)>>,
}

impl Readers {
    /// The readers of `memo`, none so far.
    fn of(memo: AnySource) -> Arc<Self> {
        let readers = Arc::new(Self { memo, told: Mutex::default() });
        let weak: Weak<dyn Subscriber + Send + Sync> = Arc::<Self>::downgrade(&readers);
        readers.memo.add_subscriber(AnySubscriber(Arc::as_ptr(&readers).addr(), weak));
        readers
    }

    fn told(&self) -> MutexGuard<'_, Vec<(usize, bool)>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `reader` hear of changes until it runs anew or is gone.
    fn add(self: Arc<Self>, reader: AnySubscriber) {
        // What changes before it reads is no news to it.
        self.memo.update_if_necessary();
        reader.add_source(self.memo.clone());
        self.memo.add_subscriber(reader.clone());
        let mut told = self.told();
        let Err(place) = told.binary_search_by_key(&reader.0, |(address, _)| *address) else { return };
        told.insert(place, (reader.0, false));
        drop(told);
        Owner::on_cleanup(move || {
            self.memo.remove_subscriber(&reader);
            let mut told = self.told();
            let Ok(place) = told.binary_search_by_key(&reader.0, |(address, _)| *address) else { return };
            let (_, is_told) = told.remove(place);
            drop(told);
            if is_told {
                // It runs now: it need not run once more for what it was told.
                reader.update_if_necessary();
            }
        });
    }
}

impl ReactiveNode for Readers {
    /// The memo has a new value, and has told all its readers but the one that is asking.
    fn mark_dirty(&self) {
        let Some(asking) = Observer::get() else { return };
        let mut told = self.told();
        let Ok(place) = told.binary_search_by_key(&asking.0, |(address, _)| *address) else { return };
        told[place].1 = true;
        drop(told);
        asking.mark_dirty();
    }

    fn mark_check(&self) {}

    fn mark_subscribers_check(&self) {}

    fn update_if_necessary(&self) -> bool {
        false
    }
}

impl Subscriber for Readers {
    fn add_source(&self, _source: AnySource) {}

    fn clear_sources(&self, _subscriber: &AnySubscriber) {}
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
    use leptos::prelude::{Effect, Get, GetUntracked, RwSignal, Set};

    use super::*;

    thread_local! {
        static EFFECTS: RefCell<Vec<PinnedLocalFuture<()>>> = const { RefCell::new(Vec::new()) };
    }

    /// Runs effects when a test asks for it.
    struct Asked;

    impl CustomExecutor for Asked {
        fn spawn(&self, future: PinnedFuture<()>) {
            self.spawn_local(future);
        }

        fn spawn_local(&self, future: PinnedLocalFuture<()>) {
            EFFECTS.with_borrow_mut(|effects| effects.push(future));
        }

        fn poll_local(&self) {
            let mut context = Context::from_waker(Waker::noop());
            // An effect may wake one before it.
            for _ in 0..4 {
                let mut effects = EFFECTS.take();
                effects.retain_mut(|effect| effect.as_mut().poll(&mut context).is_pending());
                EFFECTS.with_borrow_mut(|more| {
                    more.splice(0..0, effects);
                });
            }
        }
    }

    fn settle() {
        Executor::poll_local();
    }

    /// An owner of effects.
    fn owner() -> Owner {
        // Another test may have set it.
        let _ = Executor::init_custom_executor(Asked);
        let owner = Owner::new();
        owner.set();
        owner
    }

    /// An effect that reads a memo, and after it the memo that it came from; what it saw and how often it ran.
    fn two_ways(
        above: impl Fn() -> bool + Send + Sync + 'static,
        below: impl Fn() -> u32 + Send + Sync + 'static,
    ) -> (RwSignal<u32>, Arc<AtomicUsize>) {
        let (seen, runs) = (RwSignal::new(0), Arc::new(AtomicUsize::new(0)));
        let count = runs.clone();
        Effect::new(move || {
            above();
            seen.set(below());
            count.fetch_add(1, Ordering::Relaxed);
        });
        settle();
        (seen, runs)
    }

    #[test]
    fn who_reads_a_memo_two_ways_hears_of_a_change_that_the_longer_way_swallows() {
        let _owner = owner();
        let source = RwSignal::new(1);
        let below = Memo::new(move |_| source.get());
        let above = Memo::new(move |_| below.get() > 0);
        let (seen, runs) = two_ways(move || above.get(), move || below.get());
        for (value, run) in [(2, 2), (3, 3), (0, 4), (4, 5)] {
            source.set(value);
            settle();
            // And it runs once for each change.
            assert_eq!((seen.get_untracked(), runs.load(Ordering::Relaxed)), (value, run));
        }
    }

    #[test]
    fn leptos_still_leaves_the_reader_out() {
        let _owner = owner();
        let source = RwSignal::new(1);
        let below = prelude::Memo::new(move |_| source.get());
        let above = prelude::Memo::new(move |_| below.get() > 0);
        let (seen, _) = two_ways(move || above.get(), move || below.get());
        source.set(2);
        settle();
        // Where this fails, Leptos' own memo does, and this file can go.
        assert_eq!(seen.get_untracked(), 1);
    }

    #[test]
    fn a_memo_forgets_a_reader_that_is_gone_and_tells_the_others() {
        let _owner = owner();
        let source = RwSignal::new(1);
        let memo = Memo::new(move |_| source.get());
        let gone = Owner::new();
        let (before, runs_before) = gone.with(|| two_ways(|| true, move || memo.get()));
        let (stays, runs) = two_ways(|| true, move || memo.get());
        assert_eq!(memo.readers.get_value().told().len(), 2);
        gone.cleanup();
        drop(gone);
        source.set(2);
        settle();
        assert_eq!((stays.get_untracked(), runs.load(Ordering::Relaxed)), (2, 2));
        assert_eq!(runs_before.load(Ordering::Relaxed), 1, "{before:?}");
        assert_eq!(memo.readers.get_value().told().len(), 1);
    }
}
