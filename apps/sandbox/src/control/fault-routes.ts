import type { FaultAction, FaultPlan, FaultPlans } from '../faults.js';
import { errorCode } from '../wire/frame.js';
import { badRequest, type Body } from './body.js';
import type { ControlRoute } from './control-server.js';

const faultKinds = [
  'delay',
  'slow',
  'answer',
  'goaway',
  'reset',
  'cut',
  'cut-before',
  'cut-after',
  'half-open',
  'nonsense',
] as const;
/** What a proxy on the way says. */
const nonsense = '<html><body>It works!</body></html>';
const defaultSlowMs = 16_000;
const longestMs = 600_000;
const milliseconds = { min: 0, max: longestMs };
const anyCount = { min: 0, max: 1_000_000_000 };
const resetCodes = {
  NO_ERROR: errorCode.none,
  PROTOCOL_ERROR: errorCode.protocol,
  INTERNAL_ERROR: errorCode.internal,
  REFUSED_STREAM: errorCode.refusedStream,
  CANCEL: errorCode.cancel,
  ENHANCE_YOUR_CALM: errorCode.enhanceYourCalm,
} as const;
type CodeName = keyof typeof resetCodes;

/** `/faults`: what is planned to go wrong. */
export function faultRoutes(
  faults: FaultPlans,
  /** Names that requests stand under. */
  names: readonly string[],
  complete: (plan: FaultPlan) => FaultPlan | null,
): ControlRoute[] {
  const plan = (body: Body): FaultPlan => {
    const completed = complete(readPlan(body, names));
    if (completed === null)
      throw badRequest(`${body.textOrNull('vendor') ?? 'no vendor'} never answers ${body.text('reason')}`);
    return completed;
  };
  return [
    {
      method: 'PUT',
      path: '/faults',
      handle: ({ body }) => {
        const plans = body.has('faults') ? body.list('faults').map(plan) : [plan(body)];
        const ids = plans.map((each) => faults.add(each));
        return { id: ids[0] ?? null, ids };
      },
    },
    { method: 'GET', path: '/faults', handle: () => ({ faults: faults.list() }) },
    { method: 'DELETE', path: '/faults', handle: ({ query }) => faults.clear(query.get('id')) },
  ];
}

function readPlan(body: Body, names: readonly string[]): FaultPlan {
  return {
    scope: {
      vendors: body.textOrNull('vendor') === null ? null : [body.oneOf('vendor', names, null)],
      token: body.textOrNull('token'),
      phoneId: body.textOrNull('phoneId'),
      topic: body.textOrNull('topic') ?? body.textOrNull('bundle') ?? body.textOrNull('project'),
      environment: body.textOrNull('environment'),
    },
    action: readAction(body),
    count: body.numberOrNull('count', anyCount),
    after: body.number('after', 0, anyCount),
    probability: body.number('probability', 1, { min: 0, max: 1 }),
    seed: body.number('seed', 1, { min: 0, max: 0xffff_ffff }),
  };
}

function readAction(body: Body): FaultAction {
  const names = Object.keys(resetCodes) as CodeName[];
  const kind = body.oneOf('kind', faultKinds, 'answer');
  switch (kind) {
    case 'delay':
      return { kind, ms: body.number('ms', null, milliseconds) };
    case 'slow':
      return { kind, ms: body.number('ms', defaultSlowMs, milliseconds) };
    case 'goaway':
      return {
        kind,
        reason: body.textOrNull('reason') ?? 'Shutdown',
        code: resetCodes[body.oneOf('code', names, 'NO_ERROR')],
      };
    case 'reset':
      return { kind, code: resetCodes[body.oneOf('code', names, 'INTERNAL_ERROR')] };
    case 'cut':
      return {
        kind:
          body.oneOf('when', ['before', 'after'] as const, 'before') === 'after' ? 'cut-after' : 'cut-before',
      };
    case 'nonsense':
      return {
        kind,
        status: body.number('status', 200, { min: 200, max: 599 }),
        body: body.textOrNull('body') ?? nonsense,
      };
    case 'answer':
      return readPlannedAnswer(body);
    default:
      return { kind };
  }
}

function readPlannedAnswer(body: Body): FaultAction {
  const reason = body.textOrNull('reason');
  const status = body.numberOrNull('status', { min: 400, max: 599 });
  if (reason === null && status === null)
    throw badRequest('an answer needs a "reason" (the vendor\'s own word) or a "status"');
  return {
    kind: 'answer',
    reason,
    status,
    retryAfterSeconds: body.numberOrNull('retryAfterSeconds', { min: 0, max: 86_400 }),
  };
}
