import { randomBytes } from 'node:crypto';
import { bundleOf } from '../harness/sandbox-control.js';
import { type Scenario, until } from '../harness/scenario.js';
import { outcomesOf } from '../harness/story.js';
import type { Town } from '../harness/town.js';
import { watchPauses } from './pause-watch.js';

/**
 * Mallory has a device like anybody's. Whatever bundle, environment or token it names, what Apple says about that is not about
 * the app: nobody else waits. The app's key is good for production alone.
 */
export async function deviceChoices(scenario: Scenario, town: Town): Promise<void> {
  await bindKeyToProduction(town);
  const watch = await watchPauses(town, 'demo', 'apns');
  const phone = await town.sandbox.addPhone('apns');
  const token = await town.sandbox.token(phone.phoneId);
  const { code } = await town.http<{ code: string }>('PUT', '/v1/devices/mallory-1/push', {
    bearer: await town.clientToken('mallory'),
    body: { vendor: 'apns', token, bundle: 'com.mallory' },
    expect: 422,
  });
  scenario.equal("a bundle that is not the app's is refused", code, 'bundle-not-configured');

  const choices = [
    {
      name: 'development, which the key is not good for',
      choice: { token, environment: 'development' },
      said: ['deferred', 'vendor-unavailable', 'BadEnvironmentKeyInToken'],
    },
    {
      name: 'a dead token of unknown environment',
      choice: { token: randomBytes(32).toString('hex'), environment: 'automatic' },
      said: ['rejected', 'token-malformed', 'BadDeviceToken/BadEnvironmentKeyInToken'],
    },
  ] as const;
  for (const [index, { name, choice, said }] of choices.entries()) {
    const user = `mallory-${index}`;
    await town.register(user, { user, vendor: 'apns', ...choice });
    const { messageId } = await town.send({ sender: 'ana', recipients: [user] });
    const [outcome] = await outcomesOf(town, messageId);
    scenario.equal(`${name}: that push alone`, [outcome?.kind, outcome?.reason, outcome?.vendorCode], said);
  }

  const bob = await town.phoneOf('unharmed', 'apns');
  const { messageId } = await town.send({ sender: 'ana', recipients: ['unharmed'] });
  await until("somebody else's push is shown", async () =>
    (await town.sandbox.lockScreen(bob.phoneId)).some(({ collapse }) => collapse === messageId),
  );
  await watch.stop();
  scenario.equal("… the app's consumers never paused", watch.pauses, []);
}

/** Apple's keys are for one environment now; those of the town are older and good for both. */
async function bindKeyToProduction(town: Town): Promise<void> {
  const { keys } = await town.sandbox.call<{ keys: { topics: readonly string[] | null }[] }>('GET', '/keys');
  const own = keys.find(({ topics }) => topics?.includes(bundleOf('demo')) === true);
  if (own === undefined) throw new Error('the sandbox knows no key of the app');
  await town.sandbox.call('PUT', '/keys', { ...own, environment: 'production' });
}
