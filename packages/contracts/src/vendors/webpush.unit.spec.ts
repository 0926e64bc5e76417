import { describe, expect, it } from 'vitest';
import { webpushSettingsSchema, webpushSubscriptionSchema, webpushWords } from './webpush.js';

const settings = webpushSettingsSchema.parse({
  credential: 'file:/vapid.json',
  subject: 'mailto:ops@shop.example',
});
const lint = (pushClass: 'call' | 'chat' | 'service' | 'marketing', urgency?: string) =>
  webpushWords
    .lint(webpushWords.strategy.parse({ urgency }), { pushClass, strategy: 'alert', settings })
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the words of web push', () => {
  it('want a call to be urgent', () => {
    expect(lint('call')).toEqual([]);
    expect(lint('call', 'high')).toEqual([]);
    expect(lint('call', 'normal')).toEqual([
      'urgency: a call with urgency normal may ring when it is over: write high, or leave it out',
    ]);
  });

  it('do not let marketing wake phones', () => {
    expect(lint('marketing')).toEqual([]);
    expect(lint('marketing', 'low')).toEqual([]);
    expect(lint('marketing', 'very-low')).toEqual([]);
    for (const urgency of ['normal', 'high'])
      expect(lint('marketing', urgency)).toEqual([
        `urgency: marketing must not wake phones with urgency ${urgency}: write low or very-low`,
      ]);
  });

  it('leave chats and services their choice', () => {
    for (const urgency of ['very-low', 'low', 'normal', 'high']) {
      expect(lint('chat', urgency)).toEqual([]);
      expect(lint('service', urgency)).toEqual([]);
    }
  });

  it.each(['ops@shop.example', 'mailto:', 'http://shop.example', 'mailto:a b@c'])(
    'want somebody to write to, not %s',
    (subject) => {
      expect(webpushSettingsSchema.safeParse({ credential: 'file:/v', subject }).success).toBe(false);
    },
  );

  it('take a subscription as the browser writes it', () => {
    const p256dh = `B${'A'.repeat(86)}`;
    const auth = 'A'.repeat(22);
    const endpoint = 'https://push.example/s/1';
    const takes = (subscription: object) => webpushSubscriptionSchema.safeParse(subscription).success;
    expect(takes({ endpoint, expirationTime: null, keys: { p256dh, auth } })).toBe(true);
    expect(takes({ endpoint, keys: { p256dh: `${p256dh}=`, auth: `${auth}==` } })).toBe(true);
    expect(takes({ endpoint, keys: { p256dh: p256dh.slice(1), auth } })).toBe(false);
    expect(takes({ endpoint, keys: { p256dh, auth: auth.slice(1) } })).toBe(false);
    expect(takes({ endpoint: 'nonsense', keys: { p256dh, auth } })).toBe(false);
  });
});
