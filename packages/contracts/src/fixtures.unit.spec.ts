import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { askTypes, storedTypes } from './catalog.js';
import { deadLetterSchema } from './dead-letter.js';
import { problemSchema } from './http/problem.js';
import {
  deviceProofRequestSchema,
  registerPushRequestSchema,
  registerPushResponseSchema,
} from './http/register-device.js';
import { sendMessageRequestSchema, sendMessageResponseSchema } from './http/send-message.js';
import { readData } from './read-data.js';
import { clientFrameSchema, serverFrameSchema } from './ws/frames.js';

const root = join(import.meta.dirname, '..', 'fixtures');
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const files = (...path: string[]): string[] => readdirSync(join(root, ...path));
const versionOf = (file: string): number => Number(/^v(\d+)/.exec(file)?.[1]);

/** What a reader keeps of a fixture must hold all that the fixture says: nothing is dropped or changed. */
const kept = (schema: z.ZodType, value: unknown): unknown => schema.parse(value);

describe('golden fixtures of facts and jobs', () => {
  for (const [type, known] of Object.entries(storedTypes)) {
    const versions = files(type);
    it(`${type} has one of every version`, () => {
      const covered = new Set(versions.map(versionOf));
      for (let version = 1; version <= known.version; version += 1) expect(covered).toContain(version);
    });
    for (const file of versions) {
      it(`${type} ${file} reads at the newest version`, () => {
        const data = read(type, file);
        const lifted = readData(type, versionOf(file), data);
        if (versionOf(file) === known.version) expect(lifted).toMatchObject(data as object);
        expect(readData(type, known.version, JSON.parse(JSON.stringify(lifted)))).toEqual(lifted);
      });
    }
  }
});

describe('golden fixtures of asks', () => {
  for (const [name, ask] of Object.entries(askTypes)) {
    for (const file of files('asks', name)) {
      it(`${name} ${file}`, () => {
        const { question, answer } = read('asks', name, file) as { question: unknown; answer: unknown };
        expect(kept(ask.question, question)).toMatchObject(question as object);
        if (ask.answer === null) expect(answer).toBeNull();
        else expect(kept(ask.answer, answer)).toMatchObject(answer as object);
      });
    }
  }
  it('has no fixture of an ask that is not in the catalogue', () => {
    expect(files('asks').sort()).toEqual(Object.keys(askTypes).sort());
  });
});

describe('golden fixtures of frames and HTTP shapes', () => {
  for (const name of files('frames')) {
    it(name, () => {
      const schema = name.startsWith('client-') ? clientFrameSchema : serverFrameSchema;
      const frame = read('frames', name, 'v1.json') as { t: string };
      expect(name.endsWith(frame.t)).toBe(true);
      expect(kept(schema, frame)).toMatchObject(frame);
    });
  }
  it('has one of every frame', () => {
    const names = [
      ...clientFrameSchema.options.map((option) => `client-${option.shape.t.value}`),
      ...serverFrameSchema.options.map((option) => `server-${option.shape.t.value}`),
    ];
    expect(files('frames').sort()).toEqual(names.sort());
  });
  const shapes: Record<string, z.ZodType> = {
    'send-message-request': sendMessageRequestSchema,
    'send-message-response': sendMessageResponseSchema,
    'register-push-request': registerPushRequestSchema,
    'register-push-response': registerPushResponseSchema,
    'device-proof-request': deviceProofRequestSchema,
    problem: problemSchema,
  };
  for (const name of files('http')) {
    it(`http ${name}`, () => {
      const schema = shapes[name];
      if (schema === undefined) throw new Error(`no shape for the fixture ${name}`);
      expect(kept(schema, read('http', name, 'v1.json'))).toMatchObject(
        read('http', name, 'v1.json') as object,
      );
    });
  }
  it('a dead letter', () => {
    const letter = read('dead-letter', 'v1.json');
    expect(kept(deadLetterSchema, letter)).toMatchObject(letter as object);
  });
});

describe('reading', () => {
  it('ignores fields of a newer writer', () => {
    const data = { ...(read('message-accepted', 'v1.json') as object), later: 1 };
    expect(readData('message-accepted', 1, data)).not.toHaveProperty('later');
  });
  it('refuses a newer version, an unknown type and a misfit, each by name', () => {
    expect(() => readData('message-accepted', 2, {})).toThrow(/version 2 is newer/);
    expect(() => readData('message-edited', 1, {})).toThrow(/unknown type message-edited/);
    expect(() => readData('message-accepted', 1, { sender: 'ana' })).toThrow(/messageId:.*recipients:/);
  });
  it('lifts old versions step by step', () => {
    expect(() => readData('push-closed', 0, {}, {})).toThrow(/version 0 cannot be lifted to 1/);
    const data = read('push-closed', 'v1.json') as { closedAt: number };
    const { closedAt, ...rest } = data;
    const lifts = { 'push-closed': { 0: (old: unknown) => ({ ...(old as object), closedAt }) } };
    expect(readData('push-closed', 0, rest, lifts)).toEqual(data);
  });
});
