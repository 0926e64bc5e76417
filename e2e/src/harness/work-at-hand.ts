import { consumers } from '@reveille/contracts/streams';
import type { Town } from './town.js';

/** What the log holds unfinished at one moment, as nats-server counts it. */
export interface WorkAtHand {
  /** Messages that were accepted and have no acknowledgement of the router yet. */
  readonly unsettled: number;
  /** Push jobs that lie before or at the workers. */
  readonly jobs: number;
  /** Everything in the stream of jobs, those that wait for a later time included. */
  readonly jobsStored: number;
  readonly deadLetters: number;
}

interface Monitored {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: { readonly messages: number };
      readonly consumer_detail?: readonly {
        readonly name: string;
        readonly num_pending: number;
        readonly num_ack_pending: number;
      }[];
    }[];
  }[];
}

/** Asks nats-server's monitor; null while it does not answer, or has not loaded its streams. */
export async function workAtHand(town: Town): Promise<WorkAtHand | null> {
  const url = `http://127.0.0.1:${town.ready.ports['natsMonitor']}/jsz?accounts=true&streams=true&consumers=true`;
  let body: Monitored;
  try {
    body = (await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json()) as Monitored;
  } catch {
    return null;
  }
  const streams = (body.account_details ?? []).flatMap(({ stream_detail }) => stream_detail ?? []);
  const stream = (name: string) => streams.find((candidate) => candidate.name === name);
  const [messages, jobs, letters] = [stream('MESSAGES'), stream('PUSH_JOBS'), stream('DEAD_LETTERS')];
  const router = messages?.consumer_detail?.find(({ name }) => name === consumers.deliverMessage.name);
  if (router === undefined || jobs === undefined || letters === undefined) return null;
  return {
    unsettled: router.num_pending + router.num_ack_pending,
    jobs: (jobs.consumer_detail ?? []).reduce(
      (sum, { num_pending, num_ack_pending }) => sum + num_pending + num_ack_pending,
      0,
    ),
    jobsStored: jobs.state.messages,
    deadLetters: letters.state.messages,
  };
}
