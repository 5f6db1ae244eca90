// How often the server is asked while something moves.

/**
 * A function that calls `run(signal)` soon, at most every `every` milliseconds, and for the last of many calls in any case.
 * A run that is outdated is aborted, but not before it had `patience` milliseconds: else slow answers were never seen.
 */
export function paced(run, every = 200, patience = 600) {
  let timer;
  let under; // The run under way: { began, controller }.
  const start = async () => {
    timer = undefined;
    if (under && performance.now() - under.began < patience) {
      timer = setTimeout(start, 50);
      return;
    }
    under?.controller.abort();
    const mine = { began: performance.now(), controller: new AbortController() };
    under = mine;
    await run(mine.controller.signal);
    if (under === mine) under = undefined;
  };
  let last = -Infinity;
  return (pause = 0) => {
    if (timer !== undefined && pause === 0) return;
    clearTimeout(timer);
    const wait = Math.max(pause, last + every - performance.now(), 0);
    last = performance.now() + wait;
    timer = setTimeout(start, wait);
  };
}
