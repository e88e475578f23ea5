/**
 * A bench for signing in: Practice behind a gate that knows sessions, as Amazon's store does, and the services that give
 * them out, all on loopback. Nothing of this computer's own environment or ~/.aws is seen.
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { startContainer } from '../../../../e2e/servers/aws/container.ts';
import { startInstance } from '../../../../e2e/servers/aws/imds.ts';
import { Sessions } from '../../../../e2e/servers/aws/loopback.ts';
import { startSso, type Sso } from '../../../../e2e/servers/aws/sso.ts';
import { startSts, type Sts } from '../../../../e2e/servers/aws/sts.ts';
import { requestKind, type RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../../../src-shared/upload.ts';
import { ServedPractice } from '../../../practice/testing/served.ts';
import { connectDestination, type ConnectedDestination } from '../../connect.ts';
import type { DriverPorts } from '../../provider.ts';
import { FaultProxy, type Fault, type Seen } from '../../testing/faults.ts';
import { patternOf, patternSource } from '../../testing/source.ts';
import { connectWith } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { s3 } from '../index.ts';
import { ports } from './subject.ts';

const MiB = 1024 * 1024;
export const partBytes = 5 * MiB;
/** The last of them small. */
export const threeParts = 2 * partBytes + 7;
export const never = new AbortController().signal;
// Thousands wait for it at once.
setMaxListeners(0, never);

export const device = 'arn:aws:iam::123456789012:mfa/phone';
export const account = '123456789012';
export const startUrl = 'https://corp.awsapps.com/start';
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** What an upload was like, seen from the store. */
export interface Sent {
  ref: Ref;
  checkpoints: Checkpoint[];
  kinds: RequestKind[];
  partNumbers: number[];
}

export class AwsBench {
  readonly practice: ServedPractice;
  readonly gate: FaultProxy;
  readonly folder: string;
  readonly sessions: Sessions;
  readonly sts: Sts;
  readonly sso: Sso;
  readonly instance: Awaited<ReturnType<typeof startInstance>>;
  readonly container: Awaited<ReturnType<typeof startContainer>>;
  readonly #connected: ConnectedDestination[] = [];
  /** Part numbers that the store took, in order. */
  #parts: number[] = [];

  private constructor(
    init: Pick<AwsBench, 'practice' | 'gate' | 'folder' | 'sessions' | 'sts' | 'sso' | 'instance' | 'container'>,
  ) {
    ({
      practice: this.practice,
      gate: this.gate,
      folder: this.folder,
      sessions: this.sessions,
      sts: this.sts,
      sso: this.sso,
      instance: this.instance,
      container: this.container,
    } = init);
  }

  static async start(): Promise<AwsBench> {
    const practice = await ServedPractice.start();
    const { accessKeyId, secretAccessKey } = practice.address;
    const sessions = new Sessions({ accessKeyId, secretAccessKey });
    const sts = await startSts({
      sessions,
      users: new Map([['AKIAUSER', 'user-secret']]),
      codes: new Set(),
      roles: [
        { arn: roleArn('plain'), trusts: ['AKIAUSER', roleArn('plain')] },
        { arn: roleArn('chained'), trusts: [roleArn('plain'), roleArn('chained')], externalId: 'from-us' },
        { arn: roleArn('careful'), trusts: ['AKIAUSER'], mfa: device },
        { arn: roleArn('web'), trusts: [], webToken: 'web-token' },
      ],
    });
    const sso = await startSso({
      startUrl,
      sessions,
      tokenSeconds: 3600,
      accounts: new Map([
        [account, { name: 'Production', roles: ['Uploader', 'Reader'] }],
        ['210987654321', { name: 'Sandbox', roles: ['Admin'] }],
      ]),
    });
    return new AwsBench({
      practice,
      sessions,
      sts,
      sso,
      gate: await FaultProxy.start(practice.address.endpoint),
      folder: await mkdtemp(path.join(tmpdir(), 'hoist-aws-')),
      instance: await startInstance({ sessions, role: 'instance-role' }),
      container: await startContainer({ sessions, token: 'container-token' }),
    });
  }

  async stop(): Promise<void> {
    for (const one of this.#connected) one.close();
    for (const one of [this.gate, this.sts, this.sso, this.instance, this.container, this.practice]) await one.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** At the beginning of each test. */
  async enter(): Promise<void> {
    for (const name of Object.keys(process.env).filter(
      (one) => one.startsWith('AWS_') && !one.startsWith('AWS_SDK_JS'),
    ))
      vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', this.folder);
    await rm(path.join(this.folder, '.aws'), { recursive: true, force: true });
    await mkdir(path.join(this.folder, '.aws'));
    for (const { heard } of [this.sts, this.sso, this.instance, this.container]) heard.length = 0;
    this.sts.trouble = undefined;
    this.sessions.lifeMs = 3_600_000;
    this.guard();
  }

  /**
   * Only sessions that were given out and have not ended get through. `endBefore`: all of them end as soon as the n-th
   * request of a kind arrives, and then `ended` is called; `other`: what happens to requests that would get through.
   */
  guard({
    endBefore,
    ended,
    other,
  }: {
    endBefore?: { kind: RequestKind; nth: number };
    ended?(): void;
    other?(seen: Seen): Fault | undefined;
  } = {}): void {
    this.#parts = [];
    let count = 0;
    this.gate.set((seen) => {
      const kind = requestKind(seen);
      if (endBefore && kind === endBefore.kind && ++count === endBefore.nth) {
        this.sessions.endAll();
        ended?.();
      }
      const query = new URLSearchParams(seen.target.split('?')[1] ?? '');
      const token = seen.headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? undefined;
      const refusal = this.#refusal(typeof token === 'string' ? token : undefined);
      if (refusal) return refusal;
      const fault = other?.(seen);
      if (!fault && kind === 'part') this.#parts.push(Number(query.get('partNumber')));
      return fault;
    });
  }

  #refusal(token: string | undefined): Fault | undefined {
    const answer = (status: number, code: string): Fault => ({
      kind: 'answer',
      status,
      body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
    });
    const session = this.sessions.of(token);
    if (token === undefined) return answer(403, 'InvalidAccessKeyId');
    if (!session) return answer(400, 'InvalidToken');
    return session.expires <= Date.now() ? answer(400, 'ExpiredToken') : undefined;
  }

  /** ~/.aws, with every kind of profile in it. */
  async writeProfiles(more: { config?: string; credentials?: string } = {}): Promise<void> {
    const printed = path.join(this.folder, 'printed.json');
    await writeFile(path.join(this.folder, 'web-token'), 'web-token\n');
    await writeFile(path.join(this.folder, 'print.sh'), '#!/bin/sh\ncat "$1"\n', { mode: 0o755 });
    this.print();
    await writeFile(
      path.join(this.folder, '.aws', 'credentials'),
      `[user]\naws_access_key_id = AKIAUSER\naws_secret_access_key = user-secret\n${more.credentials ?? ''}`,
    );
    const role = (name: string, rest: string): string =>
      `[profile ${name}]\nrole_arn = ${roleArn(name)}\nservices = here\n${rest}\n`;
    await writeFile(
      path.join(this.folder, '.aws', 'config'),
      [
        `[services here]\nsts =\n  endpoint_url = ${this.sts.url}\nsso =\n  endpoint_url = ${this.sso.url}\nsso_oidc =\n  endpoint_url = ${this.sso.url}\n`,
        role('plain', 'source_profile = user'),
        role('chained', 'source_profile = plain\nexternal_id = from-us'),
        role('careful', `source_profile = user\nmfa_serial = ${device}`),
        role('web', `web_identity_token_file = ${path.join(this.folder, 'web-token')}`),
        `[profile program]\ncredential_process = "${path.join(this.folder, 'print.sh')}" "${printed}"\n`,
        `[sso-session corp]\nsso_start_url = ${startUrl}\nsso_region = us-west-2\nsso_registration_scopes = sso:account:access\n`,
        `[profile session]\nservices = here\nsso_session = corp\nsso_account_id = ${account}\nsso_role_name = Uploader\n`,
        `[profile legacy]\nservices = here\nsso_start_url = ${startUrl}\nsso_region = us-west-2\nsso_account_id = ${account}\nsso_role_name = Uploader\n`,
        more.config ?? '',
      ].join('\n'),
    );
  }

  /** What the program of the profile `program` prints from now on. */
  print(): void {
    const {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expires,
    } = this.sessions.next();
    writeFileSync(
      path.join(this.folder, 'printed.json'),
      JSON.stringify({
        Version: 1,
        AccessKeyId,
        SecretAccessKey,
        SessionToken,
        Expiration: new Date(expires).toISOString(),
      }),
    );
  }

  /** As a profile with these values would be. */
  async connect(values: FieldValues, driverPorts: Partial<DriverPorts> = {}): Promise<ConnectedDestination> {
    const provider = {
      ...s3,
      load: async () => ({
        errorOf,
        connect: (settings: Parameters<typeof connectWith>[0], its: DriverPorts) =>
          connectWith({ ...settings, store: { ...settings.store, preferredPartBytes: partBytes } }, its, {
            retryMs: 1,
            lookAgainMs: [5],
          }),
      }),
    };
    const { bucket, region } = this.practice.address;
    const destination = await connectDestination(
      provider,
      { bucket, region, endpoint: this.gate.url, pathStyle: 'true', linkKind: 'expiring', ...values },
      { ...ports, ...driverPorts },
    );
    this.#connected.push(destination);
    return destination;
  }

  /** @param checkpoints gets them, also of an upload that fails */
  async upload(
    destination: ConnectedDestination,
    {
      size = threeParts,
      checkpoint,
      checkpoints = [],
    }: { size?: number; checkpoint?: Checkpoint; checkpoints?: Checkpoint[] } = {},
  ): Promise<Sent> {
    let turn: Promise<unknown> = Promise.resolve();
    const ref = await destination.upload({
      source: patternSource(size),
      signal: never,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        checkpoints.push(structuredClone(one));
      },
      // One after the other, so that "the third part" means something.
      lane: async () => {
        const before = turn;
        let free = (): void => undefined;
        turn = new Promise<void>((resolve) => {
          free = resolve;
        });
        await before;
        return free;
      },
    });
    return { ref, checkpoints, kinds: this.gate.seen.map(requestKind), partNumbers: [...this.#parts] };
  }

  /** Whether the store has the whole file. */
  async isWhole(ref: Ref, size = threeParts): Promise<boolean> {
    const stored = await this.practice.bytes((ref as { key: string }).key);
    return sha256(stored) === sha256(patternOf(size));
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
