import { createHash } from 'node:crypto';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushClass } from '@reveille/contracts/push/resource';
import {
  type XiaomiChannel,
  type XiaomiSettings,
  type XiaomiStrategy,
  xiaomiChannelFor,
  xiaomiWords,
} from '@reveille/contracts/vendors/xiaomi';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { BuiltPush, OpenTarget, RequestContext, VendorQuota, VendorRequest } from '../../vendor.js';
import { fitText, utf16Units } from '../fit-text.js';
import { notifyIdOf } from '../notify-id.js';
import { rejected } from '../outcomes.js';
import { strategyOptions } from '../strategy-options.js';
import { maxDescriptionUnits, maxTitleUnits, xiaomiLimits } from './xiaomi.limits.js';
import { fillTemplate } from './xiaomi.template.js';

const encoder = new TextEncoder();
/** Delivered, clicked, invalid target, switched off, filter unmet, quota. */
const allReceipts = 1 | 2 | 16 | 32 | 64 | 128;
/** Everything that the phone can do, and its light alone. */
const loudly = '-1';
const silently = '4';

/** `POST /v3/message/regid`: the targets of one package in requests of up to 1000. */
export function buildXiaomiRequests(
  settings: XiaomiSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const outcome = whyImpossible(push);
  if (outcome !== null) return [{ kind: 'impossible', targets, outcome }];
  const firstOf = new Map(targets.map((target, index) => [target, index]));
  return batchesOf(settings, targets).map(({ packageName, part }): BuiltPush => {
    // Presence takes no other package; a binding may be older than a change of the settings. Xiaomi would halt the app.
    if (packageName !== settings.packageName && !settings.otherPackageNames.includes(packageName))
      return {
        kind: 'impossible',
        targets: part,
        outcome: rejected('payload-invalid', 'package not configured'),
      };
    const form = formOf(settings, push, packageName, context);
    form.set('registration_id', part.map(({ token }) => token).join(','));
    const first = firstOf.get(part[0] as OpenTarget) ?? 0;
    return {
      kind: 'request',
      targets: part,
      request: requestOf(settings, form, context, first),
      requestId: null,
    };
  });
}

function requestOf(
  settings: XiaomiSettings,
  form: URLSearchParams,
  context: RequestContext,
  first: number,
): VendorRequest {
  const traceparent = context.traceparentOf(first);
  return {
    method: 'POST',
    origin: settings.endpoint,
    path: `/${settings.apiVersion}/message/regid`,
    headers: {
      authorization: context.credential.authorization,
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      ...(traceparent !== null && { traceparent }),
    },
    uniqueHeaders: ['traceparent'],
    body: encoder.encode(form.toString()),
    connectionKey: 'send',
    isUrgent: context.isUrgent,
  };
}

function whyImpossible(push: PushNotification): PushOutcome | null {
  // Xiaomi has announced the end of its pass-through messages; there are no calls of their own.
  if (push.strategy !== 'alert') return rejected('payload-invalid', 'strategy-unsupported');
  if (push.title.trim() === '' && push.content.trim() === '') return rejected('payload-invalid', 'no-text');
  if (encoder.encode(push.payload).length > xiaomiLimits.maxPayloadBytes.alert)
    return rejected('payload-too-large', 'not sent');
  return null;
}

interface Batch {
  readonly packageName: string;
  readonly part: readonly OpenTarget[];
}

/** A sound and a callback belong to one package, so packages are not mixed although v3 could. */
function batchesOf(settings: XiaomiSettings, targets: readonly OpenTarget[]): readonly Batch[] {
  const packages = Map.groupBy(targets, ({ bundle }) => bundle ?? settings.packageName);
  return [...packages].flatMap(([packageName, own]) => {
    const count = Math.ceil(own.length / xiaomiLimits.maxTargets);
    return Array.from({ length: count }, (_, index) => ({
      packageName,
      part: own.slice(index * xiaomiLimits.maxTargets, (index + 1) * xiaomiLimits.maxTargets),
    }));
  });
}

function formOf(
  settings: XiaomiSettings,
  push: PushNotification,
  packageName: string,
  context: RequestContext,
): URLSearchParams {
  const { channel, section } = routeOf(settings, push);
  const { title, content } = push;
  const seconds = Math.min(
    ttlLimitOf(settings, channel),
    Math.max(1, Math.floor((push.expiresAt - context.now) / 1000)),
  );
  const sound = push.resource?.sound === undefined ? settings.sound : push.resource.sound;
  return new URLSearchParams({
    restricted_package_name: packageName,
    pass_through: '0',
    // Neither may be blank.
    title: fitText(title.trim() === '' ? content : title, maxTitleUnits, utf16Units) || '…',
    description: fitText(content.trim() === '' ? title : content, maxDescriptionUnits, utf16Units) || '…',
    ...(push.payload !== '' && { payload: push.payload }),
    notify_type: sound === null ? silently : loudly,
    notify_id: String(notifyIdOf(push.collapse)),
    time_to_live: String(seconds * 1000),
    ...(sound !== null &&
      sound !== 'default' && { 'extra.sound_uri': `android.resource://${packageName}/raw/${sound}` }),
    'extra.jobkey': jobKeyOf(context.messageId),
    ...clickOf(push),
    ...(channel !== null && channelOf(channel, section, push)),
    ...(section.showInForeground !== undefined && {
      'extra.notify_foreground': section.showInForeground ? '1' : '0',
    }),
    ...receiptsOf(context),
  });
}

/** Phones drop what comes again under the same job key. `[0-9a-zA-Z_-]`, at most 20, no underscore in front. */
function jobKeyOf(messageId: string): string {
  return createHash('sha256').update(messageId).digest('hex').slice(0, 20);
}

function clickOf({ resource }: PushNotification): Readonly<Record<string, string>> {
  const action = resource?.clickAction ?? { kind: 'app' };
  switch (action.kind) {
    case 'app':
      return { 'extra.notify_effect': '1' };
    case 'intent':
      return { 'extra.notify_effect': '2', 'extra.intent_uri': action.intent };
    case 'url':
      return { 'extra.notify_effect': '3', 'extra.web_uri': action.url };
  }
}

function channelOf(
  channel: XiaomiChannel,
  section: XiaomiStrategy,
  push: PushNotification,
): Readonly<Record<string, string>> {
  const template = section.templateId ?? channel.templateId;
  return {
    'extra.channel_id': channel.id,
    ...(channel.kind === 'private' &&
      template !== null && {
        'extra.template_id': template,
        'extra.template_param': fillTemplate(section.templateParams ?? channel.templateParams, push),
      }),
  };
}

function receiptsOf({ receiptUrl, receiptParam }: RequestContext): Readonly<Record<string, string>> {
  if (receiptUrl === null) return {};
  return {
    'extra.callback': receiptUrl,
    'extra.callback.type': String(allReceipts),
    ...(receiptParam !== null && { 'extra.callback.param': receiptParam }),
  };
}

function ttlLimitOf(settings: XiaomiSettings, channel: XiaomiChannel | null): number {
  return channel?.kind === 'private' ? settings.privateTtlSeconds : settings.publicTtlSeconds;
}

/** The channel that a push goes out on and the strategy's words about it. */
function routeOf(
  settings: XiaomiSettings,
  push: PushNotification,
): { readonly channel: XiaomiChannel | null; readonly section: XiaomiStrategy } {
  const section = strategyOptions(xiaomiWords, push);
  const pushClass: PushClass = push.resource?.class ?? 'chat';
  return { section, channel: xiaomiChannelFor(settings, section, pushClass) };
}

/** The class that Xiaomi counts the push in; null: private channels are not counted. */
export function xiaomiQuotaOf(settings: XiaomiSettings, push: PushNotification): VendorQuota | null {
  return quotaOfKind(settings, routeOf(settings, push).channel?.kind ?? 'default');
}

/** The same for a request that was built: it names its channel. */
export function quotaNameOf(settings: XiaomiSettings, request: VendorRequest): string {
  const id = new URLSearchParams(new TextDecoder().decode(request.body)).get('extra.channel_id');
  return settings.channels.find((channel) => channel.id === id)?.kind ?? 'default';
}

function quotaOfKind(settings: XiaomiSettings, kind: XiaomiChannel['kind'] | 'default'): VendorQuota | null {
  switch (kind) {
    case 'private':
      return null;
    case 'public':
      return { name: kind, perDay: settings.publicPerDay, perDevicePerDay: settings.publicPerDevicePerDay };
    case 'default':
      return { name: kind, perDay: settings.defaultPerDay, perDevicePerDay: settings.defaultPerDevicePerDay };
  }
}
