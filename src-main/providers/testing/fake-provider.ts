/** A provider with a driver that does nothing, for tests of the code that all providers share. */
import * as v from 'valibot';
import type { AppFailure } from '../../../src-shared/errors.ts';
import type { Driver, Provider } from '../contract/provider.ts';

export const fakePorts = { now: Date.now, randomBytes: (count: number): Uint8Array => new Uint8Array(count) };

export const idleDriver: Driver = {
  check: async () => undefined,
  upload: async () => ({ id: 1 }),
  link: async () => ({ url: 'http://127.0.0.1:9/', visibility: 'public' }),
  stat: async () => ({ size: 1024 }),
  discard: async () => undefined,
  close: () => undefined,
};

/**
 * The settings are invalid if `token` is `bad`. An error with the message `denied` means `forbidden`; any other error
 * is unknown.
 */
export const fakeProvider = (driver: Partial<Driver>, overrides: Partial<Provider> = {}): Provider => ({
  id: 's3',
  name: 'Test',
  help: 'provider.s3.help',
  presets: [],
  capabilities: {
    maxBytes: 1000,
    visibilities: ['public'],
    supportedLinkKinds: ['public'],
    manyLinks: true,
    canDelete: true,
  },
  fields: [
    {
      key: 'token',
      group: 'location',
      kind: 'secret',
      label: 's3.secretAccessKey.label',
      help: 's3.secretAccessKey.help',
      required: true,
    },
  ],
  settings: v.pipe(
    v.record(v.string(), v.string()),
    v.check((values) => values.token !== 'bad', 'no'),
  ),
  linkAccess: () => ({ visibility: 'public' }),
  discoverCredentials: () => [],
  load: async () => ({
    connect: () => ({ ...idleDriver, ...driver }),
    errorOf: (cause) => (cause instanceof Error && cause.message === 'denied' ? { code: 'forbidden' } : undefined),
  }),
  ...overrides,
});

/** Resolves to the failure with which `work` rejects. */
export const failureOf = async (work: Promise<unknown>): Promise<AppFailure> =>
  work.then(
    () => {
      throw new Error('expected a failure, but the work succeeded');
    },
    (cause: unknown) => cause as AppFailure,
  );
