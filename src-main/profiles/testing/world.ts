/** Profiles without a disk: records in memory, a key store whose key can change, a provider whose answers a test chooses. */
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
import type { Found, Provider } from '../../providers/provider.ts';
import type { BuiltIn } from '../built-ins.ts';
import { Profiles } from '../profiles.ts';
import type { SecretBox } from '../secret-box.ts';
import { Secrets, type SecretRecord } from '../secrets.ts';
import type { UnprotectedKeys } from '../unprotected-keys.ts';

export const canary = 'CANARY-secret-key';
export const environmentCanary = 'CANARY-of-the-environment';

export const provider: Provider = {
  id: 's3',
  name: 'S3',
  help: 'app.name',
  presets: [],
  capabilities: { maxBytes: 1e9, visibilities: ['expiring'], wishes: ['expiring'], manyLinks: true, canDelete: true },
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
      group: 'place',
      kind: 'text',
      label: 'app.name',
      help: 'app.name',
      required: true,
      suggests: true,
    },
    { key: 'region', group: 'place', kind: 'text', label: 'app.name', help: 'app.name' },
    { key: 'proxy', group: 'network', kind: 'text', label: 'app.name', help: 'app.name' },
    { key: 'proxyPassword', group: 'network', kind: 'secret', label: 'app.name', help: 'app.name' },
  ],
  settings: v.record(v.string(), v.string()),
  links: () => ({ visibility: 'expiring', days: 7 }),
  credentials: ({ env }) =>
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

/** A key store whose key can change, as when another keyring is in use, and that can be away. */
export interface FakeBox {
  key: number;
  isThere: boolean;
  backend: string;
  asked: number;
}

export function fakeSecretBox(): { box: FakeBox; secretBox: SecretBox } {
  const box: FakeBox = { key: 1, isThere: true, backend: 'gnome_libsecret', asked: 0 };
  const secretBox: SecretBox = {
    available: async () => {
      box.asked++;
      return box.isThere;
    },
    backend: () => box.backend,
    encrypt: async (text) => {
      box.asked++;
      return Buffer.from(JSON.stringify({ key: box.key, text: Buffer.from(text).toString('hex') }));
    },
    decrypt: async (blob) => {
      box.asked++;
      const { key, text } = JSON.parse(blob.toString()) as { key: number; text: string };
      if (key !== box.key) throw new Error('Error while decrypting the ciphertext');
      return Buffer.from(text, 'hex').toString();
    },
  };
  return { box, secretBox };
}

export function fakeUnprotected(): UnprotectedKeys & { all: Map<string, FieldValues> } {
  const all = new Map<string, FieldValues>();
  return {
    all,
    of: (id) => all.get(id) ?? {},
    set: (id, values) => {
      if (Object.keys(values).length > 0) all.set(id, values);
      else all.delete(id);
    },
  };
}

export interface WorldOptions {
  builtIns?: BuiltIn[];
  providers?: Provider[];
  /** Besides what the environment has. */
  found?: Found[];
}

export function world({ builtIns = [], providers, found = [] }: WorldOptions = {}) {
  const env: Record<string, string | undefined> = { BUCKET: 'env-bucket', USER: 'env-user', SECRET: environmentCanary };
  const { box, secretBox } = fakeSecretBox();
  const saved = new Map<string, Profile>();
  const ciphertext = new Map<string, Record<string, SecretRecord>>();
  const unprotected = fakeUnprotected();
  const registered: string[] = [];
  const kept = <T>(): { get(): T | undefined; set(value: T | undefined): void; value: T | undefined } => {
    const one = {
      value: undefined as T | undefined,
      get: () => one.value,
      set: (value: T | undefined) => {
        one.value = value;
      },
    };
    return one;
  };
  const [current, order, fallback, begun] = [kept<string>(), kept<string[]>(), kept<Fallback>(), kept<SetupDraft>()];
  let next = 0;
  let isFull = false;
  const changed: (string | undefined)[] = [];
  const tested: FieldValues[] = [];
  const asked: { field: string; values: FieldValues }[] = [];
  const left: string[] = [];
  const signedOut: { values: FieldValues; others: FieldValues[]; stillThere: number }[] = [];
  const noted: string[] = [];
  const problems: FieldProblem[] = [];
  const secrets = new Secrets({
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
      together: (work) => {
        const before: [Map<string, Record<string, SecretRecord>>, Map<string, Profile>] = [
          new Map(ciphertext),
          new Map(saved),
        ];
        try {
          work();
        } catch (cause) {
          ciphertext.clear();
          for (const [id, one] of before[0]) ciphertext.set(id, one);
          saved.clear();
          for (const [id, one] of before[1]) saved.set(id, one);
          throw cause;
        }
      },
    },
    unprotected,
    box: secretBox,
    register: (secret) => registered.push(secret),
  });
  /** What the stores say, by profile; nothing: all is well. `never` does not answer. */
  const answers = new Map<string, AppError | 'never' | Error>();
  const its: Provider = { ...provider, credentials: (computer) => [...provider.credentials(computer), ...found] };
  const profiles = new Profiles({
    records: {
      list: () => [...saved.values()],
      get: (id) => saved.get(id),
      save: (p) => {
        saved.set(p.id, p);
      },
      remove: (id) => {
        saved.delete(id);
      },
    },
    secrets,
    current,
    order,
    fallback,
    begun,
    builtIns,
    providers: providers ?? [its],
    computer: () => ({ env, home: '', platform: 'linux', read: () => undefined }),
    practice: async () => ({ bucket: 'practice', secret: 'own' }),
    now: Date.now,
    id: () => `p${++next}`,
    tools: {
      check: (_, values) => {
        if (!values['bucket']) throw failure('invalid-input', { field: 'bucket' });
        return { ...values, bucket: values['bucket'].trim() };
      },
      problems: () => problems,
      signIn: async (_, { field, values }, talk) => {
        asked.push({ field, values });
        talk.show({ url: 'https://example.com/sign-in', paste: true });
        return { value: `${canary}-${await talk.pasted(new AbortController().signal)}`, settings: { user: 'Ada' } };
      },
      signOut: async (_, { values, others }) => {
        signedOut.push({ values, others: [...others], stillThere: saved.size });
        if (values['bucket'] === 'silent') throw failure('stalled');
      },
      test: async (_, values, { told }) => {
        tested.push(values);
        told([]);
        return { ok: true, results: [] };
      },
      suggest: async (_, { field, values }) => {
        asked.push({ field, values });
        return ['one', 'two'];
      },
    },
    uploads: {
      removal: () => ({ unfinished: 2, done: 5 }),
      leave: async (id) => {
        left.push(`${id} with ${Object.keys(ciphertext.get(id) ?? {}).length} keys`);
      },
    },
    isAsked: () => false,
    ask: async (id) => {
      const answer = answers.get(id);
      if (answer === 'never') await new Promise(() => undefined);
      if (answer instanceof Error) throw answer;
      if (answer && answer !== 'never') throw failure(answer.code, answer);
      await profiles.values(id);
    },
    changed: (mended) => changed.push(mended),
    problem: (where) => {
      noted.push(where);
      return 'diagnostic';
    },
  });
  return {
    profiles,
    env,
    box,
    saved,
    ciphertext,
    unprotected,
    registered,
    tested,
    asked,
    left,
    signedOut,
    noted,
    changed,
    begun,
    order,
    problems,
    answers,
    secrets,
    fill: (full: boolean) => {
      isFull = full;
    },
  };
}

export const draft: ProfileDraft = {
  providerId: 's3',
  name: '',
  settings: { bucket: ' b ' },
  secrets: { secret: canary },
};
