import { clientFrameSchema } from '@reveille/contracts/ws/frames';
import { expect, it } from 'vitest';
import { type ConnectionState, permits } from './handshake.js';

const types = clientFrameSchema.options.map((option) => option.shape.t.value);
const taken = (state: ConnectionState) => types.filter((type) => permits(state, type).kind === 'allowed');

it.each<[ConnectionState, string[]]>([
  ['connecting', ['hello', 'ping']],
  ['greeted', ['hello', 'login', 'ping']],
  ['opening', ['ping']],
  ['open', ['send', 'ack', 'state', 'inbox', 'ping', 'logout']],
  ['closed', ['ping']],
])('%s takes %j', (state, expected) => {
  expect(taken(state)).toEqual(expected);
});

it('says why not', () => {
  expect(permits('open', 'login')).toMatchObject({ code: 'already-logged-in' });
  expect(permits('greeted', 'send')).toMatchObject({ code: 'not-logged-in' });
});
