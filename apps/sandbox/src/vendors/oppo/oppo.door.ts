import type { ServerIdentity } from '../../authority.js';
import type { VendorDoor } from '../../sandbox-vendor.js';
import type { Exchange } from '../../wire/exchange.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { makeCallAnswerer } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { authPath, type OppoAuth, readForm } from './oppo.auth.js';
import { type OppoCode, refusal, refusalAnswer } from './oppo.codes.js';
import { batchPath, feedbackPath, type OppoDesk, planned, refused, unicastPath } from './oppo.desk.js';

/** Under which name its requests stand in the ledger and in faults. */
export const oppoTokenEndpoint = 'oppo-auth';

/** OPPO's send and feedback hosts on one TLS port. Its documents show HTTP/1.1; HTTP/2 is taken too. */
export function openOppoDoor(
  port: string,
  desk: VendorDesk,
  auth: OppoAuth,
  sends: OppoDesk,
  identity: ServerIdentity,
): VendorDoor {
  const answerCall = makeCallAnswerer(desk);
  const grant = (exchange: Exchange): void => {
    const form = readForm(exchange);
    answerCall(exchange, {
      vendor: oppoTokenEndpoint,
      environment: null,
      topic: null,
      pushType: null,
      targets: [],
      // Signs are credentials: the ledger never keeps them.
      payload: null,
      process: () => ('code' in form ? refused(form) : auth.grant(form, desk.clock.now())),
      planned,
    });
  };
  const calls: Readonly<Record<string, { readonly method: string; readonly handle: (e: Exchange) => void }>> =
    {
      [authPath]: { method: 'POST', handle: grant },
      [unicastPath]: { method: 'POST', handle: (exchange) => sends.send(exchange, false) },
      [batchPath]: { method: 'POST', handle: (exchange) => sends.send(exchange, true) },
      [feedbackPath]: { method: 'GET', handle: (exchange) => sends.listDeadIds(exchange) },
    };
  return new HttpsDoor({
    port,
    identity,
    streamLimit: () => 100,
    onExchange: (exchange) => {
      const [path = ''] = exchange.path.split('?');
      const call = Object.hasOwn(calls, path) ? calls[path] : undefined;
      if (call === undefined) return refuse(exchange, '20');
      if (call.method !== exchange.method) return refuse(exchange, '12');
      call.handle(exchange);
    },
  });
}

function refuse(exchange: Exchange, code: OppoCode): void {
  exchange.answer(refusalAnswer(refusal(code)));
}
