import { ContractError } from '@reveille/contracts/errors';
import { expect, it } from 'vitest';
import { deviceLookup } from './device-lookup.js';

interface Question {
  readonly users: readonly { readonly app: string; readonly user: string }[];
}

/** A lookup whose questions are answered by the test. */
function desk(answer: (question: Question) => unknown) {
  const sizes: number[] = [];
  const ask = async (_subject: string, body: unknown) => answer(body as Question) as never;
  const bus = { asker: { ask, askMany: () => ({ close: () => undefined }), pending: () => 0 } };
  const lookup = deviceLookup(bus, (size) => sizes.push(size));
  const both = () => Promise.allSettled(['ana', 'bob'].map((user) => lookup.describe('demo', user)));
  return { both, sizes };
}

it('asks once for what comes together, and gives each their own', async () => {
  const { both, sizes } = desk(({ users }) => ({
    users: users.map((one) => ({ ...one, devices: [{ deviceId: `${one.user}-1` }] })),
  }));
  expect(await both()).toEqual([
    { status: 'fulfilled', value: [{ deviceId: 'ana-1' }] },
    { status: 'fulfilled', value: [{ deviceId: 'bob-1' }] },
  ]);
  expect(sizes).toEqual([2]);
});

it.each<[string, (question: Question) => unknown]>([
  ['about others', ({ users }) => ({ users: users.map(({ app }) => ({ app, user: 'eve', devices: [] })) })],
  ['of another app', ({ users }) => ({ users: users.map(({ user }) => ({ app: 'b', user, devices: [] })) })],
  ['too short', ({ users }) => ({ users: users.slice(1).map((one) => ({ ...one, devices: [] })) })],
  ['without devices', ({ users }) => ({ users })],
  ['of another shape', () => ({ done: true })],
  ['of nothing', () => null],
])('an answer %s is for later, and never the message’s fault', async (_, answer) => {
  const { both, sizes } = desk(answer);
  for (const outcome of await both()) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'UnavailableError' } });
  }
  expect(sizes).toEqual([2]);
});

it('a question that presence cannot read is looked for alone', async () => {
  const { both, sizes } = desk(({ users }) => {
    if (users.some(({ user }) => user === 'bob')) throw new ContractError('what is this');
    return { users: users.map((one) => ({ ...one, devices: [] })) };
  });
  expect((await both()).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(sizes).toEqual([2, 1, 1]);
});
