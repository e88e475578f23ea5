/** Profiles in memory, a key store whose key can change, and a provider whose answers the test chooses. */
import * as v from 'valibot';
import { failure, type AppError } from '../../../src-shared/errors.ts';
import type {
  Fallback,
  FieldProblem,
  FieldValues,
  Profile,
  ProfileDraft,
  SetupDraft,
} from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import type { DiscoveredCredentials, Provider } from '../../providers/contract/provider.ts';
import type { BuiltIn } from '../built-ins.ts';
import { composeProfiles } from '../compose-profiles.ts';
import type { PooledDestination } from '../destination-pool.ts';
import type { ProfileRecords } from '../profile-catalog.ts';
import { ProfileRemover } from '../profile-remover.ts';
import { ProviderCatalog } from '../provider-catalog.ts';
import type { SecretBox } from '../secret-box.ts';
import { ProfileSecrets, type SecretRecord } from '../profile-secrets.ts';
import type { UnprotectedKeys } from '../unprotected-keys.ts';

/** The secret of {@link draft}. Tests check that it does not appear where it must not. */
export const canary = 'CANARY-secret-key';
/** The secret in the environment variables. */
export const environmentCanary = 'CANARY-environment';

export const testProvider: Provider = {
  id: 's3',
  name: 'S3',
  help: 'app.name',
  presets: [],
  capabilities: {
    maxBytes: 1e9,
    visibilities: ['expiring'],
    supportedLinkKinds: ['expiring'],
    manyLinks: true,
    canDelete: true,
  },
  fields: [
    {
      key: 'credentials',
      group: 'sign-in',
      kind: 'choice',
      label: 'app.name',
      help: 'app.name',
      initial: 'keys',
      choices: [
        { value: 'keys', label: 'app.name' },
        { value: 'profile', label: 'app.name' },
      ],
    },
    { key: 'user', group: 'sign-in', kind: 'text', label: 'app.name', help: 'app.name' },
    {
      key: 'secret',
      group: 'sign-in',
      kind: 'secret',
      label: 'app.name',
      help: 'app.name',
      required: true,
      showWhen: { field: 'credentials', is: 'keys' },
    },
    {
      key: 'token',
      group: 'sign-in',
      kind: 'secret',
      label: 'app.name',
      help: 'app.name',
      showWhen: { field: 'credentials', is: 'keys' },
    },
    {
      key: 'bucket',
      group: 'location',
      kind: 'text',
      label: 'app.name',
      help: 'app.name',
      required: true,
      suggests: true,
    },
    { key: 'region', group: 'location', kind: 'text', label: 'app.name', help: 'app.name' },
    { key: 'proxy', group: 'network', kind: 'text', label: 'app.name', help: 'app.name' },
    { key: 'proxyPassword', group: 'network', kind: 'secret', label: 'app.name', help: 'app.name' },
  ],
  settings: v.record(v.string(), v.string()),
  requestServer: ({ endpoint = '' }) => endpoint || 'https://service.example',
  usesExternalKeys: ({ credentials }) => credentials === 'profile',
  linkAccess: () => ({ visibility: 'expiring', days: 7 }),
  discoverCredentials: ({ env }) =>
    env['BUCKET']
      ? [
          {
            id: 'found',
            name: env['BUCKET'],
            from: 'environment',
            values: { bucket: env['BUCKET'], user: env['USER'] ?? '', secret: env['SECRET'] ?? '' },
            use: 'environment',
          },
        ]
      : [],
  load: () => Promise.reject(new Error('not in this test')),
};

/** A key store that can be unavailable, and whose encryption key can change. */
export interface FakeKeyStore {
  /** Only the same key decrypts a secret. */
  key: number;
  isAvailable: boolean;
  backend: string;
  /** The number of uses of the key store, which could each prompt the user. */
  calls: number;
}

function fakeSecretBox(): { box: FakeKeyStore; secretBox: SecretBox } {
  const box: FakeKeyStore = { key: 1, isAvailable: true, backend: 'gnome_libsecret', calls: 0 };
  const secretBox: SecretBox = {
    available: async () => {
      box.calls++;
      return box.isAvailable;
    },
    backend: () => box.backend,
    encrypt: async (text) => {
      box.calls++;
      return Buffer.from(JSON.stringify({ key: box.key, text: Buffer.from(text).toString('hex') }));
    },
    decrypt: async (blob) => {
      box.calls++;
      const { key, text } = JSON.parse(blob.toString()) as { key: number; text: string };
      if (key !== box.key) throw new Error('Error while decrypting the ciphertext');
      return Buffer.from(text, 'hex').toString();
    },
  };
  return { box, secretBox };
}

function fakeUnprotectedKeys(): UnprotectedKeys & { all: Map<string, FieldValues> } {
  const all = new Map<string, FieldValues>();
  const set = (id: string, values: FieldValues): void => {
    if (Object.keys(values).length > 0) all.set(id, values);
    else all.delete(id);
  };
  return {
    all,
    set,
    get: (id) => all.get(id) ?? {},
    setAll: (changes) => {
      for (const [id, values] of changes) set(id, values);
    },
  };
}

export interface ProfileFixtureOptions {
  builtIns?: BuiltIn[];
  providers?: Provider[];
  /** In addition to the credentials in the environment. */
  discovered?: DiscoveredCredentials[];
}

export function profileFixture({ builtIns = [], providers, discovered = [] }: ProfileFixtureOptions = {}) {
  const env: Record<string, string | undefined> = { BUCKET: 'env-bucket', USER: 'env-user', SECRET: environmentCanary };
  const { box, secretBox } = fakeSecretBox();
  const saved = new Map<string, Profile>();
  const ciphertext = new Map<string, Record<string, SecretRecord>>();
  const unprotected = fakeUnprotectedKeys();
  /** The values that must never appear in the log. */
  const registered: string[] = [];
  const memorySetting = <T>(): { get(): T | undefined; set(value: T | undefined): void; value: T | undefined } => {
    const setting = {
      value: undefined as T | undefined,
      get: () => setting.value,
      set: (value: T | undefined) => {
        setting.value = value;
      },
    };
    return setting;
  };
  const [current, order, fallback, savedSetup] = [
    memorySetting<string>(),
    memorySetting<string[]>(),
    memorySetting<Fallback>(),
    memorySetting<SetupDraft>(),
  ];
  let lastId = 0;
  let isFull = false;
  /** Each notification of a change, with the id of the edited or removed destination if there is one. */
  const changed: (string | undefined)[] = [];
  /** The values of each test of a form. */
  const tested: FieldValues[] = [];
  /** The questions about other recipients. */
  const recipientQuestions: string[] = [];
  /** The user's answer to these questions. */
  const consent = { isGiven: false };
  /** The requests for suggestions and for a sign-in. */
  const questions: { field: string; values: FieldValues }[] = [];
  const removedDestinations: string[] = [];
  const signedOut: { values: FieldValues; others: FieldValues[]; remainingProfiles: number }[] = [];
  const reportedProblems: string[] = [];
  /** The problems that the provider reports for every form. */
  const problems: FieldProblem[] = [];
  const secrets = new ProfileSecrets({
    records: {
      all: (id) => ciphertext.get(id) ?? {},
      set: (id, field, record) => {
        if (isFull) throw failure('disk-full');
        ciphertext.set(id, { ...ciphertext.get(id), [field]: record });
      },
      remove: (id, field) => {
        const { [field]: _, ...rest } = ciphertext.get(id) ?? {};
        ciphertext.set(id, rest);
      },
      transaction: (work) => {
        const before: [Map<string, Record<string, SecretRecord>>, Map<string, Profile>] = [
          new Map(ciphertext),
          new Map(saved),
        ];
        try {
          work();
        } catch (cause) {
          ciphertext.clear();
          for (const [id, encrypted] of before[0]) ciphertext.set(id, encrypted);
          saved.clear();
          for (const [id, profile] of before[1]) saved.set(id, profile);
          throw cause;
        }
      },
    },
    unprotected,
    box: secretBox,
    registerSecret: (secret) => registered.push(secret),
  });
  /** The result of the check of each profile; `never` does not respond. The check of other profiles succeeds. */
  const answers = new Map<string, NonNullable<CheckAnswer>>();
  // The test provider, which also discovers the credentials of the options.
  const withDiscovered: Provider = {
    ...testProvider,
    discoverCredentials: (computer) => [...testProvider.discoverCredentials(computer), ...discovered],
  };
  const records: ProfileRecords = {
    list: () => [...saved.values()],
    get: (id) => saved.get(id),
    save: (profile) => {
      saved.set(profile.id, profile);
    },
    remove: (id) => {
      saved.delete(id);
    },
  };
  const computer = (): Computer => ({ env, home: '', platform: 'linux', read: () => undefined });
  const problem = (where: string): string => {
    reportedProblems.push(where);
    return 'diagnostic';
  };
  const profiles = composeProfiles({
    records,
    secrets,
    settings: { current, order, fallback, savedSetup },
    builtIns,
    providers: new ProviderCatalog(providers ?? [withDiscovered]),
    computer,
    practice: async () => ({ bucket: 'practice', secret: 'own' }),
    now: Date.now,
    id: () => `p${++lastId}`,
    tools: {
      check: (_, values) => {
        if (!values['bucket']) throw failure('invalid-input', { field: 'bucket' });
        return { ...values, bucket: values['bucket'].trim() };
      },
      problems: () => problems,
      signIn: async (_, { field, values }, callbacks) => {
        questions.push({ field, values });
        callbacks.show({ url: 'https://example.com/sign-in', paste: true });
        return {
          value: `${canary}-${await callbacks.pasted(new AbortController().signal)}`,
          settings: { user: 'Ada' },
        };
      },
      test: async (_, values, { onProgress }) => {
        tested.push(values);
        onProgress([]);
        return { ok: true, results: [] };
      },
      suggest: async (_, { field, values }) => {
        questions.push({ field, values });
        return ['one', 'two'];
      },
      connect: async (_provider, _values, { id }) => destinationWithAnswer(() => answers.get(id)),
    },
    isPromptOpen: () => false,
    userActed: () => undefined,
    confirmRecipients: async ({ recipients }) => {
      recipientQuestions.push(recipients.map(({ kind, name }) => `${kind} ${name}`).join(', '));
      return consent.isGiven;
    },
    changed: (profileId) => changed.push(profileId),
    renewed: () => undefined,
    problem,
  });
  const profileRemover = new ProfileRemover({
    profiles,
    records,
    secrets,
    current,
    order,
    uploads: {
      removalImpact: () => ({ unfinished: 2, done: 5 }),
      removeDestination: async (id) => {
        removedDestinations.push(`${id} with ${Object.keys(ciphertext.get(id) ?? {}).length} keys`);
      },
    },
    computer,
    signOut: async (_, { values, others }) => {
      signedOut.push({ values, others: [...others], remainingProfiles: saved.size });
      if (values['bucket'] === 'silent') throw failure('stalled');
    },
    changed: (profileId) => changed.push(profileId),
    problem,
  });
  return {
    profiles,
    recipientQuestions,
    consent,
    provider: withDiscovered,
    profileRemover,
    env,
    box,
    saved,
    ciphertext,
    unprotected,
    registered,
    tested,
    questions,
    removedDestinations,
    signedOut,
    reportedProblems,
    changed,
    savedSetup,
    order,
    problems,
    answers,
    secrets,
    setDiskFull: (full: boolean) => {
      isFull = full;
    },
  };
}

/** Everything that is stored on disk, as text. */
export const allStoredText = (fixture: ReturnType<typeof profileFixture>): string =>
  JSON.stringify([
    ...fixture.saved.values(),
    ...fixture.ciphertext.values(),
    ...fixture.unprotected.all.values(),
    fixture.savedSetup.value,
  ]);

/** A form of a new destination. */
export const draft: ProfileDraft = {
  providerId: 's3',
  name: '',
  settings: { bucket: ' b ' },
  secrets: { secret: canary },
};

type CheckAnswer = AppError | 'never' | Error | undefined;

/** A destination that can only be checked. */
function destinationWithAnswer(answer: () => CheckAnswer): PooledDestination {
  const notInThisTest = (): Promise<never> => Promise.reject(new Error('not in this test'));
  return {
    check: async () => {
      const current = answer();
      if (current === 'never') await new Promise(() => undefined);
      if (current instanceof Error) throw current;
      if (current && current !== 'never') throw failure(current.code, current);
    },
    upload: notInThisTest,
    stat: notInThisTest,
    link: notInThisTest,
    discard: notInThisTest,
    close: () => undefined,
  };
}
