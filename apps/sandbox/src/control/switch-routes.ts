import type { SandboxClock } from '../sandbox-clock.js';
import { badRequest, Body } from './body.js';
import type { ControlRoute } from './control-server.js';

const furthestOffsetMs = 10 * 365 * 86_400_000;

type Switches = Record<string, unknown>;

/** `/switches` (by group) and `/clock`. */
export function switchRoutes(groups: Readonly<Record<string, object>>, clock: SandboxClock): ControlRoute[] {
  return [
    { method: 'GET', path: '/switches', handle: () => groups },
    {
      method: 'PUT',
      path: '/switches',
      handle: ({ body }) => {
        for (const [name, group] of Object.entries(groups)) {
          if (body.has(name))
            turn(name, group as Switches, Body.of(body.value(name)), body.value(name) as Switches);
        }
        return groups;
      },
    },
    { method: 'GET', path: '/clock', handle: () => ({ offsetMs: clock.offsetMs, now: clock.now() }) },
    {
      method: 'PUT',
      path: '/clock',
      handle: ({ body }) => {
        clock.offsetMs = body.number('offsetMs', null, { min: -furthestOffsetMs, max: furthestOffsetMs });
        return { offsetMs: clock.offsetMs, now: clock.now() };
      },
    },
  ];
}

/** A switch keeps its type; an unknown one is refused, so that a misspelt test does not pass. */
function turn(groupName: string, group: Switches, body: Body, wanted: Switches): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(group, name)) throw badRequest(`there is no switch ${groupName}.${name}`);
    if (typeof group[name] !== typeof value)
      throw badRequest(`"${groupName}.${name}" must be a ${typeof group[name]}`);
    group[name] = body.value(name);
  }
}
