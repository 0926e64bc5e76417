import fc from 'fast-check';
import { nearMissOf, readFixtures } from './near-misses.js';

/** Never something that could be meant: it has no valid `messageId` together with recipients. */
export const anyBody = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"messageId":1}',
    '{"recipients":[]}',
    '{"__proto__":{"a":1}}',
    '\u0000',
    '{"a":'.repeat(200),
  ),
  fc.json(),
  fc
    .record({
      messageId: fc.constantFrom('', 'a b', 'x'.repeat(65)),
      sender: fc.string(),
      recipients: fc.array(fc.string(), { maxLength: 3 }),
      content: fc.jsonValue(),
    })
    .map((value) => JSON.stringify(value)),
);

export interface AnyRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

const sendPath = '/v1/messages';
const pushPaths = ['/v1/devices/d1/push', '/v1/devices/%00/push', `/v1/devices/${'d'.repeat(300)}/push`];
const bodyLike = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    anyBody,
    nearMissOf(readFixtures('http', name)).map((value) => JSON.stringify(value)),
  );
const request = (method: string, path: fc.Arbitrary<string>, body: fc.Arbitrary<string>) =>
  fc.record<AnyRequest>({ method: fc.constant(method), path, body });

export const anyRequest: fc.Arbitrary<AnyRequest> = fc.oneof(
  request('POST', fc.constant(sendPath), bodyLike('send-message-request')),
  request('PUT', fc.constantFrom(...pushPaths), bodyLike('register-push-request')),
  request(
    'DELETE',
    fc.constantFrom(...pushPaths, '/v1/devices/a%20b/binding'),
    bodyLike('device-proof-request'),
  ),
);

const clientFrames = ['hello', 'login', 'send', 'ack', 'inbox', 'state', 'ping', 'logout'].flatMap((type) =>
  readFixtures('frames', `client-${type}`),
);
export const anyFrame: fc.Arbitrary<string | Buffer> = fc.oneof(
  anyBody,
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  nearMissOf(clientFrames).map((value) => JSON.stringify(value)),
);

/** Header names and values that NATS itself lets through. */
export const anyHeaders = fc.dictionary(
  fc.constantFrom('ce-id', 'ce-type', 'ce-time', 'im-version', 'im-correlation', 'traceparent', 'x-other'),
  fc.string({ unit: fc.constantFrom('a', '0', '-', ':', ' ', '€'), maxLength: 40 }),
);
