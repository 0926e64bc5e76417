import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { RefusedError, UnavailableError } from '@reveille/contracts/errors';
import { describe, expect, it } from 'vitest';
import { demoKeyMark, readEnv } from './env.js';
import { Health } from './health.js';
import { uuidV7 } from './id-source.js';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';
import { problemOfError } from './problem.js';
import { Secret } from './secret.js';
import { withSpan } from './telemetry.js';
import { childTraceparent, parseTraceparent } from './traceparent.js';

const quiet = createLogger({ service: 'test', write: () => {} });

describe('the environment', () => {
  it('lists every fault at once', () => {
    const env = readEnv({ PORT: 'x', LEVEL: '9' });
    env.text('URL');
    env.integer('PORT', {});
    env.integer('LEVEL', { max: 5 });
    expect(() => env.done()).toThrow(
      'URL is not set\nPORT must be a whole number, not "x"\nLEVEL must be from -9007199254740991 to 5, not 9',
    );
  });
  it('refuses a demo key outside demo mode, and names what to do', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'reveille-')), 'key');
    writeFileSync(file, `${demoKeyMark}\nc2VjcmV0\n`);
    const strict = readEnv({ KEY: file });
    strict.secretFile('KEY');
    expect(() => strict.done()).toThrow(/holds a demo key: make a key of your own/);
    const demo = readEnv({ KEY: file, REVEILLE_DEMO: '1' });
    expect(demo.secretFile('KEY').expose()).toBe('c2VjcmV0');
    expect(() => demo.done()).not.toThrow();
  });
});

describe('secrets of the environment', () => {
  it('come from the variable, or from the file that its namesake names', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'reveille-env-')), 'url');
    writeFileSync(file, 'postgres://elsewhere\n');
    const env = readEnv({ ONE: 'postgres://here', TWO_FILE: file, THREE_FILE: `${file}.missing` });
    expect(env.secret('ONE').expose()).toBe('postgres://here');
    expect(env.secret('TWO').expose()).toBe('postgres://elsewhere');
    env.secret('THREE');
    expect(() => env.done()).toThrow(/THREE_FILE/);
  });
});

describe('secrets', () => {
  it('do not print', () => {
    const secret = new Secret('hunter2');
    expect([String(secret), JSON.stringify({ secret }), inspect(secret)].join(' ')).not.toContain('hunter2');
  });
  it('do not reach a log, by type and by name, at any depth', () => {
    const lines: string[] = [];
    const logger = createLogger({ service: 'test', write: (line) => lines.push(line) }).child({
      app: 'demo',
    });
    const error = new Error('outer', { cause: Object.assign(new Error('inner'), { token: 'abc' }) });
    // Names that nobody may log: what the types refuse is cut out all the same.
    const fields: object = {
      key: new Secret('hunter2'),
      nested: [{ token: 'hunter3', sealedToken: 'hunter4' }],
      error,
    };
    logger.info('hello', fields);
    expect(lines.join('')).not.toMatch(/hunter/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      service: 'test',
      app: 'demo',
      message: 'hello',
      error: { message: 'outer', cause: { message: 'inner' } },
    });
  });
});

it('a log line has the fields of the contracts and no others', () => {
  const lines: string[] = [];
  const logger = createLogger({ service: 'test', instance: 'i', write: (line) => lines.push(line) });
  logger.warn('hello', { messageId: 'm1', count: 2, vendors: ['apns'] });
  // @ts-expect-error -- it is in no contract, so nobody could know what it means.
  logger.debug('hello', { phoneNumber: '1' });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
    level: 'warn',
    service: 'test',
    instance: 'i',
    message: 'hello',
    messageId: 'm1',
    count: 2,
    vendors: ['apns'],
  });
});

describe('a process', () => {
  it('starts its parts in order, is ready, and stops in reverse even when one fails', async () => {
    const seen: string[] = [];
    const health = new Health();
    const part = (name: string, fails = false) => ({
      name,
      start: () => void seen.push(`+${name}`),
      stop: () => {
        seen.push(`-${name}`);
        if (fails) throw new Error('no');
      },
    });
    const lifecycle = new Lifecycle(quiet, health).add(part('a')).add(part('b', true)).add(part('c'));
    expect(health.isReady()).toBe(false);
    await lifecycle.start();
    expect(health.isReady()).toBe(true);
    health.set('nats', false, 'away');
    expect(health.isReady()).toBe(false);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(seen).toEqual(['+a', '+b', '+c', '-c', '-b', '-a']);
  });
});

describe('ids and traces', () => {
  it('tell the time and differ', () => {
    const ids = Array.from({ length: 5_000 }, () => uuidV7(1_795_518_000_000));
    expect(new Set(ids).size).toBe(5_000);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16)).toBe(1_795_518_000_000);
  });
  it('keep the trace and change the span', () => {
    const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const child = parseTraceparent(childTraceparent(parent));
    expect(child?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(child?.spanId).not.toBe('00f067aa0ba902b7');
    expect(parseTraceparent('00-0-0-01')).toBeNull();
    expect(parseTraceparent(childTraceparent('nonsense'))).not.toBeNull();
  });
  it('go on without telemetry: the work runs once, under its parent or in a trace of its own', async () => {
    const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const inner = (traceparent: string): Promise<string> => Promise.resolve(traceparent);
    expect(await withSpan('process push', { parent }, inner)).toBe(parent);
    expect(parseTraceparent(await withSpan('process push', { parent: null }, inner))).not.toBeNull();
    const fault = new Error('as it was');
    await expect(withSpan('process push', { parent }, () => Promise.reject(fault))).rejects.toBe(fault);
  });
});

describe('problems', () => {
  it('tell refusals as they are, faults as try again, bugs as nothing', () => {
    expect(problemOfError(new RefusedError('device-secret-wrong', 'no'))).toMatchObject({
      status: 403,
      code: 'device-secret-wrong',
    });
    expect(problemOfError(new UnavailableError('nats'))).toMatchObject({ status: 503, retryAfterMs: 1_000 });
    expect(problemOfError(new TypeError('secret detail'))).toMatchObject({ status: 500 });
    expect(JSON.stringify(problemOfError(new TypeError('secret detail')))).not.toContain('secret detail');
  });
});
