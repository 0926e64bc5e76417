import { describe, expect, it } from 'vitest';
import { askTypes, storedTypes } from './catalog.js';
import { buildAsyncApi } from './generate/async-api.js';
import { buildOpenApi } from './generate/open-api.js';
import { permissions } from './permissions.js';
import { consumers, consumersFor, streams } from './streams.js';

/** Does a NATS pattern cover another one? */
function covers(pattern: string, subject: string): boolean {
  const a = pattern.split('.');
  const b = subject.split('.');
  for (const [index, token] of a.entries()) {
    if (token === '>') return b.length > index;
    if (b[index] === undefined) return false;
    if (token !== '*' && token !== b[index]) return false;
  }
  return a.length === b.length;
}

describe('the catalogue', () => {
  it('names a stream that exists for every fact and job, and the stream takes its subject', () => {
    for (const [type, known] of Object.entries(storedTypes)) {
      const stream = streams.find(({ name }) => name === known.stream);
      const stored = stream?.transform === null ? stream.subjects : ['im.evt.message.*.*.*'];
      expect(
        stored?.some((pattern) => covers(pattern, known.subject)),
        type,
      ).toBe(true);
    }
  });
  it('lets the owner of every fact publish it', () => {
    for (const [type, known] of Object.entries(storedTypes)) {
      const subject = known.stream === 'MESSAGES' ? 'im.in.*.message.*.*' : known.subject;
      expect(
        permissions[known.owner].publish.some((pattern) => covers(pattern, subject)),
        type,
      ).toBe(true);
    }
  });
  it('lets every asker ask and every owner hear it', () => {
    for (const [name, ask] of Object.entries(askTypes)) {
      for (const asker of ask.askers) {
        expect(
          permissions[asker].publish.some((pattern) => covers(pattern, ask.subject)),
          `${asker} asks ${name}`,
        ).toBe(true);
      }
      expect(
        permissions[ask.owner].subscribe.some((pattern) => covers(pattern, ask.subject)),
        `${ask.owner} hears ${name}`,
      ).toBe(true);
      if (ask.answer !== null) expect(permissions[ask.owner].responds, `${ask.owner} answers`).not.toBeNull();
    }
  });
  it('gives push jobs to the router alone and waiting jobs to the workers alone', () => {
    const who = (subject: string): string[] =>
      Object.values(permissions)
        .filter(({ identity }) => identity !== 'operator')
        .filter(({ publish }) => publish.some((pattern) => covers(pattern, subject)))
        .map(({ identity }) => identity);
    expect(who('im.job.push.apns.normal.demo')).toEqual(['router']);
    expect(who('im.job.push-later.apns.normal.demo.x')).toEqual(['vendor-workers']);
    expect(who('im.evt.delivery.demo.1.settled')).toEqual(['router']);
    expect(who('im.evt.device.demo.d')).toEqual(['presence']);
    expect(who('im.evt.push.demo.1.apns.attempted')).toEqual(['vendor-workers']);
  });
  it('gives every consumer exactly one service', () => {
    for (const { stream, name } of Object.values(consumers)) {
      const owners = Object.values(permissions).filter(({ consumes, projects }) =>
        [...consumes, ...projects].some((entry) => entry.stream === stream && entry.consumer === name),
      );
      expect(owners.length, name).toBe(1);
    }
  });
  it('names the consumers of an app by vendor and lane', () => {
    const names = consumersFor(['demo']).map(({ name }) => name);
    expect(names).toContain('push-apns-normal-demo');
    expect(names).toContain('push-fcm-urgent-demo');
    expect(new Set(names).size).toBe(names.length);
  });
  it('drops nothing from a stream of work', () => {
    for (const stream of streams.filter(({ retention }) => retention === 'workqueue')) {
      expect(stream).toMatchObject({ maxAgeMs: null, maxBytes: null });
    }
  });
});

describe('the generated documents', () => {
  it('give a platform its subjects, its live ask and the words for both', () => {
    const document = JSON.stringify(buildAsyncApi());
    expect(document).toContain('im.in.{app}.message.{conversationKey}.accepted');
    expect(document).toContain('im.live.{app}.{user}');
    expect(document).toContain('Silence of a platform that has subscribed costs the whole deadline');
  });
  it('list every HTTP route', () => {
    const paths = buildOpenApi()['paths'] as Record<string, unknown>;
    expect(Object.keys(paths)).toEqual([
      '/v1/messages',
      '/v1/messages/{messageId}/timeline',
      '/v1/devices/{deviceId}/push',
      '/v1/devices/{deviceId}/binding',
      '/v1/users/{user}',
      '/v1/inbox',
    ]);
  });
});
