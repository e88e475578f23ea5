/** A pause in microseconds, exact enough to hit a write in its middle: for choosing a random moment, never for waiting until something is ready. */
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
