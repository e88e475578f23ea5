/** A setting that is stored across restarts. */
export interface PersistedSetting<T> {
  get(): T | undefined;
  /** Undefined deletes the setting. @throws AppFailure disk-full */
  set(value: T | undefined): void;
}
