import { runConsumer } from '@reveille/bus/consume';
import { park } from '@reveille/bus/disposition';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { type AppChange, appDocumentSchema } from '@reveille/contracts/app/events';
import type { Instant } from '@reveille/contracts/ids';
import { consumers } from '@reveille/contracts/streams';
import { parseSubject, subjects } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, inShort, phone, RouterTown, type RunningRouter, settings } from './testing/router-town.js';

/** A busy machine answers late, and that is no fault of the router. */
const patience = { timeoutMs: 30_000 };

let town: RouterTown;
let running: RunningRouter;
beforeAll(async () => {
  town = await RouterTown.start();
});
afterAll(async () => {
  await running.stop();
  await town.stop();
});

/** What is stored in DEAD_LETTERS: positions of letters, and what became of them. */
async function letters(): Promise<{ waiting: number[]; settled: string[] }> {
  const untilSequence = await town.log.streamTail('DEAD_LETTERS');
  const [waiting, settled]: [number[], string[]] = [[], []];
  for await (const { subject, sequence } of town.log.scan('DEAD_LETTERS', { subjects: [], untilSequence })) {
    const place = parseSubject(subject);
    if (place === null) waiting.push(sequence);
    else settled.push(`${place.id} ${place.event}`);
  }
  return { waiting, settled };
}
const redrive = (letter: number): Promise<unknown> =>
  town.log.asker.ask(subjects.askRedriveDeadLetter(), { letter, by: 'ana', because: null }, patience);
const drop = (letter: number): Promise<unknown> =>
  town.log.asker.ask(subjects.askDropDeadLetter(), { letter, by: 'ana', because: 'too late' }, patience);

describe('dead letters', () => {
  it('a message that was given up is delivered by its handler, from where it is stored', async () => {
    town.devices.set('bob', [phone('bob-1')]);
    const bus = await town.nats.connectAs('router');
    const { stream, name } = consumers.deliverMessage;
    const broken = runConsumer(bus, {
      stream,
      consumer: name,
      maxInFlight: 10,
      handle: async () => park('failed 5 times: a bug'),
    });
    const { messageId } = await town.accept(['bob']);
    await waitUntil('it is given up', async () => (await letters()).waiting.length === 1);
    await broken.stop();
    await bus.drain();
    running = await town.openRouter();
    expect(await town.settled(messageId)).toEqual([]);

    const [letter = 0] = (await letters()).waiting;
    expect(await redrive(letter)).toEqual({ settled: 'redriven' });
    expect((await town.settled(messageId)).flatMap(inShort)).toEqual(['bob-1 push']);
    expect(await town.whenJobs(messageId)).toHaveLength(1);
    await expect(redrive(letter)).rejects.toMatchObject({ code: 'dead-letter-settled' });
    expect((await letters()).settled).toEqual([`${letter} redriven`]);
  });

  it('a job goes out again under its id, without its token; one that is no job is refused and can be dropped', async () => {
    const { messageId } = await town.accept(['bob']);
    const [job] = await town.whenJobs(messageId);
    const worker = await town.nats.connectAs('vendor-workers');
    const give = async (data: unknown, sequence: number): Promise<number> => {
      const { sequence: letter } = await worker.publisher.publish({
        subject: subjects.deadLetter('PUSH_JOBS', 'push-apns-normal-demo'),
        messageId: `PUSH_JOBS:push-apns-normal-demo:${sequence}`,
        data: Buffer.from(
          JSON.stringify({
            stream: 'PUSH_JOBS',
            consumer: 'push-apns-normal-demo',
            subject: subjects.pushJob('apns', 'normal', app),
            sequence,
            storedAt: 1 satisfies Instant,
            headers: {},
            data,
            size: 1,
            reason: 'unclassified answer: Teapot',
            attempts: 1,
            parkedAt: 2,
          }),
        ),
      });
      return letter;
    };
    const letter = await give({ ...job, attempt: 2 }, 31);
    const nonsense = await give({ jobId: 'x' }, 32);
    await worker.drain();
    await redrive(letter);
    const again = (await town.whenJobs(messageId, 2))[1];
    expect(again).toMatchObject({
      jobId: job?.jobId,
      attempt: 1,
      repeat: true,
      redrive: { letter, attempt: 2 },
      targets: [{ deviceId: 'bob-1', sealedToken: null }],
    });
    await expect(redrive(nonsense)).rejects.toMatchObject({ code: 'dead-letter-unfit' });
    expect(await drop(nonsense)).toEqual({ settled: 'dropped' });
    await expect(redrive(999)).rejects.toMatchObject({ code: 'dead-letter-unknown' });
  });
});

describe('apps', () => {
  const change: AppChange = { from: 'apply', by: 'ana', because: null, restored: null };
  const configure = (document: object, seen: number | null): Promise<unknown> =>
    town.log.asker.ask(subjects.askConfigureApp(app), { document, seen, change }, patience);

  it('change by revisions, for whoever has seen the present one', async () => {
    const document = appDocumentSchema.parse({ ...settings(), ttlSeconds: 7 });
    expect(await configure(document, 1)).toEqual({ revision: 2, isChanged: true });
    await expect(configure(document, 1)).rejects.toMatchObject({ code: 'app-conflict' });
    expect(await configure(document, 2)).toEqual({ revision: 2, isChanged: false });
  });

  it('stay as they were changed when a router starts with the file of before', async () => {
    const other = await town.openRouter();
    await other.stop();
    const last = await town.log.getLastMessage('APPS', subjects.app(app, 'configured'));
    expect(JSON.parse(Buffer.from(last?.data ?? []).toString())).toMatchObject({
      revision: 2,
      ttlSeconds: 7,
    });
  });
});
