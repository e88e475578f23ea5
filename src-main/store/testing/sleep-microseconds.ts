/**
 * Waits for some microseconds, so that a test can interrupt a write at a random moment. Never use this to wait for a
 * condition.
 */
export function sleepMicroseconds(microseconds: number): Promise<void> {
  const end = performance.now() + microseconds / 1000;
  return new Promise((resolve) => {
    const check = () => {
      if (performance.now() >= end) resolve();
      else setImmediate(check);
    };
    check();
  });
}
