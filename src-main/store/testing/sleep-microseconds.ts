/**
 * Waits for some microseconds, exactly enough to interrupt a write. Use it to select a random moment, never to wait
 * until something is ready.
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
