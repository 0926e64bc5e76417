import { dayMs, minuteMs, saidTimes } from './apns-bench.js';
import type { TestPhone } from './vendor-bench.js';
import { arrived, otherProject, packageName, said, type FcmBench } from './fcm-bench.js';
import type { Checks } from './rows.js';

type Json = Record<string, unknown>;

const notification = { title: 'Ann', body: 'hello' };
const message =
  (more: Json) =>
  (bench: FcmBench): Promise<string> =>
    bench.say({ notification, ...more });

/** One data entry whose key and value are so many bytes. */
const dataOfBytes = (bytes: number): Json => ({ data: { k: 'x'.repeat(bytes - 1) } });

async function reserved(bench: FcmBench): Promise<string> {
  const answers: string[] = [];
  for (const key of ['from', 'message_type', 'google.x', 'gcm.notification.x'])
    answers.push(await bench.say({ data: { [key]: 'x' } }));
  return saidTimes(answers);
}

async function topicMessage(bench: FcmBench, bytes: number): Promise<string> {
  return said(await bench.send({ message: { topic: 'news', ...dataOfBytes(bytes) } }));
}

const everyAndroidField = {
  title: 'a',
  body: 'b',
  icon: 'c',
  color: '#00ff00',
  sound: 'd',
  tag: 'e',
  click_action: 'f',
  body_loc_key: 'g',
  body_loc_args: ['h'],
  title_loc_key: 'i',
  title_loc_args: ['j'],
  channel_id: 'k',
  ticker: 'l',
  sticky: true,
  event_time: '2030-01-02T03:04:05.678Z',
  local_only: true,
  notification_priority: 'PRIORITY_HIGH',
  default_sound: true,
  default_vibrate_timings: true,
  default_light_settings: true,
  vibrate_timings: ['1s', '0.5s'],
  visibility: 'PUBLIC',
  notification_count: 3,
  light_settings: {
    color: { red: 1, green: 0.5, blue: 0, alpha: 1 },
    light_on_duration: '1s',
    light_off_duration: '2s',
  },
  image: 'https://example.org/i.png',
  proxy: 'ALLOW',
  bypass_proxy_notification: true,
};

async function violation(bench: FcmBench): Promise<string> {
  const { body } = await bench.send({
    message: { token: (await bench.phone()).token, notification: { title: 7 } },
  });
  const { error } = JSON.parse(body) as {
    error: { details: { fieldViolations?: { field?: string; description?: string }[] }[] };
  };
  const [found] = error.details.flatMap((detail) => detail.fieldViolations ?? []);
  return found?.field !== undefined && found.description !== undefined
    ? 'field and description'
    : JSON.stringify(error.details);
}

/** So many sends to one phone; the last answer. */
async function lastOf(
  bench: FcmBench,
  count: number,
  { token }: TestPhone,
  more: Json = {},
): Promise<string> {
  const body = { message: { token, notification, ...more } };
  for (let sent = 0; sent < count - 1; sent += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - 1 - sent) }, () => bench.send(body)));
  }
  return said(await bench.send(body));
}

async function stored(
  bench: FcmBench,
  messages: readonly Json[],
): Promise<{ phone: TestPhone; count: number }> {
  const phone = await bench.phone();
  await bench.away(phone);
  for (const each of messages) await bench.send({ message: { token: phone.token, ...each } });
  return { phone, count: (await bench.screen(phone)).stored };
}

async function afterReturn(bench: FcmBench, more: Json, returnsAfterMs: number): Promise<string> {
  const { phone } = await stored(bench, [{ notification, ...more }]);
  await bench.control.put('/clock', { offsetMs: returnsAfterMs });
  await bench.back(phone);
  return arrived(bench, phone);
}

const collapsible = { android: { collapse_key: 'k' } };
const texts = (body: string): Json => ({ notification: { title: 'Ann', body } });

async function storedSecond(bench: FcmBench, more: Json): Promise<string> {
  const { phone, count } = await stored(bench, [
    { ...texts('one'), ...more },
    { ...texts('two'), ...more },
  ]);
  await bench.back(phone);
  const { notifications } = await bench.screen(phone);
  return `${count} stored, the ${notifications[0]?.body === 'two' ? 'second' : 'first'}`;
}

export const fcmRequestChecks: Checks<FcmBench> = {
  '5.2.4-1': async (bench) => said(await bench.send({ body: '{"message":' })),
  '5.2.4-2': message({ shout: true }),
  '5.2.4-3': message({ android: { notification: { shout: true } } }),
  '5.2.4-4': (bench) => bench.say({ notification: { title: 7 } }),
  '5.2.4-5': message({ data: { k: 7 } }),
  '5.2.4-6': message({
    android: {
      collapseKey: 'k',
      directBootOk: true,
      notification: { channelId: 'c', notificationPriority: 'PRIORITY_MAX' },
    },
  }),
  '5.2.4-7': message({
    android: {
      collapse_key: 'k',
      direct_boot_ok: true,
      notification: { channel_id: 'c', notification_priority: 'PRIORITY_MAX' },
    },
  }),
  '5.2.4-8': async (bench) => said(await bench.send({ message: { notification } })),
  '5.2.4-9': message({ topic: 'news' }),
  '5.2.4-10': async (bench) => said(await bench.send({ root: {} })),
  '5.2.4-11': reserved,
  '5.2.4-12': message({ android: { ttl: '3.5s' } }),
  '5.2.4-13': message({ android: { ttl: '3.5' } }),
  '5.2.4-14': message({ android: { ttl: '2419200s' } }),
  '5.2.4-15': message({ android: { ttl: '2419201s' } }),
  '5.2.4-16': message({ android: { ttl: '-1s' } }),
  '5.2.4-17': async (bench) =>
    saidTimes([
      await bench.say({ notification, android: { priority: 'high' } }),
      await bench.say({ notification, android: { priority: 'normal' } }),
    ]),
  '5.2.4-18': message({ android: { priority: 'urgent' } }),
  '5.2.4-19': message({ android: { notification: { color: '#ff00aa' } } }),
  '5.2.4-20': message({ android: { notification: { color: 'red' } } }),
  '5.2.4-21': (bench) => bench.say(dataOfBytes(4_096)),
  '5.2.4-22': (bench) => bench.say(dataOfBytes(4_097)),
  '5.2.4-23': (bench) => bench.say({ data: { k: '猫'.repeat(1_366) } }),
  '5.2.4-24': (bench) => topicMessage(bench, 2_048),
  '5.2.4-25': (bench) => topicMessage(bench, 2_049),
  '5.2.4-26': async (bench) => {
    const phone = await bench.phone();
    const answer = said(
      await bench.send({ root: { validate_only: true, message: { token: phone.token, notification } } }),
    );
    return `${answer}, ${await arrived(bench, phone)}`;
  },
  '5.2.4-27': async (bench) =>
    said(await bench.send({ root: { validateOnly: true, message: { token: 'nonsense', notification } } })),
  '5.2.4-28': message({ android: { notification: everyAndroidField } }),
  '5.2.4-29': message({
    android: { priority: 'high', ttl: '60s' },
    webpush: {
      headers: { TTL: '60', Urgency: 'high' },
      notification: { title: 'x', actions: [{ action: 'a' }] },
      fcm_options: { link: 'https://example.org' },
    },
    apns: {
      headers: { 'apns-priority': '10' },
      payload: { aps: { alert: 'hello', badge: 1 }, id: 7 },
      fcm_options: { image: 'https://example.org/i.png' },
    },
    fcm_options: { analytics_label: 'label' },
  }),
  '5.2.4-30': violation,

  '5.2.5-1': async (bench) => said(await bench.send({ message: { token: 'nonsense', notification } })),
  '5.2.5-2': async (bench) =>
    said(
      await bench.send({ message: { token: `${'n'.repeat(22)}:APA91b${'x'.repeat(134)}`, notification } }),
    ),
  '5.2.5-3': async (bench) => {
    const { phoneId, token } = await bench.phone();
    await bench.control.delete(`/phones/${phoneId}/app`);
    return said(await bench.send({ message: { token, notification } }));
  },
  '5.2.5-4': async (bench) => {
    const { phoneId, token } = await bench.phone();
    await bench.control.post(`/phones/${phoneId}/token`);
    return said(await bench.send({ message: { token, notification } }));
  },
  '5.2.5-5': async (bench) => {
    const { phoneId } = await bench.phone();
    const { token } = await bench.control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return said(await bench.send({ message: { token, notification } }));
  },
  '5.2.5-6': (bench) => bench.say({ notification }, { project: otherProject }),
  '5.2.5-7': message({ android: { restricted_package_name: 'org.example.foreign' } }),
  '5.2.5-8': message({ android: { restricted_package_name: packageName } }),
  '5.2.5-9': async (bench) => {
    const { token } = await bench.phone();
    await bench.control.put(`/tokens/${encodeURIComponent(token)}`, { state: 'expired' });
    return said(await bench.send({ message: { token, notification } }));
  },
  '5.2.5-10': async (bench) => {
    const { token } = await bench.phone({ platform: 'ios' });
    await bench.control.put(`/tokens/${encodeURIComponent(token)}`, { state: 'expired' });
    return said(await bench.send({ message: { token, notification } }));
  },
  '5.2.5-11': async (bench) => {
    await bench.registerProject({ apnsKeyRefusedFor: 'InvalidProviderToken' });
    return bench.say({ notification }, { platform: 'ios' });
  },
  '5.2.5-12': (bench) =>
    bench.say({ data: { k: 'v' }, apns: { headers: { 'apns-priority': '10' } } }, { platform: 'ios' }),
  '5.2.5-13': (bench) =>
    bench.say({ data: { k: 'v' }, apns: { headers: { 'apns-priority': '5' } } }, { platform: 'ios' }),

  '5.2.6-1': (bench) => emptyProject(bench, { projectPerMinute: 3 }),
  '5.2.6-2': (bench) => emptyProject(bench, { projectPerMinute: 3, quotaNamesRetryAfter: false }),
  '5.2.6-3': async (bench) => {
    await emptyProject(bench, { projectPerMinute: 3 });
    await bench.control.put('/clock', { offsetMs: minuteMs * 20 + minuteMs });
    return bench.say({ notification });
  },
  '5.2.6-4': async (bench) => lastOf(bench, 241, await bench.phone()),
  '5.2.6-5': async (bench) => {
    await lastOf(bench, 241, await bench.phone());
    return bench.say({ notification });
  },
  '5.2.6-6': async (bench) => {
    await bench.control.put('/switches', { fcm: { devicePerMinute: 0 }, load: { keepsPayloads: false } });
    return lastOf(bench, 5_001, await bench.phone());
  },
  '5.2.6-7': async (bench) => lastOf(bench, 21, await bench.phone(), collapsible),
  '5.2.6-8': async (bench) => {
    const phone = await bench.phone();
    await lastOf(bench, 21, phone, collapsible);
    await bench.control.put('/clock', { offsetMs: 3 * minuteMs + 1_000 });
    return lastOf(bench, 1, phone, collapsible);
  },
  '5.2.6-9': async (bench) => {
    const phone = await bench.phone();
    await lastOf(bench, 21, phone, collapsible);
    await bench.control.put('/clock', { offsetMs: 3 * minuteMs + 1_000 });
    return lastOf(bench, 2, phone, collapsible);
  },
  '5.2.6-10': async (bench) =>
    `${
      (
        await stored(
          bench,
          ['a', 'b', 'c', 'd', 'e'].map((key) => ({ notification, android: { collapse_key: key } })),
        )
      ).count
    } stored`,
  '5.2.6-11': (bench) => storedSecond(bench, collapsible),
  '5.2.6-12': async (bench) => handedOver(bench, 100),
  '5.2.6-13': async (bench) => handedOver(bench, 101),
  '5.2.6-14': (bench) => storedSecond(bench, {}),
  '5.2.6-15': (bench) => afterReturn(bench, { android: { ttl: '0s' } }, 0),
  '5.2.6-16': (bench) => afterReturn(bench, { android: { ttl: '60s' } }, 2 * minuteMs),
  '5.2.6-17': (bench) => afterReturn(bench, {}, 27 * dayMs),
  '5.2.6-18': (bench) => afterReturn(bench, {}, 29 * dayMs),

  '5.2.9-1': async (bench) => {
    const phone = await bench.phone();
    await bench.send({ message: { token: phone.token, notification, data: { id: 'm1' } } });
    const { notifications } = await bench.screen(phone);
    const shown = notifications[0] as { shownCount: number; data?: { id?: string } } | undefined;
    return notifications.length === 1 && shown?.shownCount === 1 && shown.data?.id === 'm1'
      ? 'shown once, with its data'
      : JSON.stringify(notifications);
  },
  '5.2.9-2': async (bench) => {
    const phone = await bench.phone();
    await bench.send({ message: { token: phone.token, data: { id: 'm1' } } });
    const { notifications, data } = await bench.screen(phone);
    return notifications.length === 0 && data.length === 1 ? 'handed to the app, nothing shown' : 'otherwise';
  },
  '5.2.9-3': async (bench) => {
    const phone = await bench.phone();
    for (const text of ['one', 'two'])
      await bench.send({
        message: { token: phone.token, ...texts(text), android: { notification: { tag: 'm1' } } },
      });
    const { notifications } = await bench.screen(phone);
    return `${notifications.length} line, alerted ${notifications[0]?.shownCount ?? 0} times`;
  },
  '5.2.9-4': async (bench) => {
    const phone = await bench.phone();
    await bench.send({
      message: { token: phone.token, notification, android: { notification: { title: 'Android' } } },
    });
    const [shown] = (await bench.screen(phone)).notifications;
    return shown?.title === 'Android' && shown.body === 'hello'
      ? 'the android title, the common body'
      : JSON.stringify(shown);
  },
  '5.2.9-5': async (bench) => {
    const phone = await bench.phone();
    await bench.send({
      message: { token: phone.token, data: { who: 'common' }, android: { data: { who: 'android' } } },
    });
    const [handed] = (await bench.screen(phone)).data;
    return `the ${String((handed?.data as Json | undefined)?.['who'])} data`;
  },
};

/** Four sends by a project that may send three in the window. */
async function emptyProject(bench: FcmBench, switches: Json): Promise<string> {
  // A window that an earlier row began is over by then.
  await bench.control.put('/clock', { offsetMs: minuteMs * 20 });
  await bench.control.put('/switches', { fcm: switches });
  return lastOf(bench, 4, await bench.phone());
}

async function handedOver(bench: FcmBench, count: number): Promise<string> {
  const { phone } = await stored(
    bench,
    Array.from({ length: count }, (_, at) => ({ data: { at: String(at) } })),
  );
  await bench.back(phone);
  const { data } = await bench.screen(phone);
  const isTold = data.length === 1 && (data[0]?.data as Json | undefined)?.['deletedMessages'] === true;
  return isTold ? 'only told that messages were deleted' : `${data.length} handed over`;
}
