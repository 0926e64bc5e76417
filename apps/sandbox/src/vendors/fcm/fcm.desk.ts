import { actOnFault, type Decided } from '../../act-on-fault.js';
import type { FaultAction } from '../../faults.js';
import type { VendorToken } from '../../phones.js';
import type { PushEffect } from '../../push.js';
import { decodePart } from '../../wire/decode-part.js';
import type { Answer, Exchange } from '../../wire/exchange.js';
import { makeLatency, type VendorDesk } from '../vendor-desk.js';
import {
  answerOfError,
  errorOfStatus,
  fcmErrors,
  htmlAnswer,
  htmlErrors,
  isFcmError,
  isHtmlError,
  permissionDenied,
  unauthenticated,
  type FcmError,
} from './fcm.errors.js';
import type { FcmOauth } from './fcm.oauth.js';
import type { FcmProjectRegistration, FcmProjects } from './fcm.projects.js';
import { readFcmPush } from './fcm.push.js';
import { FcmQuotas } from './fcm.quotas.js';
import type { FcmSwitches } from './fcm.switches.js';
import { checkToken, childOf, readSend, textIn, type FcmSend } from './fcm.validate.js';
import type { FcmTopics } from './fcm.topics.js';

interface Note {
  readonly reason: string | null;
  readonly name: string | null;
  readonly effect: PushEffect | null;
  readonly token: string | null;
  readonly tag: string | null;
  readonly collapseKey: string | null;
}

interface Refusal {
  readonly error: FcmError;
  readonly retryAfterSeconds?: number | null;
}

const sendPath = /^\/v1\/projects\/([^/]+)\/messages:send(?:\?.*)?$/;

/** The project in a send path; null when the path is another one. */
export function projectInPath(path: string): string | null {
  const part = sendPath.exec(path)?.[1];
  return part === undefined ? null : decodePart(part);
}

/** Answers `messages:send`: credentials, project, form, quota of the project, token, quota of the device, then the phone. */
export class FcmDesk {
  readonly #quotas: FcmQuotas;
  readonly #latency: () => number;

  constructor(
    private readonly desk: VendorDesk,
    private readonly projects: FcmProjects,
    private readonly oauth: FcmOauth,
    private readonly topics: FcmTopics,
    private readonly switches: FcmSwitches,
  ) {
    this.#quotas = new FcmQuotas(switches);
    this.#latency = makeLatency(desk.load);
  }

  handle(exchange: Exchange, project: string): void {
    const arrivedAt = this.desk.clock.machineNow();
    const body = exchange.body.toString('utf8');
    const read = readSend(body);
    const send = 'send' in read ? read.send : null;
    const record = send?.token == null ? null : this.desk.phones.findToken(send.token);
    const base = noteBase(send);
    const fault = this.desk.faults.isEmpty ? null : this.#faultFor(project, send, record);
    actOnFault<Note>(exchange, fault, {
      process: () => this.#process(exchange, project, 'send' in read ? read.send : read.error, record, base),
      planned: (action) => this.#planned(action, base),
      unprocessed: () => base,
      record: (note, answer, kind) =>
        this.#record(exchange, project, record, arrivedAt, body, note, answer, kind),
      latencyMs: this.#latency,
      after: this.desk.after,
    });
  }

  #process(
    exchange: Exchange,
    projectId: string,
    read: FcmSend | FcmError,
    record: VendorToken | null,
    base: Note,
  ): Decided<Note> {
    const now = this.desk.clock.now();
    const project = this.projects.find(projectId);
    const refusal = this.#refusal(exchange, projectId, project, read, record, now);
    if (refusal !== null || project === null || 'code' in read) {
      const { error, retryAfterSeconds = null } = refusal ?? { error: fcmErrors.NOT_FOUND };
      return {
        answer: answerOfError(error, retryAfterSeconds),
        note: { ...base, reason: error.errorCode ?? error.status },
      };
    }
    const id = read.validateOnly ? 'fake_message_id' : `0:${now}%${this.desk.random.hex(8)}`;
    const name = `projects/${project.projectId}/messages/${id}`;
    const effect = read.validateOnly ? null : this.#deliver(read, record, project, name, now);
    const answer = {
      status: 200,
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: `${JSON.stringify({ name })}\n`,
    };
    return { answer, note: { ...base, name, effect } };
  }

  #refusal(
    exchange: Exchange,
    projectId: string,
    project: FcmProjectRegistration | null,
    read: FcmSend | FcmError,
    record: VendorToken | null,
    now: number,
  ): Refusal | null {
    const credential = this.#checkCredential(exchange.headers['authorization'], projectId, project, now);
    if (credential !== null) return { error: credential };
    if ('code' in read) return { error: read };
    const projectQuota = this.#quotas.takeOfProject(projectId, now);
    if (projectQuota !== null) return projectQuota;
    if (read.token === null || project === null) return null;
    const token = checkToken(read, record, project);
    if (token !== null) return { error: token };
    return read.validateOnly ? null : this.#quotas.takeOfDevice(read.token, read.collapseKey !== null, now);
  }

  #checkCredential(
    header: string | undefined,
    projectId: string,
    project: FcmProjectRegistration | null,
    now: number,
  ): FcmError | null {
    if (header === undefined) return unauthenticated('CREDENTIALS_MISSING');
    const bearer = /^bearer +(.+)$/i.exec(header)?.[1];
    if (bearer === undefined) return unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED');
    const found = this.oauth.find(bearer.trim(), now);
    if (found.kind !== 'good') return unauthenticated('ACCESS_TOKEN_EXPIRED');
    if (project === null) return fcmErrors.NOT_FOUND;
    if (!found.token.maySend)
      return permissionDenied(
        'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
        'Request had insufficient authentication scopes.',
      );
    if (!project.isApiEnabled) return fcmErrors.SERVICE_DISABLED;
    if (found.token.account.projectId === project.projectId) return null;
    return permissionDenied(
      'IAM_PERMISSION_DENIED',
      `Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/${projectId}' (or it may not exist).`,
    );
  }

  #deliver(
    send: FcmSend,
    record: VendorToken | null,
    project: FcmProjectRegistration,
    name: string,
    now: number,
  ): PushEffect {
    if (this.desk.load.fast) return 'shown';
    const receivers =
      record === null ? this.topics.receivers(project.projectId, send.topic, send.condition) : [record];
    let effect: PushEffect = 'dropped';
    for (const { phone } of receivers) {
      effect = this.desk.phones.receive(
        phone,
        readFcmPush(send, phone, name, now, this.switches.usesDefaultCollapseKey),
      );
    }
    return effect;
  }

  #faultFor(project: string, send: FcmSend | null, record: VendorToken | null): FaultAction | null {
    return this.desk.faults.match({
      vendor: 'fcm',
      token: send?.token ?? null,
      phoneId: record?.phone.phoneId ?? null,
      topic: project,
      environment: null,
    });
  }

  #planned(
    { reason, status, retryAfterSeconds }: Extract<FaultAction, { kind: 'answer' }>,
    base: Note,
  ): Decided<Note> {
    if (reason !== null && isHtmlError(reason)) {
      return { answer: htmlAnswer(htmlErrors[reason], retryAfterSeconds), note: { ...base, reason } };
    }
    const named = reason !== null && isFcmError(reason) ? fcmErrors[reason] : null;
    const error = named ?? (status === null ? null : errorOfStatus(status));
    if (error === null && status !== null)
      return { answer: htmlAnswer(status, retryAfterSeconds), note: { ...base, reason: `HTML_${status}` } };
    const planned = error ?? fcmErrors.INTERNAL;
    return {
      answer: answerOfError(planned, retryAfterSeconds),
      note: { ...base, reason: reason ?? planned.errorCode ?? planned.status },
    };
  }

  #record(
    exchange: Exchange,
    project: string,
    record: VendorToken | null,
    arrivedAt: number,
    body: string,
    note: Note,
    answer: Answer | null,
    fault: FaultAction['kind'] | null,
  ): void {
    const retryAfter = answer?.headers?.['retry-after'];
    this.desk.ledger.append({
      arrivedAt,
      vendor: 'fcm',
      environment: null,
      token: note.token,
      phoneId: record?.phone.phoneId ?? null,
      topic: project,
      vendorId: note.name,
      apnsId: null,
      collapseId: note.collapseKey,
      tag: note.tag,
      pushType: null,
      status: answer?.status ?? null,
      reason: note.reason,
      retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
      effect: note.effect,
      fault,
      traceparent: exchange.headers['traceparent'] ?? null,
      connection: exchange.connectionId,
      stream: exchange.streamId,
      payload: this.desk.load.keepsPayloads && !this.desk.load.fast ? body : null,
    });
  }
}

function noteBase(send: FcmSend | null): Note {
  const empty = { reason: null, name: null, effect: null };
  if (send === null) return { ...empty, token: null, tag: null, collapseKey: null };
  const tag = textIn(childOf(childOf(send.message, 'android'), 'notification'), 'tag');
  return { ...empty, token: send.token, tag, collapseKey: send.collapseKey };
}
