import type { ServerIdentity } from '../../authority.js';
import type { VendorDoor } from '../../sandbox-vendor.js';
import type { Exchange } from '../../wire/exchange.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { makeCallAnswerer } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { authPath, type VivoAuth } from './vivo.auth.js';
import { plannedAnswer } from './vivo.codes.js';
import { listPath, savePath, singlePath, type VivoDesk } from './vivo.desk.js';
import { parseObject } from '../read-json.js';

/** Under which name its requests stand in the ledger and in faults. */
export const vivoTokenEndpoint = 'vivo-auth';
const notFound = 404;

/** vivo's push host. Its documents show HTTP/1.1; HTTP/2 is taken too. */
export function openVivoDoor(
  port: string,
  desk: VendorDesk,
  auth: VivoAuth,
  sends: VivoDesk,
  identity: ServerIdentity,
): VendorDoor {
  const answerCall = makeCallAnswerer(desk);
  const grant = (exchange: Exchange): void =>
    answerCall(exchange, {
      vendor: vivoTokenEndpoint,
      environment: null,
      topic: null,
      pushType: null,
      targets: [],
      // Signs are credentials: the ledger never keeps them.
      payload: null,
      process: () => auth.grant(parseObject(exchange.body.toString('utf8')) ?? {}, desk.clock.now()),
      planned: plannedAnswer,
    });
  const calls = new Map<string, (exchange: Exchange) => void>([
    [authPath, grant],
    [singlePath, (exchange) => sends.single(exchange)],
    [savePath, (exchange) => sends.save(exchange)],
    [listPath, (exchange) => sends.list(exchange)],
  ]);
  return new HttpsDoor({
    port,
    identity,
    streamLimit: () => 100,
    onExchange: (exchange) => {
      const call = exchange.method === 'POST' ? calls.get(exchange.path.split('?')[0] ?? '') : undefined;
      if (call === undefined) return exchange.answer({ status: notFound });
      call(exchange);
    },
  });
}
