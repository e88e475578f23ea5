/** A pause in microseconds, exact enough to hit a write in its middle: for choosing a random moment, never for waiting until something is ready. */
export function sleep(microseconds: number): Promise<void> {
  const end = performance.now() + microseconds / 1000;
  return new Promise((ok) => {
    const look = () => {
      if (performance.now() >= end) ok();
      else setImmediate(look);
    };
    look();
  });
}
