import { expect, test } from 'vitest';
import { readMessage } from './harmony.validate.js';

const notification = { category: 'IM', title: 'a', body: 'b', clickAction: { actionType: 0 } };
const body = (payload: object, pushOptions?: object, token: readonly string[] = ['a']): string =>
  JSON.stringify({ payload, target: { token }, pushOptions });
const codeOf = (text: string, pushType: string | undefined): string => {
  const read = readMessage(text, pushType);
  return 'code' in read ? read.code : 'good';
};
const extraData = (text: string): object => ({ extraData: text });

test.each([
  ['an alert', body({ notification }), '0', 'good'],
  ['no push type', body({ notification }), undefined, '80100001'],
  ['a background message', body(extraData('x')), '6', 'good'],
  ['a call', body(extraData('x')), '10', 'good'],
  ['a call with a notification alone', body({ notification }), '10', '80100003'],
  ['an alert with data alone', body(extraData('x')), '0', '80100003'],
  [
    'an alert without a category',
    body({ notification: { ...notification, category: undefined } }),
    '0',
    '80100001',
  ],
  ['a voice broadcast', body({ notification, ...extraData('x') }), '2', 'good'],
  ['a collapse key in the background', body(extraData('x'), { collapseKey: 1 }), '6', '80100013'],
  ['a ttl of nothing', body({ notification }, { ttl: 0 }), '0', '80100004'],
  ['nobody', body({ notification }, {}, []), '0', '80300010'],
  ['a card for two', body({}, {}, ['a', 'b']), '1', '80300010'],
  [
    'a test for eleven',
    body({ notification }, { testMessage: true }, 'abcdefghijk'.split('')),
    '0',
    '80300030',
  ],
])('%s', (_name, text, pushType, code) => {
  expect(codeOf(text, pushType)).toBe(code);
});

test('the tokens do not count', () => {
  const tokens = Array.from({ length: 1_000 }, (_, at) => `token-${at}`);
  const frame = body(extraData(''), {}, []).length - 2;
  expect(codeOf(body(extraData('x'.repeat(4_096 - frame)), {}, tokens), '6')).toBe('good');
  expect(codeOf(body(extraData('x'.repeat(4_097 - frame)), {}, tokens), '6')).toBe('80300008');
});

test('what the app is handed: what a tap brings, or the text', () => {
  const withData = { ...notification, clickAction: { actionType: 0, data: { payload: 'p' } } };
  expect(readMessage(body({ notification: withData }), '0')).toMatchObject({ data: '{"payload":"p"}' });
  expect(readMessage(body(extraData('{"a":1}')), '6')).toMatchObject({ data: '{"a":1}' });
  expect(readMessage(body(extraData('plain')), '6')).toMatchObject({ data: '{"extraData":"plain"}' });
});
