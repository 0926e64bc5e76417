import type { ReceiptTicket } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { VivoSwitches } from './vivo.switches.js';

/** Main types, with the sub type where there is one: `0` arrived, `103` overwritten, `104/12000` not shown for the device's cap. */
export type VivoEvent = '0' | '103' | '104/1040' | '104/10012' | '104/2124' | '104/12000';

interface Item {
  readonly taskId: string;
  readonly target: string;
  readonly param: string;
  readonly ackType: string;
  readonly subAckType: string | null;
  readonly ackTime: number;
}

/**
 * Posts receipts: a map of task id to `{param, targets}`. The exact form, the fields of types and any further tries are in no document
 * that could be read. What happened differently to one task goes in requests of their own.
 */
export function makeReceiptPoster(
  desk: VendorDesk,
  switches: VivoSwitches,
): (ticket: ReceiptTicket, event: VivoEvent) => void {
  const form: ReceiptForm = {
    encode: (items) => ({
      headers: { 'content-type': 'application/json;charset=UTF-8' },
      body: JSON.stringify(encode(items as readonly Item[])),
    }),
    mostItems: 100,
    get gatherMs() {
      return switches.receiptGatherMs;
    },
    retryAfterMs: [],
  };
  return ({ url, token, param, more }, event) => {
    const [ackType = '0', subAckType = null] = event.split('/');
    const item = (taskId: string, target: string): Item => ({
      taskId,
      target,
      param: param ?? '',
      ackType,
      subAckType,
      ackTime: desk.clock.now(),
    });
    const order = {
      vendor: 'vivo',
      url,
      token,
      phoneId: desk.phones.findToken(token)?.phone.phoneId ?? null,
      status: event,
      item: item(more['taskId'] ?? '', token),
      stranger: () => item(desk.random.hex(9), `v2-${desk.random.hex(32)}`),
    };
    desk.receipts.post(order, form);
  };
}

function encode(items: readonly Item[]): object {
  const entries = new Map<string, object[]>();
  for (const { taskId, target, ...rest } of items) {
    const ofTask = entries.get(taskId) ?? [];
    entries.set(taskId, ofTask);
    ofTask.push({ ...rest, targets: target });
  }
  const single = [...entries].map(([taskId, list]) => [taskId, list.length === 1 ? list[0] : list]);
  return Object.fromEntries(single) as object;
}
