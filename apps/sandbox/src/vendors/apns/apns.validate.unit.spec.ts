import { expect, test } from 'vitest';
import type { Exchange } from '../../wire/exchange.js';
import { bundleOfTopic } from './apns.push-types.js';
import {
  checkHeaders,
  checkPayload,
  checkTarget,
  checkTopicRight,
  type ApnsRequest,
} from './apns.validate.js';

const unused = (): never => {
  throw new Error('validation does not answer');
};

function exchangeWith(headers: Record<string, string>, repeatedHeaders: string[] = []): Exchange {
  return {
    method: 'POST',
    path: '/3/device/aa',
    headers: { 'apns-topic': 'org.example.chat', ...headers },
    repeatedHeaders,
    body: Buffer.alloc(0),
    protocol: 'h2',
    connectionId: 1,
    streamId: 1,
    answer: unused,
    reset: unused,
    cut: unused,
    silence: unused,
    goAway: unused,
  };
}

test.each([
  ['POST', '/3/device/aa', 'good'],
  ['POST', '/3/device/', 'good'],
  ['GET', '/3/device/aa', 'MethodNotAllowed'],
  ['POST', '/2/device/aa', 'BadPath'],
  ['POST', '/3/device/aa/bb', 'BadPath'],
  ['GET', '/', 'BadPath'],
])('%s %s: %s', (method, path, expected) => {
  const checked = checkTarget(method, path);
  expect(checked.kind === 'good' ? 'good' : checked.reason).toBe(expected);
});

test.each<[string, Record<string, string>, string]>([
  ['nothing but a topic', {}, 'good'],
  ['a UUID', { 'apns-id': '3f1c9a52-7c1e-4f0a-9d57-0b1e2c3d4e5f' }, 'good'],
  ['no UUID', { 'apns-id': '3f1c9a52' }, 'BadMessageId'],
  ['an expiration', { 'apns-expiration': '1900000000' }, 'good'],
  ['a negative expiration', { 'apns-expiration': '-1' }, 'BadExpirationDate'],
  ['a fraction as expiration', { 'apns-expiration': '1.5' }, 'BadExpirationDate'],
  ['priority 5', { 'apns-priority': '5' }, 'good'],
  ['priority 05', { 'apns-priority': '05' }, 'BadPriority'],
  ['background at 1', { 'apns-push-type': 'background', 'apns-priority': '1' }, 'good'],
  ['background at 10', { 'apns-push-type': 'background', 'apns-priority': '10' }, 'BadPriority'],
  ['Alert, upper case', { 'apns-push-type': 'Alert' }, 'InvalidPushType'],
  ['a property of every object', { 'apns-push-type': 'constructor' }, 'InvalidPushType'],
  ['collapse id of 64', { 'apns-collapse-id': 'c'.repeat(64) }, 'good'],
  ['collapse id of 65', { 'apns-collapse-id': 'c'.repeat(65) }, 'BadCollapseId'],
  ['an empty topic', { 'apns-topic': '' }, 'MissingTopic'],
  ['mdm with a UID', { 'apns-push-type': 'mdm', 'apns-topic': 'com.apple.mgmt.External.1' }, 'good'],
])('headers: %s', (_name, headers, expected) => {
  const checked = checkHeaders(exchangeWith(headers), 'aa', null);
  expect(checked.kind === 'good' ? 'good' : checked.reason).toBe(expected);
});

test('a repeated header is refused before its value is read', () => {
  const checked = checkHeaders(exchangeWith({ 'apns-priority': '5, 7' }, ['apns-priority']), 'aa', null);
  expect(checked).toEqual({ kind: 'refused', reason: 'DuplicateHeaders' });
});

test('a certificate lends its topic', () => {
  const checked = checkHeaders({ ...exchangeWith({}), headers: {} }, 'aa', 'org.example.fallback');
  expect(checked).toMatchObject({
    kind: 'good',
    value: { topic: 'org.example.fallback', bundle: 'org.example.fallback' },
  });
});

test.each([
  ['org.example.chat', 'alert', 'org.example.chat'],
  ['org.example.chat.voip', 'voip', 'org.example.chat'],
  ['org.example.chat', 'voip', null],
  ['org.example.chat.voip', 'alert', null],
  ['org.example.chat.voip-ptt', 'pushtotalk', 'org.example.chat'],
  ['org.example.chat.push-type.liveactivity', 'liveactivity', 'org.example.chat'],
  ['org.example.chat.location-query', null, 'org.example.chat'],
  ['org.example.chat', null, 'org.example.chat'],
] as const)('topic %s as %s belongs to %s', (topic, pushType, bundle) => {
  expect(bundleOfTopic(topic, pushType)).toBe(bundle);
});

const request: ApnsRequest = {
  deviceToken: 'aa',
  apnsId: null,
  topic: 'org.example.chat',
  bundle: 'org.example.chat',
  pushType: 'alert',
  collapseId: null,
  expiration: null,
};

test.each([
  ['alert', 0, 'PayloadEmpty'],
  ['alert', 4_096, null],
  ['alert', 4_097, 'PayloadTooLarge'],
  ['voip', 5_120, null],
  ['voip', 5_121, 'PayloadTooLarge'],
] as const)('%s of %i bytes: %s', (pushType, bytes, expected) => {
  expect(checkPayload({ ...request, pushType }, Buffer.alloc(bytes))).toBe(expected);
});

test('a key for some topics takes their sub-topics', () => {
  expect(checkTopicRight({ ...request, topic: 'org.example.chat.voip' }, ['org.example.chat'])).toBeNull();
  expect(checkTopicRight(request, ['org.example.other'])).toBe('TopicDisallowed');
  expect(checkTopicRight(request, null)).toBeNull();
});
