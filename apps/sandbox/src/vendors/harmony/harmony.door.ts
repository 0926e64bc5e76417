import type { ServerIdentity } from '../../authority.js';
import type { VendorDoor } from '../../sandbox-vendor.js';
import { decodePart } from '../../wire/decode-part.js';
import { HttpsDoor } from '../../wire/https-door.js';
import type { VendorDesk } from '../vendor-desk.js';
import { pageAnswer } from './harmony.codes.js';
import { HarmonyDesk } from './harmony.desk.js';
import type { HarmonyProjects } from './harmony.projects.js';
import { DeviceQuotas } from '../device-quotas.js';
import { answerRevocations } from './harmony.revoke.js';
import type { HarmonySwitches } from './harmony.switches.js';

const sendForm = /^\/v3\/([^/]+)\/messages:send$/;
const revokeForm = /^\/v1\/([^/]+)\/messages:revoke$/;
const notFound = 404;
const methodNotAllowed = 405;
const streamLimit = 100;

/** push-api.cloud.huawei.com as HarmonyOS 5 uses it. HTTP/2 is not documented and taken all the same. */
export function openHarmonyDoor(
  port: string,
  desk: VendorDesk,
  projects: HarmonyProjects,
  switches: HarmonySwitches,
  identity: ServerIdentity,
): VendorDoor {
  const sends = new HarmonyDesk(desk, projects, new DeviceQuotas(switches), switches);
  const revoke = answerRevocations(desk, projects);
  return new HttpsDoor({
    port,
    identity,
    streamLimit: () => streamLimit,
    onExchange: (exchange) => {
      const [path = ''] = exchange.path.split('?');
      const projectId = sendForm.exec(path)?.[1];
      const clientId = revokeForm.exec(path)?.[1];
      if (projectId === undefined && clientId === undefined)
        return exchange.answer(pageAnswer(notFound, null));
      if (exchange.method !== 'POST') return exchange.answer(pageAnswer(methodNotAllowed, null));
      if (projectId !== undefined) return sends.handle(exchange, decodePart(projectId) ?? '');
      revoke(exchange, decodePart(clientId ?? '') ?? '');
    },
  });
}
