import type { ReceiptTicket } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { OppoSwitches } from './oppo.switches.js';

/** Document 11239. */
export type OppoEvent = 'push_arrive' | 'regid_invalid' | 'user_daily_limit';

/** Posts a receipt: a JSON array, in which OPPO puts together what goes to one URL. It is not documented that it tries again. */
export function makeReceiptPoster(
  desk: VendorDesk,
  switches: OppoSwitches,
): (ticket: ReceiptTicket, event: OppoEvent) => void {
  const form: ReceiptForm = {
    encode: (items) => ({
      headers: { 'content-type': 'application/json;charset=UTF-8' },
      body: JSON.stringify(items),
    }),
    mostItems: 100,
    get gatherMs() {
      return switches.receiptGatherMs;
    },
    retryAfterMs: [],
  };
  return ({ url, token, param, more }, event) => {
    const item = (messageId: string, registrationId: string): object => ({
      messageId,
      appId: more['appId'] ?? '',
      taskId: messageId,
      registrationIds: registrationId,
      eventTime: String(desk.clock.now()),
      param: param ?? '',
      eventType: event,
    });
    const order = {
      vendor: 'oppo',
      url,
      token,
      phoneId: desk.phones.findToken(token)?.phone.phoneId ?? null,
      status: event,
      item: item(more['messageId'] ?? '', token),
      stranger: () => item(`${more['appId'] ?? ''}-1-1-${desk.random.hex(12)}`, `CN_${desk.random.hex(16)}`),
    };
    desk.receipts.post(order, form);
  };
}
