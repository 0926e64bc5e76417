import { expect, it } from 'vitest';
import { ConnectionRegistry } from './connection-registry.js';

function desk() {
  const told: string[] = [];
  const registry = new ConnectionRegistry<ReturnType<typeof connection>>({
    arrived: async (app, user) => void told.push(`+${app}/${user}`),
    left: (app, user) => void told.push(`-${app}/${user}`),
  });
  return { registry, told };
}
const connection = (sessionId: string, user = 'ana', app = 'chat') => ({ session: { app, user, sessionId } });

it('tells of the first connection of a user and of the end of the last', async () => {
  const { registry, told } = desk();
  const [phone, tablet] = [connection('s1'), connection('s2')];
  await registry.add(phone);
  await registry.add(tablet);
  expect(registry.of('chat', 'ana')).toEqual([phone, tablet]);
  expect([registry.bySession('s2'), registry.bySession('s3'), registry.size]).toEqual([tablet, null, 2]);
  registry.remove(phone);
  registry.remove(phone);
  expect(told).toEqual(['+chat/ana', '+chat/ana']);
  registry.remove(tablet);
  expect(told).toEqual(['+chat/ana', '+chat/ana', '-chat/ana']);
  expect([registry.of('chat', 'ana'), registry.size]).toEqual([[], 0]);
});

it('keeps users of the same name in two apps apart', async () => {
  const { registry } = desk();
  const [here, there] = [connection('s1'), connection('s2', 'ana', 'other')];
  await registry.add(here);
  await registry.add(there);
  expect([registry.of('chat', 'ana'), registry.of('other', 'ana')]).toEqual([[here], [there]]);
});

it('does not know a connection without a session', async () => {
  const { registry, told } = desk();
  const anonymous = { session: null } as never;
  await registry.add(anonymous);
  registry.remove(anonymous);
  expect([registry.size, told]).toEqual([0, []]);
});
