from __future__ import annotations

from codetriever_lsp.index.dirty import Dirty
from codetriever_lsp.index.indexed_files import Known
from codetriever_lsp.store.records import FileStamp


def paths(items: object) -> list[str]:
    return [item.path for item in items]  # type: ignore[attr-defined]


def test_marks_of_one_path_come_to_one_item_when_it_has_been_quiet() -> None:
    dirty = Dirty(delay=0.1, longest=1.0)
    dirty.hint(["a"], 0.0)
    dirty.hint(["a"], 0.05)
    assert dirty.take(0.12, 10, 10) == []
    assert dirty.next_due() == 0.05 + 0.1
    assert paths(dirty.take(0.16, 10, 10)) == ["a"]


def test_a_path_that_is_marked_without_end_is_taken_after_the_longest_wait() -> None:
    dirty = Dirty(delay=0.1, longest=1.0)
    for tick in range(25):
        dirty.hint(["a"], tick * 0.05)
    assert paths(dirty.take(1.0, 10, 10)) == ["a"]


def test_a_path_marked_while_worked_on_is_held_back_and_comes_again() -> None:
    dirty = Dirty(delay=0)
    dirty.hint(["a"], 0.0)
    first = dirty.take(0.0, 10, 10)
    dirty.hint(["a"], 1.0)
    assert dirty.take(2.0, 10, 10) == []
    assert len(dirty) == 1
    dirty.done(first)
    assert paths(dirty.take(2.0, 10, 10)) == ["a"]


def test_settled_waits_for_the_first_mark_of_a_path_that_was_marked_again() -> None:
    dirty = Dirty(delay=0)
    dirty.hint(["a", "b"], 0.0)
    wanted = dirty.last_mark
    dirty.done(item for item in dirty.take(0.0, 10, 10) if item.path == "b")
    dirty.hint(["a", "c"], 0.0)
    assert not dirty.settled(wanted)
    dirty.done(dirty.take(0.0, 0, 0))
    again = Dirty(delay=0)
    again.hint(["a"], 0.0)
    wanted = again.last_mark
    again.hint(["a", "c"], 0.0)
    assert not again.settled(wanted)
    again.done(item for item in again.take(0.0, 1, 10))
    assert again.settled(wanted)
    assert not again.settled(again.last_mark)


def test_hinted_paths_go_before_walked_ones_and_batches_are_bounded_by_bytes() -> None:
    dirty = Dirty(delay=0)
    dirty.walked([("a", 60), ("b", 60), ("c", 500)], 0.0)
    dirty.hint(["z"], 0.0)
    assert paths(dirty.take(0.0, 10, 100)) == ["z"]
    assert paths(dirty.take(0.0, 10, 100)) == ["a"]
    assert paths(dirty.take(0.0, 10, 100)) == ["b"]
    assert paths(dirty.take(0.0, 10, 100)) == ["c"]


def test_a_hint_on_a_walked_path_makes_it_be_looked_at_again_and_keeps_its_force() -> None:
    dirty = Dirty(delay=0)
    dirty.walked([("a", 5)], 0.0, force=True)
    dirty.hint(["a"], 0.0)
    (item,) = dirty.take(0.0, 10, 10)
    assert (item.known, item.force) == (False, True)
    assert item.mark == 1


def test_nobody_waits_for_a_patient_path_and_a_new_mark_makes_it_new() -> None:
    dirty = Dirty(delay=0)
    dirty.hint(["a"], 0.0)
    items = dirty.take(0.0, 10, 10)
    dirty.again(items, 50.0, patient=True)
    assert dirty.settled(dirty.last_mark)
    assert len(dirty) == 0
    assert dirty.next_due() == 50.0
    dirty.flush(1.0)
    assert dirty.take(1.0, 10, 10) == []
    (later,) = dirty.take(50.0, 10, 10)
    assert later.attempts == 1
    dirty.again([later], 90.0, patient=True)
    dirty.hint(["a"], 60.0)
    (fresh,) = dirty.take(60.0, 10, 10)
    assert (fresh.attempts, fresh.patient) == (0, False)


def test_what_failed_comes_again_unless_it_was_marked_meanwhile() -> None:
    dirty = Dirty(delay=0)
    dirty.hint(["a"], 0.0)
    items = dirty.take(0.0, 10, 10)
    dirty.hint(["a"], 5.0)
    dirty.again(items, 9.0)
    (item,) = dirty.take(5.0, 10, 10)
    assert item.mark == 1


def test_known_counts_what_is_below_a_folder() -> None:
    stamp = FileStamp(b"", 0, 0)
    known = Known()
    known.learn({"a/b/c.py": stamp, "a/d.py": stamp, "ab.py": stamp})
    assert sorted(known.below("a")) == ["a/b/c.py", "a/d.py"]
    known.drop("a/b/c.py")
    known.drop("a/b/c.py")
    assert known.below("a/b") == []
    assert known.below("a") == ["a/d.py"]
    assert len(known) == 2
