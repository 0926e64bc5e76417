import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { connectAs } from './harness/nats-identity.js';
import { RawClient } from './harness/raw-client.js';
import { runScenario, until } from './harness/scenario.js';
import { entriesOf, outcomesOf, verdictOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

type Field = 'missing' | 'settledTwice' | 'jobsLost' | 'unexplainedDuplicates' | 'acknowledgedAndPushed';
type Report = Record<Field, number>;

// The audit must see what it is for: each fault is planted in a real log, in the only way that a broken router or worker could.
await runScenario('audit-catches', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());
  const nc = await connectAs(town, 'operator');
  scenario.defer(() => nc.close());
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc, { checkAPI: false });

  await town.phoneOf('bob', 'apns');
  const pushed: string[] = [];
  for (let index = 0; index < 4; index += 1) {
    const { messageId } = await town.send({ sender: 'ana', recipients: ['bob'] });
    await outcomesOf(town, messageId);
    pushed.push(messageId);
  }
  const dora = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'dora-1',
    token: await town.clientToken('dora'),
  });
  scenario.defer(() => dora.close());
  const { messageId: seen } = await town.send({ sender: 'ana', recipients: ['dora'] });
  scenario.equal('dora acknowledged', await verdictOf(town, seen), 'acknowledged');
  const [unsettled, settledTwice, jobless, answeredTwice] = pushed as [string, string, string, string];

  const audit = async (): Promise<{ report: Report; code: number }> => {
    const { stdout, code } = await reveille('audit', '--data', town.ready.data, '--json');
    return { report: JSON.parse(stdout) as Report, code };
  };
  const before = await audit();
  scenario.equal('a whole log: exit code', before.code, 0);
  let previous = before.report;
  let planted = 0;
  let caught = 0;
  const plant = async (field: Field, title: string, action: () => Promise<unknown>): Promise<void> => {
    await action();
    planted += 1;
    const { report, code } = await audit();
    const isCaught = report[field] === previous[field] + 1 && code === 1;
    scenario.check(`caught: ${title}`, isCaught, JSON.stringify(report));
    if (isCaught) caught += 1;
    previous = report;
  };
  /** The stored fact about a message in a stream. */
  const find = async (stream: string, messageId: string) => {
    const { state } = await jsm.streams.info(stream);
    for (let seq = state.last_seq; seq >= state.first_seq; seq -= 1) {
      const stored = await jsm.streams.getMessage(stream, { seq });
      if (stored !== null && stored.string().includes(messageId)) return stored;
    }
    throw new Error(`${stream} has nothing on ${messageId}`);
  };
  const again = (from: MsgHdrs, id: string): MsgHdrs => {
    const copy = headers();
    for (const [name, values] of from) copy.set(name, values[0] ?? '');
    copy.set('Nats-Msg-Id', `${town.app}:${id}`);
    return copy;
  };

  await plant('missing', 'settled removed', async () => {
    await jsm.streams.deleteMessage('DELIVERIES', (await find('DELIVERIES', unsettled)).seq);
  });
  await plant('settledTwice', 'settled twice', async () => {
    const stored = await find('DELIVERIES', settledTwice);
    await js.publish(stored.subject, stored.data, { headers: again(stored.header, 'planted-settled') });
  });
  await plant('jobsLost', 'job lost', async () => {
    await jsm.streams.deleteMessage('PUSHES', (await find('PUSHES', jobless)).seq);
  });
  await plant('unexplainedDuplicates', 'outcome twice', async () => {
    const stored = await find('PUSHES', answeredTwice);
    await js.publish(stored.subject, stored.data, { headers: again(stored.header, 'planted-outcome') });
  });
  await plant('acknowledgedAndPushed', 'pushed though acknowledged', async () => {
    const stored = await find('PUSHES', answeredTwice);
    const attempted = JSON.parse(new TextDecoder().decode(stored.data)) as {
      messageId: string;
      outcomes: { user: string; deviceId: string }[];
    };
    attempted.messageId = seen;
    for (const outcome of attempted.outcomes) Object.assign(outcome, { user: 'dora', deviceId: 'dora-1' });
    await js.publish(stored.subject, JSON.stringify(attempted), {
      headers: again(stored.header, 'planted-push'),
    });
  });
  await until(
    'the story shows the planted push',
    async () => (await entriesOf(town, seen, 'push-attempted')).length > 0,
  );
  return `planted ${planted} caught ${caught}`;
});
