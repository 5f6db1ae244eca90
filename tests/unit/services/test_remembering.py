"""A bounded memory."""

from concurrent.futures import ThreadPoolExecutor

from qis_core.services.remembering import Remembered


def test_the_oldest_is_forgotten_first() -> None:
    memory: Remembered[int, str] = Remembered(2)
    for number in range(3):
        memory.keep(number, str(number))
    assert [memory.get(number) for number in range(3)] == [None, "1", "2"]


def test_many_threads_keep_it_bounded() -> None:
    memory: Remembered[int, int] = Remembered(50)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: memory.keep(n, n), range(5000)))
    assert len(memory) <= 58
