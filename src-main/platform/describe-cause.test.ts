import { describe, expect, test } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import { describeCause } from './describe-cause.ts';
import { createRedactor } from './redact.ts';

const options = { appRoot: '/opt/hoist', clean: (text: string) => text.replaceAll('secret', '***') };
const description = (thrown: unknown) => describeCause(thrown, options);

describe('describeCause', () => {
  test('contains name, message and ids, and no other properties', () => {
    const thrown = Object.assign(new Error('no secret bucket'), {
      name: 'NoSuchBucket',
      $fault: 'client',
      $metadata: { httpStatusCode: 404, requestId: 'R1', attempts: 1 },
      $response: { body: 'large', headers: { authorization: 'x' } },
      Code: 'NoSuchBucket',
    });
    delete thrown.stack;
    expect(description(thrown)).toEqual({
      name: 'NoSuchBucket',
      message: 'no *** bucket',
      code: 'NoSuchBucket',
      statusCode: 404,
      requestId: 'R1',
    });
  });

  test.each([
    [
      'the status and a Headers object',
      { status: 409, headers: new Headers({ 'x-dropbox-request-id': 'D1' }) },
      { statusCode: 409, requestId: 'D1' },
    ],
    ['plain headers', { statusCode: 503, headers: { 'x-amz-request-id': 'A1' } }, { statusCode: 503, requestId: 'A1' }],
    ['an error of the system', { code: 'ECONNREFUSED', errno: -111 }, { code: 'ECONNREFUSED' }],
    ['a code that is a number', { code: 7 }, { code: '7' }],
    ['no status from a text', { status: 'bad' }, {}],
  ])('reads %s', (_, properties, expected) => {
    const thrown = Object.assign(new Error('m'), properties, { stack: '' });
    expect(description(thrown)).toEqual({ name: 'Error', message: 'm', ...expected });
  });

  test('contains the cause and the errors of an AggregateError', () => {
    const inner = Object.assign(new TypeError('inner secret'), { stack: '' });
    const wrapped = Object.assign(failure('unreachable', {}, inner), { stack: '' });
    expect(description(wrapped)).toEqual({
      name: 'AppFailure',
      message: 'unreachable',
      code: 'unreachable',
      cause: { name: 'TypeError', message: 'inner ***' },
    });
    const several = Object.assign(
      new AggregateError(
        [1, 2, 3, 4, 5, 6].map((n) => Object.assign(new Error(`e${n}`), { stack: '' })),
        'all',
      ),
      { stack: '' },
    );
    expect(description(several).errors?.map(({ message }) => message)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
  });

  test('never throws, for any thrown value', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    const getter = Object.defineProperty(new Error('m'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    let deep: unknown;
    for (let n = 0; n < 100; n++) deep = new Error(`d${n}`, { cause: deep });
    for (const thrown of [
      undefined,
      null,
      0,
      'text secret',
      Symbol('s'),
      {},
      [],
      Object.create(null),
      () => 1,
      circle,
      hostile,
      getter,
      deep,
    ]) {
      expect(JSON.stringify(description(thrown)).length).toBeLessThan(20_000);
    }
    expect(description('text secret')).toEqual({ name: 'string', message: 'text ***' });
    expect(description(null)).toEqual({ name: 'object', message: 'null' });
  });

  test('keeps paths of the app in stack frames and removes other paths', () => {
    const thrown = new Error('m');
    thrown.stack = `Error: m with /home/ann/file\n${[
      '    at save (file:///opt/hoist/out/main/main.js:10:5)',
      '    at async Hoist.open (/opt/hoist/out/main/chunk.js:3:1)',
      '    at Object.x (/home/ann/elsewhere/x.js:1:2)',
      '    at /home/ann/y.js:1:1',
      '    at node:internal/process/task_queues:95:5',
      '    at new Promise (<anonymous>)',
      '    at read (node:fs:1:2)',
      '    at w (C:\\Users\\ann\\x.js:1:1)',
    ].join('\n')}`;
    expect(description(thrown).stack).toEqual([
      'at save (out/main/main.js:10:5)',
      'at async Hoist.open (out/main/chunk.js:3:1)',
      'at Object.x (outside)',
      'at (outside)',
      'at node:internal/process/task_queues:95:5',
      'at new Promise (<anonymous>)',
      'at read (node:fs:1:2)',
      'at w (outside)',
    ]);
    expect(
      describeCause(
        Object.assign(new Error('m'), { stack: 'Error: m\n    at w (file:///C:/Program Files/Hoist/out/main.js:1:1)' }),
        { ...options, appRoot: 'C:\\Program Files\\Hoist' },
      ).stack,
    ).toEqual(['at w (out/main.js:1:1)']);
  });

  test('takes little time for a message of 8 MB, and shows no part of a secret', () => {
    const { redact, registerSecret } = createRedactor({ home: '/home/ann' });
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    registerSecret(secret);
    for (const text of [`${secret} `.repeat(100), 'x', '\n', '<title', 'token=', '    at '].map((unit) =>
      unit.repeat(Math.ceil((8 * 1024 * 1024) / unit.length)),
    )) {
      const cause = new Error(text);
      const startedAt = performance.now();
      const described = describeCause(cause, { appRoot: '/opt/hoist', clean: redact });
      expect(performance.now() - startedAt, text.slice(0, 10)).toBeLessThan(500);
      expect(JSON.stringify(described).length).toBeLessThan(50_000);
      for (let at = 0; at + 6 <= secret.length; at++) expect(described.message).not.toContain(secret.slice(at, at + 6));
    }
  });

  test('truncates a long message only after redacting it, so that no part of a secret remains', () => {
    const message = `${'x'.repeat(1_995)}secret${'y'.repeat(100)}`;
    const { message: described } = description(Object.assign(new Error(message), { stack: '' }));
    expect(described).not.toContain('sec');
    expect(described).toMatch(/\(98 more\)$/u);
  });
});
